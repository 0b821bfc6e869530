"""What the models write in Jinja."""

from __future__ import annotations

from collections.abc import Sequence


def ref(model: str) -> str:
    """Another model."""
    return f"{{{{ ref('{model}') }}}}"


def source(system: str, table: str) -> str:
    """A raw table."""
    return f"{{{{ source('{system}', '{table}') }}}}"


def units(column: str) -> str:
    """An amount in cents as units of the currency."""
    return f"{{{{ cents_to_units('{column}') }}}}"


def hash_key(columns: Sequence[str]) -> str:
    """A key made of several columns."""
    return f"{{{{ hash_key([{', '.join(repr(column) for column in columns)}]) }}}}"


def for_each(values: Sequence[str], template: str) -> str:
    """Entries of a select list, one for each value; `VALUE` in the template stands for it."""
    given = ", ".join(repr(value) for value in values)
    entry = template.replace("VALUE", "{{ value }}")
    return f"{{% for value in [{given}] %}}\n        {entry}{{{{ ',' if not loop.last }}}}\n        {{% endfor %}}"


def only_later(condition: str) -> str:
    """A `where` that holds on every run but the first."""
    return f"\n    {{% if is_incremental() %}}\n    where {condition}\n    {{% endif %}}"


def unless_all(condition: str) -> str:
    """A `where` that can be switched off."""
    return f"\n    {{% if var('leave_out_tests', true) %}}\n    where {condition}\n    {{% endif %}}"


def config(**settings: str) -> str:
    """The configuration block of a model; the values are written as they are."""
    listed = ",\n        ".join(f"{name}={value}" for name, value in settings.items())
    return f"{{{{\n    config(\n        {listed}\n    )\n}}}}\n\n"
