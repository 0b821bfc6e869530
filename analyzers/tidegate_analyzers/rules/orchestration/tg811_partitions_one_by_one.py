"""An asset that could take a range of partitions, and is given one a run.

Without a `backfill_policy` a backfill of Dagster starts a run for each partition: a year of days is 365 processes, each
with its start, its connection and its query. A function that asks for `partition_time_window` or `partition_key_range`
can take the whole range in one run, and in one query, as soon as the policy says so.

The rule looks at daily and hourly partitions alone. It is silent where the function asks for `partition_key`, which
there is only one of, where a policy is given, and where the arguments of the asset aren't all seen.

## Bad

`assets.py`:
```python
import dagster as dg

days = dg.DailyPartitionsDefinition(start_date="2024-01-01")


@dg.asset(partitions_def=days, owners=["team:sales"], retry_policy=dg.RetryPolicy(max_retries=2))
def orders(context: dg.AssetExecutionContext):
    start, end = context.partition_time_window
    return f"select * from shop.orders where ordered_at >= '{start}' and ordered_at < '{end}'"
```

## Good

`assets.py`:
```python
import dagster as dg

days = dg.DailyPartitionsDefinition(start_date="2024-01-01")


@dg.asset(
    partitions_def=days,
    backfill_policy=dg.BackfillPolicy.single_run(),
    owners=["team:sales"],
    retry_policy=dg.RetryPolicy(max_retries=2),
)
def orders(context: dg.AssetExecutionContext):
    start, end = context.partition_time_window
    return f"select * from shop.orders where ordered_at >= '{start}' and ordered_at < '{end}'"
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Job
from tidegate_analyzers.readers.python.partitions import ASKED, OPEN, PARTITIONS
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.safety.verdict import Step

_MANY = re.compile(r"hourly|daily", re.I)


@rule(
    "TG811",
    "partitions-one-by-one",
    category="operability",
    severity="hint",
    profiles=("strict",),
    looks_at=("python",),
    wants=("jobs",),
)
def partitions_one_by_one(ctx: Context) -> Iterator[Finding]:
    """Each asset with many partitions that asks for a range of them, and has no policy."""
    if ctx.shielded:
        return
    for job in ctx.facts.jobs:
        given = job.setting("partitions_def")
        if job.engine != "dagster" or job.kind != "asset" or given is None or job.setting("backfill_policy"):
            continue
        made = job.setting(PARTITIONS)
        if not _MANY.search(str(made.value) if made is not None else given.text) or job.setting(OPEN) is not None:
            continue
        asked = _asked(job)
        if asked == "one":
            held = Step("held", "its function asks for the one partition of its run", "", ctx.path, job.site)
            ctx.passed(job.site, job.name, [held])
        elif asked == "range":
            yield ctx.finding(
                given.site,
                f"a backfill of '{job.name}' starts a run for each partition, though it can take a range; expected 'backfill_policy'",
                proved=made is not None,
                subject=job.name,
                evidence=[
                    Step("fact", f"its partitions are {given.text}", "", ctx.path, given.site),
                    Step("fact", "its function asks for a range of them", "", ctx.path, job.site),
                    Step("failed", "no backfill_policy is given", "", ctx.path, given.site),
                ],
                offers=[Offer("dagster.single-run", "Take the range in one run", False, (ctx.path, str(given.site)))],
            )


def _asked(job: Job) -> str:
    asked = job.setting(ASKED)
    return str(asked.value) if asked is not None else ""
