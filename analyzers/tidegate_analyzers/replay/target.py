"""What a name on the command line stands for in a replay."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Relation, Stage, Task, same_name
from tidegate_analyzers.graph.dbt.selected import KINDS as NODES
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.names import close_name
from tidegate_analyzers.replay.plan import Item

KINDS = ("dag", "task", "model", "snapshot", "seed", "source", "table", "topic", "pipeline", "stage", "job")
"""What may stand before a colon, to say which of several things of one name is meant."""


class Unknown(Exception):
    """A name stands for nothing that runs, or for more than one thing; the message says what there is."""


def find(view: View, text: str) -> Item:
    """The thing that a text names, which may have its kind before a colon.

    Raises:
        Unknown: it names nothing, or it could be several things.
    """
    kind, colon, rest = text.partition(":")
    name = rest if colon and kind in KINDS else text
    found = list(dict.fromkeys(_named(view, name)))
    if name is rest:
        found = [item for item in found if item.kind == kind or (kind == "topic" and item.kind == "table")]
    own = [item for item in found if not _is_installed(view, item)]
    found = own or found
    if len(found) > 1 and (nodes := [item for item in found if item.kind != "table"]):
        found = nodes  # a table that something named makes is that thing
    if len(found) == 1:
        return found[0]
    if found:
        names = [f"{item.kind}:{item.name}{f' in {item.path}' if item.path else ''}" for item in sorted(found)]
        raise Unknown(f"'{text}' may be any of {len(found)}; say which:\n  " + "\n  ".join(names))
    raise Unknown(_nothing(view, text, name))


def _named(view: View, name: str) -> Iterator[Item]:
    for posting in view.find(f"dag:{name}"):
        yield Item("dag", name, posting.path)
    for posting in view.find(f"pipeline:{name}"):
        yield Item("pipeline", name, posting.path)
    for posting in view.find(f"job:{name}"):
        yield Item("job", name, posting.path)
    yield from _nodes(view, name)
    for posting in view.find(f"source:{name}"):
        yield Item("source", name, posting.path)
    whole, dot, part = name.partition(".")
    if dot:
        yield from _parts(view, name, whole, part)
    relation = Relation("table", tuple(name.split(".")))
    if is_known(view, relation):
        yield Item("table", name, "")


def _nodes(view: View, name: str) -> Iterator[Item]:
    project, dot, rest = name.partition(".")
    for wanted, owner in ((name, ""), (rest, project)) if dot else ((name, ""),):
        for posting in view.find(f"node:{wanted}"):
            facts = view.facts(posting.path)
            kind = facts.nodes[posting.number].kind if facts is not None else ""
            here = view.layout.project_of(posting.path)
            if kind in NODES and (not owner or (here is not None and here.name == owner)):
                yield Item(kind, wanted, posting.path)


def _parts(view: View, name: str, whole: str, part: str) -> Iterator[Item]:
    """Tasks of DAGs and stages of pipelines; the id of a DAG may have dots itself."""
    pieces = name.split(".")
    for cut in range(1, len(pieces)):
        dag, task = ".".join(pieces[:cut]), ".".join(pieces[cut:])
        for posting in view.find(f"dag:{dag}"):
            facts = view.facts(posting.path)
            if facts is not None and any(item.id == task for item in facts.dags[posting.number].tasks):
                yield Item("task", name, posting.path)
    for posting in view.find(f"pipeline:{whole}"):
        if any(stage.id == part for stage in stages_of(view, posting.path, whole)):
            yield Item("stage", name, posting.path)


def stages_of(view: View, path: str, pipeline: str) -> tuple[Stage, ...]:
    """The stages of a pipeline specification."""
    facts = view.facts(path)
    found = (item for item in (facts.pipelines if facts is not None else ()) if item.id == pipeline)
    return next((item.stages for item in found), ())


def is_known(view: View, relation: Relation) -> bool:
    """Whether something in the workspace reads or writes a table or topic."""
    if not relation.parts or not all(relation.parts):
        return False
    for posting in view.find(f"write:{relation.name}"):
        facts = view.facts(posting.path)
        if facts is None:
            continue
        if posting.kind == "sql":
            writes = facts.sql[posting.number].writes[posting.inner : posting.inner + 1]
        else:
            writes = facts.dags[posting.number].tasks[posting.inner].writes if posting.kind == "task" else ()
        if any(same_name(write.target, relation) for write in writes):
            return True
    return any(
        view.find(f"{key}:{relation.name}")
        for key in ("job-write", "job-read", "stream-in", "stream-out", "stage", "read")
    )


def _is_installed(view: View, item: Item) -> bool:
    project = view.layout.project_of(item.path)
    return project is not None and project.installed


def _nothing(view: View, text: str, name: str) -> str:
    names = [word for kind in ("dag", "node", "source", "pipeline", "job") for word in view.graph.names(kind)]
    head, dot, _ = name.rpartition(".")
    if dot and view.find(f"dag:{head}"):
        names = [f"{head}.{task.id}" for item in view.find(f"dag:{head}") for task in _tasks(view, item.path, head)]
    elif dot and view.find(f"pipeline:{head}"):
        found = view.find(f"pipeline:{head}")
        names = [f"{head}.{stage.id}" for item in found for stage in stages_of(view, item.path, head)]
    near = close_name(view, "", name, names, cutoff=0.6)
    what = "DAG, task, model, table, pipeline or stage"
    return f"there is no {what} '{text}'" + (f"; did you mean '{near}'?" if near else "")


def _tasks(view: View, path: str, dag: str) -> list[Task]:
    facts = view.facts(path)
    return [task for item in (facts.dags if facts is not None else ()) if item.id == dag for task in item.tasks]
