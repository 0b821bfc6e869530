"""What dbt's own macros and some of dbt_utils render to: SQL that has the same columns and types.

dbt's own macros are in no file of the workspace, and some of dbt_utils ask the warehouse. Where adapters differ the
usual ones are told apart; the others get the form that most have.
https://docs.getdbt.com/reference/dbt-jinja-functions/cross-database-macros
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from tidegate_analyzers.readers.dbt.usual_macros.produced import slug, type_name
from tidegate_analyzers.syntax.render import Named, Relation, Stop

_MAX = 500_000
_KINDS = {
    "string": "varchar",
    "text": "varchar",
    "timestamp": "timestamp",
    "float": "float",
    "numeric": "numeric(28,6)",
    "bigint": "bigint",
    "int": "int",
    "integer": "int",
    "boolean": "boolean",
}
_TRY_CAST = {"bigquery": "safe_cast", "databricks": "try_cast", "duckdb": "try_cast", "snowflake": "try_cast"}
_ADDS_INTERVALS = frozenset(("duckdb", "postgres", "materialize", "risingwave", "greenplum"))

ColumnsOf = Callable[[Named], "tuple[str, ...] | None"]


class Library:
    """The macros as functions.

    Args:
        adapter: the adapter they render for.
        columns: the columns of some data, where they are known.
    """

    def __init__(self, adapter: str, columns: ColumnsOf) -> None:
        self.adapter = adapter
        self.columns = columns

    def find(self, package: str, name: str) -> Callable[..., Any] | None:
        """The function for a macro; an empty package means dbt's own, as does one that they once stood in."""
        if package == "api":
            return self._type if name == "translate_type" else None
        if package == "dbt_utils":
            own = getattr(self, f"_utils_{name}", None)
            if own is not None:
                return own  # type: ignore[no-any-return]
        if package not in ("", "dbt", "dbt_utils"):
            return None
        if name.startswith("type_") and name[5:] in _KINDS:
            return partial(self._type, name[5:])
        return getattr(self, f"_dbt_{name}", None)

    def _type(self, kind: Any) -> str:
        word = str(kind).lower()
        return type_name({"text": "string", "integer": "int"}.get(word, word), self.adapter) or _KINDS.get(word, word)

    # -- dbt's own ----------------------------------------------------------------------------------------------------

    def _dbt_any_value(self, expression: Any) -> str:
        return f"any_value({expression})"

    def _dbt_bool_or(self, expression: Any) -> str:
        return f"{'logical_or' if self.adapter == 'bigquery' else 'bool_or'}({expression})"

    def _dbt_cast(self, field: Any, type: Any) -> str:
        return f"cast({field} as {type})"

    def _dbt_cast_bool_to_text(self, field: Any) -> str:
        return f"cast({field} as {self._type('string')})"

    def _dbt_concat(self, fields: Any) -> str:
        texts = _texts(fields)
        return f"concat({', '.join(texts)})" if self.adapter == "bigquery" else " || ".join(texts)

    def _dbt_current_timestamp(self) -> str:
        return "current_timestamp()" if self.adapter in ("bigquery", "databricks", "spark") else "current_timestamp"

    def _dbt_date_trunc(self, datepart: Any, date: Any) -> str:
        if self.adapter == "bigquery":
            return f"timestamp_trunc(cast({date} as timestamp), {datepart})"
        return f"date_trunc('{datepart}', {date})"

    def _dbt_dateadd(self, datepart: Any, interval: Any, from_date_or_timestamp: Any) -> str:
        start = from_date_or_timestamp
        if self.adapter == "bigquery":
            return f"datetime_add(cast({start} as datetime), interval {interval} {datepart})"
        if self.adapter in _ADDS_INTERVALS:
            return f"{start} + ((interval '1 {datepart}') * ({interval}))"
        if self.adapter in ("trino", "athena"):
            return f"date_add('{datepart}', {interval}, {start})"
        return f"dateadd({datepart}, {interval}, {start})"

    def _dbt_datediff(self, first_date: Any, second_date: Any, datepart: Any) -> str:
        if self.adapter == "bigquery":
            return f"datetime_diff(cast({second_date} as datetime), cast({first_date} as datetime), {datepart})"
        if self.adapter in ("duckdb", "trino", "athena"):
            return f"date_diff('{datepart}', {first_date}, {second_date})"
        return f"datediff({datepart}, {first_date}, {second_date})"

    def _dbt_escape_single_quotes(self, expression: Any) -> str:
        return str(expression).replace("'", "\\'" if self.adapter in ("bigquery", "snowflake") else "''")

    def _dbt_except(self) -> str:
        return "except distinct" if self.adapter == "bigquery" else "except"

    def _dbt_intersect(self) -> str:
        return "intersect distinct" if self.adapter == "bigquery" else "intersect"

    def _dbt_hash(self, field: Any) -> str:
        digest = f"md5(cast({field} as {self._type('string')}))"
        return f"to_hex({digest})" if self.adapter == "bigquery" else digest

    def _dbt_last_day(self, date: Any, datepart: Any) -> str:
        following = self._dbt_dateadd(datepart, 1, self._dbt_date_trunc(datepart, date))
        return f"cast({self._dbt_dateadd('day', -1, following)} as date)"

    def _dbt_length(self, expression: Any) -> str:
        return f"length({expression})"

    def _dbt_listagg(
        self, measure: Any, delimiter_text: Any = "','", order_by_clause: Any = None, limit_num: Any = None
    ) -> str:
        if self.adapter in ("bigquery", "duckdb", "postgres"):
            order = f" {order_by_clause}" if order_by_clause else ""
            return f"string_agg({measure}, {delimiter_text}{order})"
        within = f" within group ({order_by_clause})" if order_by_clause else ""
        return f"listagg({measure}, {delimiter_text}){within}"

    def _dbt_position(self, substring_text: Any, string_text: Any) -> str:
        if self.adapter == "bigquery":
            return f"strpos({string_text}, {substring_text})"
        return f"position({substring_text} in {string_text})"

    def _dbt_replace(self, field: Any, old_chars: Any, new_chars: Any) -> str:
        return f"replace({field}, {old_chars}, {new_chars})"

    def _dbt_right(self, string_text: Any, length_expression: Any) -> str:
        return f"right({string_text}, {length_expression})"

    def _dbt_safe_cast(self, field: Any, type: Any) -> str:
        return f"{_TRY_CAST.get(self.adapter, 'cast')}({field} as {type})"

    def _dbt_split_part(self, string_text: Any, delimiter_text: Any, part_number: Any) -> str:
        if self.adapter == "bigquery" and isinstance(part_number, int) and part_number > 0:
            return f"split({string_text}, {delimiter_text})[safe_offset({part_number - 1})]"
        return f"split_part({string_text}, {delimiter_text}, {part_number})"

    def _dbt_string_literal(self, value: Any) -> str:
        return f"'{value}'"

    # -- dbt_utils ----------------------------------------------------------------------------------------------------

    def _utils_date_spine(self, datepart: Any, start_date: Any, end_date: Any) -> str:
        return f"select {start_date} as date_{datepart} where {start_date} <= {end_date}"

    def _utils_deduplicate(self, relation: Any, partition_by: Any, order_by: Any) -> str:
        return (
            f"select * from {relation} qualify row_number() over (partition by {partition_by} order by {order_by}) = 1"
        )

    def _utils_generate_surrogate_key(self, field_list: Any) -> str:
        text = self._type("string")
        parts = [f"coalesce(cast({field} as {text}), '_dbt_utils_surrogate_key_null_')" for field in _texts(field_list)]
        return self._dbt_hash(
            self._dbt_concat([part for pair in zip(parts, ["'-'"] * len(parts), strict=True) for part in pair][:-1])
        )

    def _utils_get_filtered_columns_in_relation(self, from_: Any = None, except_: Any = (), **named: Any) -> list[str]:
        columns = self._columns_of(named.get("from", from_))
        left_out = {name.lower() for name in _texts(named.get("except", except_))}
        return [column for column in columns if column.lower() not in left_out]

    def _utils_group_by(self, n: Any) -> str:
        if not isinstance(n, int) or n > 10_000:
            raise Stop("the number of columns to group by is not known")
        return "group by " + ", ".join(str(number + 1) for number in range(n))

    def _utils_pivot(
        self,
        column: Any,
        values: Any,
        alias: Any = True,
        agg: Any = "sum",
        cmp: Any = "=",
        prefix: Any = "",
        suffix: Any = "",
        then_value: Any = 1,
        else_value: Any = 0,
        quote_identifiers: Any = True,
        distinct: Any = False,
    ) -> str:
        names = _texts(values)
        parts = [str(part) for part in (column, agg, cmp, prefix, suffix, then_value, else_value)]
        if len(names) * sum(map(len, parts)) > _MAX or not isinstance(values, list | tuple):
            raise Stop("the values of a pivot are not known")
        text, function, sign, before, after, then, otherwise = parts
        items = []
        for value in names:
            name = f"{before}{value}{after}"
            shown = f' as "{name}"' if quote_identifiers else f" as {slug(name)}"
            one = "distinct " if distinct else ""
            when = f"case when {text} {sign} '{self._dbt_escape_single_quotes(value)}' then {then} else {otherwise} end"
            items.append(f"{function}({one}{when}){shown if alias else ''}")
        return ", ".join(items)

    def _utils_safe_add(self, field_list: Any) -> str:
        return " + ".join(f"coalesce({field}, 0)" for field in _texts(field_list))

    def _utils_safe_divide(self, numerator: Any, denominator: Any) -> str:
        return f"({numerator}) / nullif(({denominator}), 0)"

    def _utils_safe_subtract(self, field_list: Any) -> str:
        return " - ".join(f"coalesce({field}, 0)" for field in _texts(field_list))

    def _utils_star(
        self,
        from_: Any = None,
        relation_alias: Any = False,
        except_: Any = (),
        prefix: Any = "",
        suffix: Any = "",
        quote_identifiers: Any = True,
        unquote_aliases: Any = False,
        rename: Any = None,
        **named: Any,
    ) -> str:
        relation = named.get("from", from_)
        left_out = [name.lower() for name in _texts(named.get("except", except_))]
        before = f"{relation_alias}." if relation_alias else ""
        columns = self.columns(relation.named) if isinstance(relation, Relation) else None
        if columns is None:
            if prefix or suffix or rename:
                raise Stop("the columns of some data are not known")
            word = "exclude" if self.adapter in ("snowflake", "duckdb") else "except"
            return f"{before}*" + (f" {word} ({', '.join(left_out)})" if left_out else "")
        new = {str(old).lower(): name for old, name in (rename or {}).items()}
        items = []
        for column in columns:
            if column.lower() in left_out:
                continue
            name = new.get(column.lower(), f"{prefix}{column}{suffix}")
            items.append(f"{before}{column}" + (f" as {name}" if name != column else ""))
        return ", ".join(items)

    def _utils_union_relations(
        self,
        relations: Any,
        column_override: Any = None,
        include: Any = (),
        exclude: Any = (),
        source_column_name: Any = "_dbt_source_relation",
        where: Any = None,
    ) -> str:
        if not isinstance(relations, list | tuple) or not 0 < len(relations) <= 200:
            raise Stop("the data of a union is not known")
        found = [self._columns_of(relation) for relation in relations]
        kept = {name.lower() for name in _texts(include)}
        left_out = {name.lower() for name in _texts(exclude)}
        names = {
            column.lower(): column
            for columns in found
            for column in columns
            if column.lower() not in left_out and (not kept or column.lower() in kept)
        }
        arms = []
        for relation, columns in zip(relations, found, strict=True):
            own = {column.lower() for column in columns}
            items = [name if low in own else f"null as {name}" for low, name in names.items()]
            if source_column_name is not None:
                items.insert(0, f"cast('{relation}' as {self._type('string')}) as {source_column_name}")
            arms.append(f"(select {', '.join(items)} from {relation}{f' where {where}' if where else ''})")
        return " union all ".join(arms)

    def _columns_of(self, relation: Any) -> tuple[str, ...]:
        columns = self.columns(relation.named) if isinstance(relation, Relation) else None
        if columns is None:
            raise Stop("the columns of some data are not known")
        return columns


def _texts(values: Any) -> Sequence[str]:
    """A list of texts, or one text."""
    if not isinstance(values, list | tuple):
        values = [values]
    texts = [str(value) for value in values]
    if sum(map(len, texts)) > _MAX:
        raise Stop("a text in it is too long")
    return texts
