"""A DAG that fails without telling anybody.

A failed run is a red square on a page that nobody looks at on a Sunday. A callback, a mail or a task that runs after a
failure tells the team; a listener or a policy of the whole installation does as well.

Mails need an address: `email_on_failure` alone sends none. With an address, the `sla` of Airflow 2 sends one for each task
that isn't done in its time, failed ones too, even where `email_on_failure` is off.

A DAG that another one starts, or that somebody starts by hand, is watched there. Where a project tells nobody anything,
the finding is one line for the project.

## Bad

`dags/orders.py`:
```python
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("orders", schedule="@daily", catchup=False, default_args={"owner": "sales", "retries": 1}):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```

## Good

`dags/orders.py`:
```python
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tidegate_analyzers.facts import Dag, Task, Value
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.contracts.groups import dag_group
from tidegate_analyzers.rules.orchestration.dag_settings import called, dags, is_set, recurs, version, works
from tidegate_analyzers.safety.loads import schedule

_TELLS = re.compile(
    r"slack|e?mail|teams|pager|opsgenie|notif|alert|discord|telegram|webhook|incident|failure|failed|watcher|on_?call",
    re.I,
)
_AFTER_FAILURE = re.compile(r"one_failed|all_failed|all_done|one_done|always", re.I)
_CALLBACKS = ("on_failure_callback", "sla_miss_callback", "deadline")


@rule(
    "TG606",
    "no-failure-alert",
    category="operability",
    severity="info",
    looks_at=("python", "yaml"),
    wants=("dags",),
    of_whole=True,
    absence="{have} of {n} {what} tell somebody when they fail",
)
def no_failure_alert(ctx: Context) -> Iterator[Finding]:
    """Scheduled DAGs, by whatever tells of a failure."""
    if ctx.view.find("airflow:listener") or ctx.view.find("file:airflow_local_settings.py"):
        return
    for number, dag in dags(ctx):
        unclear = recurs(ctx, dag) is None and schedule(dag) is None
        if recurs(ctx, dag) is False or unclear or not any(works(task) for task in dag.tasks):
            continue
        if dag.id and ctx.view.find(f"uses-dag:{dag.id}"):
            continue
        told = _tells(ctx, dag)
        if told is None:
            continue
        group = dag_group(ctx.path)
        ctx.count(group, has=told)
        if not told:
            address = Offer(
                "dag.default", "Insert an address", False, (ctx.path, str(number), "email", '["<address>"]')
            )
            yield ctx.finding(
                dag.site,
                f"nobody is told when {called(dag)} fails; expected 'on_failure_callback' or 'email'",
                subject=dag.id,
                offers=[address],
                group=group,
            )


def _tells(ctx: Context, dag: Dag) -> bool | None:
    """Whether a failure is told to somebody; `None` where that can't be seen."""
    if any(is_set(dag.setting(name)) for name in _CALLBACKS):
        return True
    slas = (version(ctx) or 2) < 3
    given = tasks.defaults(ctx.view, ctx.path, dag)
    if given is not None and (is_set(given.get("on_failure_callback")) or _mails(given, None, slas=slas)):
        return True
    for task in dag.tasks:
        if is_set(task.setting("on_failure_callback")) or _notifies(task):
            return True
        if _mails(given or {}, task, slas=slas):
            return True
    hidden = given is None or dag.setting("@open") is not None
    return None if hidden or any(task.setting("@open") is not None for task in dag.tasks) else False


def _mails(given: Mapping[str, Value], task: Task | None, *, slas: bool) -> bool:
    """Whether a mail is sent to an address: of a failure, or of a task that isn't done in its time."""

    def setting(name: str) -> Value | None:
        own = task.setting(name) if task is not None else None
        return own if own is not None else given.get(name)

    switch = setting("email_on_failure")
    return is_set(setting("email")) and (switch is None or is_set(switch) or (slas and is_set(setting("sla"))))


def _notifies(task: Task) -> bool:
    """Whether a task runs after a failure to tell of it."""
    given = task.setting("trigger_rule")
    if given is None or not _AFTER_FAILURE.search(str(given.value or given.text)):
        return False
    return bool(_TELLS.search(task.id) or _TELLS.search(task.operator))
