"""Data that others rely on, without an agreement on what it is.

Where data passes from those who make it to those who use it, a contract names its columns, its owner, its
freshness and what happens to invalid records. Without one the producer can't know what a change breaks, and the
consumer learns of it from a broken dashboard.

Records that a connector passes on as text, or as JSON whose schema is switched off, are such data too: it stands in the
connector's own settings that nobody says what is in them. An outbox, whose events are an interface that somebody has
thought about, logs, metrics, messages and calls are left alone. A template by which a dataset is
taken in is another such place: the ones beside it show whether naming the columns is the custom.

A model is taken for published when its access is public, when an exposure, another group or another project
uses it, or when nothing in its project reads it and its name or folder says so. An enforced dbt contract, an ODCS
file, a `pipeline.yaml` that hands it over under a contract, a `meta.contract` link and `contracts.external` in the
configuration all count. Where a project has no contracts at all, the finding is one line for the project; in an open
file it is shown where the model stands.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/marts/fct_orders.sql`:
```sql
select 1 as order_id
```

`models/marts/marts.yml`:
```yaml
models:
  - name: fct_orders
    access: public
    group: sales
    columns:
      - name: order_id
        data_tests: [unique, not_null]
groups:
  - name: sales
    owner: {name: sales}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/marts/fct_orders.sql`:
```sql
select 1 as order_id
```

`models/marts/marts.yml`:
```yaml
models:
  - name: fct_orders
    access: public
    group: sales
    config:
      contract: {enforced: true}
    columns:
      - name: order_id
        data_type: integer
        data_tests: [unique, not_null]
groups:
  - name: sales
    owner: {name: sales}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.boundaries import Boundary, boundary_of
from tidegate_analyzers.graph.contracts import contract_for_node, contract_for_relation
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.rules.base import CRITICAL, JOB_FILES, Context, Finding, Offer, Related, rule
from tidegate_analyzers.rules.contracts.connectors import schemaless_connectors
from tidegate_analyzers.rules.contracts.groups import handover_group, project_group
from tidegate_analyzers.rules.contracts.ingests import untold_ingests
from tidegate_analyzers.rules.contracts.published import published_models
from tidegate_analyzers.safety.guards import AUDIT, STAGING
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG101",
    "missing-boundary-contract",
    category="data-quality",
    severity="warning",
    profiles=CRITICAL,
    looks_at=("dbt_sql", "dbt_python", *JOB_FILES),
    wants=("nodes", "properties", "sources", "dags", "jobs"),
    of_whole=True,
    absence="{have} of {n} {what} have a contract",
)
def missing_boundary_contract(ctx: Context) -> Iterator[Finding]:
    """Published models, sources that feed them directly, data that passes between DAGs, records without a schema."""
    yield from _models(ctx)
    yield from _sources(ctx)
    yield from _assets(ctx)
    yield from _tables(ctx)
    yield from schemaless_connectors(ctx)
    yield from untold_ingests(ctx)


def _models(ctx: Context) -> Iterator[Finding]:
    for site, key, boundary in published_models(ctx):
        group = project_group(ctx.view, key.path, "models")
        contract = contract_for_node(ctx.view, key)
        ctx.count(group, has=contract is not None)
        if contract is not None:
            ctx.passed(site, key.name, [Step("held", contract.how, "", contract.path, contract.site)])
            continue
        evidence = [
            Step("fact", f"'{key.name}' is published: {boundary.why}", "", boundary.path or key.path, boundary.site),
            Step("failed", "no contract is enforced, linked or filed for it"),
        ]
        related = (
            [Related(boundary.path, boundary.site, boundary.why)]
            if boundary.path and boundary.path != ctx.path and boundary.site
            else []
        )
        offers = [
            Offer(
                "contract.create",
                f"Create a data contract for '{key.name}'",
                True,
                ("model", key.path, str(key.index), key.name),
            ),
            Offer("dbt.enforce-contract", "Enforce a dbt contract", False, (key.path, str(key.index), key.name)),
        ]
        yield ctx.finding(
            site,
            f"'{key.name}' has no data contract, though {boundary.why}",
            proved=boundary.certain,
            subject=key.name,
            evidence=evidence,
            related=related,
            offers=offers,
            group=group,
        )


def _sources(ctx: Context) -> Iterator[Finding]:
    if ctx.shielded:
        return
    project = ctx.view.layout.project_of(ctx.path)
    for i, table in enumerate(ctx.facts.sources):
        found = _published_reader(ctx, f"uses:source:{table.source}.{table.name}")
        if found is None or project is None or project.installed:
            continue
        reader, boundary = found
        group = project_group(ctx.view, ctx.path, "sources")
        contract = contract_for_relation(ctx.view, table.relation)
        ctx.count(group, has=contract is not None)
        if contract is not None:
            continue
        described = table.typed_columns > 0 or table.tests > 0
        name = f"{table.source}.{table.name}"
        evidence = [
            Step("fact", f"the published model '{reader.name}' reads it directly", "", reader.path, 0),
            Step(
                "fact", f"'{reader.name}' is published: {boundary.why}", "", boundary.path or reader.path, boundary.site
            ),
        ]
        offers = [
            Offer("contract.create", f"Create a data contract for '{name}'", True, ("source", ctx.path, str(i), name))
        ]
        yield ctx.finding(
            table.site, f"'{name}' has no data contract, though the published model '{reader.name}' reads it directly",
            severity="info" if described else "warning", proved=boundary.certain, subject=name, evidence=evidence,
            offers=offers, group=group,
        )  # fmt: skip


def _published_reader(ctx: Context, key: str) -> tuple[NodeKey, Boundary] | None:
    """A published model that reads a source; one that is declared to be published, where there is one."""
    inferred: tuple[NodeKey, Boundary] | None = None
    for posting in ctx.view.find(key):
        facts = ctx.view.facts(posting.path)
        if posting.kind != "node" or facts is None:
            continue
        node = facts.nodes[posting.number]
        reader = NodeKey(posting.path, posting.number, node.name, node.kind)
        boundary = boundary_of(ctx.view, reader)
        if boundary is not None and boundary.certain:
            return reader, boundary
        if boundary is not None and inferred is None:
            inferred = reader, boundary
    return inferred


def _assets(ctx: Context) -> Iterator[Finding]:
    """Assets that one DAG gives and another waits for or reads; each once a file."""
    if ctx.shielded:
        return
    reported: set[str] = set()
    for dag in ctx.facts.dags:
        for task in dag.tasks:
            for outlet in task.outlets:
                uri = outlet.relation.parts[0]
                users = [p for p in ctx.view.find(f"asset-in:{uri}") if not _same_dag(ctx, p, dag.id)]
                if not users or uri in reported:
                    continue
                reported.add(uri)
                why = _use_of_asset(ctx, users[0])
                group = handover_group(ctx.path)
                contract = contract_for_relation(ctx.view, outlet.relation.__class__("path", (uri.rstrip("/"),)))
                ctx.count(group, has=contract is not None)
                if contract is None:
                    evidence = [Step("fact", why, "", users[0].path, 0)]
                    offers = [
                        Offer(
                            "contract.create",
                            f"Create a data contract for '{uri}'",
                            True,
                            ("asset", ctx.path, uri, uri),
                        )
                    ]
                    yield ctx.finding(
                        outlet.site,
                        f"the asset '{uri}' has no data contract, though {why}",
                        subject=uri,
                        evidence=evidence,
                        offers=offers,
                        group=group,
                    )


def _use_of_asset(ctx: Context, user: Posting) -> str:
    facts = ctx.view.facts(user.path)
    name = facts.dags[user.number].id if facts is not None else ""
    who = f"the DAG '{name}'" if name else f"a DAG in {user.path}"
    return f"{who} {'waits for' if user.kind == 'dag' else 'reads'} it"


def _same_dag(ctx: Context, posting: Posting, dag_id: str) -> bool:
    facts = ctx.view.facts(posting.path)
    return (
        facts is None
        or posting.number >= len(facts.dags)
        or (posting.path == ctx.path and facts.dags[posting.number].id == dag_id)
    )


def _tables(ctx: Context) -> Iterator[Finding]:
    """Tables that one DAG writes and another reads, both by SQL that was read."""
    if ctx.shielded:
        return
    reported: set[str] = set()
    for dag in ctx.facts.dags:
        for task in dag.tasks:
            for effect in tasks.effects(ctx.view, ctx.path, task):
                target = effect.write.target
                if (
                    effect.path != ctx.path
                    or target.kind != "table"
                    or target.dynamic
                    or len(target.parts) < 2
                    or effect.write.temporary
                    or effect.write.mode in ("drop", "call", "delete")
                ):
                    continue
                if str(target).casefold() in reported or any(
                    STAGING.search(part) or AUDIT.search(part) for part in target.parts
                ):
                    continue
                reader = _reading_dag(ctx, target.name, target.parts, dag.id)
                if reader is None:
                    continue
                reported.add(str(target).casefold())
                group = handover_group(ctx.path)
                contract = contract_for_relation(ctx.view, target)
                ctx.count(group, has=contract is not None)
                if contract is None:
                    evidence = [
                        Step("fact", f"the DAG '{reader[1]}' reads it", "", reader[0], 0),
                        Step("unknown", "the two are joined by the name alone"),
                    ]
                    offers = [
                        Offer(
                            "contract.create",
                            f"Create a data contract for '{target}'",
                            True,
                            ("table", ctx.path, str(target), str(target)),
                        )
                    ]
                    yield ctx.finding(
                        effect.write.site,
                        f"'{target}' has no data contract, though the DAG '{reader[1]}' reads what '{dag.id}' writes",
                        proved=False,
                        subject=str(target),
                        evidence=evidence,
                        offers=offers,
                        group=group,
                    )


def _reading_dag(ctx: Context, name: str, parts: tuple[str, ...], dag_id: str) -> tuple[str, str] | None:
    for posting in ctx.view.find(f"read:{name}"):
        facts = ctx.view.facts(posting.path)
        if posting.kind != "sql" or facts is None:
            continue
        read = facts.sql[posting.number].reads[posting.inner]
        if tuple(p.casefold() for p in read.relation.parts) != tuple(p.casefold() for p in parts):
            continue
        for other in facts.dags:
            if (
                other.id
                and other.id != dag_id
                and any(
                    step.kind == "sql" and step.index == posting.number for task in other.tasks for step in task.steps
                )
            ):
                return posting.path, other.id
    return None
