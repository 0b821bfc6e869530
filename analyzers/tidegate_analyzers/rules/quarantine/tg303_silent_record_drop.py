"""Records that can't be read vanish, or their values do.

Readers can be told to go on over what they don't understand: a line with a comma too many, text where a number
belongs, a document that is no JSON. What they skip leaves no trace: the load succeeds, the day's figures are lower,
and nobody can say by how much, or run again what was left out. Where a value becomes null instead, the record stays
and says something that its source never said.

Keeping what is skipped is enough: a table or file of rejects, a column with the raw record, a dead letter topic,
`VALIDATE` after a Snowflake `COPY`, `store_rejects` in DuckDB, Redshift's `stl_load_errors`; so is stopping. The rule is
silent where the same file does one of these for the same engine, and in tests and examples.

## Bad

`load.py`:
```python
import pandas as pd


def load(engine):
    orders = pd.read_csv("s3://shop/orders.csv", dtype="string", on_bad_lines="skip")
    orders.to_sql("orders", engine, if_exists="replace")
```

## Good

`load.py`:
```python
import pandas as pd


def load(engine):
    orders = pd.read_csv("s3://shop/orders.csv", dtype="string")
    orders.to_sql("orders", engine, if_exists="replace")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import BadRecords, Job, same_name
from tidegate_analyzers.rules.base import JOB_FILES, RECOMMENDED, Context, Finding, rule
from tidegate_analyzers.rules.quarantine.stopping import remedies
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG303",
    "silent-record-drop",
    category="data-quality",
    severity="warning",
    profiles=RECOMMENDED,
    looks_at=JOB_FILES,
    wants=("jobs", "bad_records", "dags"),
)
def silent_record_drop(ctx: Context) -> Iterator[Finding]:
    """Each place of the file that lets records or their values vanish, unless the same engine keeps them."""
    if ctx.shielded:
        return
    every = [(job.name, found) for job in ctx.facts.jobs if not _thrown_away(ctx, job) for found in job.bad_records]
    in_sql = {found.site for found in ctx.facts.bad_records}
    every += [("", found) for found in ctx.facts.bad_records]
    every += _of_tasks(ctx)
    kept = {found.engine: found for _, found in every if found.outcome == "set_aside"}
    reported: set[int] = set()
    for name, found in every:
        if found.outcome not in ("dropped", "nulled") or found.site in reported or found.engine == "kafka-connect":
            continue
        reported.add(found.site)
        fact = Step("fact", f"{found.engine} reads with {found.by}", "", ctx.path, found.site)
        if (rejects := kept.get(found.engine)) is not None:
            held = Step("held", f"{rejects.by} keeps what it can't read", "", ctx.path, rejects.site)
            ctx.passed(found.site, name, [fact, held])
            continue
        if found.outcome == "nulled" and not found.outside:
            ctx.passed(found.site, name, [fact, Step("unknown", "nothing shows that the records come from outside")])
            continue
        failed = Step("failed", f"nothing in this file keeps what {found.engine} can't read", "", ctx.path)
        offers = remedies(ctx, found, in_sql=found.site in in_sql)
        yield ctx.finding(found.site, _message(found), subject=name, evidence=[fact, failed], offers=offers)


def _thrown_away(ctx: Context, job: Job) -> bool:
    """Whether a job only fills tables that it drops again behind it, as one that checks another does."""
    dropped = [
        (order, write.target)
        for order, step in enumerate(job.steps)
        if step.kind == "sql" and step.index < len(ctx.facts.sql)
        for write in ctx.facts.sql[step.index].writes
        if write.mode == "drop"
    ]
    return (
        bool(job.streams)
        and not job.writes
        and all(
            stream.target is not None
            and any(order >= stream.order and same_name(name, stream.target) for order, name in dropped)
            for stream in job.streams
        )
    )


def _of_tasks(ctx: Context) -> Iterator[tuple[str, BadRecords]]:
    """Load jobs of BigQuery that a task is told to let pass some rows."""
    for dag in ctx.facts.dags:
        for task in dag.tasks:
            most = task.setting("max_bad_records")
            if most is not None and most.known and isinstance(most.value, int) and most.value > 0:
                by = f"max_bad_records={most.value}"
                yield task.id, BadRecords("dropped", "bigquery", by, most.site, outside=True)


def _message(found: BadRecords) -> str:
    note = f" ({found.note})" if found.note else ""
    if found.outcome == "nulled":
        return f"{found.by}: values that {found.engine} can't take are lost, and the rest of the record is written on{note}"
    return f"{found.by}: records that {found.engine} can't read are dropped, and nothing keeps them{note}"
