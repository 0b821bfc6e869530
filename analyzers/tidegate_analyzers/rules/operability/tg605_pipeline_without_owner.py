"""A pipeline or a published model that nobody owns.

When it fails at night, or somebody wants to change it, there must be a name to call. `airflow`, `admin` and `me`
are nobody. A CODEOWNERS entry for the file counts.

Where a project names no owners at all, the finding is one line for the project.

## Bad

`dags/orders.py`:
```python
from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG("orders", schedule="@daily", default_args={"owner": "airflow", "email": ["data@shop.io"]}):
    EmptyOperator(task_id="start")
```

## Good

`dags/orders.py`:
```python
from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG("orders", schedule="@daily", default_args={"owner": "data-platform", "email": ["data@shop.io"]}):
    EmptyOperator(task_id="start")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Value
from tidegate_analyzers.graph import dbt, tasks
from tidegate_analyzers.graph.contracts import owner_of_node
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, rule
from tidegate_analyzers.rules.contracts.groups import dag_group, project_group
from tidegate_analyzers.rules.contracts.published import published_models

_NOBODY = frozenset(("", "airflow", "admin", "me", "default", "root", "user", "astro", "someone", "owner"))


@rule(
    "TG605",
    "pipeline-without-owner",
    category="operability",
    severity="info",
    profiles=RECOMMENDED,
    looks_at=("python", "yaml", "dbt_yaml", "dbt_sql", "dbt_python"),
    wants=("pipelines", "dags", "properties", "nodes"),
    of_whole=True,
    absence="{have} of {n} {what} have an owner",
)
def pipeline_without_owner(ctx: Context) -> Iterator[Finding]:
    """DAGs, pipeline specifications and published models."""
    owned = bool(ctx.view.layout.owners_of(ctx.path))
    for number, pipeline in enumerate(ctx.facts.pipelines):
        if pipeline.block("owner") is None and pipeline.block("team") is None:
            offer = Offer("pipeline.owner", "Insert an owner", True, (ctx.path, str(number)))
            yield ctx.finding(
                pipeline.site,
                f"nobody owns the pipeline '{pipeline.id}'; expected 'owner'",
                severity="warning",
                subject=pipeline.id,
                offers=[offer],
            )
    if ctx.shielded:
        return
    yield from _dags(ctx, owned=owned)
    for site, key, boundary in published_models(ctx):
        if dbt.contract_enforced(ctx.view, key) is not None:
            continue  # TG102 asks for the owner of a contract
        group = project_group(ctx.view, key.path, "models")
        has = owned or bool(owner_of_node(ctx.view, key)) or bool(ctx.view.layout.owners_of(key.path))
        ctx.count(group, has=has)
        if not has:
            offer = Offer("dbt.owner", "Insert an owner", True, (key.path, str(key.index), key.name))
            yield ctx.finding(
                site,
                f"nobody owns the published model '{key.name}'; expected a group or meta.owner",
                proved=boundary.certain,
                subject=key.name,
                offers=[offer],
                group=group,
            )


def _dags(ctx: Context, *, owned: bool) -> Iterator[Finding]:
    for number, dag in enumerate(ctx.facts.dags):
        if (not dag.id and not dag.tasks) or tasks.made_from_yaml(ctx.view, ctx.path, dag):
            continue
        values = [tasks.effective(ctx.view, ctx.path, dag, task, "owner") for task in dag.tasks] or [
            tasks.effective(ctx.view, ctx.path, dag, None, "owner")
        ]
        if any(value is not None and not value.known for value in values):
            continue
        group = dag_group(ctx.path)
        has = owned or any(_is_somebody(value) for value in values)
        ctx.count(group, has=has)
        if not has:
            named = next((value for value in values if value is not None), None)
            words = (
                f"the owner '{named.value}' is nobody"
                if named is not None
                else "it names no owner, so Airflow fills in 'airflow'"
            )
            offer = Offer("dag.owner", "Insert an owner", True, (ctx.path, str(number)))
            what = f"the DAG '{dag.id}'" if dag.id else "this DAG"
            yield ctx.finding(dag.site, f"nobody owns {what}: {words}", subject=dag.id, offers=[offer], group=group)


def _is_somebody(value: Value | None) -> bool:
    return value is not None and isinstance(value.value, str) and value.value.strip().casefold() not in _NOBODY
