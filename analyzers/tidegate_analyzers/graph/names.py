"""Names that resemble another: what a misspelt reference probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from tidegate_analyzers.graph.index import View

MAX_COMPARED = 200
"""How many candidates are compared in full; the rest differ too much in length or letters to matter."""


def close_name(view: View, kind: str, name: str, among: Iterable[str] | None = None, *, cutoff: float = 0.72) -> str:
    """The known name most like `name`, or empty.

    Args:
        view: the graph.
        kind: the kind of key whose names are candidates (`node`, `source`, `macro`, `dag`).
        name: the name that was not found.
        among: candidates, where they are not keys of the graph.
        cutoff: how alike the two must be, from 0 to 1.
    """
    candidates = tuple(among) if among is not None else view.memo(("names", kind), lambda: _names(view, kind))
    letters = _pairs(name)
    likely: list[tuple[int, str]] = []
    for candidate in candidates:
        if abs(len(candidate) - len(name)) <= max(3, len(name) // 3) and candidate != name:
            shared = len(letters & _pairs(candidate))
            if shared * 2 >= len(letters):
                likely.append((-shared, candidate))
    best, best_ratio = "", cutoff
    for _, candidate in sorted(likely)[:MAX_COMPARED]:
        ratio = SequenceMatcher(None, name, candidate).ratio()
        if ratio > best_ratio:
            best, best_ratio = candidate, ratio
    return best


def _names(view: View, kind: str) -> tuple[str, ...]:
    view.find(f"names:{kind}")  # touched when a name comes or goes
    prefix = f"{kind}:"
    return tuple(sorted(key[len(prefix) :] for key in view.graph.index if key.startswith(prefix)))


def _pairs(name: str) -> frozenset[str]:
    return frozenset(name[i : i + 2] for i in range(max(len(name) - 1, 1)))
