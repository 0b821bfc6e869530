"""What Airflow 3 has removed, and what data depends on.

`{{ execution_date }}` is not there any more: a template that uses it fails the task, one in a string that is compared or
joined elsewhere loads the wrong window. `sla` and `sla_miss_callback` are accepted by nobody and tell nobody;
`schedule_interval` is refused, and so is `SubDagOperator`.

Where Airflow 2 is what the workspace requires, all of it is right, and the rule is silent; where no version is told it
hints, and not where the file itself shows that Airflow 2 runs it: by a `schedule_interval`, or by an import that Airflow 3
refuses. A file that asks which version it runs in is taken to know. Imports that have moved are ruff's (AIR301, AIR302).

## Bad

`requirements.txt`:
```
apache-airflow==3.0.2
```

`dags/orders.py`:
```python
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ execution_date }}")
```

## Good

`requirements.txt`:
```
apache-airflow==3.0.2
```

`dags/orders.py`:
```python
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ logical_date }}")
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.readers.airflow.removed import REMOVED
from tidegate_analyzers.rules.base import Context, Finding, Offer, Severity, rule
from tidegate_analyzers.rules.orchestration.dag_settings import dags, is_set, version

_INSTEAD = {
    "execution_date": "logical_date",
    "next_execution_date": "data_interval_end",
    "prev_execution_date": "prev_data_interval_start_success",
    "prev_execution_date_success": "prev_data_interval_start_success",
    "next_ds": "data_interval_end | ds",
    "next_ds_nodash": "data_interval_end | ds_nodash",
    "yesterday_ds": "macros.ds_add(ds, -1)",
    "tomorrow_ds": "macros.ds_add(ds, 1)",
}
"""What Airflow 3 gives in its place, as an expression of a template."""
_SAME = frozenset(("execution_date", "next_execution_date", "next_ds", "next_ds_nodash", "yesterday_ds", "tomorrow_ds"))
"""Words whose replacement means the same for a schedule with an interval."""
_OF_AIRFLOW2 = re.compile(
    r"airflow\.(?:contrib|utils\.dates|operators\.dummy|(?:operators|sensors|hooks)\.\w+_(?:operator|sensor|hook))\b"
)
"""Modules that Airflow 3 does not have: a file that imports one can't be read by it."""


@rule(
    "TG805",
    "airflow3-removed-api",
    category="operability",
    severity="warning",
    looks_at=("python",),
    wants=("dags",),
)
def airflow3_removed_api(ctx: Context) -> Iterator[Finding]:
    """Words of templates, SLAs, SubDAGs; with Airflow 3 known, `schedule_interval` too."""
    major = version(ctx)
    if ctx.shielded or (major is not None and major < 3):
        return
    if _asks_for_the_version(ctx) or (major is None and _shows_airflow2(ctx)):
        return
    level: Severity = "warning" if major else "hint"
    for setting in ctx.facts.settings:
        if setting.name != REMOVED:
            continue
        word = str(setting.value.value)
        instead = _INSTEAD.get(word, "")
        offers = []
        if major and word in _SAME:
            offers = [Offer("text.replace", f"Change to '{instead}'", False, (ctx.path, str(setting.site), instead))]
        yield ctx.finding(
            setting.site,
            f"Airflow 3 has no '{word}' in templates" + (f"; expected '{instead}'" if instead else ""),
            severity=level,
            subject=word,
            offers=offers,
        )
    for _, dag in dags(ctx):
        for given in (*dag.settings, *dag.defaults):
            if given.name in ("sla", "sla_miss_callback") and is_set(given.value) and given.site:
                words = f"Airflow 3 has removed '{given.name}': nobody is told of what is late; expected a deadline"
                yield ctx.finding(given.site, words, severity=level, subject=dag.id)
            elif given.name == "schedule_interval" and major and given.site:
                change = Offer("text.replace", "Change to 'schedule'", False, (ctx.path, str(given.site), "schedule"))
                yield ctx.finding(
                    given.site,
                    "Airflow 3 refuses 'schedule_interval'; expected 'schedule'",
                    subject=dag.id,
                    offers=[change],
                )
        for task in dag.tasks:
            late = next((s for s in task.settings if s.name == "sla" and s.site), None)
            if late is not None and is_set(late.value):
                words = "Airflow 3 has removed 'sla': nobody is told of what is late; expected a deadline"
                yield ctx.finding(late.site, words, severity=level, subject=task.id)
            if task.operator == "SubDagOperator":
                words = "Airflow 3 has removed SubDagOperator; expected a task group"
                yield ctx.finding(task.site, words, severity=level, subject=task.id)


def _shows_airflow2(ctx: Context) -> bool:
    """Whether Airflow 3 could not read the file at all."""
    return any(_OF_AIRFLOW2.match(module) for _, module, _ in ctx.facts.imports) or any(
        given.name == "schedule_interval" for _, dag in dags(ctx) for given in dag.settings
    )


def _asks_for_the_version(ctx: Context) -> bool:
    """Whether a file is written for more than one version."""
    return any(
        module.startswith("airflow.version") or (module == "airflow" and name in ("__version__", "version"))
        for _, module, name in ctx.facts.imports
    )
