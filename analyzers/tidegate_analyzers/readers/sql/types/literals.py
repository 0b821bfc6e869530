"""What is written out has a type of its own until it meets another."""

from __future__ import annotations

from typing import Final

from tidegate_analyzers.readers.sql.types.words import Type, read, word

TEXT: Final = "'"
NULL: Final = "null"


def settle(type_: str, group: str) -> str:
    """A type as it is shown: what is written out has the type that a column of it would have."""
    if type_.startswith("#"):
        if group == "clickhouse":
            return ""
        return f"number({type_[1:]},0)" if group == "snowflake" else word("integer", group)
    if type_ == TEXT:
        return word("text", group)
    return "" if type_ == NULL else type_


def is_number(type_: str) -> bool:
    """Whether it is an integer written out."""
    return type_.startswith("#")


def written(types: tuple[str, ...], group: str) -> list[Type]:
    """The types that have a spelling."""
    return [read(item, group) for item in types if not is_number(item)]
