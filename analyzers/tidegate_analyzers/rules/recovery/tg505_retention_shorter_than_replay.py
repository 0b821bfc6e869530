"""A replay is promised further back than its source is kept.

A plan that says `window: 30d` is believed until somebody needs the third week, and finds that the topic keeps seven days.
Then the only copy of what is missing is the table that was to be replaced.

Keep the source for as long as the window reaches, read again from something that is kept (a raw zone), or promise less.

The rule compares the window of a replay plan, of a pipeline or a contract, with what is said about the data it reads
again: `source_of_truth`, or the sources of the pipeline where the plan doesn't name one. How long those are kept say the
pipeline, contracts, `retention.ms` of topics that the workspace sets up, and `meta.retention` of sources of dbt. It is
silent where nothing says so, and where any of them says long enough.

## Bad

`pipeline.yaml`:
```yaml
apiVersion: tidegate/v1
kind: Pipeline
pipeline_id: orders
version: 1.0.0
owner: data-platform
processing: {model: batch, loading: incremental}
schedule: {cron: "0 3 * * *"}
source_config:
  - {id: shop, type: kafka, dataset: shop.orders, contract: {name: orders}, retention: 7d}
target_config:
  - {dataset: raw.orders, contract: {name: orders}}
stages:
  - id: load
    kind: transform
    inputs: [shop.orders]
    outputs: [raw.orders]
    idempotency: {strategy: keyed_merge, key: [id]}
replay: {strategy: keyed_merge, source_of_truth: shop.orders, window: 30d, isolation: separate-pool}
```

## Good

`pipeline.yaml`:
```yaml
apiVersion: tidegate/v1
kind: Pipeline
pipeline_id: orders
version: 1.0.0
owner: data-platform
processing: {model: batch, loading: incremental}
schedule: {cron: "0 3 * * *"}
source_config:
  - {id: shop, type: kafka, dataset: shop.orders, contract: {name: orders}, retention: 45d}
target_config:
  - {dataset: raw.orders, contract: {name: orders}}
stages:
  - id: load
    kind: transform
    inputs: [shop.orders]
    outputs: [raw.orders]
    idempotency: {strategy: keyed_merge, key: [id]}
replay: {strategy: keyed_merge, source_of_truth: shop.orders, window: 30d, isolation: separate-pool}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Relation, Stage, Value, same_name
from tidegate_analyzers.graph.retention import OF_PIPELINE, OF_TOPIC, Kept, plain, retentions
from tidegate_analyzers.readers.pipeline_yaml import dataset_relation
from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, rule
from tidegate_analyzers.safety.verdict import Step
from tidegate_analyzers.syntax import calendar

_QUEUES = frozenset(("kafka", "redpanda", "topic", "stream"))
_WINDOWS = ("window", "max_window", "maxWindow")


@rule(
    "TG505",
    "retention-shorter-than-replay",
    category="reliability",
    severity="error",
    profiles=("minimal", "recommended", "strict"),
    looks_at=("yaml", "dbt_yaml"),
    wants=("pipelines", "contracts"),
)
def retention_shorter_than_replay(ctx: Context) -> Iterator[Finding]:
    """Each window of a replay plan, against what it reads again."""
    for pipeline in ctx.facts.pipelines:
        plan = pipeline.block("replay")
        if plan is not None:
            of = (f"the replay plan of '{pipeline.id}'", pipeline.id)
            yield from _plan(ctx, plan, pipeline.sources, *of)
    for contract in ctx.facts.contracts:
        plan = contract.extension("replay")
        if plan is not None and contract.status not in ("retired", "deprecated"):
            name = contract.name or contract.id
            yield from _plan(ctx, plan, (), f"the replay plan of the contract '{name}'", contract.id)


def _plan(ctx: Context, plan: Value, sources: tuple[Stage, ...], label: str, subject: str) -> Iterator[Finding]:
    given = plan.value if isinstance(plan.value, dict) else {}
    key = next((key for key in _WINDOWS if isinstance(given.get(key), str)), "")
    window = str(given.get(key, ""))
    minutes = calendar.duration(window)
    if minutes is None:
        return
    fact = Step("fact", f"{label} reaches back {window}", "", ctx.path, plan.site)
    for name, relation, queue in _read_again(given, sources):
        told = list(retentions(ctx.view, name, relation, ctx.path))
        topics = [one for one in told if one.words == OF_TOPIC]
        kept = topics if queue and topics else [one for one in told if one not in topics]
        if not kept:
            ctx.passed(plan.site, subject, [fact, Step("unknown", f"nothing says how long '{name}' is kept")])
            continue
        longest = max(kept, key=lambda one: one.minutes)
        words = f"'{name}' is kept for {longest.text} ({longest.words})"
        if longest.minutes >= minutes:
            ctx.passed(plan.site, subject, [fact, Step("held", words, "", longest.path, longest.site)])
            continue
        yield ctx.finding(
            plan.site,
            f"{label} reaches back {window}, but {words}: what is older can't be read again",
            proved=longest.path == ctx.path,
            subject=subject,
            evidence=[fact, Step("failed", words, "", longest.path, longest.site)],
            related=[Related(longest.path, longest.site, "kept for this long")],
            offers=_offers(ctx, plan, key, window, longest),
        )
        return


def _read_again(given: dict[str, object], sources: tuple[Stage, ...]) -> Iterator[tuple[str, Relation, bool]]:
    """What a replay reads: a name, the relation, whether it may be a topic."""
    truth = given.get("source_of_truth")
    wanted = dataset_relation(truth) if isinstance(truth, str) and truth and not truth.startswith("<") else None
    found = False
    for source in sources:
        kind = source.block("type")
        queue = kind is not None and kind.value in _QUEUES
        for read in source.outputs:
            if wanted is None or same_name(plain(read.relation), plain(wanted)):
                found = True
                yield str(read.relation), read.relation, queue
    if wanted is not None and not found:
        yield str(truth), wanted, False


def _offers(ctx: Context, plan: Value, key: str, window: str, kept: Kept) -> Iterator[Offer]:
    minutes = calendar.duration(window) or 0
    wanted = str(round(minutes * 60_000)) if kept.words == OF_TOPIC else window
    if kept.words == OF_TOPIC or (kept.path == ctx.path and kept.words == OF_PIPELINE):
        yield Offer("text.value", f"Keep the source for {window}", False, (kept.path, str(kept.site), wanted))
    if kept.minutes % calendar.DAY == 0:
        less = f"{round(kept.minutes / calendar.DAY)}d"
        yield Offer("yaml.value", f"Promise {less}", True, (ctx.path, str(plan.site), key, less))
