"""What the arguments of an operator do: the SQL and commands they hold, the loads they configure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from tidegate_analyzers.facts import Relation, Site, Step, Write
from tidegate_analyzers.readers.airflow.dbt_operators import dbt_step
from tidegate_analyzers.readers.airflow.loads import big_query_table, load_write
from tidegate_analyzers.readers.airflow.mentions import texts
from tidegate_analyzers.readers.airflow.operators import (
    BEFORE_ARGUMENTS,
    DROPS,
    FILES,
    LOADS,
    PREFIXES,
    SQL_ARGUMENTS,
    Load,
    dialect_of,
)
from tidegate_analyzers.readers.airflow.started import given_commands
from tidegate_analyzers.readers.airflow.steps import StepReader, table_relation
from tidegate_analyzers.readers.python.body import Body
from tidegate_analyzers.readers.python.values import CallOf, Imported, Plain, Table, Text, Unknown, Value


@dataclass(frozen=True, slots=True)
class Arguments:
    """What an operator is given, in whatever language.

    Attributes:
        operator: the name of its class.
        given: the arguments.
        site: the call, or what stands for it.
        place: where an argument stands, by its name and the keys within it; 0 where that is not told.
        own: whether the operator is defined by somebody else than Airflow's providers, so that its name says little.
    """

    operator: str
    given: Table
    site: Site
    place: Callable[[tuple[str, ...]], Site]
    own: bool = False

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
    if (dbt := dbt_step(arguments.operator, arguments.given, arguments.site)) is not None:
        body.steps.append(dbt)
        body.opaque = True
    writes = _configuration(arguments, steps, body.steps)
    writes += [*_loads(arguments), *_files(arguments)]
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
    load = LOADS.get(arguments.operator) if not arguments.own else None
    if load is None and arguments.given.get("write_disposition") is not None:
        names = ("destination_project_dataset_table", "destination_dataset_table")
        load = Load((names[0] if arguments.given.get(names[0]) is not None else names[1],))
    if load is None or (isinstance(external := arguments.get("external_table"), Plain) and external.value is True):
        return
    named = [name for name in load.target if arguments.get(name) is not None]
    if not named:
        return
    parts = [value.text for name in named if isinstance(value := arguments.get(name), Text)]
    relation = table_relation(".".join(parts)) if len(parts) == len(named) else Relation("table", ())
    way = tuple(load.disposition.split("."))
    given = _within(arguments.given, way)
    place = arguments.place(way) or arguments.at(named[-1])
    key = tuple(texts(arguments.given.get(load.key))) if load.key else ()
    write = load_write(relation, given, load.default, place, key, load.if_true)
    if load.partition and arguments.get(load.partition) is not None:
        write = replace(write, mode="overwrite_partition", whole=False, partition=load.partition)
    yield write


def _within(given: Table, way: tuple[str, ...]) -> Value | None:
    """An argument, or an entry of one; unknown where it is not written out."""
    value: Value | None = given.get(way[0])
    for key in way[1:]:
        if value is None:
            return None
        value = value.get(key) if isinstance(value, Table) else Unknown(key)
    return value


def _files(arguments: Arguments) -> Iterator[Write]:
    """The files that an operator writes, each anew."""
    scheme, bucket, key = FILES.get(arguments.operator, ("", "", ""))
    if not scheme or arguments.own:
        return
    folder = "".join(texts(arguments.get(bucket))) if bucket else ""
    for name in texts(arguments.get(key)):
        whole = name if "://" in name else f"{scheme}://{folder}/{name}" if folder else f"{scheme}://{name}"
        yield Write("replace", Relation("path", (whole,)), arguments.at(key), rows="file")


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
    extract = configuration.get("extract")
    for uri in texts(extract.get("destinationUris")) if isinstance(extract, Table) else ():
        writes.append(Write("replace", Relation("path", (uri,)), place, rows="file"))
    if configuration.open or any(isinstance(value, Imported | CallOf) for _, value in configuration.entries):
        found.append(Step("unknown", "", site=place))
    return writes
