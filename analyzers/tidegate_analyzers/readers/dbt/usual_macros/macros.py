"""One row for each macro: its parameters, and what it makes of them.

A name without a package is dbt's own. A project may define a macro of the same name, which then counts instead:
whoever asks looks first.
"""

from __future__ import annotations

from collections.abc import Callable

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.readers.dbt.usual_macros.produced import Produced, slug, type_name
from tidegate_analyzers.readers.dbt.usual_macros.reading import Arguments, Unreadable
from tidegate_analyzers.syntax.jinja import Block, MacroCall, macro_call

_Make = Callable[[Arguments, str], Produced]
_FISCAL_DATES = (
    "date_day",
    "fiscal_year_number",
    "fiscal_year_start_date",
    "fiscal_year_end_date",
    "week_start_date",
    "week_end_date",
    "fiscal_week_of_year",
)
_FISCAL_PERIODS = (
    "date_day",
    "fiscal_year_number",
    "week_start_date",
    "week_end_date",
    "fiscal_week_of_year",
    "fiscal_week_of_period",
    "fiscal_period_number",
    "fiscal_quarter_number",
    "fiscal_period_of_quarter",
)
_DATE_DIMENSION = """
    date_day prior_date_day next_date_day prior_year_date_day prior_year_over_year_date_day day_of_week
    day_of_week_iso day_of_week_name day_of_week_name_short day_of_month day_of_year week_start_date week_end_date
    prior_year_week_start_date prior_year_week_end_date week_of_year iso_week_start_date iso_week_end_date
    prior_year_iso_week_start_date prior_year_iso_week_end_date iso_week_of_year prior_year_week_of_year
    prior_year_iso_week_of_year month_of_year month_name month_name_short month_start_date month_end_date
    prior_year_month_start_date prior_year_month_end_date quarter_of_year quarter_start_date quarter_end_date
    year_number year_start_date year_end_date
"""


def _expression(*reads: str, kind: str = "") -> _Make:
    """A value made of some arguments, of one of dbt's kinds of types."""

    def make(given: Arguments, adapter: str) -> Produced:
        columns = [column for name in reads for column in given.texts(name)]
        return Produced("expression", columns=tuple(columns), type=type_name(kind, adapter) if kind else "")

    return make


def _cast(given: Arguments, adapter: str) -> Produced:
    call = given.call("type")
    if call is None:
        name = given.text("type").strip().lower()
    else:
        kind = call.name.rpartition(".")[2].removeprefix("type_")
        name = type_name(kind, adapter) if call.name.rpartition(".")[2].startswith("type_") else ""
    return Produced("expression", columns=given.texts("field"), type=name)


def _type(kind: str) -> _Make:
    return lambda given, adapter: Produced("type", type=type_name(kind, adapter))


def _clause(given: Arguments, adapter: str) -> Produced:
    return Produced("clause")


def _star(given: Arguments, adapter: str) -> Produced:
    alias = given.known("relation_alias", False)
    if alias is not False and not isinstance(alias, str):
        raise Unreadable
    return Produced(
        "star",
        (given.relation("from"),),
        without=given.texts("except"),
        prefix=given.text("prefix", ""),
        suffix=given.text("suffix", ""),
        alias=alias or "",
        renamed=given.pairs("rename"),
    )


def _union(given: Arguments, adapter: str) -> Produced:
    source = given.known("source_column_name", "_dbt_source_relation")
    if source is not None and not isinstance(source, str):
        raise Unreadable
    first = (source,) if source else ()
    include = given.texts("include")
    relations = given.relations("relations")
    if include:
        return Produced("query", relations, (*first, *include))
    return Produced("query", relations, first, given.texts("exclude"), through=True)


def _pivot(given: Arguments, adapter: str) -> Produced:
    prefix, suffix = given.text("prefix", ""), given.text("suffix", "")
    values = given.texts("values")
    given.text("column")
    if not values or not given.flag("alias", True):
        raise Unreadable
    names = [f"{prefix}{value}{suffix}" for value in values]
    if not given.flag("quote_identifiers", True):
        names = [slug(name) for name in names]
    return Produced("columns", columns=tuple(names))


def _unpivot(given: Arguments, adapter: str) -> Produced:
    names = (given.text("field_name", "field_name"), given.text("value_name", "value"))
    return Produced("query", (given.relation("relation"),), (*given.texts("exclude"), *names))


def _same_columns(parameter: str) -> _Make:
    return lambda given, adapter: Produced("query", (given.relation(parameter),), through=True)


def _spine(given: Arguments, adapter: str) -> Produced:
    return Produced("query", columns=(f"date_{given.text('datepart', 'day')}",))


def _query(*columns: str) -> _Make:
    return lambda given, adapter: Produced("query", columns=columns)


def _fiscal(columns: tuple[str, ...]) -> _Make:
    return lambda given, adapter: Produced("query", (given.relation("dates"),), columns)


def _base_model(given: Arguments, adapter: str) -> Produced:
    relation = Relation("source", (given.text("source_name"), given.text("table_name")))
    return Produced("query", (relation,), through=True)


_ROWS: tuple[tuple[str, str, str, _Make], ...] = (
    # package, macro, parameters, what it makes
    ("dbt", "any_value", "expression", _expression("expression")),
    ("dbt", "array_append", "array new_element", _expression("array", "new_element")),
    ("dbt", "array_concat", "array_1 array_2", _expression("array_1", "array_2")),
    ("dbt", "array_construct", "inputs data_type", _expression("inputs")),
    ("dbt", "bool_or", "expression", _expression("expression", kind="boolean")),
    ("dbt", "cast", "field type", _cast),
    ("dbt", "cast_bool_to_text", "field", _expression("field", kind="string")),
    ("dbt", "concat", "fields", _expression("fields", kind="string")),
    ("dbt", "current_timestamp", "", _expression()),
    ("dbt", "date", "year month day", _expression(kind="date")),
    ("dbt", "date_spine", "datepart start_date end_date", _spine),
    ("dbt", "date_trunc", "datepart date", _expression("date")),
    ("dbt", "dateadd", "datepart interval from_date_or_timestamp", _expression("interval", "from_date_or_timestamp")),
    ("dbt", "datediff", "first_date second_date datepart", _expression("first_date", "second_date")),
    ("dbt", "except", "", _clause),
    ("dbt", "generate_series", "upper_bound", _query("generated_number")),
    ("dbt", "hash", "field", _expression("field", kind="string")),
    ("dbt", "intersect", "", _clause),
    ("dbt", "last_day", "date datepart", _expression("date", kind="date")),
    ("dbt", "length", "expression", _expression("expression")),
    ("dbt", "listagg", "measure delimiter_text order_by_clause limit_num", _expression("measure", kind="string")),
    ("dbt", "position", "substring_text string_text", _expression("substring_text", "string_text")),
    ("dbt", "replace", "field old_chars new_chars", _expression("field", "old_chars", "new_chars", kind="string")),
    ("dbt", "right", "string_text length_expression", _expression("string_text", "length_expression", kind="string")),
    ("dbt", "safe_cast", "field type", _cast),
    ("dbt", "split_part", "string_text delimiter_text part_number", _expression("string_text", kind="string")),
    ("dbt", "string_literal", "value", _expression(kind="string")),
    ("dbt", "type_bigint", "", _type("bigint")),
    ("dbt", "type_boolean", "", _type("boolean")),
    ("dbt", "type_float", "", _type("float")),
    ("dbt", "type_int", "", _type("int")),
    ("dbt", "type_numeric", "", _type("numeric")),
    ("dbt", "type_string", "", _type("string")),
    ("dbt", "type_timestamp", "", _type("timestamp")),
    ("dbt_utils", "date_spine", "datepart start_date end_date", _spine),
    ("dbt_utils", "deduplicate", "relation partition_by order_by", _same_columns("relation")),
    ("dbt_utils", "degrees_to_radians", "degrees", _expression("degrees")),
    ("dbt_utils", "generate_series", "upper_bound", _query("generated_number")),
    ("dbt_utils", "generate_surrogate_key", "field_list", _expression("field_list", kind="string")),
    ("dbt_utils", "get_url_host", "field", _expression("field", kind="string")),
    ("dbt_utils", "get_url_parameter", "field url_parameter", _expression("field", kind="string")),
    ("dbt_utils", "get_url_path", "field", _expression("field", kind="string")),
    ("dbt_utils", "group_by", "n", _clause),
    ("dbt_utils", "haversine_distance", "lat1 lon1 lat2 lon2 unit", _expression("lat1", "lon1", "lat2", "lon2")),
    ("dbt_utils", "log_info", "message", _clause),
    ("dbt_utils", "nullcheck_table", "relation", _same_columns("relation")),
    (
        "dbt_utils",
        "pivot",
        "column values alias agg cmp prefix suffix then_value else_value quote_identifiers distinct",
        _pivot,
    ),
    ("dbt_utils", "safe_add", "field_list", _expression("field_list")),
    ("dbt_utils", "safe_divide", "numerator denominator", _expression("numerator", "denominator")),
    ("dbt_utils", "safe_subtract", "field_list", _expression("field_list")),
    (
        "dbt_utils",
        "star",
        "from relation_alias except prefix suffix quote_identifiers unquote_aliases rename",
        _star,
    ),
    (
        "dbt_utils",
        "union_relations",
        "relations column_override include exclude source_column_name where",
        _union,
    ),
    (
        "dbt_utils",
        "unpivot",
        "relation cast_to exclude remove field_name value_name quote_identifiers",
        _unpivot,
    ),
    ("dbt_utils", "width_bucket", "expr min_value max_value num_buckets", _expression("expr")),
    ("dbt_date", "convert_timezone", "column target_tz source_tz", _expression("column")),
    ("dbt_date", "date_part", "datepart date", _expression("date")),
    ("dbt_date", "date_spine", "datepart start_date end_date", _spine),
    ("dbt_date", "day_name", "date short", _expression("date", kind="string")),
    ("dbt_date", "day_of_month", "date", _expression("date")),
    ("dbt_date", "day_of_week", "date isoweek", _expression("date")),
    ("dbt_date", "day_of_year", "date", _expression("date")),
    ("dbt_date", "from_unixtimestamp", "epochs format", _expression("epochs")),
    ("dbt_date", "generate_series", "upper_bound", _query("generated_number")),
    ("dbt_date", "get_base_dates", "start_date end_date n_dateparts datepart", _spine),
    ("dbt_date", "get_date_dimension", "start_date end_date", _query(*_DATE_DIMENSION.split())),
    ("dbt_date", "get_fiscal_periods", "dates year_end_month week_start_day shift_year", _fiscal(_FISCAL_PERIODS)),
    ("dbt_date", "get_fiscal_year_dates", "dates year_end_month week_start_day shift_year", _fiscal(_FISCAL_DATES)),
    ("dbt_date", "iso_week_end", "date tz", _expression("date", kind="date")),
    ("dbt_date", "iso_week_of_year", "date tz", _expression("date", kind="int")),
    ("dbt_date", "iso_week_start", "date tz", _expression("date", kind="date")),
    ("dbt_date", "last_month", "tz", _expression()),
    ("dbt_date", "last_month_name", "short tz", _expression(kind="string")),
    ("dbt_date", "last_month_number", "tz", _expression()),
    ("dbt_date", "last_week", "tz", _expression()),
    ("dbt_date", "month_name", "date short", _expression("date", kind="string")),
    ("dbt_date", "n_days_ago", "n date tz", _expression("date", kind="date")),
    ("dbt_date", "n_days_away", "n date tz", _expression("date", kind="date")),
    ("dbt_date", "n_months_ago", "n tz", _expression()),
    ("dbt_date", "n_months_away", "n tz", _expression()),
    ("dbt_date", "n_weeks_ago", "n tz", _expression()),
    ("dbt_date", "n_weeks_away", "n tz", _expression()),
    ("dbt_date", "next_month", "tz", _expression()),
    ("dbt_date", "next_month_name", "short tz", _expression(kind="string")),
    ("dbt_date", "next_month_number", "tz", _expression()),
    ("dbt_date", "next_week", "tz", _expression()),
    ("dbt_date", "now", "tz", _expression()),
    ("dbt_date", "periods_since", "date_col period_name tz", _expression("date_col")),
    ("dbt_date", "round_timestamp", "timestamp", _expression("timestamp")),
    ("dbt_date", "to_unixtimestamp", "timestamp", _expression("timestamp")),
    ("dbt_date", "today", "tz", _expression(kind="date")),
    ("dbt_date", "tomorrow", "date tz", _expression("date", kind="date")),
    ("dbt_date", "week_end", "date tz", _expression("date", kind="date")),
    ("dbt_date", "week_of_year", "date tz", _expression("date", kind="int")),
    ("dbt_date", "week_start", "date tz", _expression("date", kind="date")),
    ("dbt_date", "yesterday", "date tz", _expression("date", kind="date")),
    ("dbt_expectations", "log_natural", "x", _expression("x")),
    ("dbt_expectations", "rand", "", _expression()),
    ("codegen", "create_base_models", "source_name tables", _clause),
    (
        "codegen",
        "generate_base_model",
        "source_name table_name leading_commas case_sensitive_cols materialized",
        _base_model,
    ),
    ("codegen", "generate_model_import_ctes", "model_name leading_commas", _clause),
    ("codegen", "generate_model_yaml", "model_names upstream_descriptions include_data_types", _clause),
)

USUAL: dict[str, tuple[tuple[str, ...], _Make]] = {
    f"{package}.{name}": (tuple(parameters.split()), make) for package, name, parameters, make in _ROWS
}
"""Parameters and meaning by dotted name."""

_ONCE_IN_UTILS = frozenset(name for package, name, _, _ in _ROWS if package == "dbt") - {"date", "cast"}
"""What dbt took over from dbt_utils, where old projects still call it."""


def produces(block: Block, adapter: str = "") -> Produced | None:
    """What the macro call in a block produces; `None` where the macro or an argument is not known for certain."""
    call = macro_call(block)
    return _produced(call, adapter) if call is not None else None


def _produced(call: MacroCall, adapter: str) -> Produced | None:
    package, _, name = call.name.rpartition(".")
    row = USUAL.get(call.name if package else f"dbt.{name}")
    if row is None and package == "dbt_utils" and name in _ONCE_IN_UTILS:
        row = USUAL[f"dbt.{name}"]
    if row is None:
        return None
    parameters, make = row
    try:
        return make(Arguments(call, parameters), adapter)
    except Unreadable:
        return None
