"""A reference to something that does not exist.

A model, source, macro, task or stage that is named but not there stops the run, often only after the first half
of it. Names that may come from a package that is not installed, from another project or from another repository
are left alone, and so are names under a condition that only a run decides.

A `ref` to a version that a model does not have, or to a model that is disabled for certain, is refused by dbt as
well. Tests are the exception: dbt leaves out those of a disabled model.

Tasks of a DAG that wait for one another in a ring depend on what never comes: Airflow refuses the DAG.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/stg_orders.sql`:
```sql
select 1 as order_id
```

`models/int_orders.sql`:
```sql
select * from {{ ref('stg_oders') }}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/stg_orders.sql`:
```sql
select 1 as order_id
```

`models/int_orders.sql`:
```sql
select * from {{ ref('stg_orders') }}
```
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from tidegate_analyzers.facts import Dag, DbtNode, NodeRef, Pipeline, Stage
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.names import close_name
from tidegate_analyzers.layout import ADAPTERS, Project
from tidegate_analyzers.rules.base import EVERYWHERE, Context, Finding, Offer, Related, rule


@rule(
    "TG706",
    "unresolved-dependency",
    category="reliability",
    severity="error",
    profiles=EVERYWHERE[:3],
    looks_at=("dbt_sql", "dbt_python", "dbt_yaml", "python", "yaml"),
    wants=("nodes", "exposures", "refs", "pipelines", "dags"),
)
def unresolved_dependency(ctx: Context) -> Iterator[Finding]:
    """References of models, tests, exposures, pipeline stages and sensors."""
    for i, node in enumerate(ctx.facts.nodes):
        key = dbt.NodeKey(ctx.path, i, node.name, node.kind)
        if node.refs or node.macros:
            if dbt.is_on(ctx.view, key) is False:
                continue
            for ref in node.refs:
                yield from _reference(ctx, ref, is_test=node.kind == "test")
            yield from _macros(ctx, node)
    for exposure in ctx.facts.exposures:
        for ref in exposure.refs:
            yield from _reference(ctx, ref)
    for ref in ctx.facts.refs:
        yield from _reference(ctx, ref, is_test=True)
    for pipeline in ctx.facts.pipelines:
        yield from _stages(ctx, pipeline)
    for dag in ctx.facts.dags:
        yield from _ring(ctx, dag)
        for reference in dag.references:
            if reference.relation.kind == "dag":
                yield from _dag(ctx, reference.relation.parts[0], reference.site)


def _reference(ctx: Context, ref: NodeRef, *, is_test: bool = False) -> Iterator[Finding]:
    """One reference; one of a test to what is disabled is fine, as dbt leaves the test out."""
    if ref.conditional:
        return
    resolution = dbt.resolve_ref(ctx.view, ctx.path, ref)
    site = ref.sites[-1] if ref.sites else ref.site
    name = ref.names[-1] if ref.names else ""
    if resolution.state == "disabled" and not is_test and resolution.node is not None:
        message = f"the {resolution.node.kind} '{name}' is disabled, so dbt refuses what refers to it"
        yield ctx.finding(site, message, subject=name, related=_where_disabled(ctx, resolution.node))
    if resolution.state == "unversioned":
        known = ", ".join(resolution.versions)
        message = f"the model '{name}' has no version {ref.version}; it has {known}"
        yield ctx.finding(site, message, subject=name)
    if resolution.state != "missing":
        return
    if ref.function == "source":
        if ctx.view.torn("dbt_yaml", ctx.path):
            return
        source, table = ref.names
        if ctx.view.find(f"sourcename:{source}"):
            close = close_name(ctx.view, "source", f"{source}.{table}")
            yield _missing(ctx, site, f"the source '{source}' has no table '{table}'", close.partition(".")[2], table)
        else:
            close = close_name(ctx.view, "sourcename", source)
            yield _missing(
                ctx, ref.sites[0] if ref.sites else ref.site, f"no source '{source}' is declared", close, source
            )
        return
    yield _missing(
        ctx,
        site,
        f"no model, seed or snapshot '{name}' exists",
        close_name(ctx.view, "node", name),
        name,
    )


def _where_disabled(ctx: Context, key: dbt.NodeKey) -> Iterator[Related]:
    found = dbt.config(ctx.view, key, "enabled")
    if found is not None:
        yield Related(found[0], found[1].site, f"'{key.name}' is disabled")


def _missing(ctx: Context, site: int, message: str, close: str, subject: str, *, proved: bool = True) -> Finding:
    offers = [Offer("text.replace", f"Change to '{close}'", False, (ctx.path, str(site), close))] if close else []
    return ctx.finding(
        site, message + (f"; did you mean '{close}'?" if close else ""), proved=proved, subject=subject, offers=offers
    )


def _macros(ctx: Context, node: DbtNode) -> Iterator[Finding]:
    project = ctx.view.layout.project_of(ctx.path)
    if project is None or project.installed:
        return
    for use in node.macros:
        if use.conditional:
            continue
        package, _, name = use.name.rpartition(".")
        if package:
            owner = next((other for other in ctx.view.layout.projects if other.name == package), None)
            if owner is None or "." in package or _defines(ctx, (owner.root,), name):
                continue
            yield _missing(ctx, use.site, f"the package '{package}' has no macro '{name}'", "", use.name)
            continue
        if _defines(ctx, (project.root, *_roots_above(ctx, project)), name):
            continue
        if ctx.view.torn("dbt_sql", ctx.path):
            return
        yield _missing(
            ctx,
            use.site,
            f"no macro '{name}' is defined",
            close_name(ctx.view, "macro", name),
            name,
            proved=project.adapter in ADAPTERS,
        )


def _roots_above(ctx: Context, project: Project) -> Iterator[str]:
    """Where a package finds macros besides its own: in the projects that take it in, and whatever these take in."""
    for other in ctx.view.layout.projects:
        if dbt.takes_in(other, project):
            yield from (other.root, *other.local)


def _defines(ctx: Context, roots: Iterable[str], name: str) -> bool:
    wanted = frozenset(roots)
    for posting in ctx.view.find(f"macro:{name}"):
        if wanted.intersection(ctx.view.layout.macro_owners(posting.path)):
            return True
    return False


def _stages(ctx: Context, pipeline: Pipeline) -> Iterator[Finding]:
    """Inputs of stages that no source and no other stage gives."""
    known: dict[str, str] = {}
    for end in (*pipeline.sources, *pipeline.stages):
        if end.id:
            known[end.id.casefold()] = end.id
        for read in end.outputs:
            known[str(read.relation).casefold()] = str(read.relation)
    for end in (*pipeline.sources, *pipeline.targets, *pipeline.stages):
        yield from _contract_file(ctx, end)
    if not pipeline.sources or ctx.facts.torn:
        return
    for stage in pipeline.stages:
        for read in stage.inputs:
            name = str(read.relation)
            if name.casefold() not in known:
                close = close_name(ctx.view, "", name, tuple(known.values()))
                yield _missing(
                    ctx,
                    read.site,
                    f"the stage '{stage.id}' reads '{name}', which no source and no other stage gives",
                    close,
                    name,
                )


def _contract_file(ctx: Context, end: Stage) -> Iterator[Finding]:
    """A contract that is named by a path no file has."""
    given = end.block("contract")
    value = given.value if given is not None else None
    path = value if isinstance(value, str) else value.get("ref") if isinstance(value, dict) else None
    if given is None or not isinstance(path, str) or not path.endswith((".yaml", ".yml")) or "://" in path:
        return
    folder = ctx.path.rpartition("/")[0]
    wanted = {posixpath.normpath(path), posixpath.normpath(posixpath.join(folder, path))}
    known = [posting.path for posting in ctx.view.find(f"file:{path.rpartition('/')[2].casefold()}")]
    if not wanted.intersection(known):
        close = close_name(ctx.view, "", path, tuple(known)) if known else ""
        yield _missing(ctx, given.site, f"there is no contract '{path}'", close, path)


def _ring(ctx: Context, dag: Dag) -> Iterator[Finding]:
    """Tasks that wait for one another: Airflow refuses the DAG."""
    if not dag.cycle:
        return
    ring = [dag.tasks[index] for index in dag.cycle]
    names = [task.id or task.operator for task in (*ring, ring[0])]
    yield ctx.finding(
        ring[0].site,
        f"'{names[0]}' waits for itself: {' >> '.join(names)}",
        subject=names[0],
        related=[
            Related(ctx.path, task.site, f"'{task.id or task.operator}' is part of the ring") for task in ring[1:]
        ],
    )


def _dag(ctx: Context, dag_id: str, site: int) -> Iterator[Finding]:
    """A DAG id that nothing here defines. DAGs of other repositories are common: only a slip of the pen is reported."""
    if ctx.view.find(f"dag:{dag_id}"):
        return
    close = close_name(ctx.view, "dag", dag_id, cutoff=0.9)
    if close and sorted(filter(str.isdigit, close)) == sorted(filter(str.isdigit, dag_id)):
        yield _missing(ctx, site, f"no DAG '{dag_id}' is defined here", close, dag_id, proved=False)
