"""The colours of Jinja and SQL in YAML."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.ide.tokens.jinja import jinja_tokens
from tidegate_analyzers.ide.tokens.sql import sql_tokens
from tidegate_analyzers.ide.tokens.token import Token
from tidegate_analyzers.syntax.jinja import scan
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, parse_yaml

SQL_KEYS = frozenset(
    [
        "expr",
        "expression",
        "filter",
        "loaded_at_query",
        "on-run-end",
        "on-run-start",
        "post-hook",
        "post_hook",
        "pre-hook",
        "pre_hook",
        "query",
        "row_condition",
        "sql",
        "sql_header",
        "where",
    ]
)
"""Keys whose values are SQL in dbt's files and in contracts, below whatever they stand."""


def yaml_tokens(text: str, dialect: str) -> Iterator[Token]:
    """The tokens of a YAML file."""
    todo: list[tuple[str, Node, bool]] = [("", document, False) for document in parse_yaml(text).documents]
    while todo:
        key, node, in_sql = todo.pop()
        if isinstance(node, Scalar):
            yield from _scalar(text, key, node, in_sql, dialect)
        elif isinstance(node, Mapping):
            entries = [(name.value if isinstance(name, Scalar) else "", value) for name, value in node.entries]
            is_sql = any(name == "format" and isinstance(v, Scalar) and v.value == "sql" for name, v in entries)
            todo += [(name, value, is_sql and name == "rows") for name, value in entries]
        elif isinstance(node, Sequence):
            todo += [(key, item, in_sql) for item in node.entries]


def _scalar(text: str, key: str, node: Scalar, in_sql: bool, dialect: str) -> Iterator[Token]:
    start, end = node.inner
    written = text[start:end]
    if node.style in ("|", ">"):  # its first line is a sign
        start += min(written.find("\n") + 1, len(written)) or len(written)
    elif node.style and ("\\" in written or "''" in written):
        return  # escapes: the text is not what is written
    if in_sql or key.lstrip("+") in SQL_KEYS:
        # One word is a column, a method or a path, not a query.
        if any(sign in written.strip() for sign in " \n(=<>{"):
            yield from sql_tokens(text, start, end, dialect)
    elif "{{" in written or "{%" in written:
        shifted = f"{' ' * start}{text[start:end]}"
        for block in scan(shifted).blocks:
            yield from jinja_tokens(shifted, block)
