"""A clean-up that removes what is still needed.

`VACUUM` deletes the files that the current version of a Delta table no longer names. Readers that began before it,
streams that fell behind, time travel and every replay need them: with less than seven days kept they fail with files
that are not there, and the state before yesterday's fault can't be had back. Iceberg's `expire_snapshots` and
`remove_orphan_files` do the same; the second also removes files that a job is just writing.

The rule is silent for `DRY RUN`, for retentions that are not known or left to the table, and in tests and examples.

## Bad

`jobs/tidy.sql`:
```sql
VACUUM sales.orders RETAIN 0 HOURS;
```

## Good

`jobs/tidy.sql`:
```sql
VACUUM sales.orders RETAIN 168 HOURS;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Upkeep
from tidegate_analyzers.rules.base import CRITICAL, JOB_FILES, Context, Finding, Offer, rule
from tidegate_analyzers.safety.verdict import Step

LEAST = {"vacuum": 168.0, "expire": 24.0, "orphans": 72.0}
"""For how many hours at least files are kept."""
_WHAT = {
    "vacuum": "readers, streams and replays that began before",
    "expire": "time travel, replays and readers that began before",
    "orphans": "jobs that are writing now",
}


@rule(
    "TG905",
    "unsafe-vacuum",
    category="reliability",
    severity="error",
    profiles=CRITICAL,
    looks_at=JOB_FILES,
    wants=("sql", "jobs", "dags"),
)
def unsafe_vacuum(ctx: Context) -> Iterator[Finding]:
    """Each clean-up of the file that keeps too little, or the check against it that is switched off."""
    if ctx.shielded:
        return
    found = list({item.site: item for item in kept(ctx)}.values())
    short = [item for item in found if item.hours is not None and item.hours < LEAST.get(item.kind, 0.0)]
    for item in short:
        target = f" of '{item.target}'" if item.target is not None and not item.target.dynamic else ""
        yield ctx.finding(
            item.site,
            f"files{target} are removed after {_hours(item.hours or 0.0)}: {_WHAT[item.kind]} lose theirs; "
            f"expected at least {_hours(LEAST[item.kind])}",
            proved=ctx.facts.role != "scala",
            subject=str(item.target or ""),
            evidence=[
                Step("fact", f"'{item.text}' keeps files for {_hours(item.hours or 0.0)}", "", ctx.path, item.site)
            ],
            offers=[Offer("vacuum.keep", "Keep the files of seven days", False, (ctx.path, str(item.site)))]
            if item.kind == "vacuum"
            else (),
        )
    for item in found if not any(other.kind == "vacuum" for other in short) else ():
        if item.kind == "unchecked":
            yield ctx.finding(
                item.site,
                "the check that keeps a vacuum from removing files still in use is switched off",
                severity="warning",
                evidence=[Step("fact", f"'{item.text}'", "", ctx.path, item.site)],
            )


def kept(ctx: Context) -> Iterator[Upkeep]:
    """What the file does for the files of tables."""
    for job in ctx.facts.jobs:
        yield from job.upkeep
    for text in ctx.facts.sql:
        yield from text.upkeep


def _hours(hours: float) -> str:
    if hours >= 48 and hours % 24 == 0:
        return f"{hours / 24:g} days"
    return f"{hours:g} hours" if hours != 1 else "1 hour"
