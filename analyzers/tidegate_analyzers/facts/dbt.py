"""What dbt's files say: nodes, macros, properties, sources and projects."""

from __future__ import annotations

import msgspec

from tidegate_analyzers.facts.base import NOWHERE, Fact, Setting, Site
from tidegate_analyzers.facts.data import Read, Relation, WallClock, Write
from tidegate_analyzers.facts.traits import Traits


class NodeRef(Fact, frozen=True, array_like=True, gc=False):
    """A `ref` or `source` call; `names` is empty where it is computed.

    `conditional` says that it stands under a condition which nobody can decide from the text.
    """

    function: str
    names: tuple[str, ...]
    site: Site
    sites: tuple[Site, ...] = ()
    version: str = ""
    conditional: bool = False


class MacroUse(Fact, frozen=True, array_like=True, gc=False):
    """A call of a macro by its dotted name; `conditional` as in `NodeRef`."""

    name: str
    site: Site
    conditional: bool = False


class Parameter(Fact, frozen=True, array_like=True, gc=False):
    """A parameter of a macro; `default` is the text of its default value, empty where it has none."""

    name: str
    site: Site
    default: str = ""


class MacroDef(Fact, frozen=True, array_like=True, gc=False):
    """A macro, test or materialization that a file defines.

    `refs` and `calls` are what its own text refers to, whether or not it is ever called. `body` is the text of a
    macro from `{% macro` to `{% endmacro %}`, empty for other kinds.
    """

    kind: str
    name: str
    site: Site
    parameters: tuple[Parameter, ...] = ()
    refs: tuple[NodeRef, ...] = ()
    calls: tuple[MacroUse, ...] = ()
    body: str = ""


class DbtNode(Fact, frozen=True, array_like=True, gc=False):
    """A model, snapshot, seed, analysis or singular test.

    Attributes:
        kind: `model`, `snapshot`, `seed`, `analysis` or `test`.
        name: as `ref` knows it.
        site: what stands for it in its file.
        language: `sql`, `python` or `csv`.
        config: what the file itself sets.
        config_complete: false where `config()` could not be read whole.
        refs: every `ref` and `source`, in order.
        macros: every macro called.
        tables: relations named literally in FROM and JOIN.
        load: what an incremental run adds, when the file can say; its target is `{{ this }}`.
        branches: whether the text asks `is_incremental()`.
        clocks: the current time in a filter.
        flow: the encoded `ColumnFlow` of its query, or nothing.
        parsed: whether the SQL could be parsed.
        config_site: the `config()` call, or NOWHERE.
        template: its whole text, where a macro makes its query so that only rendering shows the columns.
        traits: what its query shows of itself, where that can be read.
        writes: what a Python model writes beside the table it returns, and what clears tables there.
    """

    kind: str
    name: str
    site: Site
    language: str = "sql"
    config: tuple[Setting, ...] = ()
    config_complete: bool = True
    refs: tuple[NodeRef, ...] = ()
    macros: tuple[MacroUse, ...] = ()
    tables: tuple[Read, ...] = ()
    load: Write | None = None
    branches: bool = False
    clocks: tuple[WallClock, ...] = ()
    flow: msgspec.Raw = msgspec.Raw(b"\xc0")
    parsed: bool = True
    config_site: Site = NOWHERE
    template: str = ""
    traits: Traits | None = None
    writes: tuple[Write, ...] = ()


class Column(Fact, frozen=True, array_like=True, gc=False):
    """A column that YAML declares.

    `classes` are the words that say how sensitive it is: of ODCS's `classification`, of dbt's `meta`, `tags` and
    `policy_tags`. `physical` is what the database calls it, where a contract says so.
    """

    name: str
    site: Site
    type: str = ""
    description: str = ""
    not_null: bool = False
    unique: bool = False
    primary_key: bool = False
    tests: int = 0
    classes: tuple[str, ...] = ()
    physical: str = ""


class Argument(Fact, frozen=True, array_like=True, gc=False):
    """What YAML says of a macro's parameter."""

    name: str
    site: Site
    type: str = ""
    description: str = ""


class Constraint(Fact, frozen=True, array_like=True, gc=False):
    """A constraint of a model's contract; `accepted` where YAML says that it needn't be enforced."""

    kind: str
    site: Site
    columns: tuple[str, ...] = ()
    accepted: bool = False


class DbtProperties(Fact, frozen=True, array_like=True, gc=False):
    """An entry of a properties file: what YAML says of a model, seed, snapshot, macro or analysis."""

    kind: str
    name: str
    site: Site
    config: tuple[Setting, ...] = ()
    columns: msgspec.Raw = msgspec.Raw(b"\x90")
    column_count: int = 0
    typed_columns: int = 0
    key: tuple[str, ...] = ()
    """The columns that tests or constraints show to identify a row."""
    tests: int = 0
    versions: tuple[str, ...] = ()
    """The file stems of a model's versions, and"""
    numbers: tuple[str, ...] = ()
    """what `ref(..., v=...)` calls these; empty where one of them can't be read."""
    description: str = ""
    arguments: tuple[Argument, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    ends: tuple[str, ...] = ()
    """The dates at which the versions end, empty for those that have none."""
    data_tests: msgspec.Raw = msgspec.Raw(b"\x90")
    relation: NodeRef | None = None
    """What a snapshot that lives in YAML alone is made of."""


class SourceTable(Fact, frozen=True, array_like=True, gc=False):
    """A table of a dbt source."""

    source: str
    name: str
    site: Site
    source_site: Site
    relation: Relation
    config: tuple[Setting, ...] = ()
    columns: msgspec.Raw = msgspec.Raw(b"\x90")
    column_count: int = 0
    typed_columns: int = 0
    tests: int = 0
    description: str = ""
    data_tests: msgspec.Raw = msgspec.Raw(b"\x90")


class Exposure(Fact, frozen=True, array_like=True, gc=False):
    """A consumer of models that dbt knows by name only."""

    name: str
    site: Site
    refs: tuple[NodeRef, ...] = ()
    owner: str = ""


class Group(Fact, frozen=True, array_like=True, gc=False):
    """An owner of models."""

    name: str
    site: Site
    owner: str = ""


class FolderSetting(Fact, frozen=True, array_like=True, gc=False):
    """A configuration that `dbt_project.yml` gives to a folder of resources."""

    resource: str
    folder: tuple[str, ...]
    setting: Setting


class DbtProject(Fact, frozen=True, array_like=True, gc=False):
    """A `dbt_project.yml`; paths are relative to its folder."""

    name: str
    site: Site
    profile: str = ""
    paths: tuple[tuple[str, tuple[str, ...]], ...] = ()
    settings: tuple[FolderSetting, ...] = ()
    requires: tuple[str, ...] = ()
    packages_path: str = "dbt_packages"
    vars: tuple[Setting, ...] = ()
    """Its variables; one for a package alone is called `package.name`."""
    target_path: str = "target"
    """Where dbt leaves what it made."""

    def folders(self, resource: str) -> tuple[str, ...]:
        """The folders of a resource (`model`, `seed`, `snapshot`, `macro`, `test`, `analysis`)."""
        return dict(self.paths).get(resource, ())
