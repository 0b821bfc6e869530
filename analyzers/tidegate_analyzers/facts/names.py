"""Names that stand in a file and that no other fact carries: where they are made, and where they are used."""

from __future__ import annotations

from tidegate_analyzers.facts.base import Fact, Site
from tidegate_analyzers.facts.dbt import NodeRef


class Name(Fact, frozen=True, array_like=True, gc=False):
    """A name in a text, exact to its characters.

    Attributes:
        kind: `var`, `docs`, `test`, `unit_test`, `metric`, `measure`, `semantic_model`, `saved_query`, `selector`,
            `package`, `macro`, or `model`, `source`, `table`, `exposure` and `group` where a selection or a text
            of Jinja names one.
        name: as it is known; a macro's may be dotted, a table's is `source.table`.
        site: its characters, without quotes; of a dotted name the last part.
        made: whether it is made here; else it is used.
        of: what it belongs to: a variable's or docs block's package, a measure's semantic model, a unit test's model.
    """

    kind: str
    name: str
    site: Site
    made: bool = False
    of: str = ""


class ColumnName(Fact, frozen=True, array_like=True, gc=False):
    """A column that YAML names outside its declaration: in a test's arguments, a unit test, a semantic model.

    `of` is the node or source table whose column it is. A `loose` one is a word of an expression, which may be
    something else.
    """

    name: str
    site: Site
    of: NodeRef
    loose: bool = False
