"""Records in quarantine that don't say why they are there.

Somebody opens the table a week later: a few thousand rows, and nothing tells which rule they broke, which run put them
there, where they came from or what they looked like before they were parsed. They can't be repaired, and they can't be
replayed; they can be deleted.

Wanted beside each record: the reason, the run, the version of the contract, the source, the time, and the record as it
came. In a `pipeline.yaml` the names under `metadata` say which of them are kept. A dead letter topic of Kafka Connect
has them in its headers if `errors.deadletterqueue.context.headers.enable` says so; Confluent Cloud always writes them.

## Bad

`pipeline.yaml`:
```yaml
apiVersion: tidegate/v1
kind: Pipeline
pipeline_id: orders
version: 1.0.0
owner: data-platform
processing: {model: batch, loading: full_refresh}
schedule: {cron: "0 3 * * *"}
source_config:
  - {dataset: shop.orders, contract: {name: orders}}
target_config:
  - {dataset: raw.orders, contract: {name: orders}}
stages:
  - id: check
    kind: validate
    inputs: [shop.orders]
    outputs: [raw.orders]
    quality:
      - {metric: nullValues, property: order_id, mustBe: 0}
    quarantine: {location: quarantine.orders, metadata: [_run_id], retention: 30d, owner: data-platform, reprocess: replay}
```

## Good

`pipeline.yaml`:
```yaml
apiVersion: tidegate/v1
kind: Pipeline
pipeline_id: orders
version: 1.0.0
owner: data-platform
processing: {model: batch, loading: full_refresh}
schedule: {cron: "0 3 * * *"}
source_config:
  - {dataset: shop.orders, contract: {name: orders}}
target_config:
  - {dataset: raw.orders, contract: {name: orders}}
stages:
  - id: check
    kind: validate
    inputs: [shop.orders]
    outputs: [raw.orders]
    quality:
      - {metric: nullValues, property: order_id, mustBe: 0}
    quarantine:
      location: quarantine.orders
      metadata: [_quarantined_at, _run_id, _error_rule, _contract_version, _source, _raw_record]
      retention: 30d
      owner: data-platform
      reprocess: replay
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.readers.connect.errors import IN_HEADERS
from tidegate_analyzers.rules.base import JOB_FILES, Context, Finding, Offer, rule
from tidegate_analyzers.rules.quarantine.kept import kept

_WANTED = {
    "the time": re.compile(r"_at$|time|_ts$|date", re.I),
    "the run": re.compile(r"run|batch|job|execution|offset", re.I),
    "the reason": re.compile(r"rule|error|reason|check|failure|exception", re.I),
    "the contract's version": re.compile(r"contract|schema|version", re.I),
    "the source": re.compile(r"source|lineage|origin|topic|file|upstream", re.I),
    "the record as it came": re.compile(r"raw|payload|record|original|value", re.I),
}
_TOPIC = "errors.deadletterqueue.topic.name"
_HEADERS = "errors.deadletterqueue.context.headers.enable"


@rule(
    "TG306",
    "quarantine-without-metadata",
    category="operability",
    severity="info",
    profiles=("strict",),
    looks_at=JOB_FILES,
    wants=("pipelines", "jobs"),
    of_whole=True,
)
def quarantine_without_metadata(ctx: Context) -> Iterator[Finding]:
    """Each quarantine of a pipeline, and each dead letter topic of a connector."""
    for found in kept(ctx):
        names = found.value.get("metadata")
        if names is True or not isinstance(names, list | None):
            continue
        lacks = [what for what, form in _WANTED.items() if not any(form.search(str(name)) for name in names or ())]
        if lacks:
            offer = Offer("pipeline.quarantine-key", "Keep what tells why", True, (*found.where, "metadata"))
            yield ctx.finding(
                found.block.site,
                f"the quarantine of {found.label} keeps records without {_all(lacks)}",
                subject=str(found.value["location"]),
                offers=[offer],
            )
    if not ctx.shielded:
        yield from _of_connectors(ctx)


def _of_connectors(ctx: Context) -> Iterator[Finding]:
    for number, job in enumerate(ctx.facts.jobs):
        letters = next((bad for bad in job.bad_records if bad.outcome == "set_aside" and _TOPIC in bad.by), None)
        given = job.setting(_HEADERS)
        if (
            letters is None
            or letters.note == IN_HEADERS
            or job.engine != "kafka-connect"
            or (given is not None and not given.known)
        ):
            continue
        if given is None or str(given.value).casefold() != "true":
            offer = Offer(
                "connect.set", "Write headers with the context", False, (ctx.path, str(number), _HEADERS, "true")
            )
            yield ctx.finding(
                letters.site,
                f"records in the dead letter topic of '{job.name}' don't say why they failed; expected '{_HEADERS}=true'",
                subject=str(letters.to or ""),
                offers=[offer],
            )


def _all(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
