"""How a tool writes what plain SQL can't say: references, macros, loops, and what only a later run does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Spelling(Protocol):
    """The spelling of one tool."""

    def ref(self, model: str) -> str:
        """Another model."""

    def source(self, system: str, table: str) -> str:
        """A raw table."""

    def units(self, column: str) -> str:
        """An amount in cents as units of the currency."""

    def hash_key(self, columns: Sequence[str]) -> str:
        """A key made of several columns."""

    def for_each(self, values: Sequence[str], template: str) -> str:
        """Entries of a select list, one for each value; `VALUE` in the template stands for it."""

    def only_later(self, condition: str) -> str:
        """A `where` that holds on every run but the first; `TARGET` in the condition stands for the model."""

    def unless_all(self, condition: str) -> str:
        """A `where` that can be switched off."""


class DbtSpelling:
    """Jinja, as dbt renders it."""

    def ref(self, model: str) -> str:
        return f"{{{{ ref('{model}') }}}}"

    def source(self, system: str, table: str) -> str:
        return f"{{{{ source('{system}', '{table}') }}}}"

    def units(self, column: str) -> str:
        return f"{{{{ cents_to_units('{column}') }}}}"

    def hash_key(self, columns: Sequence[str]) -> str:
        return f"{{{{ hash_key([{', '.join(repr(column) for column in columns)}]) }}}}"

    def for_each(self, values: Sequence[str], template: str) -> str:
        given = ", ".join(repr(value) for value in values)
        entry = template.replace("VALUE", "{{ value }}")
        return f"{{% for value in [{given}] %}}\n        {entry}{{{{ ',' if not loop.last }}}}\n        {{% endfor %}}"

    def only_later(self, condition: str) -> str:
        filled = condition.replace("TARGET", "{{ this }}")
        return f"\n    {{% if is_incremental() %}}\n    where {filled}\n    {{% endif %}}"

    def unless_all(self, condition: str) -> str:
        return f"\n    {{% if var('leave_out_tests', true) %}}\n    where {condition}\n    {{% endif %}}"


class PlainSpelling:
    """SQL as SQLMesh reads it: names of models, macros written out."""

    def ref(self, model: str) -> str:
        return f"warehouse.{model}"

    def source(self, system: str, table: str) -> str:
        return f"raw_{system}.{table}"

    def units(self, column: str) -> str:
        return f"round({column} / 100.0, 2)"

    def hash_key(self, columns: Sequence[str]) -> str:
        parts = " || '-' || ".join(f"coalesce(cast({column} as varchar), '')" for column in columns)
        return f"md5({parts})"

    def for_each(self, values: Sequence[str], template: str) -> str:
        return ",\n        ".join(template.replace("VALUE", value) for value in values)

    def only_later(self, condition: str) -> str:
        return ""

    def unless_all(self, condition: str) -> str:
        return f"\n    where {condition}"
