"""A table that takes its schema from whatever arrives.

Where the first record decides what columns a table has, and each later one may add to them, the schema is nobody's
decision: a field that is missing on the day the table is made is missing, a number that comes as text makes a text
column, and a producer's typing error becomes a column that stays. What should have failed at the door is found by those
who read.

This is about sinks of Kafka Connect that make tables, about load tasks of BigQuery with `autodetect` for CSV and JSON, and
about programs that read text and write tables: `inferSchema` of Spark, `read_csv` of pandas without `dtype`, and queries of
Kestra's flows that have DuckDB guess the types of a file elsewhere.
A schema that is declared is enough: a converter that asks a schema registry, `schema_fields`, a contract for what is read or
written, a table that is made elsewhere; so is a format that brings its schema along. The rule is silent where the converter
or the format isn't known, for tables named as staging, and in tests and examples. Where the
configuration names no converter, the worker has one of its own: where a worker of the workspace asks a registry, the
rule is silent; else the finding is only likely.

## Bad

`orders-sink.json`:
```json
{
  "name": "orders-sink",
  "config": {
    "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector",
    "topics": "orders",
    "insert.mode": "upsert",
    "pk.mode": "record_key",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "auto.create": "true",
    "auto.evolve": "true",
    "errors.tolerance": "all",
    "errors.deadletterqueue.topic.name": "dlq.orders-sink"
  }
}
```

## Good

`orders-sink.json`:
```json
{
  "name": "orders-sink",
  "config": {
    "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector",
    "topics": "orders",
    "insert.mode": "upsert",
    "pk.mode": "record_key",
    "value.converter": "io.confluent.connect.avro.AvroConverter",
    "value.converter.schema.registry.url": "http://registry:8081",
    "auto.create": "true",
    "auto.evolve": "true",
    "errors.tolerance": "all",
    "errors.deadletterqueue.topic.name": "dlq.orders-sink"
  }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Inferred, Job, Relation, Write
from tidegate_analyzers.graph import contracts
from tidegate_analyzers.readers.connect.connector import asks_registry
from tidegate_analyzers.rules.base import JOB_FILES, RECOMMENDED, Context, Finding, rule
from tidegate_analyzers.safety.guards import STAGING
from tidegate_analyzers.safety.jobs import label
from tidegate_analyzers.safety.verdict import Step

_OF_TEXT = ("CSV", "NEWLINE_DELIMITED_JSON", "JSON")
"""Formats whose files say nothing of types; Avro, Parquet and ORC do."""
_FILLS = ("append", "replace", "merge", "overwrite_partition")


@rule(
    "TG705",
    "schema-inferred-at-ingest",
    category="data-quality",
    severity="info",
    profiles=RECOMMENDED,
    looks_at=JOB_FILES,
    wants=("jobs", "dags"),
)
def schema_inferred_at_ingest(ctx: Context) -> Iterator[Finding]:
    """Each job of the file that takes a schema from its data, where no contract gives one."""
    if ctx.shielded:
        return
    yield from _of_tasks(ctx)
    reported: set[int] = set()  # what a function does, those do that call it
    for job in ctx.facts.jobs:
        for found in job.inferred:
            if found.site in reported:
                continue
            fact = Step("fact", f"{label(job)} has {found.by}", "", ctx.path, found.site)
            written = _written(ctx, job, found) if found.reader else None
            if not found.reader or written is not None:
                reported.add(found.site)
            else:
                ctx.passed(found.site, job.name, [fact, Step("held", "nothing of it is seen to be written")])
                continue
            if (name := _promised(ctx, job, written)) is not None:
                held = Step("held", f"a contract says what '{name}' holds")
                ctx.passed(found.site, job.name, [fact, held])
                continue
            if not found.certain and (worker := _asks_registry(ctx)) is not None:
                ctx.passed(found.site, job.name, [fact, worker])
                continue
            what = "makes and changes" if found.evolves else "makes"
            message = f"{label(job)} {what} tables to fit what arrives: {found.by}"
            if written is not None:
                message = f"{label(job)} guesses the types of what it reads, and '{written}' gets them: {found.by}"
            yield ctx.finding(
                found.site,
                f"{message}, and nothing declares a schema",
                proved=found.certain,
                subject=job.name,
                evidence=[fact, Step("failed", "no contract speaks of what it reads or writes")],
            )


def _of_tasks(ctx: Context) -> Iterator[Finding]:
    """Load tasks of BigQuery that look at the first rows of text files to tell what the columns are."""
    for dag in ctx.facts.dags:
        for task in dag.tasks:
            found = task.setting("autodetect")
            if found is None or not found.known or str(found.value).casefold() != "true":
                continue
            form, fields = task.setting("source_format"), task.setting("schema_fields") or task.setting("schema_object")
            if form is not None and (not form.known or str(form.value).upper() not in _OF_TEXT):
                continue
            if fields is not None and (not fields.known or fields.value):
                continue
            target = next((write.target for write in task.writes), None)
            if target is None or any(STAGING.search(part) for part in target.parts):
                continue
            fact = Step("fact", f"'{task.id}' has autodetect={found.text or found.value}", "", ctx.path, found.site)
            if not target.dynamic and contracts.contract_for_relation(ctx.view, target):
                ctx.passed(found.site, task.id, [fact, Step("held", f"a contract says what '{target}' holds")])
                continue
            yield ctx.finding(
                found.site,
                f"'{target}' gets the columns that its first rows seem to have: autodetect, and nothing declares a schema",
                proved=not target.dynamic,
                subject=str(target),
                evidence=[fact, Step("failed", f"the task gives no schema, and no contract speaks of '{target}'")],
            )


def _asks_registry(ctx: Context) -> Step | None:
    """A worker of the workspace that takes schemas from a registry, where a connector names no converter."""
    for posting in ctx.view.find("workers:any"):
        facts = ctx.view.facts(posting.path)
        component = facts.components[posting.number] if facts is not None else None
        value = component.setting("value.converter") if component is not None else None
        if component is not None and value is not None and value.known and asks_registry(str(value.value)):
            words = f"the worker '{component.name}' takes schemas from a registry"
            return Step("held", words, "", posting.path, value.site)
    return None


def _written(ctx: Context, job: Job, found: Inferred) -> Relation | None:
    """What gets the rows that are read: what is seen to get them, or the one table that the tasks of a file write."""
    if found.target is not None:
        return None if any(STAGING.search(part) for part in found.target.parts) else found.target
    if job.kind not in ("task", "op"):
        return None
    others = {write.target for other in ctx.facts.jobs for write in other.writes if _fills(write)}
    return others.pop() if len(others) == 1 else None


def _fills(write: Write) -> bool:
    staging = any(STAGING.search(part) for part in write.target.parts)
    return bool(write.by) and write.mode in _FILLS and not write.temporary and not staging


def _promised(ctx: Context, job: Job, written: Relation | None) -> str | None:
    """A dataset of the job that a contract describes."""
    named = [read.relation for read in job.reads] + [write.target for write in job.writes]
    named += [written] if written is not None else []
    return next(
        (str(data) for data in named if not data.dynamic and contracts.contract_for_relation(ctx.view, data)), None
    )
