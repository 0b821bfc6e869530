"""The files of the generated workspace: a dbt project for DuckDB, the DAGs that run it and contracts of what it publishes."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.synth import around, properties
from tests.bench.synth.warehouse import Model, RawTable, Warehouse

PROJECT = """\
name: synth
version: '1.0.0'
profile: synth
model-paths: ['models']
seed-paths: ['seeds']
test-paths: ['tests']
macro-paths: ['macros']
clean-targets: ['target', 'dbt_packages']

vars:
  leave_out_tests: true

models:
  synth:
    staging:
      +materialized: view
      +schema: staging
    intermediate:
      +materialized: view
      +schema: intermediate
    marts:
      +materialized: table
      +schema: marts
"""

PROFILES = """\
synth:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: dev.duckdb
      schema: main
      threads: 2
"""

SQLMESH = """\
# What SQLMesh has to know beside the dbt project; its server finds it by this name alone.
model_defaults:
  start: '2024-01-01'
linter:
  enabled: true
  rules: [ambiguousorinvalidcolumn]
"""

MACROS = {
    "cents_to_units.sql": """\
{% macro cents_to_units(column, digits=2) -%}
    round({{ column }} / 100.0, {{ digits }})
{%- endmacro %}
""",
    "hash_key.sql": """\
{% macro hash_key(columns) -%}
    md5(
    {%- for column in columns -%}
        coalesce(cast({{ column }} as varchar), ''){% if not loop.last %} || '-' || {% endif %}
    {%- endfor -%}
    )
{%- endmacro %}
""",
    "generate_schema_name.sql": """\
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
""",
    "not_negative.sql": """\
{% test not_negative(model, column_name) %}
select {{ column_name }} from {{ model }} where {{ column_name }} < 0
{% endtest %}
""",
}

HELPER = """\
{{% macro or_default_{number}(column, fallback='0') %}}
    {{%- if target.type == 'duckdb' -%}}
        coalesce({{{{ column }}}}, {{{{ fallback }}}})
    {{%- else -%}}
        nvl({{{{ column }}}}, {{{{ fallback }}}})
    {{%- endif -%}}
{{% endmacro %}}
"""


def files(warehouse: Warehouse) -> Iterator[tuple[str, str]]:
    """Every file: path and text."""
    marts = warehouse.layer("marts")
    size = len(warehouse.models)
    yield "dbt_project.yml", PROJECT
    yield "profiles.yml", PROFILES
    yield "config.yaml", SQLMESH
    for name, text in MACROS.items():
        yield f"macros/{name}", text
    for number in range(10 + size // 100):
        yield f"macros/defaults/or_default_{number}.sql", HELPER.format(number=number)
    for model in warehouse.models:
        yield f"models/{model.folder}/{model.name}.sql", model.sql
    for layer in ("staging", "intermediate", "marts"):
        for path, text in properties.files([model for model in warehouse.models if model.layer == layer]):
            yield f"models/{path}", text
    for system, tables in _systems(warehouse).items():
        yield f"models/staging/{system}/_{system}__sources.yml", properties.sources(system, tables)
    yield "models/exposures.yml", properties.exposures(marts[: max(size // 100, 1)])
    for model in marts[:: max(len(marts) * 50 // size, 1)]:
        yield f"tests/assert_{model.name}.sql", _test(model)
    for name in ("countries", "currencies", "channels"):
        yield f"seeds/{name}.csv", "code,label\n" + "".join(f"{name[0]}{row},{name} {row}\n" for row in range(50))
    yield from around.files(warehouse)


def _systems(warehouse: Warehouse) -> dict[str, list[RawTable]]:
    systems: dict[str, list[RawTable]] = {}
    for table in warehouse.raw:
        systems.setdefault(table.system, []).append(table)
    return systems


def _test(model: Model) -> str:
    return f"select {model.key}\nfrom {{{{ ref('{model.name}') }}}}\nwhere {model.key} is null\n"
