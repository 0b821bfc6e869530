"""What the arguments of an operator do: the SQL and commands they hold, the loads they configure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import Relation, Site, Step, Write
from tidegate_analyzers.readers.airflow.callables import Body
from tidegate_analyzers.readers.airflow.loads import big_query_table, load_write
from tidegate_analyzers.readers.airflow.mentions import texts
from tidegate_analyzers.readers.airflow.operators import (
    BEFORE_ARGUMENTS,
    DROPS,
    LOADS,
    PREFIXES,
    SQL_ARGUMENTS,
    Load,
    dialect_of,
)
from tidegate_analyzers.readers.airflow.started import given_commands
from tidegate_analyzers.readers.airflow.steps import StepReader, table_relation
from tidegate_analyzers.readers.python.values import CallOf, Imported, Plain, Table, Text, Value


@dataclass(frozen=True, slots=True)
class Arguments:
    """What an operator is given, in whatever language.

    Attributes:
        operator: the name of its class.
        given: the arguments.
        site: the call, or what stands for it.
        place: where an argument stands, by its name and the keys within it; 0 where that is not told.
    """

    operator: str
    given: Table
    site: Site
    place: Callable[[tuple[str, ...]], Site]

    def at(self, *way: str) -> Site:
        """Where an argument stands, as exactly as it is known."""
        found = 0
        while way and not found:
            found, way = self.place(way), way[:-1]
        return found or self.site

    def get(self, name: str) -> Value | None:
        """An argument that is given and not None."""
        value = self.given.get(name)
        return None if isinstance(value, Plain) and value.value is None else value


def argument_effects(arguments: Arguments, steps: StepReader) -> Body:
    """What an operator does by its arguments alone, in the order in which it happens."""
    body = Body()
    dialect = dialect_of(arguments.operator)
    for name in (*BEFORE_ARGUMENTS, *SQL_ARGUMENTS):
        if (value := arguments.get(name)) is not None:
            body.steps += steps.steps(value, dialect, arguments.at(name), name)
    given_commands(arguments.given, steps, arguments.site, body)
    writes = _configuration(arguments, steps, body.steps)
    writes += _loads(arguments)
    for name in DROPS.get(arguments.operator, ()):
        if isinstance(value := arguments.get(name), Text):
            writes.append(Write("drop", table_relation(value.text), arguments.at(name), whole=True))
    for name in PREFIXES.get(arguments.operator, ()):
        writes += [
            Write("delete", Relation("path", (text,)), arguments.at(name), partition=text)
            for text in texts(arguments.get(name))
        ]
    for write in writes:
        body.write(write)
    return body


def _loads(arguments: Arguments) -> Iterator[Write]:
    """The load that an operator does, by its kind or because it is told how to write."""
    load = LOADS.get(arguments.operator)
    if load is None and arguments.given.get("write_disposition") is not None:
        names = ("destination_project_dataset_table", "destination_dataset_table")
        load = Load((names[0] if arguments.given.get(names[0]) is not None else names[1],))
    if load is None:
        return
    named = [name for name in load.target if arguments.given.get(name) is not None]
    if not named:
        return
    parts = [value.text for name in named if isinstance(value := arguments.given.get(name), Text)]
    relation = table_relation(".".join(parts)) if len(parts) == len(named) else Relation("table", ())
    given = arguments.given.get(load.disposition) if load.disposition else None
    place = arguments.place((load.disposition,)) or arguments.at(named[-1])
    key = tuple(texts(arguments.given.get(load.key))) if load.key else ()
    yield load_write(relation, given, load.default, place, key)


def _configuration(arguments: Arguments, steps: StepReader, found: list[Step]) -> list[Write]:
    """BigQuery's job configuration (https://cloud.google.com/bigquery/docs/reference/rest/v2/Job)."""
    configuration = arguments.given.get("configuration")
    if not isinstance(configuration, Table):
        return []
    writes: list[Write] = []
    place = arguments.at("configuration")
    for kind in ("query", "load", "copy"):
        job = configuration.get(kind)
        if not isinstance(job, Table):
            continue
        target = job.get("destinationTable")
        if kind == "query" and (sql := job.get("query")) is not None:
            found += steps.steps(sql, "bigquery", place, "query")
        if target is not None:
            where = arguments.place(("configuration", kind, "writeDisposition")) or place
            default = "WRITE_EMPTY" if kind != "load" else "WRITE_APPEND"
            writes.append(load_write(big_query_table(target), job.get("writeDisposition"), default, where, ()))
    if configuration.open or any(isinstance(value, Imported | CallOf) for _, value in configuration.entries):
        found.append(Step("unknown", "", site=place))
    return writes
