"""A container does the work, and nothing says on which data.

What a task in a container reads and writes stands in its image, where no one looks: lineage ends before it and begins
behind it, a change of a source meets no warning, and nobody knows what to run again. `inlets` and `outlets` of the task
say it, for Airflow, for OpenLineage and for Tidegate.

The rule looks at DAGs whose schedule starts them again and again. It is silent where any task of the DAG has `inlets` or
`outlets`, or shows otherwise what it reads or writes (an operator that loads a table, an address among the arguments of a
container, a command that is known), and where a pipeline specification names a task of it. Where a project declares nothing of the kind, the finding is one line for the project.

## Bad

`dags/orders.py`:
```python
from datetime import timedelta

from airflow import DAG
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    KubernetesPodOperator(task_id="load", image="shop/load-orders", arguments=["--day", "{{ ds }}"])
```

## Good

`dags/orders.py`:
```python
from datetime import timedelta

from airflow import DAG
from airflow.datasets import Dataset
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    KubernetesPodOperator(
        task_id="load",
        image="shop/load-orders",
        arguments=["--day", "{{ ds }}"],
        outlets=[Dataset("postgres://warehouse/shop/sales/orders")],
    )
```

`contracts/orders.odcs.yaml`:
```yaml
apiVersion: v3.1.0
kind: DataContract
id: orders
name: orders
version: 1.0.0
status: active
schema:
  - name: orders
    physicalName: sales.orders
    quality:
      - {type: library, metric: rowCount, mustBeGreaterThan: 0}
slaProperties:
  - {property: latency, value: 24, unit: h}
team: {name: sales}
customProperties:
  - {property: tidegate.compatibility, value: FORWARD}
  - {property: tidegate.invalidRecords, value: {definition: none, action: reject}}
  - {property: tidegate.replay, value: {strategy: partition_overwrite, window: 7d}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Task
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.contracts.groups import dag_group
from tidegate_analyzers.rules.orchestration.dag_settings import called, dags, recurs, version
from tidegate_analyzers.safety.verdict import Step

_CONTAINER = re.compile(
    r"(?:^|\.)(?:KubernetesPod|GKEStartPod|EksPod|Docker|EcsRunTask|ECS|Batch|CloudRunExecuteJob|AzureContainerInstances)Operator$"
    r"|^@task\.(?:kubernetes|docker)\b"
)

_SHELL = re.compile(r"(?:/(?:usr/)?bin/)?(?:ba|da|z|k)?sh(?:\s+-|$)")


@rule(
    "TG609",
    "lineage-hidden",
    category="operability",
    severity="hint",
    profiles=("strict",),
    looks_at=("python", "yaml"),
    wants=("dags",),
    of_whole=True,
    absence="{have} of {n} {what} with containers say what they read or write",
)
def lineage_hidden(ctx: Context) -> Iterator[Finding]:
    """Each DAG with containers of which nothing is known."""
    for number, dag in dags(ctx):
        hidden = [index for index, task in enumerate(dag.tasks) if _is_hidden(ctx, task)]
        if not hidden or recurs(ctx, dag) is False:
            continue
        has = any(_told(ctx, task) for task in dag.tasks) or _in_pipeline(ctx, dag)
        group = f"lineage:{dag_group(ctx.path)}"
        ctx.count(group, has=has)
        if has:
            held = Step("held", "its tasks or a pipeline specification say what it reads or writes", "", ctx.path)
            ctx.passed(dag.site, dag.id, [held])
            continue
        first = dag.tasks[hidden[0]]
        words = f"'{first.id or first.operator}'"
        more = f" and {len(hidden) - 1} more" if len(hidden) > 1 else ""
        yield ctx.finding(
            dag.site,
            f"nothing says what {called(dag)} reads and writes in the container of {words}{more}; expected 'outlets'",
            subject=dag.id,
            evidence=[
                Step("fact", f"{words} runs in a container ({first.operator})", "", ctx.path, first.site),
                Step("failed", "its command shows no data, and no task of the DAG has inlets or outlets"),
            ],
            offers=_offers(ctx, number, hidden[0], first),
            group=group,
        )


def _is_hidden(ctx: Context, task: Task) -> bool:
    """Whether a task runs in a container, and nothing shows what that reads or writes; a command of a shell shows it."""
    by_shell = any(_SHELL.match(text) for text in task.mentions)
    return bool(_CONTAINER.search(task.operator)) and not by_shell and not task.steps and not _told(ctx, task)


def _told(ctx: Context, task: Task) -> bool:
    """Whether a task says what it reads or writes, by lists of assets, addresses among its arguments, or what it does."""
    if task.outlets or task.inlets or any(task.setting(name) is not None for name in ("outlets", "inlets", "@open")):
        return True
    known = (e for e in tasks.effects(ctx.view, ctx.path, task) if not e.write.opaque and not e.write.target.dynamic)
    return bool(task.reads) or any(known) or any("://" in text for text in task.mentions)


def _in_pipeline(ctx: Context, dag: Dag) -> bool:
    """Whether a stage of a pipeline specification is run by the DAG."""
    for posting in ctx.view.find("pipelines:any"):
        facts = ctx.view.facts(posting.path)
        for stage in facts.pipelines[posting.number].stages if facts is not None else ():
            run = stage.block("run")
            named = run.value.get("airflow") if run is not None and isinstance(run.value, dict) else None
            if isinstance(named, str) and named.partition(".")[0] == dag.id:
                return True
    return False


def _offers(ctx: Context, number: int, index: int, task: Task) -> Iterator[Offer]:
    """An outlet to fill in, where the version of Airflow tells what it is called."""
    major = version(ctx)
    if major in (2, 3) and not task.operator.startswith("@"):
        args = (ctx.path, str(number), str(index), str(major))
        yield Offer("task.outlets", "Say what it writes", False, args)
