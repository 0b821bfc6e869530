"""pandas: data frames that are added to a table, and readers that drop what they can't read.

`DataFrame.to_sql(name, con, schema=None, if_exists='fail')`, `DataFrame.to_gbq(destination_table, if_exists='fail')`:
https://pandas.pydata.org/docs/reference/io.html.
"""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.facts import BadRecords, Inferred, Relation, Write
from tidegate_analyzers.readers.airflow.steps import table_relation
from tidegate_analyzers.readers.python.libraries.base import Call, Library, argument, is_false
from tidegate_analyzers.readers.python.names import dotted
from tidegate_analyzers.readers.python.values import Imported, Plain, Text, Value

_MAKES = frozenset(("DataFrame", "from_dict", "from_records"))
_MODES = {"append": "append", "replace": "replace"}


def _to_sql(call: Call) -> bool:
    table = call.given("name", 0)
    if not isinstance(table, Text):
        return False
    schema = call.given("schema")
    name = table_relation(table.text)
    if isinstance(schema, Text):
        name = Relation("table", (*table_relation(schema.text).parts, *name.parts))
    return _frame(call, name, opaque="its method is a function of the program" if _custom(call) else "")


def _to_gbq(call: Call) -> bool:
    of_module = call.origin().startswith(("pandas_gbq", "pandas.io"))
    table = call.given("destination_table", 1 if of_module else 0)
    if not isinstance(table, Text):
        return False
    return _frame(call, table_relation(table.text))


def _frame(call: Call, target: Relation, *, opaque: str = "") -> bool:
    mode = call.given("if_exists")
    if mode is None:
        return True  # it fails where there is a table
    node = call.argument("if_exists")
    site = call.add(node if node is not None else call.node)
    if not isinstance(mode, Text) or mode.text not in _MODES:
        opaque = opaque or "how it writes is not known"
    known = _MODES.get(mode.text, "append") if isinstance(mode, Text) else "append"
    if known == "replace":
        opaque = ""
    call.effects.write(
        Write(
            known,
            target,
            site,
            rows="literals" if _is_written_out(call) else "file",
            whole=known == "replace",
            opaque=opaque,
            option=f"{call.method}(if_exists='{known}')",
            by="dataframe",
        )
    )
    for link in call.chain():
        if link.call is not None and (guessed := _guessed(call, link.call, target)) is not None:
            call.effects.inferred(guessed)
    return True


def _is_written_out(call: Call) -> bool:
    """Whether the frame is made of values that stand in the program: a row about the run itself, or set-up."""
    links = call.chain()
    made = next((link.call for link in links if link.call is not None and link.name in _MAKES), None)
    node = argument(made, "data", 0) if made is not None else None
    if node is None:
        return False
    todo: list[ast.expr] = [node]
    while todo:
        item = todo.pop()
        if isinstance(item, ast.Name):
            bound = call.env.node(item.id)
            if not isinstance(bound, ast.Dict | ast.List):
                return False
            item = bound
        if isinstance(item, ast.List | ast.Tuple):
            todo += item.elts
        elif not isinstance(item, ast.Dict):
            return False
    return True


def _custom(call: Call) -> bool:
    """Whether `method=` is a function, which may well match rows by key."""
    given = call.given("method")
    if isinstance(given, Imported) and given.module.startswith("snowflake."):
        return False  # it inserts in bulk, and matches nothing
    return given is not None and not isinstance(given, Text | Plain)


def _read_csv(call: Call) -> bool:
    for name, drops in (("on_bad_lines", _skips), ("error_bad_lines", is_false)):
        node = call.argument(name)
        if node is not None and drops(call.given(name)):
            by = f"{name}={call.written(node)}"
            call.effects.bad(BadRecords("dropped", "pandas", by, call.add(node), outside=True))
    if (guessed := _guessed(call, call.node)) is not None:
        call.effects.inferred(guessed)
    return False


_GUESSING = frozenset(("read_csv", "read_table"))
_TYPED = re.compile(r"\bastype\(|dtype|convert_dtypes|pandera|pydantic|great_expectations", re.I)
"""Words of a module that may well see to the types of what it reads."""


def _guessed(call: Call, read: ast.Call, target: Relation | None = None) -> Inferred | None:
    """The types that a reader of text takes from what it reads, for a table if that is seen to get them."""
    method = dotted(read.func).rpartition(".")[2]
    path = argument(read, "filepath_or_buffer", 0)
    own = path is not None and _is_own(call.value(path))
    if method not in _GUESSING or own or _TYPED.search(call.file.text):
        return None
    by = f"{method} without dtype="
    return Inferred("pandas", by, call.add(read.func), certain=False, target=target, reader=True)


def _to_parquet(call: Call) -> bool:
    """A file that has types, which are those that a reader of text has guessed."""
    path = call.given("path", 0)
    if not isinstance(path, Text) or _is_own(path):
        return False
    for link in call.chain():
        if link.call is not None and (found := _guessed(call, link.call, Relation("path", (path.text,)))) is not None:
            call.effects.inferred(found)
    return False


def _is_own(path: Value) -> bool:
    """Whether a file lies beside the program, with which it changes."""
    return isinstance(path, Text) and not re.match(r"/|\w+://|\{\{", path.text)


def _skips(value: Value | None) -> bool:
    return isinstance(value, Text) and value.text in ("skip", "warn")


LIBRARY = Library(
    "pandas",
    ("pandas", "geopandas", "pandas_gbq"),
    {"to_sql": _to_sql, "to_gbq": _to_gbq, "to_parquet": _to_parquet, "read_csv": _read_csv, "read_table": _read_csv},
)
