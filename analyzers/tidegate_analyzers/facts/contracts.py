"""What ODCS contracts and pipeline specifications promise."""

from __future__ import annotations

import msgspec

from tidegate_analyzers.facts.base import NOWHERE, Fact, Setting, Site, Value
from tidegate_analyzers.facts.data import Read


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
    physical_site: Site = NOWHERE


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
