"""The names a file can refer to: nodes, sources, macros, variables and more, each as an item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidegate_analyzers.facts import FileFacts, MacroDef
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import LIMIT, Item, Offer, fitting
from tidegate_analyzers.layout import Project

NODES = ("model", "seed", "snapshot")


def names(view: View, kind: str) -> tuple[str, ...]:
    """Every name of a kind of key."""
    view.find(f"names:{kind}")  # touched when a name comes or goes
    return view.graph.names(kind)


def nodes(asked: Asked, offer: Offer, *, package: str = "", write: str = "{}", own: bool = False) -> None:
    """Offer the nodes that a `ref` can mean: the project's own first, then those of packages.

    Args:
        asked: the place.
        offer: takes the items.
        package: the only package whose nodes are wanted.
        write: how a name is written.
        own: whether the nodes of this very file are offered too.
    """
    here = {node.name for node in _facts(asked).nodes} if not own else set()
    later: list[Item] = []
    for name in fitting(names(asked.view, "node"), offer.typed):
        if name in here:
            continue
        found = _node(asked, name, package)
        if found is None:
            continue
        posting, kind, owner = found
        item = Item(
            name,
            "model",
            write.format(name),
            _detail(kind, owner, asked.project),
            about=("node", posting.path, posting.number),
        )
        if owner is asked.project or package:
            if not offer.add(item):
                return
        elif len(later) < LIMIT:
            later.append(item)
    for item in later:
        offer.add(item)


def _node(asked: Asked, name: str, package: str) -> tuple[Posting, str, Project | None] | None:
    """The node a name means to the file: its own project's, or one of a project that it can see."""
    best: tuple[Posting, str, Project | None] | None = None
    for posting in asked.view.find(f"node:{name}"):
        owner = asked.view.layout.project_of(posting.path)
        if package and (owner is None or owner.name != package):
            continue
        if not package and not _visible(asked.project, owner):
            continue
        facts = asked.view.facts(posting.path)
        kind = facts.nodes[posting.number].kind if facts is not None and posting.number < len(facts.nodes) else ""
        if kind in NODES and (best is None or owner is asked.project):
            best = posting, kind, owner
    return best


def _visible(project: Project | None, other: Project | None) -> bool:
    if project is None or other is None:
        return project is None  # a DAG may run any project
    if other is project or other.installed or dbt.takes_in(project, other):
        return True
    return dbt.takes_in(other, project) or other.root.rpartition("/")[2] in project.packages


def _detail(kind: str, owner: Project | None, project: Project | None) -> str:
    return kind if owner is None or owner is project else f"{kind} of {owner.name}"


def _facts(asked: Asked) -> FileFacts:
    read = asked.snapshot.read(asked.path)
    return read.facts if read is not None else FileFacts("")


def packages(asked: Asked) -> Iterator[Item]:
    """The projects and packages whose nodes can be referred to."""
    for project in asked.view.layout.projects:
        if project.name and _visible(asked.project, project):
            yield Item(project.name, "package", project.name, "package" if project.installed else "project")


def sources(asked: Asked) -> Iterator[Item]:
    """The sources."""
    for name in names(asked.view, "sourcename"):
        for posting in asked.view.find(f"sourcename:{name}"):
            if _visible(asked.project, asked.view.layout.project_of(posting.path)):
                yield Item(name, "source", name, "source", about=("source", posting.path, posting.number))
                break


def tables(asked: Asked, source: str) -> Iterator[Item]:
    """The tables of a source."""
    for posting in asked.view.find(f"sourcename:{source}"):
        facts = asked.view.facts(posting.path)
        if facts is None or posting.number >= len(facts.sources):
            continue
        if _visible(asked.project, asked.view.layout.project_of(posting.path)):
            table = facts.sources[posting.number]
            about = ("source", posting.path, posting.number)
            yield Item(table.name, "table", table.name, str(table.relation), about=about)


def every_table(asked: Asked, offer: Offer, write: str, label: str = "{}.{}") -> None:
    """Offer the tables of all sources.

    Args:
        asked: the place.
        offer: takes the items.
        write: how a source and its table are written, and
        label: how they are shown.
    """
    for key in fitting(names(asked.view, "source"), offer.typed):
        for posting in asked.view.find(f"source:{key}"):
            facts = asked.view.facts(posting.path)
            if facts is None or posting.number >= len(facts.sources):
                continue
            if not _visible(asked.project, asked.view.layout.project_of(posting.path)):
                continue
            table = facts.sources[posting.number]
            about = ("source", posting.path, posting.number)
            given = table.source, table.name
            if not offer.add(Item(label.format(*given), "table", write.format(*given), "source", about=about)):
                return
            break


def macros(asked: Asked, package: str = "") -> Iterator[tuple[str, MacroDef, Posting]]:
    """The macros that can be called, the project's own first, as they are called from the file."""
    known: list[tuple[str, MacroDef, Posting, bool]] = asked.view.memo(
        ("completion macros", asked.project.root if asked.project is not None else ""), lambda: _macros(asked)
    )
    for name, macro, posting, own in known:
        owner, _, last = name.rpartition(".")
        if package == owner:
            yield last, macro, posting
        elif not package or (own and asked.project is not None and package == asked.project.name):
            yield name, macro, posting


def _macros(asked: Asked) -> list[tuple[str, MacroDef, Posting, bool]]:
    own: list[tuple[str, MacroDef, Posting, bool]] = []
    others: list[tuple[str, MacroDef, Posting, bool]] = []
    for name in names(asked.view, "macro"):
        if "__" in name:
            continue  # an adapter's own version; `adapter.dispatch` finds it
        for posting in asked.view.find(f"macro:{name}"):
            facts = asked.view.facts(posting.path)
            macro = facts.macros[posting.number] if facts is not None and posting.number < len(facts.macros) else None
            if macro is None or macro.kind != "macro":
                continue
            owner = asked.view.layout.project_of(posting.path)
            project = asked.project
            if project is None or owner is project or project.root in asked.view.layout.macro_owners(posting.path):
                own.append((name, macro, posting, True))
            elif owner is not None and _visible(project, owner):
                others.append((f"{owner.name}.{name}", macro, posting, False))
    return own + others


def definitions(view: View, kind: str) -> tuple[str, ...]:
    """The names of what `{% test %}`, `{% materialization %}` and the like define, packages' own included."""

    def compute() -> tuple[str, ...]:
        found = []
        for name in names(view, "macro"):
            for posting in view.find(f"macro:{name}"):
                facts = view.facts(posting.path)
                if (
                    facts is not None
                    and posting.number < len(facts.macros)
                    and facts.macros[posting.number].kind == kind
                ):
                    owner = view.layout.project_of(posting.path)
                    found.append(f"{owner.name}.{name}" if owner is not None and owner.installed else name)
        return tuple(dict.fromkeys(found))

    return view.memo(("completion definitions", kind), compute)


def values(items: Iterable[str], kind: str, detail: str = "", about: str = "") -> Iterator[Item]:
    """Plain values as items."""
    for item in items:
        yield Item(item, kind, item, detail, about=(about, item) if about else ())


def variables(asked: Asked) -> Iterator[Item]:
    """The variables that `dbt_project.yml` sets, then those that are only used."""
    project = asked.project
    if project is not None:
        for setting in project.facts.vars:
            owner, _, name = setting.name.rpartition(".")
            if owner in ("", project.name) and not isinstance(setting.value.value, dict):
                value = f"= {setting.value.text or setting.value.value}" if setting.value.known else "variable"
                yield Item(name, "variable", name, value[:60])
    scopes = {other.name for other in asked.view.layout.projects}
    for name in (*names(asked.view, "var"), *names(asked.view, "uses-var")):
        if name not in scopes:
            yield Item(name, "variable", name, "variable")


def docs(asked: Asked) -> Iterator[Item]:
    """The docs blocks that the file can take texts from."""
    for name in names(asked.view, "docs"):
        for posting in asked.view.find(f"docs:{name}"):
            if _visible(asked.project, asked.view.layout.project_of(posting.path)):
                yield Item(name, "docs", name, posting.path.rpartition("/")[2])
                break


def tags(view: View) -> tuple[str, ...]:
    """The tags in use."""
    return names(view, "tag")


def datasets(asked: Asked) -> Iterator[str]:
    """Every dataset that a pipeline, a contract, a source or SQL names with its schema."""
    yield from asked.view.memo("tables in SQL", lambda: _tables_in_sql(asked.view))
    for posting in asked.view.find("pipelines:any"):
        facts = asked.view.facts(posting.path)
        for pipeline in facts.pipelines if facts is not None else ():
            for end in (*pipeline.sources, *pipeline.targets, *pipeline.stages):
                for read in (*end.inputs, *end.outputs):
                    if not read.relation.dynamic:
                        yield str(read.relation)
    for posting in asked.view.find("contracts:any"):
        facts = asked.view.facts(posting.path)
        for obj in facts.contracts[posting.number].objects if facts is not None else ():
            yield obj.physical or obj.name
    yield from names(asked.view, "source")


def _tables_in_sql(view: View) -> list[str]:
    """The tables that SQL writes, then those it reads."""
    found: dict[str, None] = {}
    for kind in ("write", "read"):
        for name in names(view, kind):
            for posting in view.find(f"{kind}:{name}"):
                if posting.kind != "sql":
                    continue
                text, write = view.sql(posting)
                read = text.reads[posting.inner] if kind == "read" and posting.inner < len(text.reads) else None
                target = write.target if write is not None and kind == "write" and write.mode != "call" else None
                relation = read.relation if read is not None else target
                if relation is not None and relation.kind == "table" and not relation.dynamic:
                    found.setdefault(str(relation))
    return list(found)
