"""What the workspace already knows of a dataset: columns, key, owner, schedule, freshness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tidegate_analyzers.facts import Column, NodeRef, Pipeline, Relation, columns
from tidegate_analyzers.fixes.columns import model_columns
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting

_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
_CRON_HOURLY = re.compile(r"^\S+ \*(?:/(\d+))? \* \* \*$")
_FAMILIES = (
    ("boolean", re.compile(r"^bool", re.I)),
    ("timestamp", re.compile(r"^(?:timestamp|datetime|timestamptz|timestamp_\w+)", re.I)),
    ("date", re.compile(r"^date$", re.I)),
    ("time", re.compile(r"^time$", re.I)),
    ("integer", re.compile(r"^(?:big|small|tiny|medium)?int(?:eger)?\d*\b|^int\d+|^long|^uint", re.I)),
    ("number", re.compile(r"^(?:numeric|number|decimal|dec|float|double|real|bignumeric|money)", re.I)),
    ("array", re.compile(r"^(?:array|list|repeated)", re.I)),
    ("object", re.compile(r"^(?:struct|object|record|map|json|jsonb|variant|row)", re.I)),
    (
        "string",
        re.compile(
            r"^(?:var)?char|^character|^text|^string|^uuid|^nvarchar|^clob|^bytes|^binary|^varbinary|^enum", re.I
        ),
    ),
)


_WRAPPED = re.compile(r"(?:nullable|lowcardinality)\((.*)\)", re.I | re.S)
"""What ClickHouse puts around a type."""


@dataclass(slots=True)
class Known:
    """What is known of a dataset; empty where nothing is."""

    name: str
    physical: str = ""
    physical_type: str = "table"
    domain: str = ""
    purpose: str = ""
    columns: list[Column] = field(default_factory=list)
    key: tuple[str, ...] = ()
    owner: str = ""
    latency_hours: float | None = None
    frequency: tuple[int, str] | None = None
    strategy: str = ""
    batch_column: str = ""
    source_of_truth: str = ""
    tested: bool = False


def logical_type(physical: str) -> str:
    """The ODCS logical type of a physical one, or empty."""
    physical = physical.strip()
    while wrapped := _WRAPPED.fullmatch(physical):
        physical = wrapped.group(1).strip()
    return next((name for name, pattern in _FAMILIES if pattern.search(physical)), "")


def known_model(view: View, key: NodeKey) -> Known:
    """What is known of a dbt model."""
    node = dbt.node_of(view, key)
    project = view.layout.project_of(key.path)
    properties = dbt.properties_of(view, project, "model", node.name if node is not None else key.name)
    alias = dbt.config_value(view, key, "alias")
    name = str(alias.value) if alias is not None and alias.known and alias.value else key.name
    schema = dbt.config_value(view, key, "schema")
    database = dbt.config_value(view, key, "database")
    parts = [str(value.value) for value in (database, schema) if value is not None and value.known and value.value]
    known = Known(key.name, ".".join([*parts, name]))
    material = dbt.materialization(view, key)
    known.physical_type = "view" if material == "view" else "table"
    known.domain = _domain(key.path, project.inner(key.path) if project is not None else key.path)
    if properties:
        known.purpose = properties[0][1].description
        known.tested = properties[0][1].tests > 0
    known.columns = model_columns(view, key)
    known.key = dbt.key_columns(view, key) or _unique_key(view, key)
    known.owner = dbt.owner(view, key) or _code_owner(view, key.path)
    known.latency_hours = _latency_of_sources(view, key)
    known.strategy, known.batch_column = _strategy(view, key, material)
    known.source_of_truth = ", ".join(
        sorted({f"{ref.names[0]}.{ref.names[1]}" for ref in _sources_above(view, key)})[:3]
    )
    _from_pipelines(view, known, Relation("table", (known.name,)))
    return known


def known_source(view: View, path: str, index: int) -> Known | None:
    """What is known of a table of a dbt source."""
    facts = view.facts(path)
    if facts is None or index >= len(facts.sources):
        return None
    table = facts.sources[index]
    known = Known(table.name, str(table.relation), domain=table.source, purpose=table.description)
    known.columns = list(columns(table.columns))
    known.key = tuple(c.name for c in known.columns if c.unique and c.not_null)[:1]
    known.tested = table.tests > 0
    for setting in table.config:
        if setting.name == "freshness" and isinstance(setting.value.value, dict):
            known.latency_hours = _hours(setting.value.value)
        if setting.name == "meta" and isinstance(setting.value.value, dict):
            known.owner = str(setting.value.value.get("owner") or "")
    known.owner = known.owner or _code_owner(view, path)
    _from_pipelines(view, known, table.relation)
    return known


def known_dataset(view: View, name: str, path: str) -> Known:
    """What is known of a dataset named in a pipeline or a DAG: as a model or source of that name, if there is one."""
    last = name.rstrip("/").rpartition("/")[2] if "://" in name else name.rpartition(".")[2]
    parts = tuple(name.split(".")) if "://" not in name else (last,)
    found = [known for posting in view.find(f"name:{last.casefold()}") if (known := _by_posting(view, posting))]
    # The schema decides between things of one name; where none is known the name alone has to do.
    fitting = [known for known in found if _parts_agree(known.physical, parts)]
    fitting.sort(key=lambda known: -known.physical.count("."))
    if fitting:
        fitting[0].physical = name
        return fitting[0]
    known = Known(last, name, domain=name.split(".")[-2] if name.count(".") >= 1 and "://" not in name else "")
    known.owner = _code_owner(view, path)
    _from_pipelines(view, known, Relation("table", tuple(name.split("."))))
    return known


def _by_posting(view: View, posting: Posting) -> Known | None:
    if posting.kind == "source":
        return known_source(view, posting.path, posting.number)
    facts = view.facts(posting.path)
    node = facts.nodes[posting.number] if facts is not None and posting.kind == "node" else None
    if node is None or node.kind != "model":
        return None
    return known_model(view, NodeKey(posting.path, posting.number, node.name, node.kind))


def _parts_agree(physical: str, parts: tuple[str, ...]) -> bool:
    """Whether names agree in the parts both have; dbt puts the target's schema before one that a model sets."""
    pairs = zip(reversed(physical.split(".")[:-1]), reversed(parts[:-1]), strict=False)
    return all(a.casefold() == b.casefold() or b.casefold().endswith(f"_{a.casefold()}") for a, b in pairs)


def _domain(path: str, inner: str) -> str:
    folders = [
        part
        for part in inner.split("/")[:-1]
        if part not in ("models", "marts", "mart", "core", "published", "gold", "reporting")
    ]
    return folders[-1] if folders else ""


def _unique_key(view: View, key: NodeKey) -> tuple[str, ...]:
    value = dbt.config_value(view, key, "unique_key")
    if value is None or not value.known:
        return ()
    return tuple(map(str, value.value)) if isinstance(value.value, list) else (str(value.value),) if value.value else ()


_WITHOUT_KEY = frozenset(("append", "insert_overwrite", "microbatch", "replace_where"))
"""Strategies that make no use of a `unique_key`."""


def _strategy(view: View, key: NodeKey, material: str) -> tuple[str, str]:
    """How the model is loaded again, and the column of its batches; empty where that is not known."""
    if material != "incremental":
        return "full_refresh" if material else "", ""
    given = dbt.config_value(view, key, "incremental_strategy")
    named = str(given.value) if given is not None and given.known else ""
    partition = dbt.config_value(view, key, "partition_by")
    column = ""
    if partition is not None and partition.known:
        column = (
            str(partition.value.get("field", ""))
            if isinstance(partition.value, dict)
            else str(partition.value if isinstance(partition.value, str) else "")
        )
    if _unique_key(view, key) and named not in _WITHOUT_KEY:
        return "keyed_merge", column
    return ("partition_overwrite" if column and named != "append" else ""), column


def _code_owner(view: View, path: str) -> str:
    owners = view.layout.owners_of(path)
    return owners[0].rpartition("/")[2].lstrip("@") if owners else ""


def _sources_above(view: View, key: NodeKey, limit: int = 200) -> Iterator[NodeRef]:
    seen = {key}
    queue = [key]
    while queue and len(seen) < limit:
        at = queue.pop()
        node = dbt.node_of(view, at)
        for ref in node.refs if node is not None else ():
            if ref.function == "source" and len(ref.names) == 2:
                yield ref
            elif (found := dbt.resolve_ref(view, at.path, ref).node) is not None and found not in seen:
                seen.add(found)
                queue.append(found)


def _latency_of_sources(view: View, key: NodeKey) -> float | None:
    """The worst age that the sources above a model are allowed to have."""
    found: list[float] = []
    for ref in _sources_above(view, key):
        for posting in view.find(f"source:{ref.names[0]}.{ref.names[1]}"):
            table = dbt.source_of(view, posting)
            for setting in table.config if table is not None else ():
                if (
                    setting.name == "freshness"
                    and isinstance(setting.value.value, dict)
                    and (hours := _hours(setting.value.value)) is not None
                ):
                    found.append(hours)
    return max(found, default=None)


def _hours(freshness: dict[str, object]) -> float | None:
    for level in ("error_after", "warn_after"):
        rule = freshness.get(level)
        if (
            isinstance(rule, dict)
            and isinstance(count := rule.get("count"), int)
            and (unit := str(rule.get("period"))) in _HOURS
        ):
            return count * _HOURS[unit]
    return None


def pipelines_of(view: View, name: str) -> Iterator[Pipeline]:
    """The pipeline specifications that speak of a dataset."""
    for posting in view.find(f"stage:{name.casefold()}"):
        facts = view.facts(posting.path)
        if facts is not None and posting.number < len(facts.pipelines):
            yield facts.pipelines[posting.number]


def _from_pipelines(view: View, known: Known, relation: Relation) -> None:
    """Owner, schedule and freshness from a pipeline specification that publishes the dataset."""
    for pipeline in pipelines_of(view, relation.name):
        owner, schedule, slos = pipeline.block("owner"), pipeline.block("schedule"), pipeline.block("slos")
        if owner is not None and isinstance(owner.value, str):
            known.owner = known.owner or owner.value
        if schedule is not None and known.frequency is None:
            known.frequency = _frequency(schedule.value)
        for slo in slos.value if slos is not None and isinstance(slos.value, list) else ():
            if (
                isinstance(slo, dict)
                and slo.get("property") in ("latency", "freshness")
                and isinstance(slo.get("target"), int | float)
                and known.latency_hours is None
            ):
                unit = str(slo.get("unit", "h"))
                known.latency_hours = float(slo["target"]) * {"m": 1 / 60, "min": 1 / 60, "h": 1.0, "d": 24.0}.get(
                    unit, 1.0
                )


def _frequency(schedule: object) -> tuple[int, str] | None:
    """How often a schedule runs, as (value, ODCS unit)."""
    text = schedule if isinstance(schedule, str) else ""
    if isinstance(schedule, dict):
        text = str(schedule.get("cron") or schedule.get("preset") or "")
    if text in ("@daily", "@midnight") or re.fullmatch(r"\d+ \d+ \* \* \*", text):
        return 1, "d"
    if text == "@hourly":
        return 1, "h"
    if match := _CRON_HOURLY.match(text):
        return int(match.group(1) or 1), "h"
    return (7, "d") if text == "@weekly" else None
