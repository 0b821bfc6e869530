"""A backfill that works on what the live run uses.

Three forms are seen. With `catchup=True` and several runs at once, each run writes a whole table with the rows of its own
window: whichever ends last decides what the table holds, and that may be last year's day. A DAG made for backfills writes
the table of the live DAG, without a pool of its own and without a key or a window that keeps the two apart. A replay plan
says that it is not isolated, or keeps its progress where the live run keeps its own: an error, since each moves the other's.

## Bad

`dags/orders.py`:
```python
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG(
    "orders",
    schedule="@daily",
    start_date=datetime(2026, 5, 1),
    catchup=True,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    SQLExecuteQueryOperator(
        task_id="load",
        sql="CREATE OR REPLACE TABLE mart.orders AS SELECT * FROM shop.orders WHERE day = '{{ ds }}'",
    )
```

## Good

`dags/orders.py`:
```python
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG(
    "orders",
    schedule="@daily",
    start_date=datetime(2026, 5, 1),
    catchup=True,
    max_active_runs=1,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    SQLExecuteQueryOperator(
        task_id="load",
        sql="CREATE OR REPLACE TABLE mart.orders AS SELECT * FROM shop.orders WHERE day = '{{ ds }}'",
    )
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Pipeline, Task, same_name
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.postings import write_key
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.readers.placeholders import is_placeholder
from tidegate_analyzers.readers.windows import WINDOW
from tidegate_analyzers.rules.base import CRITICAL, Context, Finding, Offer, Related, rule
from tidegate_analyzers.rules.orchestration.dag_settings import called, dags, is_set, recurs
from tidegate_analyzers.safety import guards
from tidegate_analyzers.safety.loads import is_load, judge, schedule
from tidegate_analyzers.safety.verdict import Chain, Verdict

_BACKFILL = re.compile(r"(?:^|[_\-. ])(?:backfill|replay|reprocess)(?:$|[_\-. ]|ing|ed)", re.I)
_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.S)


@rule(
    "TG502",
    "backfill-shares-live-path",
    category="reliability",
    severity="warning",
    profiles=CRITICAL,
    looks_at=("python", "yaml"),
    wants=("dags", "pipelines"),
)
def backfill_shares_live_path(ctx: Context) -> Iterator[Finding]:
    """DAGs that catch up, DAGs made for backfills, and replay plans."""
    for number, dag in dags(ctx):
        for task in dag.tasks if _several_at_once(ctx, dag) else ():
            for effect in tasks.effects(ctx.view, ctx.path, task):
                if _replaces_by_window(ctx, task, effect):
                    yield _overwritten(ctx, number, task, effect)
                    break
        if _BACKFILL.search(dag.id):
            yield from _backfill(ctx, dag)
    for pipeline in ctx.facts.pipelines:
        plan = pipeline.block("replay")
        if plan is None or not isinstance(plan.value, dict):
            continue
        if plan.value.get("isolation") == "none":
            yield ctx.finding(
                plan.site,
                f"a replay of '{pipeline.id}' works on what the live run uses: its isolation is 'none'",
                subject=pipeline.id,
            )
        if shared := _shared_progress(pipeline, plan.value.get("state")):
            yield ctx.finding(
                plan.site,
                f"a replay of '{pipeline.id}' keeps its progress in '{shared}', as the live run does: each moves the other's",
                severity="error",
                subject=pipeline.id,
            )


def _shared_progress(pipeline: Pipeline, state: object) -> str:
    """Where a replay and the live run both keep their progress, if they do."""
    given = state.get("replay") if isinstance(state, dict) else None
    if not isinstance(state, dict) or not isinstance(given, str) or not given or is_placeholder(given):
        return ""
    live = [state.get("live")]
    for stage in pipeline.stages:
        kept = stage.block("checkpoint")
        if kept is not None and isinstance(kept.value, dict):
            live.append(kept.value.get("location"))  # a store may hold the progress of many, a location that of one
    return given if given in live else ""


def _several_at_once(ctx: Context, dag: Dag) -> bool:
    """Whether runs of different windows may work at the same time, because the past is caught up with."""
    catchup, most = dag.setting("catchup"), dag.setting("max_active_runs")
    if catchup is None or not catchup.known or catchup.value is not True or not recurs(ctx, dag):
        return False
    if most is not None and (not most.known or most.value == 1):
        return False
    configured = ctx.view.layout.setting("airflow.max_active_runs_per_dag")
    if dag.setting("@open") is not None or (most is None and configured is not None):
        return False
    tasks_of = (None, *dag.tasks)
    return not any(is_set(tasks.effective(ctx.view, ctx.path, dag, task, "depends_on_past")) for task in tasks_of)


def _replaces_by_window(ctx: Context, task: Task, effect: Effect) -> bool:
    """Whether a write replaces a whole table by the rows of one window."""
    write = effect.write
    if write.mode not in ("replace", "create") or (write.mode == "create" and write.rows != "query"):
        return False
    if effect.condition or write.opaque or write.temporary or write.target.dynamic or not write.target.parts:
        return False
    if "$" in write.target.name or any(guards.STAGING.search(part) for part in write.target.parts):
        return False
    facts = ctx.view.facts(effect.path)
    text = facts.sql[effect.text] if facts is not None and 0 <= effect.text < len(facts.sql) else None
    if text is not None:
        return write.windowed or (text.template and len(text.writes) == 1)
    templates = (found for word in task.mentions for found in _TEMPLATE.findall(word))
    return any(WINDOW.search(template) for template in templates)


def _overwritten(ctx: Context, number: int, task: Task, effect: Effect) -> Finding:
    dag = ctx.facts.dags[number]
    chain = Chain()
    chain.fact(f"{called(dag)} catches up, with several runs at once", ctx.path, dag.site)
    chain.fact(f"each run replaces all of '{effect.write.target}'", effect.path, effect.write.site)
    chain.failed("G7", "the rows it writes are those of its own window", ctx.path, task.site)
    return ctx.finding(
        effect.write.site if effect.path == ctx.path else task.site,
        f"runs of different days replace all of '{effect.write.target}' at the same time: the one that ends last decides what it holds",
        proved=False,
        subject=str(effect.write.target),
        evidence=chain.steps,
        related=[
            Related(ctx.path, setting.site, "the past is caught up with")
            for setting in dag.settings
            if setting.name == "catchup"
        ],
        offers=[
            Offer("dag.argument", "Make one run at a time", False, (ctx.path, str(number), "max_active_runs", "1"))
        ],
    )


def _backfill(ctx: Context, dag: Dag) -> Iterator[Finding]:
    """What a DAG for backfills writes unguarded, where a live DAG writes the same."""
    for index, task in enumerate(dag.tasks):
        apart = [tasks.effective(ctx.view, ctx.path, dag, task, name) for name in ("pool", "queue")]
        if any(is_set(value) for value in apart) or task.setting("@open") is not None:
            continue
        for effect in tasks.effects(ctx.view, ctx.path, task):
            write = effect.write
            if write.target.dynamic or effect.condition or write.opaque:
                continue
            unsafe = is_load(write) and _appends(judge(ctx.view, ctx.path, dag, index, effect), dag)
            live = _live(ctx, dag, effect) if unsafe or (write.mode == "replace" and write.whole) else None
            if live is not None:
                path, other = live
                chain = Chain()
                chain.fact(f"'{dag.id}' is a DAG for backfills by its name", ctx.path, dag.site)
                chain.fact(f"'{other.id}' writes '{write.target}' too", path, other.site)
                chain.failed("", "no pool, key or window keeps them apart", ctx.path, task.site)
                yield ctx.finding(
                    effect.write.site if effect.path == ctx.path else task.site,
                    f"the backfill writes '{write.target}' beside the live DAG '{other.id}': nothing keeps the two apart",
                    proved=False,
                    subject=str(write.target),
                    evidence=chain.steps,
                    related=[Related(path, other.site, "the live DAG")],
                )


def _appends(found: Verdict, dag: Dag) -> bool:
    """Whether a load adds its rows again in every run, be it that somebody starts each by hand."""
    given = schedule(dag)
    by_hand = given is not None and given.known
    return found.safety.unsafe or any(
        by_hand and step.outcome == "held" and step.guard == "G7" and given is not None and step.site == given.site
        for step in found.steps
    )


def _live(ctx: Context, dag: Dag, effect: Effect) -> tuple[str, Dag] | None:
    """Another DAG that writes the target of an effect."""
    for posting in ctx.view.find(write_key(effect.write.target)):
        facts = ctx.view.facts(posting.path)
        for other in facts.dags if facts is not None else ():
            if other.id == dag.id or not other.id or _BACKFILL.search(other.id):
                continue
            for task in other.tasks:
                for written in tasks.effects(ctx.view, posting.path, task):
                    if same_name(written.write.target, effect.write.target):
                        return posting.path, other
    return None
