"""Staging models: one for each raw table, with names and types set right."""

from __future__ import annotations

from tests.bench.synth import jinja, words
from tests.bench.synth.warehouse import Column, Model, RawTable, lines


def model(position: int, table: RawTable) -> Model:
    """The staging model of the raw table at a position."""
    system, entity = words.at(position)
    kept = [column for column in table.columns if column.name != "_loaded_at"]
    columns = (Column(f"{entity}_id", "bigint"), *(_renamed(column) for column in kept[1:]))

    listed = lines([f"id as {entity}_id", *(_expression(column) for column in kept[1:])])
    left_out = jinja.unless_all("id is not null")
    sql = f"""\
with source as (

    select * from {jinja.source(system, table.name)}

),

renamed as (

    select
        {listed}
    from source{left_out}

)

select * from renamed
"""

    return Model(f"stg_{system}__{table.name}", "staging", system, entity, columns, sql, source=table)


def _renamed(column: Column) -> Column:
    if column.name.endswith("_cents"):
        return Column(column.name.removesuffix("_cents"), "double")
    return column


def _expression(column: Column) -> str:
    name = column.name
    if name.endswith("_cents"):
        return f"{jinja.units(name)} as {name.removesuffix('_cents')}"
    if column.type == "varchar":
        return f"nullif(lower(trim({name})), '') as {name}"
    if column.type == "timestamp":
        return f"cast({name} as timestamp) as {name}"
    return name
