"""What people tell the tool where it sees nothing, in a comment or in the configuration."""

from __future__ import annotations

from tidegate_analyzers.facts.base import Fact, Site


class Told(Fact, frozen=True, array_like=True, gc=False):
    """A fact that somebody states.

    Attributes:
        kind: `clears` (tables that are emptied), `upserts` (rows are matched by these columns), `idempotent` (a second
            run changes nothing), `columns` (what a macro yields), or a word that is none of these.
        values: the tables or columns.
        site: where it is told.
        about: what it speaks of: tasks as `dag.task`, functions, macros; in the configuration as written there.
        writes: the writes in the statement or function that a comment stands at.
        comment: whether a comment tells it, which speaks of its own file alone.
        reason: why, in the words of whoever told it.
    """

    kind: str
    values: tuple[str, ...]
    site: Site
    about: tuple[str, ...] = ()
    writes: tuple[Site, ...] = ()
    comment: bool = False
    reason: str = ""
