"""Whether a DAG or a task can have another id."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Site
from tidegate_analyzers.graph import symbols
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.symbols import Symbol
from tidegate_analyzers.ide.rename.common import Refused


def check_made(view: View, symbol: Symbol) -> None:
    """Refuse an id that is not written where it is given, or given in several files.

    Raises:
        Refused: a new id could not be written there.
    """
    made = list(_made(view, symbol))
    word = "DAG" if symbol.kind == "dag" else "task"
    if not made:
        raise Refused(f"no {word} '{symbol.name}' is made here")
    files = sorted({path for path, _, _ in made})
    if len(files) > 1:
        more = f" and {len(files) - 3} more" if len(files) > 3 else ""
        raise Refused(f"several files make a {word} '{symbol.name}': {', '.join(files[:3])}{more}")
    places = [place for place in symbols.places_in(view, symbol, made[0][0]) if place.access == "made"]
    read = view.graph.files.get(made[0][0])
    for path, site, named_by in made:
        if named_by:
            raise Refused(f"the {word} '{symbol.name}' is called as the function '{named_by}' is; rename the function")
        span = read.span(site) if read is not None else None
        if span is None or not any(span.covers(place.span) for place in places):
            raise Refused(f"the id of the {word} '{symbol.name}' is put together in {path}")


def _made(view: View, symbol: Symbol) -> Iterator[tuple[str, Site, str]]:
    """Each file that makes it, the place of its id there, and the function it has its name from."""
    for path, dag in _dags(view, symbol):
        if symbol.kind == "dag":
            functions = _functions(view, path, "dag-function")
            yield path, dag.site, symbol.name if symbol.name in functions else ""
            continue
        for task in dag.tasks:
            if task.id == symbol.name:
                yield path, task.site, symbol.last if task.operator == f"@task {symbol.last}" else ""


def _dags(view: View, symbol: Symbol) -> Iterator[tuple[str, Dag]]:
    """The DAG that is meant, or that a task belongs to."""
    if symbol.kind == "task" and not symbol.of:
        facts = view.facts(symbol.root)
        yield from ((symbol.root, dag) for dag in (facts.dags if facts is not None else ()) if not dag.id)
        return
    for posting in view.find(f"dag:{symbol.of or symbol.name}"):
        facts = view.facts(posting.path)
        if facts is not None and posting.kind == "dag":
            yield posting.path, facts.dags[posting.number]


def _functions(view: View, path: str, kind: str) -> set[str]:
    facts = view.facts(path)
    return {name.name for name in facts.names if name.kind == kind} if facts is not None else set()


def check_free(view: View, symbol: Symbol, name: str) -> None:
    """Refuse an id that something else has.

    Raises:
        Refused: it is taken.
    """
    if name == symbol.last:
        return
    if symbol.kind == "dag":
        for posting in view.find(f"dag:{name}"):
            raise Refused(f"'{name}' exists already: {posting.path}")
    full = symbol.name.removesuffix(symbol.last) + name
    for path, dag in _dags(view, symbol) if symbol.kind == "task" else ():
        if any(task.id == full for task in dag.tasks):
            raise Refused(f"'{full}' exists already: {path}")
