"""What one file says, in pipeline words: the language every reader writes and every rule reads.

Facts are values without positions. A place is a *site*: the number of a span that is kept beside the facts, so
that an edit which moves text and changes no meaning gives equal facts. Unknown is a value of its own
(`Value.known` is false, `Relation.dynamic` is true, `Write.opaque` says why); rules stay silent on it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

import msgspec

from tidegate_analyzers.text import Span

Site = int
"""The number of a span in `FileRead.spans`."""

NOWHERE: Site = 0
"""The site of a fact about the file as a whole; it spans the start of the first line."""


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Base of all facts: immutable, compact, without cycles."""


class Value(Fact, frozen=True, array_like=True, gc=False):
    """What is known of a value that somebody wrote.

    Attributes:
        known: whether `value` is the value for certain.
        value: a JSON-like value; `None` where unknown.
        choices: for a conditional expression whose arms are known, the values it may have.
        text: the value as written.
        site: where it stands.
    """

    known: bool
    value: Any = None
    choices: tuple[Any, ...] = ()
    text: str = ""
    site: Site = NOWHERE

    def every(self, test: Any) -> bool:
        """True when `test` holds for the value whichever of its choices it turns out to have."""
        if self.known:
            return bool(test(self.value))
        return bool(self.choices) and all(test(choice) for choice in self.choices)


class Setting(Fact, frozen=True, array_like=True, gc=False):
    """A named value with the site of its name: a dbt config entry, an operator's argument."""

    name: str
    value: Value
    site: Site = NOWHERE


class Problem(Fact, frozen=True, array_like=True, gc=False):
    """A fault met while reading, already in the words of the rule `code` that reports it."""

    code: str
    message: str
    site: Site = NOWHERE


class Suppression(Fact, frozen=True, array_like=True, gc=False):
    """A `tidegate: ignore[...]` comment: what it silences, why, and the span it speaks of."""

    codes: tuple[str, ...]
    reason: str
    site: Site
    covers: Site


# -- data and who touches it ------------------------------------------------------------------------------------


class Relation(Fact, frozen=True, array_like=True, gc=False):
    """A name for data, as one file writes it.

    Attributes:
        kind: `table`, `ref`, `source`, `this`, `path` or `asset`.
        parts: the name's parts, outermost first; a part not known holds its Jinja expression, `{{ x }}`.
        version: the model version of a `ref`.
    """

    kind: str
    parts: tuple[str, ...]
    version: str = ""

    @property
    def dynamic(self) -> bool:
        """True when some part is not known before run time."""
        return not self.parts or any("{" in part for part in self.parts)

    @property
    def name(self) -> str:
        """The last part, case folded: the weakest way in which two names can be the same."""
        return self.parts[-1].casefold() if self.parts else ""

    def __str__(self) -> str:
        return ".".join(self.parts)


def same_name(left: Relation, right: Relation) -> bool:
    """True when two names agree in all the parts both have; templated parts agree when written alike."""
    if left.kind != right.kind or not left.parts or not right.parts:
        return False
    pairs = zip(reversed(left.parts), reversed(right.parts), strict=False)
    return all(a.casefold() == b.casefold() for a, b in pairs)


class Read(Fact, frozen=True, array_like=True, gc=False):
    """A use of data; `sites` are those of the name's parts, where they are known one by one."""

    relation: Relation
    site: Site
    sites: tuple[Site, ...] = ()


class Restriction(Fact, frozen=True, array_like=True, gc=False):
    """A condition that limits which rows a load adds.

    `kind` is `high_water` (strictly above what the target holds), `overlap` (at or around it), `anti_join`
    (not in the target yet), `wall_clock` (by the current time), `window` (by a run's own window), `never`
    (no row passes) or `opaque` (it touches the target, or hides in a macro, in a way not understood).
    """

    kind: str
    text: str
    site: Site = NOWHERE


class Write(Fact, frozen=True, array_like=True, gc=False):
    """One effect on data.

    Attributes:
        mode: `insert`, `append`, `replace`, `overwrite_partition`, `merge`, `delete`, `truncate`, `drop`,
            `create`, `update`, `swap` or `call`.
        target: what is written.
        site: what a finding about it underlines.
        order: its place among the writes of the same unit.
        rows: where new rows come from: `query`, `literals`, `file` or ``.
        arms: for each arm of the source query, the restrictions on its rows.
        key: the columns it merges by.
        partition: how the part of the target is named that it writes.
        whole: for a delete, whether it takes every row.
        temporary: whether the target lives no longer than the session.
        reads_target: whether the source query reads the target.
        opaque: why its effect can't be judged; empty when it can.
        windowed: whether what it reads depends on the run's own window.
        option: the word that says how it writes, as written (`WRITE_APPEND`).
        listed: whether the columns it writes are all named.
    """

    mode: str
    target: Relation
    site: Site
    order: int = 0
    rows: str = ""
    arms: tuple[tuple[Restriction, ...], ...] = ()
    key: tuple[str, ...] = ()
    partition: str = ""
    whole: bool = False
    temporary: bool = False
    reads_target: bool = False
    opaque: str = ""
    windowed: bool = False
    option: str = ""
    listed: bool = False


class WallClock(Fact, frozen=True, array_like=True, gc=False):
    """The current time where a run's own window belongs: what reads it, and into what it flows."""

    site: Site
    expression: str
    into: str
    origin: Site = NOWHERE


class SqlText(Fact, frozen=True, array_like=True, gc=False):
    """A SQL text as one unit: an inline string, a file, or a constant that others import."""

    name: str
    site: Site
    reads: tuple[Read, ...] = ()
    writes: tuple[Write, ...] = ()
    clocks: tuple[WallClock, ...] = ()
    streaming: str = ""
    """The marker that says the text runs continuously (Flink, ksqlDB), else empty."""
    template: bool = False
    """Whether a run's window is used in the text."""


# -- dbt --------------------------------------------------------------------------------------------------------


class NodeRef(Fact, frozen=True, array_like=True, gc=False):
    """A `ref` or `source` call; `names` is empty where it is computed."""

    function: str
    names: tuple[str, ...]
    site: Site
    sites: tuple[Site, ...] = ()
    version: str = ""


class MacroUse(Fact, frozen=True, array_like=True, gc=False):
    """A call of a macro by its dotted name."""

    name: str
    site: Site


class MacroDef(Fact, frozen=True, array_like=True, gc=False):
    """A macro, test or materialization that a file defines."""

    kind: str
    name: str
    site: Site


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
        outputs: the encoded `tuple[Output, ...]` of the final select, and
        open: the relations whose columns pass through it by `*`.
        parsed: whether the SQL could be parsed.
        config_site: the `config()` call, or NOWHERE.
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
    outputs: msgspec.Raw = msgspec.Raw(b"\x90")
    open: tuple[Relation, ...] = ()
    parsed: bool = True
    config_site: Site = NOWHERE


class Output(Fact, frozen=True, array_like=True, gc=False):
    """A column that a query gives; `type` is empty where it is not known."""

    name: str
    type: str = ""


class Column(Fact, frozen=True, array_like=True, gc=False):
    """A column that YAML declares."""

    name: str
    site: Site
    type: str = ""
    description: str = ""
    not_null: bool = False
    unique: bool = False
    primary_key: bool = False
    tests: int = 0


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
    description: str = ""


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

    def folders(self, resource: str) -> tuple[str, ...]:
        """The folders of a resource (`model`, `seed`, `snapshot`, `macro`, `test`, `analysis`)."""
        return dict(self.paths).get(resource, ())


# -- orchestration ----------------------------------------------------------------------------------------------


class Step(Fact, frozen=True, array_like=True, gc=False):
    """How a task does its work, as far as it can be followed to other texts.

    `kind` is `sql` (an index into `FileFacts.sql`), `file` (a path or the end of one), `import` (a module and
    a name) or `unknown`.
    """

    kind: str
    text: str = ""
    index: int = -1
    site: Site = NOWHERE


class Task(Fact, frozen=True, array_like=True, gc=False):
    """One task of a DAG.

    Attributes:
        id: the task id; empty where it is computed.
        site: the id, or what stands for it.
        operator: the class or decorator by which it is made.
        settings: the arguments that rules read.
        steps: the texts it runs.
        writes, reads: its own effects, besides those of its steps.
        upstream: indexes of tasks in the same DAG that run before it.
        outlets, inlets: assets it gives and takes.
        clocks: the current time in its arguments.
        deletes_paths: storage prefixes it deletes.
        mentions: every text in its arguments; an opaque task that names a table may well clear it.
        opaque: whether it does something that can't be followed.
        condition: the condition under which it is made at all.
    """

    id: str
    site: Site
    operator: str
    settings: tuple[Setting, ...] = ()
    steps: tuple[Step, ...] = ()
    writes: tuple[Write, ...] = ()
    reads: tuple[Read, ...] = ()
    upstream: tuple[int, ...] = ()
    outlets: tuple[Read, ...] = ()
    inlets: tuple[Read, ...] = ()
    clocks: tuple[WallClock, ...] = ()
    mentions: tuple[str, ...] = ()
    opaque: bool = False
    whole: Site = NOWHERE
    condition: str = ""

    def setting(self, name: str) -> Value | None:
        """The argument `name`, if it is written at the task itself."""
        return next((s.value for s in self.settings if s.name == name), None)


class Dag(Fact, frozen=True, array_like=True, gc=False):
    """A DAG with its tasks; `incomplete` says why some order between tasks is not known."""

    id: str
    site: Site
    settings: tuple[Setting, ...] = ()
    defaults: tuple[Setting, ...] = ()
    defaults_known: bool = True
    tasks: tuple[Task, ...] = ()
    incomplete: str = ""
    whole: Site = NOWHERE
    references: tuple[Read, ...] = ()
    """Other DAGs it names (sensors, triggers), as relations of kind `dag` or `task`."""

    def setting(self, name: str) -> Value | None:
        """The argument `name` of the DAG."""
        return next((s.value for s in self.settings if s.name == name), None)

    def default(self, name: str) -> Value | None:
        """The entry `name` of its default_args."""
        return next((s.value for s in self.defaults if s.name == name), None)


class Constant(Fact, frozen=True, array_like=True, gc=False):
    """A module's constant that other modules may import."""

    name: str
    value: Value


# -- contracts and pipeline specifications ----------------------------------------------------------------------


class ContractObject(Fact, frozen=True, array_like=True, gc=False):
    """A table, topic or object of an ODCS contract.

    `schemas` are those of the contract's servers, in which an object without a schema of its own lies; empty
    where a server has none or takes it from a variable.
    """

    name: str
    physical: str
    site: Site
    columns: msgspec.Raw = msgspec.Raw(b"\x90")
    column_count: int = 0
    key: tuple[str, ...] = ()
    quality: int = 0
    schemas: tuple[str, ...] = ()


class Sla(Fact, frozen=True, array_like=True, gc=False):
    """A service level of a contract."""

    property: str
    value: Value
    unit: str = ""
    element: str = ""
    site: Site = NOWHERE


class Contract(Fact, frozen=True, array_like=True, gc=False):
    """An ODCS data contract."""

    id: str
    name: str
    site: Site
    api_version: str = ""
    version: Value = Value(known=True)
    status: str = ""
    domain: str = ""
    objects: tuple[ContractObject, ...] = ()
    slas: tuple[Sla, ...] = ()
    owner: str = ""
    owner_elsewhere: bool = False
    custom: tuple[Setting, ...] = ()
    quality: int = 0
    blocking_quality: int = 0
    purpose: str = ""

    def extension(self, name: str) -> Value | None:
        """The custom property `tidegate.NAME`."""
        return next((s.value for s in self.custom if s.name == f"tidegate.{name}"), None)


class Stage(Fact, frozen=True, array_like=True, gc=False):
    """A stage of a `pipeline.yaml`."""

    id: str
    kind: str
    site: Site
    inputs: tuple[Read, ...] = ()
    outputs: tuple[Read, ...] = ()
    blocks: tuple[Setting, ...] = ()
    """Every other key of the stage, with its value."""
    whole: Site = NOWHERE

    def block(self, name: str) -> Value | None:
        """What the stage says under `name`."""
        return next((s.value for s in self.blocks if s.name == name), None)


class Pipeline(Fact, frozen=True, array_like=True, gc=False):
    """A `pipeline.yaml` of kind Pipeline."""

    id: str
    site: Site
    blocks: tuple[Setting, ...] = ()
    """Every key but `stages`, with its value."""
    sources: tuple[Stage, ...] = ()
    targets: tuple[Stage, ...] = ()
    stages: tuple[Stage, ...] = ()

    def block(self, name: str) -> Value | None:
        """What the pipeline says under `name`."""
        return next((s.value for s in self.blocks if s.name == name), None)


# -- the file ---------------------------------------------------------------------------------------------------


class Package(Fact, frozen=True, array_like=True, gc=False):
    """Software that a requirements file, lock file, image or profile names."""

    name: str
    version: str = ""
    via: str = ""


class FileFacts(Fact, frozen=True, array_like=True, gc=False):
    """Everything one file says, without positions. Equal facts mean that nothing beyond the file changes."""

    role: str
    problems: tuple[Problem, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    generated: bool = False
    nodes: tuple[DbtNode, ...] = ()
    macros: tuple[MacroDef, ...] = ()
    properties: tuple[DbtProperties, ...] = ()
    sources: tuple[SourceTable, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    groups: tuple[Group, ...] = ()
    project: DbtProject | None = None
    dags: tuple[Dag, ...] = ()
    sql: tuple[SqlText, ...] = ()
    constants: tuple[Constant, ...] = ()
    contracts: tuple[Contract, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    packages: tuple[Package, ...] = ()
    settings: tuple[Setting, ...] = ()
    refs: tuple[NodeRef, ...] = ()
    """References that belong to no node of this file: in YAML, in macros."""
    imports: tuple[tuple[str, str, str], ...] = ()
    """Local name, module, name in the module; the name is empty for a module as a whole."""


class FileRead(Fact, frozen=True, array_like=True, gc=False):
    """Facts with the spans their sites stand for."""

    facts: FileFacts
    spans: bytes = b"\0" * 8

    def span(self, site: Site) -> Span:
        """The span of a site."""
        pair = array("I", self.spans[site * 8 : site * 8 + 8])
        return Span(pair[0], pair[1])

    def all_spans(self) -> list[Span]:
        """Every span, by site."""
        flat = array("I", self.spans)
        return [Span(flat[i], flat[i + 1]) for i in range(0, len(flat), 2)]


class Sites:
    """Collects spans while a file is read and hands out their numbers."""

    __slots__ = ("_flat",)

    def __init__(self) -> None:
        self._flat = array("I", (0, 0))

    def add(self, span: tuple[int, int]) -> Site:
        """The number of a span."""
        self._flat.append(max(span[0], 0))
        self._flat.append(max(span[1], span[0], 0))
        return len(self._flat) // 2 - 1

    def finish(self, facts: FileFacts) -> FileRead:
        """Facts and spans together."""
        return FileRead(facts, self._flat.tobytes())


T = TypeVar("T", bound=Fact)


class Packed:
    """Encodes and decodes lists of facts that are read only on demand."""

    _encoder: ClassVar[msgspec.msgpack.Encoder] = msgspec.msgpack.Encoder()

    @classmethod
    def pack(cls, items: Iterable[Fact]) -> msgspec.Raw:
        """The items as one opaque value."""
        return msgspec.Raw(cls._encoder.encode(tuple(items)))


_COLUMNS = msgspec.msgpack.Decoder(tuple[Column, ...])
_OUTPUTS = msgspec.msgpack.Decoder(tuple[Output, ...])


def columns(packed: msgspec.Raw) -> tuple[Column, ...]:
    """The columns of a properties entry, a source table or a contract object."""
    return _COLUMNS.decode(packed)


def outputs(packed: msgspec.Raw) -> tuple[Output, ...]:
    """The output columns of a model."""
    return _OUTPUTS.decode(packed)


_READ = msgspec.msgpack.Decoder(FileRead)


def encode(read: FileRead) -> bytes:
    """A file's facts as bytes, for the cache and between processes."""
    return Packed._encoder.encode(read)


def decode(data: bytes) -> FileRead:
    """The facts that `encode` wrote.

    Raises:
        msgspec.DecodeError: the bytes were written by another version, or are damaged.
    """
    return _READ.decode(data)
