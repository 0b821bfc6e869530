"""Models that macros make, rendered with what the workspace holds."""

from __future__ import annotations

from tests.support.workspace import Workspace
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt.rendered import rendered, rendering
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.syntax.render import Named, Unrendered

PROJECT = """\
name: shop
profile: shop
vars:
  places: [north, south]
  unit: "{{ env_var('UNIT', 'day') }}"
  secret: "{{ env_var('SECRET') }}"
  helpers:
    deep: of the shop
"""
FILES = {
    "dbt_project.yml": PROJECT,
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: shop.duckdb\n",
    "packages.yml": "packages:\n  - package: acme/helpers\n    version: 1.0.0\n",
    "dbt_packages/helpers/dbt_project.yml": "name: helpers\nprofile: x\nvars:\n  deep: of the package\n  own: 7\n",
    "dbt_packages/helpers/macros/helpers.sql": (
        "{% macro kind(x) %}{{ adapter.dispatch('kind', 'helpers')(x) }}{% endmacro %}\n"
        "{% macro default__kind(x) %}cast({{ x }} as text){% endmacro %}\n"
        "{% macro duckdb__kind(x) %}{{ x }}::{{ inner() }}{% endmacro %}\n"
        "{% macro inner() %}text{% endmacro %}\n"
        "{% macro said() %}'{{ var('deep') }}' as said, {{ var('own') }} as own{% endmacro %}\n"
    ),
    "macros/places.sql": (
        "{% macro by_place(model) %}\nselect\n  {% for place in var('places') %}"
        "{{ helpers.kind(place) }} as {{ place }}{{ ', ' if not loop.last }}{% endfor %}\n"
        "from {{ ref(model) }}\n{% endmacro %}\n"
        "{% macro inner() %}never this one{% endmacro %}\n"
    ),
    "models/orders.sql": "select 1 as id, 2 as total, 3 as note",
    "models/by_place.sql": "{{ by_place('orders') }}",
    "models/said.sql": "{{ config(materialized='table') }}\n{{ wrap(helpers.said()) }}",
    "macros/wrap.sql": "{% macro wrap(x) %}select {{ x }}, '{{ var('unit') }}' as unit{% endmacro %}",
    "models/starred.sql": "{{ starred() }}",
    "macros/starred.sql": (
        "{% macro starred() %}select {{ dbt_utils.star(ref('orders'), except=['note'], prefix='o_') }},"
        " {{ dbt.type_string() }} from {{ ref('orders') }}{% endmacro %}"
    ),
    "models/both.sql": "{{ both() }}",
    "macros/both.sql": "{% macro both() %}{{ dbt_utils.union_relations([ref('orders'), ref('starred')]) }}{% endmacro %}",
    "models/asks.sql": "{{ asks() }}",
    "macros/asks.sql": "{% macro asks() %}{% for x in run_query('q') %}{{ x }}{% endfor %}{% endmacro %}",
    "models/hidden.sql": "{{ hidden() }}",
    "macros/hidden.sql": "{% macro hidden() %}select {{ var('secret') }}{% endmacro %}",
    "models/again.sql": "{{ again() }}",
    "macros/again.sql": "{% macro again() %}select 1{% if is_incremental() %} where 2{% endif %}{% endmacro %}",
}


def key_of(workspace: Workspace, name: str) -> dbt.NodeKey:
    path = f"models/{name}.sql"
    facts = workspace.view.facts(path)
    assert facts is not None
    ((key, _),) = dbt.nodes_in(workspace.view, path, facts)
    return key


def sql(name: str, files: dict[str, str] = FILES, *, incremental: bool = False) -> str:
    workspace = Workspace(files)
    found = rendered(workspace.view, key_of(workspace, name), incremental=incremental)
    assert found is not None, rendering(workspace.view, key_of(workspace, name))
    text = " ".join(found.sql.split())
    for word, named in found.relations.items():
        text = text.replace(word, "/".join(named.parts) or named.kind)
    return text


def test_macros_of_the_project_and_its_packages() -> None:
    assert sql("by_place") == "select north::text as north, south::text as south from orders"


def test_variables_are_those_of_the_project_for_the_package() -> None:
    assert sql("said") == "select 'of the shop' as said, 7 as own, 'day' as unit"


def test_columns_of_other_models_are_asked_for() -> None:
    assert sql("starred") == "select id as o_id, total as o_total, varchar from orders"


def test_both_arms() -> None:
    assert sql("again") == "select 1"
    assert sql("again", incremental=True) == "select 1 where 2"


def test_only_what_placeholders_do_not_show_is_rendered() -> None:
    workspace = Workspace(FILES)
    assert rendering(workspace.view, key_of(workspace, "orders")) is None


def test_what_is_not_known_says_why() -> None:
    workspace = Workspace(FILES)
    for name, reason in (("asks", "it asks the warehouse"), ("hidden", "the variable 'secret' has no known value")):
        assert rendering(workspace.view, key_of(workspace, name)) == Unrendered(reason)
        assert rendered(workspace.view, key_of(workspace, name)) is None


def test_without_the_package_it_is_not_rendered() -> None:
    files = {path: text for path, text in FILES.items() if not path.startswith("dbt_packages/")}
    workspace = Workspace(files)
    found = rendering(workspace.view, key_of(workspace, "by_place"))
    assert isinstance(found, Unrendered)
    assert found.reason == "'helpers' is not defined"


def test_the_answer_rests_on_the_macros() -> None:
    workspace = Workspace(FILES)
    view = View(workspace.graph, "models/by_place.sql", record=True)
    found = rendered(view, key_of(workspace, "by_place"))
    assert found is not None
    assert Named("ref", ("orders",)) in found.relations.values()
    assert view.keys is not None
    assert {"macro:by_place", "macro:duckdb__kind", "macro:kind", "@macros/places.sql"} <= view.keys


def test_a_project_answers_for_is_incremental_no_more_than_what_is_told() -> None:
    macro = "{% macro is_incremental() %}{{ return(adapter.get_relation(this) is not none) }}{% endmacro %}"
    assert sql("again", {**FILES, "macros/own.sql": macro}) == "select 1"
