"""A check of data that runs and can stop nothing.

The check fails, says so in a log, and the bad rows are published all the same: its exit status is swallowed
(`dbt test || true`), its result is never looked at, it is told not to fail, or what publishes runs whatever happened
before it (`trigger_rule="all_done"`).

bash goes on after a command that failed, and the last command decides: in a script without `set -e` a check fails its
task only at the end. Tasks that clean up, tell or report may run after a failure; those that write data may not.

## Bad

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
    build = BashOperator(task_id="build", bash_command="dbt run --select orders")
    check = BashOperator(task_id="check", bash_command="dbt test --select orders || true")
    publish = BashOperator(task_id="publish", bash_command="publish orders --day {{ ds }}")
    build >> check >> publish
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
    build = BashOperator(task_id="build", bash_command="dbt run --select orders")
    check = BashOperator(task_id="check", bash_command="dbt test --select orders")
    publish = BashOperator(task_id="publish", bash_command="publish orders --day {{ ds }}")
    build >> check >> publish
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Dag
from tidegate_analyzers.graph import quality_tasks, tasks
from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, rule
from tidegate_analyzers.rules.orchestration.dag_settings import dags
from tidegate_analyzers.rules.quality.exit_status import lost
from tidegate_analyzers.safety.verdict import Chain

_RUNS_ANYWAY = frozenset(("all_done", "one_done", "always", "dummy", "none_skipped", "all_done_min_one_success"))
_TITLES = {
    "swallowed": "Let the check fail its task",
    "pipefail": "Let the check fail the pipe",
    "errexit": "End the script at the first failure",
}


@rule(
    "TG305",
    "quality-gate-not-blocking",
    category="data-quality",
    severity="warning",
    looks_at=("python", "yaml"),
    wants=("dags", "jobs"),
)
def quality_gate_not_blocking(ctx: Context) -> Iterator[Finding]:
    """Checks by commands, by operators and in functions, and tasks that run whatever a check has found."""
    for _, dag in dags(ctx):
        for index, task in enumerate(dag.tasks):
            yield from _command(ctx, dag, index)
            yield from _told_not_to_fail(ctx, dag, index)
            for act in task.acts:
                if act.kind == "unread":
                    yield ctx.finding(
                        act.site,
                        f"nobody looks at the result of '{act.text}', so a failed check stops nothing",
                        subject=task.id,
                        offers=[Offer("check.raise", "Fail where the check failed", False, (ctx.path, str(act.site)))],
                    )
            yield from _runs_anyway(ctx, dag, index)
    if not ctx.shielded:
        for job in ctx.facts.jobs:
            for gate in job.gates:
                if gate.blocks == "no":
                    words = f"nobody looks at the result of '{gate.text}', so a failed check stops nothing"
                    offers = [Offer("check.raise", "Fail where the check failed", False, (ctx.path, str(gate.site)))]
                    yield ctx.finding(gate.site, words, subject=job.name, offers=offers)


def _command(ctx: Context, dag: Dag, index: int) -> Iterator[Finding]:
    task = dag.tasks[index]
    given = task.setting("bash_command")
    for text in quality_tasks.commands(task) if quality_tasks.check_of(task) else ():
        found = lost(text, whole=given is not None)
        if found is None:
            continue
        why, remedy = found
        chain = Chain()
        chain.fact(f"the task '{task.id or task.operator}': {quality_tasks.check_of(task)}", ctx.path, task.site)
        chain.failed("", why, ctx.path, given.site if given is not None else task.site)
        offers = []
        if remedy and given is not None and given.site:
            offers.append(Offer("check.command", _TITLES[remedy], False, (ctx.path, str(given.site), remedy)))
        yield ctx.finding(
            given.site if given is not None and given.site else task.site,
            f"the check '{task.id or task.operator}' can't fail: {why}",
            subject=task.id,
            evidence=chain.steps,
            offers=offers,
        )
        return


def _told_not_to_fail(ctx: Context, dag: Dag, index: int) -> Iterator[Finding]:
    task = dag.tasks[index]
    given = task.setting("fail_task_on_validation_failure")
    if given is None or not given.known or given.value is not False:
        return
    if not any(index in other.upstream for other in dag.tasks):
        return
    yield ctx.finding(
        given.site,
        f"the check '{task.id or task.operator}' is told not to fail, so what comes after it runs on bad data",
        subject=task.id,
        offers=[Offer("text.replace", "Let the check fail its task", False, (ctx.path, str(given.site), "True"))],
    )


def _runs_anyway(ctx: Context, dag: Dag, index: int) -> Iterator[Finding]:
    """A task that writes or publishes although a check before it has failed."""
    task = dag.tasks[index]
    given = tasks.effective(ctx.view, ctx.path, dag, task, "trigger_rule")
    if given is None:
        return
    rule_name = str(given.value if given.known else given.text.rpartition(".")[2]).casefold()
    checks = [number for number in quality_tasks.before(dag, index) if _is_gate(dag, number)]
    if rule_name == "one_success":
        beside = [number for number in task.upstream if number not in checks]
        checks = [number for number in checks if number in task.upstream] if beside else []
    elif rule_name not in _RUNS_ANYWAY:
        return
    why = quality_tasks.publishes(task) or ("it writes data" if quality_tasks.writes(ctx.view, ctx.path, task) else "")
    if not checks or not why:
        return
    check = dag.tasks[min(checks)]
    chain = Chain()
    chain.fact(f"the task '{check.id or check.operator}': {quality_tasks.check_of(check)}", ctx.path, check.site)
    chain.fact(f"the task '{task.id or task.operator}' runs after it, and {why}", ctx.path, task.site)
    chain.failed("", f"its trigger rule is {rule_name}", ctx.path, given.site)
    yield ctx.finding(
        given.site or task.site,
        f"'{task.id or task.operator}' runs although the check '{check.id or check.operator}' has failed: its trigger rule is '{rule_name}'",
        subject=task.id,
        evidence=chain.steps,
        related=[Related(ctx.path, check.site, "the check")],
        offers=[Offer("text.replace", "Wait for every success", False, (ctx.path, str(given.site), '"all_success"'))]
        if given.site
        else [],
    )


def _is_gate(dag: Dag, index: int) -> bool:
    task = dag.tasks[index]
    return bool(quality_tasks.check_of(task)) and "warn" not in task.id.casefold()
