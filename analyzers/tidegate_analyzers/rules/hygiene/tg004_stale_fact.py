"""A fact that was told of something that is not there.

Where Tidegate can't see what happens, it can be told: in a comment at a task, a function or a statement, or under
`[facts]` in `tidegate.toml` (`[tool.tidegate.facts]` in `pyproject.toml`).

- `# tidegate: clears=sales.orders` at a task or function: it empties these tables.
- `# tidegate: upserts=order_id` at a task, function or statement: rows are matched by these columns.
- `# tidegate: idempotent — why` at the same places: a second run changes nothing.
- `{# tidegate: columns=order_id, amount #}` above a macro of dbt: these columns come of it.

In the configuration a task is `dag.task`, a function `module.function`, a script its path, a macro `macro` or `package.macro`. What is told is taken for
true and shown in the evidence of `tidegate explain`; nothing else would notice that the task was renamed or is gone,
and that the fact holds for nothing any more. A word that is no fact, or one without the value it needs, is reported too.

Silent where a file has a syntax error: what is told of may stand in the part that can't be read.

## Bad

`tidegate.toml`:
```toml
[facts.clears]
"load_orders.emtpy" = ["sales.orders"]
```

`dags/orders.py`:
```python
from airflow import DAG
from airflow.operators.python import PythonOperator
from vendor.tables import empty_table

defaults = {"owner": "data-platform", "retries": 2, "email": ["data@example.com"]}

with DAG("load_orders", schedule="@daily", catchup=False, default_args=defaults):
    empty = PythonOperator(task_id="empty", python_callable=empty_table)
```

## Good

`tidegate.toml`:
```toml
[facts.clears]
"load_orders.empty" = ["sales.orders"]
```

`dags/orders.py`:
```python
from airflow import DAG
from airflow.operators.python import PythonOperator
from vendor.tables import empty_table

defaults = {"owner": "data-platform", "retries": 2, "email": ["data@example.com"]}

with DAG("load_orders", schedule="@daily", catchup=False, default_args=defaults):
    empty = PythonOperator(task_id="empty", python_callable=empty_table)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Told
from tidegate_analyzers.graph.modules import module_file
from tidegate_analyzers.graph.names import close_name
from tidegate_analyzers.readers.told import KINDS, WITH_VALUES
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, rule
from tidegate_analyzers.rules.hygiene.tg000_suppression_without_reason import EVERY_FILE


@rule(
    "TG004",
    "stale-fact",
    category="operability",
    severity="warning",
    profiles=RECOMMENDED,
    looks_at=(*EVERY_FILE, "packages"),
    wants=("told",),
    of_whole=True,
)
def stale_fact(ctx: Context) -> Iterator[Finding]:
    """Each fact that is told in the file."""
    for fact in ctx.facts.told:
        words = _fault(ctx, fact)
        if words:
            yield ctx.finding(fact.site, words)


def _fault(ctx: Context, fact: Told) -> str:
    if fact.kind not in KINDS:
        meant = close_name(ctx.view, "", fact.kind, KINDS)
        return f"'{fact.kind}' is no fact that can be told" + (f"; did you mean '{meant}'?" if meant else "")
    if fact.kind in WITH_VALUES and not fact.values:
        what = "the tables" if fact.kind == "clears" else "the columns"
        return f"'{fact.kind}' does not say {what}: {fact.kind}=…"
    if fact.comment:
        if fact.about or fact.writes:
            return ""
        if fact.kind == "columns":
            return "'columns' is told of no macro: none begins below"
        return f"'{fact.kind}' is told of a statement that makes no task and writes nothing"
    for name in fact.about:
        if not _is_there(ctx, fact.kind, name):
            return f"'{fact.kind}' is told of '{name}', but there is no such {_thing(fact.kind, name)}"
    return ""


def _thing(kind: str, name: str) -> str:
    if kind == "columns":
        return "macro"
    return "script" if name.endswith(".sql") else "task or function"


def _is_there(ctx: Context, kind: str, name: str) -> bool:
    view = ctx.view
    last = name.rpartition(".")[2]
    if kind == "columns":
        return bool(view.find(f"macro:{last}") or view.find(f"uses-macro:{last}"))
    if name.endswith(".sql"):
        return any(posting.path == name for posting in view.find(f"file:{name.rpartition('/')[2].casefold()}"))
    if view.find("torn:python") or view.find(f"imports:{last}"):
        return True
    for at, sign in enumerate(name):
        if sign == "." and _has_task(ctx, name[:at], name[at + 1 :]):
            return True
    module = name.rpartition(".")[0]
    path = module_file(view, "", module) if module else None
    facts = view.facts(path) if path is not None else None
    return facts is not None and (not facts.routines or any(routine.name == last for routine in facts.routines))


def _has_task(ctx: Context, dag_id: str, task_id: str) -> bool:
    for posting in ctx.view.find(f"dag:{dag_id}"):
        facts = ctx.view.facts(posting.path)
        if facts is not None and posting.kind == "dag":
            dag = facts.dags[posting.number]
            if any(task.id in (task_id, "") for task in dag.tasks):
                return True
    return False
