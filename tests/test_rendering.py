"""Templates rendered: what they come to, where it comes from, and that no template does harm."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tidegate_analyzers.syntax.jinja import scan
from tidegate_analyzers.syntax.render import MacroSource, Named, Rendered, Unrendered, World, render
from tidegate_analyzers.syntax.render.bounds import MAX_STEPS, MAX_TEXT, Budget
from tidegate_analyzers.text import Span

MACROS = {
    "columns": "{% macro columns(n, prefix='c') %}{% for i in range(n) %}{{ prefix }}{{ i }}"
    "{{ ', ' if not loop.last }}{% endfor %}{% endmacro %}",
    "mapped": "{% macro mapped() %}{{ return({'a': 'b'}) }}{% endmacro %}",
    "countdown": "{% macro countdown(n) %}{{ return('end' if n == 0 else countdown(n - 1)) }}{% endmacro %}",
    "forever": "{% macro forever() %}{{ forever() }}{% endmacro %}",
    "ping": "{% macro ping(x) %}{{ pong(x ~ x) }}{% endmacro %}",
    "pong": "{% macro pong(x) %}{{ ping(x ~ x) }}{% endmacro %}",
    "framed": "{% macro framed() %}({{ caller() }}){% endmacro %}",
    "many": "{% macro many() %}{{ varargs | join('+') }}{% endmacro %}",
    "kind": "{% macro kind(x) %}{{ adapter.dispatch('kind')(x) }}{% endmacro %}",
    "default__kind": "{% macro default__kind(x) %}cast({{ x }} as text){% endmacro %}",
    "duckdb__kind": "{% macro duckdb__kind(x) %}{{ x }}::text{% endmacro %}",
    "values_of": "{% macro values_of(q) %}{% set rows = run_query(q) %}{% if execute %}"
    "{{ return(rows.columns[0].values()) }}{% endif %}{% endmacro %}",
    "list_of": "{% macro list_of() %}{% set found = [] %}{% for x in ['b', 'a'] %}{% do found.append(x) %}{% endfor %}"
    "{{ return(found | sort) }}{% endmacro %}",
}
VARIABLES = {"names": ["x", "y"], "flag": "true", "limit": 3}


def world(
    macros: Mapping[str, str] = MACROS,
    *,
    incremental: bool = False,
    adapter: str = "",
) -> World:
    def macro(home: str, package: str, name: str) -> MacroSource | None:
        return MacroSource(macros[name], home) if name in macros and package in ("", "shop") else None

    return World(
        adapter=adapter,
        prefixes=(adapter, "default"),
        incremental=incremental,
        macro=macro,
        package=lambda home, name: name == "shop",
        variable=lambda home, name: (VARIABLES[name],) if name in VARIABLES else None,
    )


def rendered(text: str, *, incremental: bool = False, adapter: str = "") -> Rendered:
    found = render(text, scan(text), world(incremental=incremental, adapter=adapter))
    assert isinstance(found, Rendered), found
    return found


RENDERS = {
    "select 1": "select 1",
    "select {{ columns(3) }} from t": "select c0, c1, c2 from t",
    "{{ columns(n=2, prefix='x_') }}": "x_0, x_1",
    "{{ shop.columns(1) }}": "c0",
    "{{ mapped()['a'] }}{{ mapped().a }}": "bb",
    "{{ countdown(5) }}": "end",
    "{{ list_of() | join(', ') }}": "a, b",
    "{{ many('a', 'b') }}": "a+b",
    "{% call framed() %}x{% endcall %}": "(x)",
    "{{ kind('a') }}": "a::text",
    "{% for n in var('names') %}{{ n }}{% if not loop.last %}, {% endif %}{% endfor %}": "x, y",
    "{{ var('none_here', 'b') }} {{ var('limit') + 1 }} {{ var('none_here', none) is none }}": "b 4 True",
    "{{ env_var('HOST', 'h') }}": "h",
    "{% set a = ['x'] %}{% do a.append('y') %}{{ a | length }}": "2",
    "{% set ns = namespace(n=0) %}{% for i in range(4) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}": "6",
    "{%- set x -%} a {%- endset -%}{{ x | upper }}": "A",
    "{{ config(materialized='table') }}select 1": "select 1",
    "{{ log('hello', info=true) }}a{{ print('x') }}": "a",
    "{{ '%s-%s' % ('a', 1) }} {{ '{}'.format('b') }} {{ 'a,b'.split(',')[1] }}": "a-1 b b",
    "{{ modules.re.sub('[^a-z]+', '_', 'a b-c') }}": "a_b_c",
    "{{ {'b': 1, 'a': 2} | tojson }}": '{"a": 2, "b": 1}',
    "{{ fromjson('[1, 2]')[1] }}": "2",
    "{{ zip([1, 2], ['a', 'b']) | list | length }}": "2",
    "a_{{ nothing_here }}_b": "a__b",
    "{% if nothing_here is defined %}a{% else %}b{% endif %}": "b",
    "{{ adapter.quote('a b') }} {{ target.type }}": '"a b" duckdb',
    "{% raw %}{{ a }}{% endraw %}": "{{ a }}",
    "{{ 'a' if is_incremental() else 'b' }}": "b",
    "{{ local_md5('a')[:4] }}": "0cc1",
    "from {{ target.schema }}.t where id = '{{ invocation_id }}'": "from tg__unknown.t where id = 'tg__unknown'",
    "{% set r = run_query('select 1') %}select 1": "select 1",
    "select '{{ run_query('select 1').columns[0][0] }}' as a": "select 'tg__unknown' as a",
    "{{ config(materialized=run_query('x'), tags=[nothing_here()]) }}select 1": "select 1",
    "{{ config(tags=['a']) ~ columns(1) }}": "c0",
    "{% call statement('s') %}select 1{% endcall %}select 2": "select 2",
}


@pytest.mark.parametrize("text", RENDERS)
def test_what_a_template_renders_to(text: str) -> None:
    assert rendered(text, adapter="duckdb").sql == RENDERS[text]


def test_without_an_adapter_the_default_is_dispatched_to() -> None:
    assert rendered("{{ kind('a') }}").sql == "cast(a as text)"


def test_the_arms_of_incremental_models() -> None:
    text = "select 1{% if is_incremental() %} where x > (select max(x) from {{ this }}){% endif %}"
    assert rendered(text).sql == "select 1"
    found = rendered(text, incremental=True)
    (word,) = [word for word, named in found.relations.items() if named.kind == "this"]
    assert found.sql == f"select 1 where x > (select max(x) from {word})"


def test_data_is_named_by_words_that_lead_back() -> None:
    found = rendered(
        "{% set o = ref('orders') %}{{ o }} {{ ref('orders') }} {{ ref('p', 'orders', v=2) }} {{ source('s', 'a-b') }}"
        " {{ api.Relation.create(schema='raw', identifier='t') }}"
    )
    words = found.sql.split(" ")
    assert words[0] == words[1]
    assert [found.relations[word] for word in words[1:]] == [
        Named("ref", ("orders",)),
        Named("ref", ("p", "orders"), "2"),
        Named("source", ("s", "a-b")),
        Named("table", ("raw", "t")),
    ]
    assert all(word.isidentifier() for word in words)


STOPS = {
    "{{ run_query('select 1').columns[0].values() }}": "it asks the warehouse",
    "{% for v in values_of('select 1') %}{{ v }}{% endfor %}": "it asks the warehouse",
    "{% for c in adapter.get_columns_in_relation(ref('a')) %}{{ c.name }}{% endfor %}": "it asks the warehouse",
    "{{ var('none_here') }}": "the variable 'none_here' has no known value",
    "{% for n in graph.nodes.values() %}{{ n }}{% endfor %}": "'graph' is known to a run only",
    "{{ unknown_macro(1) }}": "'unknown_macro' is not defined",
    "{{ dbt_utils.star(ref('a')) }}": "'dbt_utils' is not defined",
    "{{ shop.nothing(1) }}": "the macro 'shop.nothing' is not known here",
    "{{ ref(nothing_here) }}": "a reference in it is not known",
    "{{ exceptions.raise_compiler_error('not so') }}": "a macro refuses it: not so",
    "{% include 'x' %}": "it takes in other templates",
    "{{ 1 / 0 }}": "it fails: division by zero",
    "{{ 'a' + 1 }}": 'it fails: can only concatenate str (not "int") to str',
    "{{ ( }}": "it fails: ",
    "{% if modules.itertools.count() %}{% endif %}": "it uses Python's 'itertools'",
}


@pytest.mark.parametrize("text", STOPS)
def test_what_only_a_run_knows_ends_it(text: str) -> None:
    found = render(text, scan(text), world())
    assert isinstance(found, Unrendered), found
    assert found.reason.startswith(STOPS[text])


def test_conditions_on_the_surroundings_are_tried_both_ways() -> None:
    same = rendered("{% if target.name == 'prod' %}select 1{% else %}select 1{% endif %}")
    assert (same.sql, same.assumed) == ("select 1", False)
    other = rendered("select 1{% if target.name == 'dev' %} limit 10{% endif %}")
    assert (other.sql, other.assumed) == ("select 1", True)


HOSTILE = [
    "{% for i in range(10**6) %}{% endfor %}",
    "{% for i in range(10**9) %}{% endfor %}",
    "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}",
    "{% for i in range(9999) %}{% for j in range(9999) if false %}{% endfor %}{% endfor %}",
    "{% for a in range(99) %}{% for b in range(99) %}{% for c in range(99) %}{{ a * b * c }}{% endfor %}{% endfor %}{% endfor %}",
    "{% set n = namespace(s='x') %}{% for i in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
    "{% set n = namespace(s='x') %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}",
    "{% set n = namespace(s='x') %}{% for i in range(99) %}{% set n.s = '%s%s' % (n.s, n.s) %}{% endfor %}",
    "{% set n = namespace(s='x') %}{% for i in range(99) %}{% set n.s = '{0}{0}'.format(n.s) %}{% endfor %}",
    "{% set n = namespace(s='x') %}{% for i in range(99) %}{% set n.s = [n.s, n.s] | join %}{% endfor %}",
    "{% set n = namespace(s='x') %}{% for i in range(99) %}{% set n.s = ''.join([n.s, n.s]) %}{% endfor %}",
    "{% set n = namespace(s='x') %}{% for i in range(99) %}{% set n.s = n.s.replace('x', 'xx') %}{% endfor %}",
    "{% set n = namespace(s='x') %}{% for i in range(99) %}{% set n.s = n.s | replace('x', 'xx') %}{% endfor %}",
    "{% set n = namespace(s=[1]) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s }}",
    "{% set n = namespace(s=[1]) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s == [n.s] }}",
    "{% set n = namespace(s=(1,)) %}{% for i in range(99) %}{% set n.s = (n.s, n.s) %}{% endfor %}{{ {n.s: 1} }}",
    "{% set n = namespace(s=(1,)) %}{% for i in range(99) %}{% set n.s = (n.s, n.s) %}{% endfor %}{{ set([n.s]) }}",
    "{% set n = namespace(s=[1]) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ tojson(n.s) }}",
    "{% set n = namespace(s=9) %}{% for i in range(99) %}{% set n.s = n.s * n.s %}{% endfor %}",
    "{% set a = [1] %}{% for i in range(99) %}{% do a.extend(a) %}{% endfor %}",
    "{% set a = [1] %}{% do a.append(a) %}{{ a }}{{ a == [a] }}",
    "{{ 'a' * 10**9 }}",
    "{{ [1] * 10**9 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 2 ** 10 ** 9 }}",
    "{{ 1.5 | round(10**9) }}",
    "{{ 'a' | center(10**9) }}",
    "{{ 'a\nb' | indent(10**9) }}" * 40,
    "{{ [1] | batch(10**9, 'x') | list }}",
    "{{ range(9999) | map('replace', '', 'x' * 9999) | list }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%*d' % (999999999, 1) }}",
    "{{ '%999999999d' | format(1) }}",
    "{{ '{:999999999}'.format(1) }}",
    "{{ '{:{}}'.format(1, 999999999) }}",
    "{{ modules.re.sub('(a+)+$', '', 'a' * 40 ~ 'b') }}",
    "{{ modules.re.match('(a|a)*$', 'a' * 40 ~ 'b') }}",
    "{{ forever() }}",
    "{{ ping('x') }}",
    "{{ countdown(10**6) }}",
    "{% for x in [[1]] recursive %}{{ loop([x]) }}{% endfor %}",
    "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "{% macro a(x) %}" + "y" * 5000 + "{% endmacro %}{% for i in range(9999) %}{{ a(i) }}{% endfor %}",
    "{% for i in range(9999) %}" + "y" * 5000 + "{% endfor %}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "-" * 5000 + "1 }}",
    "{% if 1 %}" * 300 + "{% endif %}" * 300,
    "{% for i in [1] %}" * 100 + "{% endfor %}" * 100,
    "".join(f"{{% if a %}}{{% set a{i} = 1 %}}{{% endif %}}" for i in range(9000)),
    "{% macro a() %}" * 60 + "{% endmacro %}" * 60,
    "{{ 9" + "9" * 5000 + " }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ [].append.__self__.__class__ }}",
    "{{ ref.__globals__ }}{{ ref.run }}",
    "{{ ref['__init__'] }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ namespace.__init__ }}",
    "{{ namespace(x=1).__class__ }}",
    "{{ namespace(x=1)._Namespace__attrs }}",
    "{{ lipsum.__globals__ }}",
    "{{ self.__init__ }}{{ self._TemplateReference__context }}",
    "{{ this.word.__class__ }}",
    "{{ this.__class__ }}",
    "{{ columns.__call__.__globals__ }}",
    "{{ (1).__class__ }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ '{0[__class__]}'.format(1) }}",
    "{{ '{a.__init__.__globals__}'.format_map({'a': ref}) }}",
    "{{ [ref] | map(attribute='run') | list }}",
    "{{ [1] | map(attribute='__class__') | list }}",
    "{{ [''] | map('attr', '__class__') | list }}",
    "{{ '' | attr('__class__') }}",
    "{{ ['a'] | groupby('__class__') }}",
    "{{ [{'a': 1}] | sum(attribute='a.__class__') }}",
    "{% call framed() %}{{ caller.__globals__ }}{% endcall %}",
    "{% for x in [1] %}{{ loop._iterable }}{{ loop.__class__ }}{% endfor %}",
    "{% set x = ref %}{{ x.func_globals }}",
    "{{ dict(__class__=1).__class__ }}",
    "{{ environment }}{{ context }}",
    "{{ range.__self__ }}",
    "{% from 'os' import path %}",
    "{% import 'x' as x %}",
    "{% extends 'x' %}",
    "{% autoescape 'a' * 10**9 %}{% endautoescape %}",
    "{% block a %}{{ self.a() }}{% endblock %}",
    "{{ exceptions.__class__ }}{{ modules.os.system('id') }}{{ modules.__loader__ }}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:70])
def test_a_hostile_template_gets_nowhere(text: str) -> None:
    found = render(text, scan(text), world())
    if isinstance(found, Rendered):
        assert len(found.sql) <= 4 * MAX_TEXT
        for word in ("class", "object at", "function", "module", "<", "environ"):
            assert word not in found.sql
    else:
        assert found.reason
        assert "object at 0x" not in found.reason


def test_hostile_templates_end_alike_every_time() -> None:
    for text in HOSTILE:
        assert render(text, scan(text), world()) == render(text, scan(text), world())


def test_what_holds_the_same_value_often_weighs_as_much_as_all_of_it() -> None:
    value: list[object] = [1]
    for _ in range(12):
        value = [value, value]
    budget = Budget()
    budget.weigh(value)
    assert 2**12 // 8 <= budget.steps < MAX_STEPS


MAPPED = """\
{{ config(materialized='table') }}
-- a comment {# of Jinja #} here
with a as (
    {{ columns(2) -}}
)
{%- for n in ['x', 'y'] %}
select {{ n }}, {% if n == 'x' %}first{% else %}second{% endif %}
{%- endfor %}
{% macro own() %}aside{% endmacro %}
{% set kept %}kept {{ 'text' }}{% endset %}
last {{ kept }}
"""


def test_the_map_leads_back() -> None:
    found = rendered(MAPPED)
    sql, places = found.sql, found.map
    for word in ("a comment", "here", "with a as", "first", "second", "last"):
        at = sql.index(word)
        start = MAPPED.index(word)
        assert places.place(at, at + len(word)) == Span(start, start + len(word)), word
        assert places.is_exact(at, at + len(word))
    for made, block in (("c0, c1", "{{ columns(2) -}}"), ("kept text", "{{ kept }}"), ("x", "{{ n }}")):
        at = sql.index(made, sql.index("here") if made != "x" else sql.index("select"))
        place = places.place(at, at + len(made))
        assert place is not None
        assert MAPPED[place.start : place.end] == block
        assert not places.is_exact(at, at + len(made))


def test_every_character_of_the_text_between_blocks_maps_to_itself() -> None:
    found = rendered(MAPPED.replace("\n", "\r\n"))
    text = MAPPED.replace("\n", "\r\n")
    checked = 0
    for at, sign in enumerate(found.sql):
        place = found.map.place(at, at + 1)
        if place is not None and found.map.is_exact(at, at + 1) and not sign.isspace():
            assert text[place.start] == sign
            checked += 1
    assert checked > 50


def test_a_column_list_over_text_and_blocks_maps_to_both() -> None:
    text = "select a, {{ columns(2) }}, b"
    found = rendered(text)
    assert found.map.place(7, len(found.sql)) == Span(7, len(text))
