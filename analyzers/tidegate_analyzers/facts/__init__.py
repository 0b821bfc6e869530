"""What one file says, in pipeline words: the language every reader writes and every rule reads.

Facts are values without positions. A place is a *site*: the number of a span that is kept beside the facts, so
that an edit which moves text and changes no meaning gives equal facts. Unknown is a value of its own
(`Value.known` is false, `Relation.dynamic` is true, `Write.opaque` says why); rules stay silent on it.
"""

from tidegate_analyzers.facts.base import NOWHERE, Fact, Problem, Setting, Site, Suppression, Value
from tidegate_analyzers.facts.codec import Packed, columns, decode, encode, outputs
from tidegate_analyzers.facts.contracts import Contract, ContractObject, Pipeline, Sla, Stage
from tidegate_analyzers.facts.data import Read, Relation, Restriction, SqlText, WallClock, Write, same_name
from tidegate_analyzers.facts.dbt import (
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
    Output,
    SourceTable,
)
from tidegate_analyzers.facts.file import FileFacts, FileRead, Package, Sites
from tidegate_analyzers.facts.orchestration import Constant, Dag, Routine, Step, Task

__all__ = [
    "NOWHERE",
    "Column",
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
    "Group",
    "MacroDef",
    "MacroUse",
    "NodeRef",
    "Output",
    "Package",
    "Packed",
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
    "Step",
    "Suppression",
    "Task",
    "Value",
    "WallClock",
    "Write",
    "columns",
    "decode",
    "encode",
    "outputs",
    "same_name",
]
