"""The verdict on a load that an orchestrator runs: SQL in operators, files and functions, and load jobs."""

from __future__ import annotations

from tidegate_analyzers.facts import Dag, Task, Value, Write
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.readers.airflow.operators import dialect_of
from tidegate_analyzers.safety import clearing, guards, query, told
from tidegate_analyzers.safety.consuming import of_the_run, used_up
from tidegate_analyzers.safety.open_names import same_every_run
from tidegate_analyzers.safety.verdict import Chain, Safety, Verdict, verdict

SETTLED = {
    "merge": Safety.KEYED,
    "replace": Safety.REPLACE,
    "overwrite_partition": Safety.PARTITION,
    "create": Safety.REPLACE,
    "delete": Safety.REPLACE,
    "truncate": Safety.REPLACE,
    "drop": Safety.REPLACE,
    "update": Safety.REPLACE,
    "swap": Safety.REPLACE,
    "once": Safety.TRANSACTION,
    "index": Safety.NO_ROWS,
}
"""What writes come to that are the same the second time, whatever they write."""
_MANUAL = (None, "None", "@once", "@never")


def is_load(write: Write) -> bool:
    """True for a write whose safety is a question."""
    return write.mode in ("insert", "append")


def judge(view: View, path: str, dag: Dag, index: int, effect: Effect) -> Verdict:
    """What a second run of a task does to the target of one of its writes."""
    return view.memo(
        ("load", path, dag.site, dag.id, index, effect.path, effect.order),
        lambda: _judge(view, path, dag, index, effect),
    )


def _judge(view: View, path: str, dag: Dag, index: int, effect: Effect) -> Verdict:
    chain = Chain()
    task, write = dag.tasks[index], effect.write
    chain.fact(f"the task '{task.id or task.operator}' writes '{write.target}' ({write.how})", effect.path, write.site)
    if effect.via:
        chain.fact(effect.via, path, task.site)
    if write.mode in SETTLED:
        return verdict(SETTLED[write.mode], chain)
    if guards.set_apart(view, (effect.path, path), chain):
        return verdict(Safety.UNKNOWN, chain)
    text = effect.sql(view)
    if task.condition and guards.CHOICE.search(task.condition):
        chain.unknown("G7", f"the task is made only if {task.condition}", path, task.site)
        return verdict(Safety.UNKNOWN, chain)
    if effect.condition and guards.CHOICE.search(effect.condition):
        chain.unknown("G7", f"it runs only if {effect.condition}", effect.path, write.site)
        return verdict(Safety.UNKNOWN, chain)
    recurs = (given := schedule(dag)) is not None and given.known and given.value not in _MANUAL
    same = recurs and same_every_run(view, path, dag, index, effect)
    settled = (
        guards.unresolved(write, chain, effect.path, same=same)
        or guards.per_run_target(write.target, chain)
        or guards.of_itself(write, chain)
        or _asked_once(path, task, chain)
        or guards.literal_rows(write, text, chain)
    )
    if settled is not None:
        return verdict(settled, chain)
    if guards.streaming(effect.streaming, effect.path, chain):
        return verdict(Safety.UNKNOWN, chain)
    value, everything, clock = Safety.APPEND, not write.windowed, 0
    if write.rows == "query":
        value, everything, clock = query.restrictions(write, effect.path, chain)
        if not value.unsafe:
            return verdict(value, chain)
    everything = everything and not write.windowed
    everything = everything and not of_the_run(view, path, dag, index, effect, text, chain)
    limited = not everything or write.rows != "query" or write.mode != "insert"
    settled = (
        query.target_read_before(view, text, write, effect.path, chain, understood=value is Safety.OVERLAP)
        or query.target_checked_before(view, path, dag, index, effect, chain)
        or clearing.cleared_in_task(tasks.effects(view, path, task), effect, chain, limited=limited)
        or clearing.cleared_by_tasks(view, path, dag, index, write.target, chain, limited=limited)
        or used_up(view, path, dag, index, effect, text, chain)
        or guards.unique_target(view, write, dialect_of(task.operator), chain)
        or (guards.defined_without_key(view, write, effect.path, chain) if write.rows == "parameters" else None)
        or told.declared(view, path, task, effect, chain)
        or guards.declared(view, dag.id, task.id, write.target, chain)
        or guards.staging(view, write.target, chain)
    )
    if settled is not None:
        return verdict(settled, chain)
    log = value is not Safety.OVERLAP and guards.audit(write.target, chain)  # what looks at its own edge is no log
    if log or guards.measurement(view, write, chain):
        return verdict(Safety.UNKNOWN, chain)
    if _runs_by_hand(view, dag, path, chain):
        return verdict(Safety.UNKNOWN, chain)
    _doubts(view, path, task, write, effect, chain)
    return verdict(value, chain, everything=everything, clock=clock)


def _asked_once(path: str, task: Task, chain: Chain) -> Safety | None:
    rerun = task.setting("force_rerun")
    if task.operator == "BigQueryInsertJobOperator" and rerun is not None and rerun.known and rerun.value is False:
        chain.held("G3", "force_rerun is off: BigQuery refuses a second job of the same id", path, rerun.site)
        return Safety.TRANSACTION
    return None


def _runs_by_hand(view: View, dag: Dag, path: str, chain: Chain) -> bool:
    """A DAG that runs once, or by hand, is not repeated by a scheduler."""
    given = schedule(dag)
    if given is None and dag.id and dag.defaults_known and _is_airflow_3(view, path):
        chain.held("G7", f"the DAG '{dag.id}' has no schedule, and Airflow 3 gives it none", path, dag.site)
        return True
    if given is not None and given.known and (given.value in _MANUAL):
        chain.held(
            "G7",
            f"the DAG '{dag.id or '?'}' has the schedule {given.value}: it runs when somebody starts it",
            path,
            given.site,
        )
        return True
    if given is None or not given.known:
        chain.doubt(f"the schedule of the DAG '{dag.id}' is not known", path, dag.site)
    return False


def _is_airflow_3(view: View, path: str) -> bool:
    """Whether a DAG file is written for Airflow 3: by its imports, else by what the workspace requires."""
    facts = view.facts(path)
    imported = facts is not None and any(module.startswith("airflow.sdk") for _, module, _ in facts.imports)
    return imported or view.layout.airflow_major() == 3


def schedule(dag: Dag) -> Value | None:
    """The schedule of a DAG under any of its names."""
    return dag.setting("schedule") or dag.setting("schedule_interval") or dag.setting("timetable")


def _doubts(view: View, path: str, task: Task, write: Write, effect: Effect, chain: Chain) -> None:
    if effect.condition:
        chain.doubt(f"it runs only if {effect.condition}", effect.path, write.site)
    if write.target.dynamic:
        chain.doubt(f"part of the name '{write.target}' is not known", effect.path, write.site)
    if task.opaque or (effect.via and tasks.unresolved(view, path, task)):
        chain.doubt(f"'{task.operator}' does more than can be seen here", path, task.site)
