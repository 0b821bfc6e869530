"""What one file says, in pipeline words: the language every reader writes and every rule reads.

Facts are values without positions. A place is a *site*: the number of a span that is kept beside the facts, so
that an edit which moves text and changes no meaning gives equal facts. Unknown is a value of its own
(`Value.known` is false, `Relation.dynamic` is true, `Write.opaque` says why); rules stay silent on it.
"""

from tidegate_analyzers.facts.base import NOWHERE, Fact, Problem, Setting, Site, Suppression, Value
from tidegate_analyzers.facts.catalog import Catalog, CatalogColumn, CatalogTable
from tidegate_analyzers.facts.codec import Packed, catalog_columns, columns, decode, encode, flow, flows
from tidegate_analyzers.facts.columns import ColumnFlow, Compared, Origin, Output, Use
from tidegate_analyzers.facts.contracts import Contract, ContractObject, Pipeline, Sla, Stage
from tidegate_analyzers.facts.data import (
    BadRecords,
    Read,
    Relation,
    Restriction,
    SqlText,
    Unlinked,
    Upkeep,
    WallClock,
    Write,
    same_name,
)
from tidegate_analyzers.facts.dbt import (
    Argument,
    Column,
    DbtNode,
    DbtProject,
    DbtProperties,
    Exposure,
    FolderSetting,
    Group,
    MacroDef,
    MacroUse,
    NodeRef,
    Parameter,
    SourceTable,
)
from tidegate_analyzers.facts.file import FileFacts, FileRead, Package, Sites
from tidegate_analyzers.facts.jobs import Component, Gate, Inferred, Job, Stateful, Stream
from tidegate_analyzers.facts.names import ColumnName, Name
from tidegate_analyzers.facts.orchestration import Act, Constant, Dag, Routine, Step, Task
from tidegate_analyzers.facts.told import Told
from tidegate_analyzers.facts.traits import Traits, Volatile

__all__ = [
    "NOWHERE",
    "Act",
    "Argument",
    "BadRecords",
    "Catalog",
    "CatalogColumn",
    "CatalogTable",
    "Column",
    "ColumnFlow",
    "ColumnName",
    "Compared",
    "Component",
    "Constant",
    "Contract",
    "ContractObject",
    "Dag",
    "DbtNode",
    "DbtProject",
    "DbtProperties",
    "Exposure",
    "Fact",
    "FileFacts",
    "FileRead",
    "FolderSetting",
    "Gate",
    "Group",
    "Inferred",
    "Job",
    "MacroDef",
    "MacroUse",
    "Name",
    "NodeRef",
    "Origin",
    "Output",
    "Package",
    "Packed",
    "Parameter",
    "Pipeline",
    "Problem",
    "Read",
    "Relation",
    "Restriction",
    "Routine",
    "Setting",
    "Site",
    "Sites",
    "Sla",
    "SourceTable",
    "SqlText",
    "Stage",
    "Stateful",
    "Step",
    "Stream",
    "Suppression",
    "Task",
    "Told",
    "Traits",
    "Unlinked",
    "Upkeep",
    "Use",
    "Value",
    "Volatile",
    "WallClock",
    "Write",
    "catalog_columns",
    "columns",
    "decode",
    "encode",
    "flow",
    "flows",
    "same_name",
]
