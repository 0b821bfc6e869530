"""What a dbt model in Python writes beside the table it returns: data frames that are added to other tables."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Relation, Sites, Write
from tidegate_analyzers.syntax.python import PythonFile

_ARGUMENT = {
    "to_sql": ("name", 0, "if_exists"),
    "to_gbq": ("destination_table", 0, "if_exists"),
    "write_database": ("table_name", 0, "if_table_exists"),
    "save_as_table": ("table_name", 0, "mode"),
    "saveAsTable": ("name", 0, "mode"),
    "insertInto": ("tableName", 0, "overwrite"),
    "insert_into": ("table_name", 0, "overwrite"),
    "write_pandas": ("table_name", 1, "overwrite"),
    "write_deltalake": ("table_or_uri", 0, "mode"),
}
"""Calls that write a data frame: where the target's name stands, and the argument that says how it is written."""
_BY_DEFAULT = frozenset(("insertInto", "insert_into", "write_pandas"))
"""Calls that add rows unless they are told to overwrite."""
_CLEARS = re.compile(r"\b(?:delete|truncate|merge|drop|replace)\b", re.I)


def python_writes(file: PythonFile, sites: Sites) -> Iterator[Write]:
    """The writes whose target is a name in the text, in their order."""
    constants = _constants(file.tree)
    for call in sorted((node for node in ast.walk(file.tree) if isinstance(node, ast.Call)), key=_place):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in ("sql", "execute", "collect") and (text := _text(call.args[0], constants) if call.args else None):
            if _CLEARS.search(text):
                yield Write("call", Relation("table", (" ".join(text.split()),)), sites.add(file.span(call)))
        elif name in _ARGUMENT:
            word, position, how = _ARGUMENT[name]
            # `pandas_gbq.to_gbq(df, ...)`, `write_pandas(connection, df, ...)`: functions take the data first.
            if (name == "to_gbq" and len(call.args) > 1 and not isinstance(call.args[0], ast.Constant)) or (
                name == "write_pandas" and isinstance(call.func, ast.Name)
            ):
                position += 1
            target = _text(_argument(call, word, position), constants)
            mode = _mode(call, name, how)
            if target and mode and not _is_own_method(call):
                yield Write(
                    mode[0], Relation("table", tuple(target.split("."))), sites.add(file.span(call)), option=mode[1]
                )


def _place(call: ast.Call) -> tuple[int, int]:
    return call.end_lineno or 0, call.end_col_offset or 0


def _mode(call: ast.Call, name: str, how: str) -> tuple[str, str] | None:
    """How a call writes (`append`, `replace`), and the words that say so; `None` where that is not known."""
    given = _argument(call, how, -1)
    if given is None and isinstance(call.func, ast.Attribute):
        given = _chained_mode(call.func.value)
    if given is None:
        return ("append", name) if name in _BY_DEFAULT else None
    if not isinstance(given, ast.Constant):
        return None
    if name in _BY_DEFAULT and isinstance(given.value, bool):
        return ("replace", f"{how}={given.value}") if given.value else ("append", name)
    if given.value == "append":
        return "append", f"{how}='append'"
    return ("replace", f"{how}={given.value!r}") if given.value in ("replace", "overwrite", "truncate") else None


def _chained_mode(receiver: ast.expr) -> ast.expr | None:
    """The argument of `.mode(...)` in `df.write.mode("append").saveAsTable(...)`."""
    while isinstance(receiver, ast.Call | ast.Attribute):
        if isinstance(receiver, ast.Call):
            if isinstance(receiver.func, ast.Attribute) and receiver.func.attr == "mode" and receiver.args:
                return receiver.args[0]
            receiver = receiver.func
        else:
            receiver = receiver.value
    return None


def _is_own_method(call: ast.Call) -> bool:
    """True for `to_sql(..., method=upsert)`: what is done with the rows is up to that function."""
    given = _argument(call, "method", -1)
    return given is not None and not isinstance(given, ast.Constant)


def _argument(call: ast.Call, word: str, position: int) -> ast.expr | None:
    found = next((keyword.value for keyword in call.keywords if keyword.arg == word), None)
    if found is None and 0 <= position < len(call.args):
        return call.args[position]
    return found


def _constants(tree: ast.AST) -> dict[str, str]:
    """Names that stand for one text throughout the file."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            twice.update({node.id} & found.keys())
            found.setdefault(node.id, "")
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            found[node.targets[0].id] = node.value.value
    return {name: text for name, text in found.items() if text and name not in twice}


def _text(node: ast.expr | None, constants: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.JoinedStr):  # what is left out may be the name: enough to see what a statement does
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None
