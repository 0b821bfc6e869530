"""A promise of freshness that the schedule can't keep.

A contract says that orders are at most six hours old, and the DAG that writes them runs once a day: the promise is broken
every day from the seventh hour on, and whoever is paged can do nothing about it. The greatest age of the newest row is at
least the time between two runs; data that is promised for seven can't be there before the work that begins at half past
six has been done. The message says what was reckoned, the places below it say with what.

Compared are cron expressions, presets and intervals with the `latency`, `frequency` and `timeOfAvailability` of ODCS
contracts, the freshness of dbt sources, and the `slos`, `deadline` and latency targets of `pipeline.yaml`. A DAG that
another starts, by an asset or a trigger, runs as often as that one. Nights count, weekends don't: a schedule for weekdays
is held against its weekdays. Where one of those that write the data runs at times that can't be told, nothing is said.

Timeouts tell how long work may take, not how long it does. That the time all tasks are given together, with their retries,
goes beyond the hour of a promise is therefore a mere information.

## Bad

`dags/orders.py`:
```python
from airflow import DAG
from airflow.providers.postgres.operators.postgres import PostgresOperator

with DAG(
    "orders",
    schedule="0 3 * * *",
    catchup=False,
    default_args={"owner": "data", "retries": 1, "email": ["data@shop.io"]},
):
    PostgresOperator(
        task_id="load_orders",
        sql=[
            "DELETE FROM mart.orders WHERE order_date = '{{ ds }}'",
            "INSERT INTO mart.orders SELECT * FROM shop.orders WHERE order_date = '{{ ds }}'",
        ],
    )
```

`contracts/orders.odcs.yaml`:
```yaml
apiVersion: v3.1.0
kind: DataContract
id: urn:shop:orders
version: 1.0.0
status: active
team: {name: sales}
schema:
  - {name: orders, physicalName: mart.orders, quality: [{type: library, metric: rowCount, mustBeGreaterThan: 0}]}
slaProperties:
  - {property: latency, value: 6, unit: h}
customProperties:
  - {property: tidegate.compatibility, value: FORWARD}
  - {property: tidegate.invalidRecords, value: {action: fail, definition: order_id is null}}
  - {property: tidegate.replay, value: {strategy: partition_overwrite}}
```

## Good

`dags/orders.py`:
```python
from airflow import DAG
from airflow.providers.postgres.operators.postgres import PostgresOperator

with DAG(
    "orders",
    schedule="0 */4 * * *",
    catchup=False,
    default_args={"owner": "data", "retries": 1, "email": ["data@shop.io"]},
):
    PostgresOperator(
        task_id="load_orders",
        sql=[
            "DELETE FROM mart.orders WHERE order_date = '{{ ds }}'",
            "INSERT INTO mart.orders SELECT * FROM shop.orders WHERE order_date = '{{ ds }}'",
        ],
    )
```

`contracts/orders.odcs.yaml`:
```yaml
apiVersion: v3.1.0
kind: DataContract
id: urn:shop:orders
version: 1.0.0
status: active
team: {name: sales}
schema:
  - {name: orders, physicalName: mart.orders, quality: [{type: library, metric: rowCount, mustBeGreaterThan: 0}]}
slaProperties:
  - {property: latency, value: 6, unit: h}
customProperties:
  - {property: tidegate.compatibility, value: FORWARD}
  - {property: tidegate.invalidRecords, value: {action: fail, definition: order_id is null}}
  - {property: tidegate.replay, value: {strategy: partition_overwrite}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Contract, ContractObject, Relation, Sla
from tidegate_analyzers.graph.contracts import last_name, may_describe
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.sources import source_setting
from tidegate_analyzers.graph.producers import (
    Place,
    Producer,
    allowed,
    longest_gap,
    producers_of,
    producers_of_node,
)
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, Related, rule
from tidegate_analyzers.rules.operability.deadlines import Late, late
from tidegate_analyzers.rules.operability.pipeline_freshness import pipeline_findings
from tidegate_analyzers.safety.verdict import Step
from tidegate_analyzers.syntax import calendar

_AGE = frozenset(("latency", "ly", "freshness", "frequency", "fy"))
_HOUR = frozenset(("timeofavailability", "time_of_availability", "ta"))
_OFFSET = re.compile(r"(?P<time>\d{1,2}:\d\d(?::\d\d)?)\s*(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?")
_PERIODS = ("minute", "hour", "day")


@rule(
    "TG604",
    "schedule-cannot-meet-freshness",
    category="reliability",
    severity="warning",
    profiles=RECOMMENDED,
    looks_at=("yaml", "dbt_yaml"),
    wants=("contracts", "sources", "pipelines"),
)
def schedule_cannot_meet_freshness(ctx: Context) -> Iterator[Finding]:
    """Each promise of freshness in the file."""
    if ctx.shielded:
        return
    for contract in ctx.facts.contracts:
        if contract.status not in ("retired", "draft", "proposed"):
            yield from _contract(ctx, contract)
    project = ctx.view.layout.project_of(ctx.path)
    if project is None or not project.installed:
        yield from _sources(ctx)
    for pipeline in ctx.facts.pipelines:
        yield from pipeline_findings(ctx, pipeline)


def _contract(ctx: Context, contract: Contract) -> Iterator[Finding]:
    for sla in contract.slas:
        named = sla.element.partition(".")[0].casefold()
        for obj in contract.objects:
            if named and named not in (obj.name.casefold(), last_name(obj)):
                continue
            found = list(_promise(ctx, sla, obj))
            yield from found
            if found:
                break


def _promise(ctx: Context, sla: Sla, obj: ContractObject) -> Iterator[Finding]:
    word = sla.property.casefold()
    age = calendar.minutes_of(sla.value.value, sla.unit) if word in _AGE else None
    hour = _OFFSET.fullmatch(str(sla.value.value).strip()) if word in _HOUR and sla.value.known else None
    if not age and hour is None:
        return
    producers, proved = _producers(ctx, obj)
    if not producers:
        return
    if age:
        yield from _too_old(ctx, obj.name, age, producers, sla, proved=proved)
    elif hour is not None:
        yield from _too_late(ctx, obj.name, hour, producers, sla)


def _producers(ctx: Context, obj: ContractObject) -> tuple[list[Producer], bool]:
    """Who writes an object of a contract, and whether its full name tells; nobody where one runs when nobody knows."""
    parts = tuple(part for part in re.split(r"[./]", obj.physical or obj.name) if part)
    if len(parts) == 1 and len(obj.schemas) == 1:
        parts = (obj.schemas[0], *parts)
    by_name = producers_of(ctx.view, Relation("table", parts)) if len(parts) > 1 else []
    nodes = []
    for posting in ctx.view.find(f"name:{last_name(obj)}"):
        facts = ctx.view.facts(posting.path)
        if posting.kind == "node" and facts is not None:
            node = facts.nodes[posting.number]
            key = NodeKey(posting.path, posting.number, node.name, node.kind)
            if node.kind == "model" and may_describe(ctx.view, obj, key):
                nodes.append(key)
    built = producers_of_node(ctx.view, nodes[0]) if len(nodes) == 1 else [] if not nodes else None
    if by_name is None or built is None:
        return [], False
    return [*by_name, *built], not built


def _too_old(
    ctx: Context, name: str, age: float, producers: list[Producer], sla: Sla, *, proved: bool
) -> Iterator[Finding]:
    found = longest_gap(producers)
    if found is None or found[0] <= age:
        ctx.passed(sla.site, name, _steps(producers[0].chain))
        return
    gap, producer = found
    yield ctx.finding(
        sla.site,
        f"'{name}' can't be at most {calendar.duration_text(age)} old: {_every(producer, gap)}",
        proved=proved,
        subject=name,
        evidence=_steps(producer.chain),
        related=_related(ctx, producer.chain),
        offers=_relaxed(ctx, sla, gap),
    )


def _every(producer: Producer, gap: float) -> str:
    """How often a producer runs, in words."""
    first = producer.chain[0].words.partition(" runs ")[0]
    often = "never more than once" if gap == float("inf") else f"{calendar.duration_text(gap)} apart"
    text = f" ({producer.schedule.text})" if producer.schedule.text else ""
    return f"the runs of {first.removeprefix('the DAG ')} are {often}{text}"


def _relaxed(ctx: Context, sla: Sla, gap: float) -> Iterator[Offer]:
    """The promise as the schedule can keep it."""
    size = calendar.unit_minutes(sla.unit) if sla.unit else None
    if size and gap != float("inf") and sla.value.site and isinstance(sla.value.value, int | float):
        number = -(-gap // size)
        text = f"{number:g}"
        title = f"Promise no more than the schedule keeps: {text} {sla.unit}"
        yield Offer("text.replace", title, False, (ctx.path, str(sla.value.site), text))


def _too_late(ctx: Context, name: str, hour: re.Match[str], producers: list[Producer], sla: Sla) -> Iterator[Finding]:
    minute = calendar.clock(hour["time"])
    zones = {producer.schedule.zone for producer in producers}
    if minute is None or "?" in zones or len(zones) > 1:
        return
    if hour["zone"]:
        if not zones <= {"", "UTC"}:
            return
        minute = (minute - _shift(hour["zone"])) % calendar.DAY
    answers = [_lateness(ctx, producer, minute) for producer in producers]
    if any(answer is None for answer in answers):
        ctx.passed(sla.site, name, _steps(producers[0].chain))
        return
    found = min((a for a in answers if a is not None), key=lambda a: a[0].ends)
    miss, places, certain = found
    when = calendar.clock_text(minute)
    words = (
        f"'{name}' can't be there at {when}: earliest {calendar.clock_text(miss.ends)}"
        if certain
        else f"'{name}' is not sure to be there at {when}: its tasks are given until {calendar.clock_text(miss.ends)}"
    )
    yield ctx.finding(
        sla.site,
        words,
        severity=None if certain else "info",
        proved=False,
        subject=name,
        evidence=_steps(places),
        related=_related(ctx, places),
    )


def _lateness(ctx: Context, producer: Producer, minute: int) -> tuple[Late, tuple[Place, ...], bool] | None:
    """How a producer misses an hour: for certain, or by the time that its tasks are given."""
    if producer.schedule.cron is None:
        return None
    times = producer.schedule.cron.times()
    certain = late(times, 0, minute)
    if certain is not None:
        return certain, producer.chain, True
    given = allowed(ctx.view, producer)
    slow = late(times, given.minutes, minute) if given is not None else None
    if given is None or slow is None:
        return None
    return slow, (*producer.chain[:-1], *given.places), False


def _shift(zone: str) -> int:
    """The minutes by which a zone is ahead of UTC."""
    if zone in ("Z", "UTC"):
        return 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * calendar.HOUR + int(digits[2:])
    return minutes if zone[0] == "+" else -minutes


def _sources(ctx: Context) -> Iterator[Finding]:
    """The freshness of dbt sources whose tables a DAG of the workspace writes."""
    for table in ctx.facts.sources:
        setting = source_setting(ctx.view, ctx.path, table, "freshness")
        given = setting.value.value if setting is not None else None
        if setting is None or not isinstance(given, dict) or table.relation.dynamic or len(table.relation.parts) < 2:
            continue
        for level in ("error_after", "warn_after"):
            age = _period(given.get(level))
            if not age:
                continue
            producers = producers_of(ctx.view, table.relation)
            found = longest_gap(producers) if producers else None
            name = f"{table.source}.{table.name}"
            if found is None or found[0] <= age:
                if producers:
                    ctx.passed(table.site, name, _steps(producers[0].chain))
                continue
            gap, producer = found
            yield ctx.finding(
                table.site,
                f"the freshness of '{name}' ({level}: {calendar.duration_text(age)}) can't hold: {_every(producer, gap)}",
                subject=name,
                evidence=_steps(producer.chain),
                related=_related(ctx, producer.chain),
            )
            break


def _period(value: object) -> float | None:
    if not isinstance(value, dict) or value.get("period") not in _PERIODS:
        return None
    return calendar.minutes_of(value.get("count"), str(value["period"]))


def _steps(places: tuple[Place, ...]) -> Iterator[Step]:
    return (Step("fact", place.words, "", place.path, place.site) for place in places)


def _related(ctx: Context, places: tuple[Place, ...]) -> Iterator[Related]:
    return (Related(place.path, place.site, place.words) for place in places if place.site)
