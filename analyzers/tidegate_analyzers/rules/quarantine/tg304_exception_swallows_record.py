"""A record that raises is left out of a loop, and nobody hears of it.

`except ValueError: continue` is written for the one bad line of the first day. A year later the source spells a date
another way, every record of a country raises, and the load is green: nothing counts what it leaves out.

Loops over records are looked at whose handler consists of `continue` or `pass`, so that the record reaches neither
the result nor a log. Handlers that log, count or keep the record are silent, so are loops over alternatives, such as
formats or paths.

## Bad

`load.py`:
```python
import pandas as pd


def load(rows):
    orders = []
    for row in rows:
        try:
            orders.append({"id": int(row["id"]), "price": float(row["price"])})
        except ValueError:
            continue
    return pd.DataFrame(orders)
```

## Good

`load.py`:
```python
import pandas as pd


def load(rows):
    orders, rejects = [], []
    for row in rows:
        try:
            orders.append({"id": int(row["id"]), "price": float(row["price"])})
        except ValueError as error:
            rejects.append({"row": row, "reason": str(error)})
    return pd.DataFrame(orders), pd.DataFrame(rejects)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG304",
    "exception-swallows-record",
    category="data-quality",
    severity="info",
    profiles=("strict",),
    looks_at=("python",),
    wants=("jobs",),
)
def exception_swallows_record(ctx: Context) -> Iterator[Finding]:
    """Each handler in a loop over records that drops the one at hand."""
    if ctx.shielded:
        return
    reported: set[int] = set()
    for job in ctx.facts.jobs:
        for found in job.bad_records:
            if found.outcome != "swallowed" or found.site in reported:
                continue
            reported.add(found.site)
            evidence = [
                Step("fact", f"'{found.by}' ends the turn of the record that raised", "", ctx.path, found.site),
                Step("failed", "it is neither kept nor counted, and no message tells of it"),
            ]
            yield ctx.finding(
                found.site,
                f"{found.by}: a record that raises is left out, and nobody hears of it; expected it to be kept or counted",
                subject=job.name,
                evidence=evidence,
                offers=[Offer("record.log", "Tell of it in the log", False, (ctx.path, str(found.site)))],
            )
