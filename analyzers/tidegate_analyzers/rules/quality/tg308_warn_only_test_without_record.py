"""A test that only warns, and keeps nothing of what it found.

A warning scrolls by in the log of a run that succeeded. Unless the rows that failed are stored, there is nothing to
look at the next day, and nothing to tell a bad day from a habit.

Tests of published models and of key columns are looked at. `store_failures` and `store_failures_as`, of the test or
of its folder in `dbt_project.yml`, count; so do the packages elementary and dbt_artifacts, which keep the results of all
tests.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/int_orders.sql`:
```sql
select 1 as order_id
```

`models/orders.yml`:
```yaml
models:
  - name: int_orders
    columns:
      - name: order_id
        data_tests:
          - not_null
          - unique:
              config: {severity: warn}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/int_orders.sql`:
```sql
select 1 as order_id
```

`models/orders.yml`:
```yaml
models:
  - name: int_orders
    columns:
      - name: order_id
        data_tests:
          - not_null
          - unique:
              config: {severity: warn, store_failures: true}
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidegate_analyzers.facts import DbtProperties, Setting, Value
from tidegate_analyzers.facts.data_tests import DataTest, data_tests
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.boundaries import boundary_of
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.contracts.groups import project_group

_KEEPERS = frozenset(("elementary", "dbt_artifacts"))
"""Packages that keep the results of all tests."""


@rule(
    "TG308",
    "warn-only-test-without-record",
    category="data-quality",
    severity="info",
    profiles=("strict",),
    looks_at=("dbt_yaml", "dbt_sql"),
    wants=("properties", "nodes"),
    of_whole=True,
    absence="{have} of {n} {what} store what fails",
)
def warn_only_test_without_record(ctx: Context) -> Iterator[Finding]:
    """Tests in YAML, and queries that are tests."""
    project = ctx.view.layout.project_of(ctx.path)
    if project is None or project.installed or not _KEEPERS.isdisjoint(project.packages):
        return
    group = project_group(ctx.view, ctx.path, "warnings")
    of_folder = project.folder_settings("test", (*project.fqn(ctx.path)[:-1], ""))
    for entry in () if ctx.shielded else ctx.facts.properties:
        if entry.kind != "model" or not entry.tests:
            continue
        key = _model(ctx, entry)
        for test in data_tests(entry.data_tests):
            settings = (*test.config, *of_folder)
            if not _only_warns(settings) or key is None or not _matters(ctx, key, entry, test):
                continue
            stored = _stores(settings)
            ctx.count(group, has=stored)
            if not stored:
                own = any(setting.name == "severity" for setting in test.config)
                offers = [Offer("dbt.store-failures", "Store what fails", False, (ctx.path, str(test.site)))]
                where = f"the column '{test.column}'" if test.column else "the model"
                yield ctx.finding(
                    test.site,
                    f"the test '{test.name}' of {where} only warns, and what fails is not stored",
                    subject=f"{entry.name}.{test.column}.{test.name}",
                    offers=offers if own else [],
                    group=group,
                )
    yield from _singular(ctx, group)


def _singular(ctx: Context, group: str) -> Iterator[Finding]:
    for i, node in enumerate(ctx.facts.nodes):
        if node.kind != "test" or not node.config_complete:
            continue
        key = NodeKey(ctx.path, i, node.name, node.kind)
        settings = [setting for _, setting in dbt.settings_of(ctx.view, key)]
        read = [dbt.resolve_ref(ctx.view, ctx.path, ref).node for ref in node.refs]
        published = any(one is not None and boundary_of(ctx.view, one) is not None for one in read)
        if not _only_warns(settings) or not published:
            continue
        stored = _stores(settings)
        ctx.count(group, has=stored)
        if not stored:
            offer = Offer("dbt.set-config", "Store what fails", False, (ctx.path, str(i), "store_failures", "true"))
            yield ctx.finding(
                node.site,
                f"the test '{node.name}' only warns, and what fails is not stored",
                subject=node.name,
                offers=[offer],
                group=group,
            )


def _model(ctx: Context, entry: DbtProperties) -> NodeKey | None:
    project = ctx.view.layout.project_of(ctx.path)
    for stem in (entry.name, *entry.versions):
        for posting in ctx.view.find(f"node:{stem}"):
            if ctx.view.layout.project_of(posting.path) is project:
                return NodeKey(posting.path, posting.number, entry.name if stem != entry.name else stem, "model")
    return None


def _matters(ctx: Context, key: NodeKey, entry: DbtProperties, test: DataTest) -> bool:
    """Whether a test is about published data or about a key."""
    if test.column and (test.column in entry.key or test.base_name == "unique"):
        return True
    return boundary_of(ctx.view, key) is not None


def _first(settings: Iterable[Setting], name: str) -> Value | None:
    return next((setting.value for setting in settings if setting.name == name), None)


def _only_warns(settings: Iterable[Setting]) -> bool:
    severity, enabled = _first(settings, "severity"), _first(settings, "enabled")
    if enabled is not None and not (enabled.known and enabled.value is True):
        return False
    return severity is not None and severity.known and str(severity.value).casefold() == "warn"


def _stores(settings: Iterable[Setting]) -> bool:
    kept = _first(settings, "store_failures_as")
    if kept is not None:
        return not kept.known or str(kept.value).casefold() in ("table", "view")
    stored = _first(settings, "store_failures")
    return stored is not None and not (stored.known and stored.value is not True)
