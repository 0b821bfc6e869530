"""The runs, partitions and batches of an interval, and what a dbt model needs to build them again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate_analyzers.facts import Dag, Value
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.schedules import Schedule, airflow_major, schedule_of, start_of
from tidegate_analyzers.replay.plan import Interval, Windows
from tidegate_analyzers.safety import models
from tidegate_analyzers.syntax import calendar

SIZES = ("hour", "day", "month", "year")
_VAR = re.compile(r"""\bvar\(\s*['"]([\w.]+)['"]""")
_RELATIVE = re.compile(r"look_?back|days|hours|offset|window|limit", re.I)
"""Names of variables that say how far back from something else, and no moment."""


@dataclass(frozen=True, slots=True)
class Build:
    """How a node of dbt is built again for an interval.

    `way` is `whole` (any run writes all of it), `follows` (it stores nothing), `batches` (microbatch: a run can be told
    the interval), `vars` (its filter takes the interval from variables), `full` (only a full refresh reaches the
    interval), `refused` (that, and full refreshes are switched off), `never` (the past can't be built again) or
    `unknown`.
    """

    way: str
    how: str
    names: tuple[str, ...] = ()
    path: str = ""
    site: int = 0


def build_of(view: View, key: NodeKey) -> Build:
    """How a node is built again."""
    if key.kind == "seed":
        return Build("whole", "loaded again from its file, which knows no interval")
    if key.kind == "snapshot":
        return Build("never", "a snapshot records what it sees when it runs: what it missed then stays missing")
    material = dbt.materialization(view, key)
    if material in ("view", "ephemeral"):
        return Build("follows", f"{'an' if material == 'ephemeral' else 'a'} {material}: it follows what it reads")
    if material in ("table", "materialized_view", "dynamic_table", "streaming_table"):
        return Build("whole", f"{material.replace('_', ' ')}: written whole by any run")
    if material != "incremental":
        return Build("unknown", f"how '{material or 'it'}' is built is not known")
    strategy = models.strategy_of(view, key)
    if strategy == "microbatch":
        return Build("batches", "incremental (microbatch): its batches of the interval are replaced")
    named = _variables(view, key)
    if named:
        return Build("vars", f"incremental: which rows it takes depends on the variables {', '.join(named)}", named)
    refused = dbt.config(view, key, "full_refresh")
    if refused is not None and refused[1].known and refused[1].value is False:
        return Build(
            "refused",
            "incremental: an ordinary run takes what is new and does not reach the interval, and full_refresh is off",
            (),
            refused[0],
            refused[1].site,
        )
    return Build("full", "incremental: an ordinary run takes what is new and does not reach the interval")


def _variables(view: View, key: NodeKey) -> tuple[str, ...]:
    """The variables that the filter of an incremental model compares with."""
    node = dbt.node_of(view, key)
    load = node.load if node is not None else None
    found = [r for arm in (load.arms if load is not None else ()) for r in arm]
    if any(r.kind in ("high_water", "overlap", "anti_join", "wall_clock") for r in found):
        return ()
    names = dict.fromkeys(name for r in found for name in _VAR.findall(r.text))
    return tuple(names) if not any(_RELATIVE.search(name) for name in names) else ()


def of_node(view: View, key: NodeKey, interval: Interval) -> Windows | None:
    """The batches or partitions of a node in an interval."""
    if key.kind != "model" or dbt.materialization(view, key) != "incremental":
        return None
    if build_of(view, key).way == "batches":
        return _batches(view, key, interval)
    given = dbt.config(view, key, "partition_by") or dbt.config(view, key, "partitioned_by")
    if given is None:
        return None
    path, value = given
    column, size = _partition(value)
    of = f"partitions of the model '{key.name}'"
    if not column or size not in SIZES:
        words = f"by {value.text or value.value}; which of them lie in the interval can't be told"
        return Windows(of, "partition", known=False, note=" ".join(words.split()), path=path, site=value.site)
    return _counted(of, "partition", interval, size, f"by {column}, one for each {size}", path, value.site)


def _partition(value: Value) -> tuple[str, str]:
    """The column and the size of BigQuery's partitions; of other adapters' only the columns are told."""
    if not value.known or not isinstance(value.value, dict) or not isinstance(value.value.get("field"), str):
        return "", ""
    if str(value.value.get("data_type", "date")).casefold() not in ("date", "timestamp", "datetime"):
        return value.value["field"], ""
    return value.value["field"], str(value.value.get("granularity", "day")).casefold()


def _batches(view: View, key: NodeKey, interval: Interval) -> Windows:
    of = f"batches of the model '{key.name}'"
    size, column, begin = (dbt.config(view, key, name) for name in ("batch_size", "event_time", "begin"))
    if size is None or not size[1].known or size[1].value not in SIZES:
        return Windows(of, "batch", known=False, note="its batch_size is not known", path=key.path)
    note = f"by {column[1].value}, one for each {size[1].value}" if column is not None and column[1].known else ""
    first = calendar.moment(str(begin[1].value)) if begin is not None and begin[1].known else None
    if first is not None and first > interval.start:
        note = f"{note}; it begins with {calendar.written(first)}, and has none before".lstrip("; ")
        interval = Interval(min(first, interval.end), interval.end)
    return _counted(of, "batch", interval, str(size[1].value), note, size[0], size[1].site)


def _counted(of: str, unit: str, interval: Interval, size: str, note: str, path: str, site: int) -> Windows:
    at = calendar.floor_batch(interval.start, size)
    count, last = 0, at
    while at < interval.end and count < calendar.MAX_FIRES:
        count, last = count + 1, at
        at = calendar.next_batch(at, size)
    first = calendar.floor_batch(interval.start, size)
    if not count:
        return Windows(of, unit, True, 0, "", "", note, path, site)
    return Windows(of, unit, True, count, _named(first, size), _named(last, size), note, path, site)


def _named(at: int, size: str) -> str:
    text = calendar.written(at)
    return text[: {"hour": 16, "day": 10, "month": 7, "year": 4}[size]]


def of_dag(view: View, path: str, dag: Dag, interval: Interval) -> Windows:
    """The runs of a DAG in an interval."""
    schedule = schedule_of(view, path, dag)
    of = f"runs of the DAG '{dag.id}'"
    if schedule.kind == "manual":
        return Windows(
            of, "run", known=False, note="it has no schedule: somebody starts it", path=path, site=schedule.site
        )
    if schedule.kind == "assets":
        note = f"it runs when {', '.join(schedule.assets)} is written, not by the clock"
        return Windows(of, "run", known=False, note=note, path=path, site=schedule.site)
    moments = schedule.runs(interval.start, interval.end)
    if moments is None:
        return _not_counted(of, schedule, path)
    note = f"{schedule.text}{f' in {schedule.zone}' if schedule.zone not in ('', '?', 'UTC') else ''}"
    major = airflow_major(view, path)
    if major == 2:
        note += "; a run bears the beginning of its interval"
    start = start_of(view, path, dag)
    if start is not None and start > interval.start:
        note += f"; the DAG begins with {calendar.written(start)}, and has none before"
        moments = tuple(at for at in moments if at >= start)
    first, last = (calendar.written(moments[0]), calendar.written(moments[-1])) if moments else ("", "")
    return Windows(of, "run", True, len(moments), first, last, note, schedule.path, schedule.site)


def _not_counted(of: str, schedule: Schedule, path: str) -> Windows:
    if schedule.kind == "every":
        words = f"one each {calendar.duration_text(schedule.minutes)}, counted from its start"
        return Windows(of, "run", known=False, note=words, path=path, site=schedule.site)
    words = f"its schedule {schedule.text} can't be told" if schedule.text else "its schedule is not known"
    return Windows(of, "run", known=False, note=words, path=path, site=schedule.site)
