"""What a name on the command line stands for in a lineage."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.graph import columns
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.names import close_name
from tidegate_analyzers.ide.lineage import jobs, named, tables
from tidegate_analyzers.ide.lineage.walk import Item, dataset_of

KINDS = ("source", "exposure", "task", "job", "topic", "table")
"""What stands before a colon; models, seeds and snapshots need no word."""
_NODES = ("model", "seed", "snapshot")


class Unknown(Exception):
    """A name stands for nothing, or for more than one thing; the message says what there is."""


def find(view: View, text: str) -> Item:
    """The thing or column that a text names.

    `MODEL`, `MODEL.COLUMN`, `PROJECT.MODEL`, `PROJECT.MODEL.COLUMN`, `source:NAME.TABLE`, `source:NAME.TABLE.COLUMN`,
    `exposure:NAME`, `task:DAG.TASK`, `job:NAME`, `topic:NAME`, `table:NAME`, the path of a file,
    or without a word the name of a table as SQL and programs write it.

    Raises:
        Unknown: it names nothing, or it could be several things.
    """
    kind, colon, rest = text.partition(":")
    if colon and kind in KINDS:
        return _of_kind(view, kind, rest)
    for name, column in _splits(text):
        found = _nodes(view, name)
        if found:
            return _with_column(view, _only(view, text, found), column)
    by_path = [_first(view, text)] if text in view.graph.files else []
    if by_path and by_path[0] is not None:
        return by_path[0]
    if (table := _table(view, text)) is not None:
        return table
    raise Unknown(_nothing(view, text))


def _splits(text: str) -> Iterator[tuple[str, str]]:
    """A name as a whole, and as a thing with a column."""
    yield text, ""
    head, dot, last = text.rpartition(".")
    if dot:
        yield head, last


def _nodes(view: View, name: str) -> list[Item]:
    """The models, seeds and snapshots of a name, which may begin with that of their project."""
    found = list(_named(view, name))
    project, dot, rest = name.partition(".")
    if not found and dot:
        found = [item for item in _named(view, rest) if _project(view, item) == project]
    own = [item for item in found if not _is_installed(view, item)]
    return own or found


def _named(view: View, name: str) -> Iterator[Item]:
    stems = [name]
    for posting in view.find(f"version:{name}"):
        facts = view.facts(posting.path)
        if facts is not None:
            stems.append(facts.properties[posting.number].versions[posting.inner])
    for stem in dict.fromkeys(stems):
        for posting in view.find(f"node:{stem}"):
            facts = view.facts(posting.path)
            kind = facts.nodes[posting.number].kind if facts is not None else ""
            if kind in _NODES:
                yield Item(kind, stem, posting.path)


def _project(view: View, item: Item) -> str:
    project = view.layout.project_of(item.path)
    return project.name if project is not None else ""


def _is_installed(view: View, item: Item) -> bool:
    project = view.layout.project_of(item.path)
    return project is not None and project.installed


def _of_kind(view: View, kind: str, name: str) -> Item:
    if kind == "task":
        found = sorted({Item("task", task, path) for task, path in _tasks(view) if task == name})
    elif kind == "job":
        found = sorted({Item("job", job, path) for job, path in _jobs(view) if job == name})
    elif kind == "topic":
        point = jobs.topic_point(view, name)
        found = [Item("topic", name, point.path)] if point is not None else []
    elif kind == "table":
        table = _table(view, name)
        found = [table] if table is not None else []
    else:
        found = _postings(view, kind, name)
    if found:
        return _only(view, f"{kind}:{name}", found)
    head, _, column = name.rpartition(".")
    if kind == "source" and (found := _postings(view, kind, head)):
        return _with_column(view, _only(view, f"source:{head}", found), column)
    raise Unknown(_nothing(view, name, kind))


def _postings(view: View, kind: str, name: str) -> list[Item]:
    return sorted({Item(kind, name, posting.path) for posting in view.find(f"{kind}:{name}")})


def _tasks(view: View) -> Iterator[tuple[str, str]]:
    for path, read in view.graph.files.items():
        for dag in read.facts.dags:
            for task in dag.tasks:
                yield f"{dag.id or '?'}.{task.id or task.operator}", path


def _jobs(view: View) -> Iterator[tuple[str, str]]:
    for path, read in view.graph.files.items():
        for number, job in enumerate(read.facts.jobs):
            if jobs.job_point(view, path, number) is not None:
                yield jobs.job_name(path, job), path


def _table(view: View, name: str) -> Item | None:
    """The one source or model that a table is, else the table itself."""
    relation = named.named(name)
    known = [point for point, _ in tables.datasets(view, relation)]
    point = known[0] if len(known) == 1 else named.table_point(view, relation) if not known else None
    return Item(point.kind, point.name, point.path) if point is not None else None


def _first(view: View, path: str) -> Item | None:
    """What a file is about: its only node, or its first SQL text."""
    facts = view.facts(path)
    if facts is not None and len(facts.nodes) == 1:
        return Item(facts.nodes[0].kind, facts.nodes[0].name, path)
    if facts is not None and len(facts.jobs) == 1 and jobs.job_point(view, path, 0) is not None:
        return Item("job", jobs.job_name(path, facts.jobs[0]), path)
    return Item("sql", "0", path) if facts is not None and facts.role == "sql" and facts.sql else None


def _only(view: View, text: str, found: list[Item]) -> Item:
    if len(found) == 1:
        return found[0]
    names = [f"{item.kind} {_longer(view, item)} in {item.path}" for item in sorted(found)]
    raise Unknown(f"'{text}' may be any of {len(found)}; say which:\n  " + "\n  ".join(names))


def _longer(view: View, item: Item) -> str:
    project = _project(view, item)
    return f"{project}.{item.name}" if project and item.kind in _NODES else item.name


def _with_column(view: View, item: Item, column: str) -> Item:
    if not column:
        return item
    dataset = dataset_of(view, item)
    known = columns.dataset_columns(view, dataset) if dataset is not None else columns.NOTHING
    made = known.get(column)
    if made is not None:
        return item._replace(column=made.name)
    if (
        dataset is not None
        and not known.complete
        and columns.downstream(view, columns.ColumnKey(dataset, column.casefold()))
    ):
        return item._replace(column=column)  # YAML may list some only
    names = [entry.name for entry in known.items]
    near = close_name(view, "", column, names)
    if near:
        hint = f"; did you mean '{near}'?"
    elif names:
        hint = f"; it has {', '.join(names[:20])}{', …' if len(names) > 20 else ''}"
    else:
        hint = "; none of its columns is known"
    raise Unknown(f"the {item.kind} '{item.name}' has no column '{column}'{hint}")


def _nothing(view: View, text: str, kind: str = "node") -> str:
    names = _names(view, kind)
    head, dot, last = text.rpartition(".")
    near = close_name(view, "", head, names, cutoff=0.6) if dot and kind == "node" else ""
    near = f"{near}.{last}" if near else close_name(view, "", text, names, cutoff=0.6)
    if not near and kind == "node":
        near = close_name(view, "", text, _names(view, "table"))
    word = "model, seed, snapshot or table" if kind == "node" else kind
    prefix = "" if kind == "node" else f"{kind}:"
    return f"there is no {word} '{text}'" + (f"; did you mean '{prefix}{near}'?" if near else "")


def _names(view: View, kind: str) -> list[str]:
    """What there is of a kind."""
    if kind in ("task", "job"):
        return [found for found, _ in (_tasks if kind == "task" else _jobs)(view)]
    if kind == "topic":
        return sorted({point.name for point in jobs.moving(view) if point.kind == "topic"})
    return sorted(named.names(view)) if kind == "table" else list(view.graph.names(kind))
