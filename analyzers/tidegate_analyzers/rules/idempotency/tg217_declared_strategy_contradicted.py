"""A stage says how its writes are safe to repeat, and the code it runs does something else.

What `pipeline.yaml` declares under `idempotency` is believed: loads of the stage are not reported, and whoever replays a
window relies on it. If the task only inserts where the stage declares a merge, both are wrong, and nobody is told.

The rule compares stages that name what they run: `run: {airflow: dag.task}` and `run: {dbt: model}`. It speaks where
every write of the task to the stage's output is an INSERT without a condition, or an append, and where a model has
`incremental_strategy: append`. It is silent where anything else in the DAG touches the output, where part of the task
can't be followed, and where a key of the table keeps rows from coming twice.

## Bad

`pipeline.yaml`:
```yaml
apiVersion: tidegate/v1
kind: Pipeline
pipeline_id: orders
version: 1.0.0
owner: data-platform
processing: {model: batch, loading: full_refresh}
schedule: {cron: "0 3 * * *"}
source_config:
  - {dataset: shop.orders, contract: {name: orders}}
target_config:
  - {dataset: mart.orders, contract: {name: orders}}
stages:
  - id: build
    kind: transform
    inputs: [shop.orders]
    outputs: [mart.orders]
    run: {dbt: orders}
    idempotency: {strategy: keyed_merge, key: [order_id]}
```

`dbt_project.yml`:
```yaml
name: shop
```

`models/orders.sql`:
```sql
{{ config(materialized='incremental', incremental_strategy='append') }}
select order_id from {{ ref('shop_orders') }}
{% if is_incremental() %} where order_id > (select max(order_id) from {{ this }}) {% endif %}
```

`seeds/shop_orders.csv`:
```csv
order_id
```

## Good

`pipeline.yaml`:
```yaml
apiVersion: tidegate/v1
kind: Pipeline
pipeline_id: orders
version: 1.0.0
owner: data-platform
processing: {model: batch, loading: full_refresh}
schedule: {cron: "0 3 * * *"}
source_config:
  - {dataset: shop.orders, contract: {name: orders}}
target_config:
  - {dataset: mart.orders, contract: {name: orders}}
stages:
  - id: build
    kind: transform
    inputs: [shop.orders]
    outputs: [mart.orders]
    run: {dbt: orders}
    idempotency: {strategy: keyed_merge, key: [order_id]}
```

`dbt_project.yml`:
```yaml
name: shop
```

`models/orders.sql`:
```sql
{{ config(materialized='incremental', incremental_strategy='merge', unique_key='order_id') }}
select order_id from {{ ref('shop_orders') }}
{% if is_incremental() %} where order_id >= (select max(order_id) from {{ this }}) {% endif %}
```

`seeds/shop_orders.csv`:
```csv
order_id
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Relation, Site, Stage, same_name
from tidegate_analyzers.graph import dbt, tasks
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.rules.base import Context, Finding, Related, rule
from tidegate_analyzers.safety import guards
from tidegate_analyzers.safety.loads import is_load
from tidegate_analyzers.safety.verdict import Chain, Step

_REPEATABLE = frozenset(("replace", "keyed_merge", "partition_overwrite", "delete_insert"))
"""Strategies that an append alone can't be."""


@rule(
    "TG217",
    "declared-strategy-contradicted",
    category="reliability",
    severity="warning",
    looks_at=("yaml", "dbt_yaml"),
    wants=("pipelines",),
)
def declared_strategy_contradicted(ctx: Context) -> Iterator[Finding]:
    """Each stage whose code only adds rows, against what the stage declares."""
    if ctx.shielded:
        return
    for pipeline in ctx.facts.pipelines:
        for stage in pipeline.stages:
            declared, run = stage.block("idempotency"), stage.block("run")
            body = declared.value if declared is not None and isinstance(declared.value, dict) else {}
            strategy = body.get("strategy")
            if declared is None or run is None or strategy not in _REPEATABLE or not isinstance(run.value, dict):
                continue
            for what, path, site in _appends(ctx, stage, run.value):
                yield ctx.finding(
                    declared.site,
                    f"the stage '{stage.id}' declares {strategy}, but {what}",
                    subject=stage.id,
                    evidence=[
                        Step("fact", f"the stage '{stage.id}' declares {strategy}", "G12", ctx.path, declared.site),
                        Step("failed", what, "", path, site),
                    ],
                    related=[Related(path, site, "it only adds rows")] if site else [],
                )


def _appends(ctx: Context, stage: Stage, run: dict[str, object]) -> Iterator[tuple[str, str, Site]]:
    """How what a stage runs only adds rows: in words, with the place."""
    outputs = [read.relation for read in stage.outputs]
    if isinstance(name := run.get("airflow"), str):
        yield from _task(ctx, name, outputs)
    if isinstance(name := run.get("dbt"), str):
        yield from _model(ctx, name)


def _task(ctx: Context, name: str, outputs: list[Relation]) -> Iterator[tuple[str, str, Site]]:
    dag_id, _, task_id = name.partition(".")
    postings = ctx.view.find(f"dag:{dag_id}")
    facts = ctx.view.facts(postings[0].path) if len(postings) == 1 else None
    if facts is None:
        return
    path, dag = postings[0].path, facts.dags[postings[0].number]
    number = next((n for n, task in enumerate(dag.tasks) if task.id == task_id), -1)
    if number < 0 or dag.tasks[number].opaque or any(step.kind == "unknown" for step in dag.tasks[number].steps):
        return
    for output in outputs:
        load = _only_load(ctx, path, dag, number, output)
        if load is not None:
            how = load.write.option if load.write.mode == "append" and load.write.option else "INSERT"
            yield f"the task '{task_id}' only adds rows to '{output}' ({how})", load.path, load.write.site


def _only_load(ctx: Context, path: str, dag: Dag, number: int, output: Relation) -> Effect | None:
    """The load of a task, if all that the DAG does to a table is to load it by this task, without a condition."""
    mine: list[Effect] = []
    for place, task in enumerate(dag.tasks):
        for effect in tasks.effects(ctx.view, path, task):
            write = effect.write
            vague = write.mode == "call" or bool(write.opaque) or write.target.dynamic
            if not vague and not same_name(Relation("table", write.target.parts), Relation("table", output.parts)):
                continue
            if vague or place != number or not is_load(write) or effect.condition or _limited(effect):
                return None
            mine.append(effect)
        if task.opaque and (place == number or any(output.name in text.casefold() for text in task.mentions)):
            return None
    if not mine or mine[0].write.rows == "literals":
        return None
    return None if guards.unique_target(ctx.view, mine[0].write, "", Chain()) else mine[0]


def _limited(effect: Effect) -> bool:
    """Whether a load leaves out what the target may hold; the window of a run does not."""
    return any(found.kind not in ("window", "wall_clock") for arm in effect.write.arms for found in arm)


def _model(ctx: Context, name: str) -> Iterator[tuple[str, str, Site]]:
    postings = [posting for posting in ctx.view.find(f"node:{name}") if posting.kind == "node"]
    facts = ctx.view.facts(postings[0].path) if len(postings) == 1 else None
    if facts is None:
        return
    node = facts.nodes[postings[0].number]
    key = NodeKey(postings[0].path, postings[0].number, node.name, node.kind)
    strategy = dbt.config_value(ctx.view, key, "incremental_strategy")
    made = dbt.config_value(ctx.view, key, "materialized")
    if (
        strategy is not None
        and strategy.known
        and strategy.value == "append"
        and made is not None
        and made.known
        and made.value == "incremental"
    ):
        site = strategy.site if _own(facts.nodes[postings[0].number].config, strategy.site) else 0
        yield f"the model '{name}' has incremental_strategy append", key.path, site


def _own(config: tuple[object, ...], site: Site) -> bool:
    """Whether a value stands in the model's own file."""
    return any(getattr(getattr(setting, "value", None), "site", -1) == site for setting in config)
