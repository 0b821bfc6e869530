"""What a query does with columns: which it reads, which it gives, and how these come of each other."""

from __future__ import annotations

from tidegate_analyzers.facts.base import NOWHERE, Fact, Site
from tidegate_analyzers.facts.data import Relation

EVERY = "*"
"""The name of an output that stands for all columns of an input."""


class Origin(Fact, frozen=True, array_like=True, gc=False):
    """A column of one of the query's inputs, by the input's number."""

    input: int
    column: str


class Output(Fact, frozen=True, array_like=True, gc=False):
    """A column that a query gives.

    Attributes:
        name: its name; `*` stands for every column of the input of `origins[0]`, in that place.
        type: its SQL type, empty where it is not known.
        site: where it is named in the select list.
        origins: the columns of inputs it is made of; for a star those of other arms of a union follow the first.
        kind: `identity`, `transformation`, `aggregation` or `constant`, in OpenLineage's words.
        like: the number of the origin whose type it has, -1 for none.
        without: for a star, the columns it leaves out, case folded.
        renamed: for a star, old and new names.
    """

    name: str
    type: str = ""
    site: Site = NOWHERE
    origins: tuple[Origin, ...] = ()
    kind: str = "constant"
    like: int = -1
    without: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    term: str = ""
    """For a type that depends on those of `origins`, how: `readers.sql.types.with_variables` works it out."""


class Use(Fact, frozen=True, array_like=True, gc=False):
    """A mention of a column.

    Attributes:
        name: the column.
        site: where its name stands.
        inputs: the inputs whose columns it may be; one where that is certain.
        state: empty where it is a column of `inputs`, of all of them where a union or USING makes them one; `either`
            where it is one of several that are joined; `maybe` where it may also be something else;
            `missing` where nothing in scope has it;
            `ambiguous` where several columns of the file have the name.
        near: for a missing one, the name that is likely meant.
        where: for a missing or ambiguous one, what was looked through.
    """

    name: str
    site: Site
    inputs: tuple[int, ...] = ()
    state: str = ""
    near: str = ""
    where: str = ""


class Compared(Fact, frozen=True, array_like=True, gc=False):
    """Two values that are compared, or put into one column by a union.

    Attributes:
        site: the comparison, or the name of the later column.
        left, right: their types; that of a column of an input is `?0.name`, or a term of such.
        way: `compare` or `union`.
    """

    site: Site
    left: str
    right: str
    way: str


class ColumnFlow(Fact, frozen=True, array_like=True, gc=False):
    """What one query does with columns.

    Attributes:
        inputs: the relations it reads, each use of one by itself.
        outputs: what it gives, in order.
        uses: the columns it mentions, `local` ones left out.
        closed: whether `outputs` is all that it gives.
        target: what it writes, where the query is a part of a statement that writes.
        compared: the comparisons whose types clash, or may.
        way: `create` where the statement makes its target of these columns, `insert` where it names those it fills.
        mentions: how many columns it mentions, and
        resolved: of how many of them it is known what they are, as far as the file tells.
    """

    inputs: tuple[Relation, ...] = ()
    outputs: tuple[Output, ...] = ()
    uses: tuple[Use, ...] = ()
    closed: bool = False
    target: Relation | None = None
    mentions: int = 0
    resolved: int = 0
    way: str = ""
    compared: tuple[Compared, ...] = ()
