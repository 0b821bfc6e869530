"""A sensor that may wait for a week, or that holds a worker while it does.

A sensor gives up after seven days where no `timeout` says otherwise; until then the run hangs and nobody is told. In
the mode `poke` it keeps its worker all that time: with an interval of minutes, a slot that does nothing.

Sensors of classes from this workspace have defaults of their own.

## Bad

`dags/orders.py`:
```python
from airflow import DAG
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    S3KeySensor(task_id="wait", bucket_key="s3://shop/orders/{{ ds }}/_SUCCESS")
```

## Good

`dags/orders.py`:
```python
from airflow import DAG
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    S3KeySensor(task_id="wait", bucket_key="s3://shop/orders/{{ ds }}/_SUCCESS", deferrable=True, timeout=3600)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Task
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.orchestration.dag_settings import dags, is_set, known_operator

_LONG = 60
"""Seconds between two looks, above which a sensor had better give its worker back."""


@rule(
    "TG807",
    "sensor-without-bound",
    category="cost",
    severity="info",
    profiles=("strict",),
    looks_at=("python", "yaml"),
    wants=("dags",),
)
def sensor_without_bound(ctx: Context) -> Iterator[Finding]:
    """Airflow's own sensors."""
    configured = ctx.view.layout.setting("airflow.default_timeout") is not None
    for number, dag in dags(ctx):
        for index, task in enumerate(dag.tasks):
            if not task.operator.endswith(("Sensor", "SensorAsync")) or not known_operator(ctx, task):
                continue
            args = (ctx.path, str(number), str(index))
            if not configured and not _ends(ctx, dag, task):
                yield ctx.finding(
                    task.site,
                    f"the sensor '{task.id or task.operator}' waits for up to seven days; expected 'timeout'",
                    subject=task.id,
                    offers=[Offer("task.argument", "Give up after an hour", False, (*args, "timeout", "3600"))],
                )
            elif _holds_worker(ctx, dag, task):
                yield ctx.finding(
                    task.site,
                    f"the sensor '{task.id or task.operator}' keeps a worker between its looks; expected 'deferrable' or mode 'reschedule'",
                    subject=task.id,
                    offers=[
                        Offer("task.argument", "Give the worker back meanwhile", False, (*args, "mode", '"reschedule"'))
                    ],
                )


def _ends(ctx: Context, dag: Dag, task: Task) -> bool:
    """Whether a sensor gives up before its own default, or may do so."""
    ends = (tasks.effective(ctx.view, ctx.path, dag, task, name) for name in ("timeout", "execution_timeout"))
    return is_set(dag.setting("dagrun_timeout")) or any(value is not None for value in ends)


def _holds_worker(ctx: Context, dag: Dag, task: Task) -> bool:
    mode, deferrable, interval = (
        tasks.effective(ctx.view, ctx.path, dag, task, name) for name in ("mode", "deferrable", "poke_interval")
    )
    if is_set(deferrable) or task.operator.endswith("Async") or (mode is not None and mode.value != "poke"):
        return False
    return interval is not None and isinstance(interval.value, int | float) and interval.value > _LONG
