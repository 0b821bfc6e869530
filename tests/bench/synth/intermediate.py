"""Intermediate models: records joined with what they belong to, and things with what belongs to them added up."""

from __future__ import annotations

import random

from tests.bench.synth import jinja, words
from tests.bench.synth.warehouse import Column, Model, lines


def model(position: int, staging: list[Model], chance: random.Random) -> Model:
    """The intermediate model at a position, on a staging model taken by chance and its neighbour."""
    at = chance.randrange(len(staging) - 1)
    child, parent = staging[at], staging[at + 1]
    if position % 3:
        return _detailed(position, child, parent)
    return _added_up(position, child, parent)


def _detailed(position: int, child: Model, parent: Model) -> Model:
    """Records of one entity, numbered within what they belong to and with some of its attributes."""
    own = [column for column in child.columns[1:] if column.name != parent.key]
    taken = [column for column in parent.columns[3:] if column.name != "updated_at"][:4]
    columns = (
        child.columns[0],
        Column(parent.key, "bigint"),
        *own,
        Column("recency", "bigint"),
        Column("previous_updated_at", "timestamp"),
        *(Column(f"{parent.entity}_{column.name}", column.type) for column in taken),
        Column("is_latest", "boolean"),
    )

    window = f"over (partition by records.{parent.key} order by records.updated_at desc, records.{child.key})"
    of_parent = lines([parent.key, *(f"{column.name} as {parent.entity}_{column.name}" for column in taken)])
    of_records = lines([f"records.{column.name}" for column in (child.columns[0], columns[1], *own)])
    everything = lines(
        [f"numbered.{column.name}" for column in columns[: len(own) + 4]]
        + [f"parents.{parent.entity}_{column.name}" for column in taken]
    )
    sql = f"""\
with records as (

    select * from {jinja.ref(child.name)}

),

parents as (

    select
        {of_parent}
    from {jinja.ref(parent.name)}

),

-- The newest record of each {parent.entity} comes first.
numbered as (

    select
        {of_records},
        row_number() {window} as recency,
        lag(records.updated_at) {window} as previous_updated_at
    from records

),

joined as (

    select
        {everything},
        case
            when numbered.recency = 1 then true
            else false
        end as is_latest
    from numbered
    left join parents on parents.{parent.key} = numbered.{parent.key}

)

select * from joined
"""

    name = f"int_{child.group}_{child.entity}s_with_{parent.entity}_{position}"
    return Model(name, "intermediate", child.group, child.entity, columns, sql, (child.name, parent.name))


def _added_up(position: int, child: Model, parent: Model) -> Model:
    """Things of one entity with counts and sums of the records that belong to them."""
    numbers = [column.name for column in child.columns if column.is_number]
    kept = [column for column in parent.columns[1:] if column.type != "timestamp"][:6]
    texts = [column.name for column in child.columns if column.type == "varchar"]
    states = [Column(f"n_{state}", "bigint") for state in words.STATES] if texts else []
    sums = [Column(f"total_{name}", "double") for name in numbers]
    extent = [Column("first_created_at", "timestamp"), Column("last_updated_at", "timestamp")]
    columns = (parent.columns[0], *kept, Column("n_records", "bigint"), *sums, *states, *extent)
    columns = (*columns, Column("updated_at", "timestamp"))

    counted = [f"sum(cast({name} as double)) as total_{name}" for name in numbers]
    if states:
        counting = f"count(case when {texts[0]} = 'VALUE' then 1 end) as n_VALUE"
        counted.append(jinja.for_each(words.STATES, counting))
    of_children = lines([*counted, "min(created_at) as first_created_at", "max(updated_at) as last_updated_at"])
    everything = lines(
        [f"things.{column.name}" for column in (parent.columns[0], *kept)]
        + [f"coalesce(children.{column.name}, 0) as {column.name}" for column in (columns[len(kept) + 1], *sums)]
        + [f"children.{column.name}" for column in (*states, *extent)]
    )
    sql = f"""\
with things as (

    select * from {jinja.ref(parent.name)}

),

children as (

    select
        {parent.key},
        count(*) as n_records,
        {of_children}
    from {jinja.ref(child.name)}
    group by 1

),

joined as (

    select
        {everything},
        greatest(things.updated_at, coalesce(children.last_updated_at, things.updated_at)) as updated_at
    from things
    left join children on children.{parent.key} = things.{parent.key}

)

select * from joined
"""

    name = f"int_{parent.group}_{parent.entity}s_of_{child.entity}_{position}"
    return Model(name, "intermediate", parent.group, parent.entity, columns, sql, (parent.name, child.name))
