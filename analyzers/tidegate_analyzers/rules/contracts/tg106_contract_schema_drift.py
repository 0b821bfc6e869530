"""A contract and the SQL behind it disagree about columns.

Who reads the data by its contract asks for a column that is not there, or gets text where numbers were promised. dbt
refuses to build a model whose enforced contract lists other columns than its query gives; a contract in a file of its
own is not held against anything until somebody's query fails.

What a model gives is read from its SQL, through CTEs, stars, macros and other models; what a table has, from its
CREATE TABLE, or from the INSERTs that name its columns. Where not all of that is known nothing is said: a `select *`
from a source, macros that can't be followed, models in Python, tables that an ALTER changes. Names are compared
without regard to case, types by family (text, whole numbers, numbers, moments); variants and structs are left alone,
and so are drafts and contracts that are over. A contract that is tied to a model by nothing but its name may mean
another table: a warning at most.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/orders.sql`:
```sql
select 1 as order_id, 9.5 as total
```

`models/orders.yml`:
```yaml
models:
  - name: orders
    config:
      contract: {enforced: true}
    columns:
      - {name: order_id, data_type: int}
      - {name: amount, data_type: numeric}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/orders.sql`:
```sql
select 1 as order_id, 9.5 as amount
```

`models/orders.yml`:
```yaml
models:
  - name: orders
    config:
      contract: {enforced: true}
    columns:
      - {name: order_id, data_type: int}
      - {name: amount, data_type: numeric}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Column, Contract, ContractObject, DbtProperties, Site, columns
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.names import close_name
from tidegate_analyzers.graph.promised import Made, Maker, maker_of, model_maker
from tidegate_analyzers.readers.sql.types import differ
from tidegate_analyzers.rules.base import EVERYWHERE, Context, Finding, Offer, Related, rule
from tidegate_analyzers.rules.contracts.enforced import ENFORCING
from tidegate_analyzers.safety.verdict import Step

_OVER = ("draft", "proposed", "deprecated", "retired")
_LISTED = 5


@rule(
    "TG106",
    "contract-schema-drift",
    category="data-quality",
    severity="error",
    profiles=EVERYWHERE,
    looks_at=("yaml", "dbt_yaml"),
    wants=("contracts", "properties"),
    of_whole=True,
)
def contract_schema_drift(ctx: Context) -> Iterator[Finding]:
    """The objects of contracts, and the entries of models whose dbt contract is enforced."""
    if ctx.shielded:
        return
    for contract in ctx.facts.contracts:
        for obj in contract.objects if contract.status not in _OVER else ():
            if obj.column_count:
                yield from _object(ctx, contract, obj)
    for entry in ctx.facts.properties:
        if entry.kind == "model" and entry.column_count and not entry.versions:
            yield from _entry(ctx, entry)


# -- contracts in files of their own -------------------------------------------------------------------------------


def _object(ctx: Context, contract: Contract, obj: ContractObject) -> Iterator[Finding]:
    maker = maker_of(ctx.view, ctx.path, contract, obj)
    if maker is None:
        return
    promised = [column for column in columns(obj.columns) if _is_plain(column)]
    renamed = _renamed(ctx, promised, maker)
    yield from _compared(ctx, promised, maker, "the contract", obj.name or obj.physical, renamed, exact=False)
    extra = _unlisted(promised, maker, renamed)
    if extra:
        pairs = [text for made in extra for text in (made.name, made.type)]
        yield ctx.finding(
            obj.site,
            f"{maker.title} gives {_names(extra)}, of which the contract says nothing",
            severity="info",
            proved=maker.sure,
            subject=obj.name or obj.physical,
            evidence=_evidence(maker),
            related=[Related(made.path, made.site, f"'{made.name}' is made here") for made in extra[:_LISTED]],
            offers=[Offer("odcs.add-columns", "Add to the contract", False, (ctx.path, str(obj.site), *pairs))],
        )


def _is_plain(column: Column) -> bool:
    return "<" not in column.name and "{" not in column.name


# -- contracts that dbt enforces -----------------------------------------------------------------------------------


def _entry(ctx: Context, entry: DbtProperties) -> Iterator[Finding]:
    key = _enforced(ctx, entry)
    maker = model_maker(ctx.view, key) if key is not None else None
    if key is None or maker is None:
        return
    promised = [column for column in columns(entry.columns) if _is_plain(column)]
    renamed = _renamed(ctx, promised, maker)
    yield from _compared(ctx, promised, maker, "the enforced contract", entry.name, renamed, exact=True)
    extra = _unlisted(promised, maker, renamed)
    if extra:
        yield ctx.finding(
            entry.site,
            f"dbt refuses to build '{entry.name}': its enforced contract does not list {_names(extra)}",
            proved=maker.sure,
            subject=entry.name,
            evidence=_evidence(maker),
            related=[Related(made.path, made.site, f"'{made.name}' is made here") for made in extra[:_LISTED]],
            offers=[Offer("dbt.list-columns", "List all columns", False, (key.path, str(key.index), key.name))],
        )


def _enforced(ctx: Context, entry: DbtProperties) -> NodeKey | None:
    """The model of an entry, if dbt holds it to the columns of that entry."""
    project = ctx.view.layout.project_of(ctx.path)
    if project is None or project.installed or (project.adapter and project.adapter not in ENFORCING):
        return None
    postings = [p for p in ctx.view.find(f"node:{entry.name}") if ctx.view.layout.project_of(p.path) is project]
    if len(postings) != 1 or len(dbt.properties_of(ctx.view, project, "model", entry.name)) != 1:
        return None
    key = NodeKey(postings[0].path, postings[0].number, entry.name, "model")
    node = dbt.node_of(ctx.view, key)
    contract = dbt.contract_enforced(ctx.view, key)
    if node is None or node.kind != "model" or node.language != "sql" or contract is None or not contract[1].known:
        return None
    held = dbt.materialization(ctx.view, key) in ("table", "view", "incremental")
    return key if held and dbt.is_on(ctx.view, key) is not False else None


# -- both ----------------------------------------------------------------------------------------------------------


def _renamed(ctx: Context, promised: list[Column], maker: Maker) -> dict[Site, Made]:
    """What the columns that are missing are likely called now: by name, or as the only one that nothing lists."""
    extra = {made.name: made for made in _unlisted(promised, maker, {})}
    missing = [column for column in promised if maker.get(column) is None]
    found: dict[Site, Made] = {}
    for column in missing if extra else ():
        near = close_name(ctx.view, "", column.name, list(extra))
        if near:
            found[column.site] = extra.pop(near)
    if len(missing) == 1 and len(extra) == 1 and not found:
        made = next(iter(extra.values()))
        same_place = promised.index(missing[0]) == list(maker.columns.values()).index(made)
        if same_place and not differ(missing[0].type, made.type, maker.dialect):
            found[missing[0].site] = made
    return found


def _compared(
    ctx: Context,
    promised: list[Column],
    maker: Maker,
    who: str,
    subject: str,
    renamed: dict[Site, Made],
    *,
    exact: bool,
) -> Iterator[Finding]:
    """What is promised and not given, or given as something else."""
    for column in promised:
        made = maker.get(column)
        if made is None:
            yield _missing(ctx, column, maker, who, subject, renamed.get(column.site))
        elif differ(column.type, made.type, maker.dialect, exact=exact):
            yield _other_type(ctx, column, made, maker, who, subject)
        else:
            ctx.passed(column.site, subject, [Step("held", f"{maker.title} gives it", "given", made.path, made.site)])


def _missing(ctx: Context, column: Column, maker: Maker, who: str, subject: str, likely: Made | None) -> Finding:
    place, hint = (maker.path, maker.site, f"{maker.title} is made here"), ""
    offer = Offer("columns.remove-entry", f"Remove '{column.name}'", False, (ctx.path, str(column.site)))
    if likely is not None:
        place, hint = (likely.path, likely.site, f"'{likely.name}' is made here"), f"; did you mean '{likely.name}'?"
        offer = Offer("text.replace", f"Change to '{likely.name}'", False, (ctx.path, str(column.site), likely.name))
    return ctx.finding(
        column.site,
        f"{who} promises '{column.name}', but {maker.title} gives no such column{hint}",
        proved=maker.sure,
        subject=subject,
        evidence=_evidence(maker),
        related=[Related(*place)],
        offers=[offer],
    )


def _other_type(ctx: Context, column: Column, made: Made, maker: Maker, who: str, subject: str) -> Finding:
    return ctx.finding(
        column.site,
        f"{who} promises '{column.name}' as {column.type}, but {maker.title} gives {made.type}",
        severity="warning",
        proved=maker.sure,
        subject=subject,
        evidence=[*_evidence(maker), Step("fact", f"'{made.name}' is {made.type}", "", made.path, made.site)],
        related=[Related(made.path, made.site, f"'{made.name}' is made here")],
        offers=[
            Offer("columns.retype", f"Change to {made.type}", False, (ctx.path, str(column.site), made.type)),
        ],
    )


def _unlisted(promised: list[Column], maker: Maker, renamed: dict[Site, Made]) -> list[Made]:
    given = {id(made) for column in promised if (made := maker.get(column)) is not None}
    given |= {id(made) for made in renamed.values()}
    return [made for made in maker.columns.values() if id(made) not in given]


def _names(extra: list[Made]) -> str:
    shown = ", ".join(f"'{made.name}'" for made in extra[:_LISTED])
    more = f" and {len(extra) - _LISTED} more" if len(extra) > _LISTED else ""
    return f"{shown}{more}"


def _evidence(maker: Maker) -> Iterator[Step]:
    site: Site = maker.site
    yield Step("fact", f"{maker.title} gives {len(maker.columns)} columns, all of them known", "", maker.path, site)
    if not maker.sure:
        yield Step("unknown", "nothing but its name says that this is what the contract describes, or macros make it")
