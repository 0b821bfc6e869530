"""What a query shows of itself beyond its columns: joins, keys made anew, rows that are made unique."""

from __future__ import annotations

from tidegate_analyzers.facts.base import NOWHERE, Fact, Site
from tidegate_analyzers.facts.data import Unlinked


class Volatile(Fact, frozen=True, array_like=True, gc=False):
    """An output column that has another value each time the query runs.

    `kind` is `random`, `clock` or `number` (rows numbered in no order).
    """

    column: str
    kind: str
    text: str
    site: Site = NOWHERE


class Traits(Fact, frozen=True, array_like=True, gc=False):
    """What a query shows of itself.

    Attributes:
        unlinked: joins without a condition.
        volatile: output columns with another value each time.
        limits: the columns that stand in conditions, case folded.
        unique: whether something in it makes rows unique: grouping, DISTINCT, a row number.
        single: whether it gives one row for certain.
    """

    unlinked: tuple[Unlinked, ...] = ()
    volatile: tuple[Volatile, ...] = ()
    limits: tuple[str, ...] = ()
    unique: bool = False
    single: bool = False
