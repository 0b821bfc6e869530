"""Marts: facts, some of them incremental, dimensions, and reports over several of them."""

from __future__ import annotations

import random

from tests.bench.synth import jinja, words
from tests.bench.synth.warehouse import Column, Model, lines

REPORT_EVERY = 12
"""Every so many marts one is a report over those before it."""


def models(number: int, intermediate: list[Model], chance: random.Random) -> list[Model]:
    """So many marts on the intermediate models."""
    found: list[Model] = []
    for position in range(number):
        domain = words.DOMAINS[position % len(words.DOMAINS)]
        # A group's models are read within the group alone: what crosses groups is published.
        own = [model for model in found[-200:] if model.group == domain and not model.name.startswith("rpt_")]
        if position % REPORT_EVERY == REPORT_EVERY - 1 and len(own) > 1:
            found.append(_report(position, domain, own[-8:]))
        else:
            base = intermediate[chance.randrange(len(intermediate))]
            other = intermediate[chance.randrange(len(intermediate))]
            found.append(_mart(position, domain, base, other))
    return found


def _mart(position: int, domain: str, base: Model, other: Model) -> Model:
    """A fact or a dimension: an intermediate model with a key of its own and a bucket of another's records."""
    incremental = position % 4 == 1
    kept = [column for column in base.columns[1:] if column.name not in ("recency", "notes", "updated_at")][:12]
    states = [Column(f"n_{state}_buckets", "bigint") for state in words.STATES]
    columns = (
        Column(f"{base.entity}_key", "varchar"),
        base.columns[0],
        *kept,
        Column("updated_at", "timestamp"),
        *states,
        Column("running_open", "bigint"),
    )

    later = "updated_at > (select coalesce(max(updated_at), cast('1900-01-01' as timestamp)) from {{ this }})"
    condition = jinja.only_later(later) if incremental else "\n    where updated_at is not null"
    everything = lines([f"base.{column.name}" for column in (base.columns[0], *kept)])
    counting = "count(case when bucket = 'VALUE' then 1 end) as n_VALUE_buckets"
    buckets = lines([f"coalesce(buckets.{column.name}, 0) as {column.name}" for column in states])
    sql = f"""\
with base as (

    select * from {jinja.ref(base.name)}{condition}

),

others as (

    select
        {other.key} as other_id,
        case
            when count(*) > 10 then 'won'
            when count(*) > 5 then 'open'
            else 'new'
        end as bucket
    from {jinja.ref(other.name)}
    group by 1

),

buckets as (

    select
        other_id,
        {jinja.for_each(words.STATES, counting)}
    from others
    group by 1

),

final as (

    select
        {jinja.hash_key([f"base.{base.key}", "base.updated_at"])} as {base.entity}_key,
        {everything},
        base.updated_at,
        {buckets},
        cast(sum(coalesce(buckets.n_open_buckets, 0)) over (
            partition by base.{base.key}
            order by base.updated_at
            rows between unbounded preceding and current row
        ) as bigint) as running_open
    from base
    left join buckets on buckets.other_id = base.{base.key}

)

select * from final
"""

    if incremental:
        sql = _incremental_config(position, f"{base.entity}_key") + sql
    kind = "dim" if "_of_" in base.name and not incremental else "fct"
    reads = tuple(dict.fromkeys((base.name, other.name)))
    name = f"{kind}_{domain}_{base.entity}s_{position}"
    return Model(name, "marts", domain, base.entity, columns, sql, reads, incremental=incremental)


def _incremental_config(position: int, key: str) -> str:
    """Most have a key to replace rows by; some only add, as in real projects."""
    how = {"unique_key": repr(key), "incremental_strategy": "'delete+insert'"}
    if position % 20 == 1:
        how = {"incremental_strategy": "'append'"}
    return jinja.config(materialized="'incremental'", **how, on_schema_change="'append_new_columns'")


def _report(position: int, domain: str, facts: list[Model]) -> Model:
    """A monthly report: a union over marts of one domain."""
    columns = (
        Column("report_key", "varchar"),
        Column("month", "date"),
        Column("part", "varchar"),
        Column("n_rows", "bigint"),
        Column("n_open_buckets", "bigint"),
        Column("last_updated_at", "timestamp"),
    )

    parts = [
        f"""\
part_{number} as (

    select
        cast(date_trunc('month', updated_at) as date) as month,
        '{fact.entity}' as part,
        count(*) as n_rows,
        cast(sum(n_open_buckets) as bigint) as n_open_buckets,
        max(updated_at) as last_updated_at
    from {jinja.ref(fact.name)}
    group by 1

)"""
        for number, fact in enumerate(facts)
    ]
    union = "\n    union all\n".join(
        f"    select month, part || '_{number}' as part, n_rows, n_open_buckets, last_updated_at from part_{number}"
        for number in range(len(facts))
    )
    ctes = ",\n\n".join(parts)
    sql = f"""\
with {ctes},

united as (

{union}

)

select
    {jinja.hash_key(["month", "part"])} as report_key,
    month,
    part,
    n_rows,
    n_open_buckets,
    last_updated_at
from united
"""

    reads = tuple(fact.name for fact in facts)
    return Model(f"rpt_{domain}_monthly_{position}", "marts", domain, "report", columns, sql, reads)
