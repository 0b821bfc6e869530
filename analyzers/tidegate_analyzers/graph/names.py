"""Names that resemble another: what a misspelt reference probably meant."""

from __future__ import annotations

from collections.abc import Iterable

from tidegate_analyzers.graph.index import View


def close_name(view: View, kind: str, name: str, among: Iterable[str] | None = None, *, cutoff: float = 0.75) -> str:
    """The known name most like `name`, or empty.

    Args:
        view: the graph.
        kind: the kind of key whose names are candidates (`node`, `source`, `macro`, `dag`).
        name: the name that was not found.
        among: candidates, where they are not keys of the graph.
        cutoff: how alike the two must be, from 0 to 1.
    """
    from rapidfuzz import fuzz, process  # loaded when the first name is not found

    candidates = tuple(among) if among is not None else _names(view, kind)
    alike = process.extract(name, candidates, scorer=fuzz.ratio, score_cutoff=cutoff * 100, limit=2)
    return next((str(candidate) for candidate, _, _ in alike if candidate != name), "")


def _names(view: View, kind: str) -> tuple[str, ...]:
    view.find(f"names:{kind}")  # touched when a name comes or goes
    return view.graph.names(kind)
