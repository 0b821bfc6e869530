"""The generated warehouse as values: raw tables, models in three layers, and who reads whom.

Every column a model names is one that its inputs have, so that a tool which follows columns finds nothing wrong.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tests.bench.synth import words

Layer = Literal["staging", "intermediate", "marts"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its type, in the words of the warehouse."""

    name: str
    type: str

    @property
    def is_number(self) -> bool:
        """Whether it can be summed."""
        return self.type in ("integer", "double")


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as it lands, before any model."""

    system: str
    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A model.

    Attributes:
        name, layer: what it is called and where it belongs.
        group: the system (staging, intermediate) or the business domain (marts) it belongs to.
        entity: what its key identifies.
        columns: what it produces, the key first.
        sql: the text of its file.
        reads: the models it reads.
        source: the raw table it reads, for staging.
        incremental: whether runs add to it.
    """

    name: str
    layer: Layer
    group: str
    entity: str
    columns: tuple[Column, ...]
    sql: str
    reads: tuple[str, ...] = ()
    source: RawTable | None = None
    incremental: bool = False

    @property
    def key(self) -> str:
        """The name of the key."""
        return self.columns[0].name

    @property
    def folder(self) -> str:
        """The folder of the model below `models`."""
        return f"{self.layer}/{self.group}"


@dataclass(frozen=True, slots=True)
class Warehouse:
    """All of it."""

    raw: tuple[RawTable, ...]
    models: tuple[Model, ...]

    def layer(self, layer: Layer) -> list[Model]:
        """The models of a layer."""
        return [model for model in self.models if model.layer == layer]


def make_warehouse(number: int, seed: int) -> Warehouse:
    """A warehouse of so many models: two fifths staging, a third intermediate, the rest marts."""
    from tests.bench.synth import intermediate, marts, staging  # they use the values above

    chance = random.Random(seed)
    raw = tuple(raw_table(position, chance) for position in range(max(round(number * 0.4), 4)))
    first = [staging.model(position, table) for position, table in enumerate(raw)]
    second = [intermediate.model(position, first, chance) for position in range(max(round(number * 0.33), 2))]
    third = marts.models(max(number - len(first) - len(second), 1), second, chance)
    return Warehouse(raw, (*first, *second, *third))


def raw_table(position: int, chance: random.Random) -> RawTable:
    """The raw table at a position: its key, the keys of the next two entities, seven attributes and three times.

    The table at the next position holds the next entity, so that neighbours can be joined.
    """
    system, entity = words.at(position)
    foreign = [Column(f"{words.at(position + step)[1]}_id", "bigint") for step in (1, 2)]
    attributes = [Column(name, kind) for name, kind in chance.sample(words.ATTRIBUTES, 7)]
    times = [Column(name, "timestamp") for name in ("created_at", "updated_at", "_loaded_at")]
    return RawTable(system, f"{entity}s", (Column("id", "bigint"), *foreign, *attributes, *times))


def lines(parts: Sequence[str], *, indent: int = 8) -> str:
    """The entries of a select list, one a line."""
    return (",\n" + " " * indent).join(parts)
