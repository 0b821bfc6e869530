"""dlt: resources, transformers and pipelines, and how each of them writes its table.

`@dlt.resource(write_disposition='append')`, `dlt.resource(data, …)`, `dlt.pipeline(…).run(data, write_disposition=…)`. A
resource appends unless it says otherwise, and `merge` without a key appends, too:
https://dlthub.com/docs/general-usage/incremental-loading, https://dlthub.com/docs/general-usage/schema-contracts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tidegate_analyzers.facts import BadRecords, Relation, Write
from tidegate_analyzers.readers.airflow.steps import table_relation
from tidegate_analyzers.readers.python.libraries.base import Call, Function, Library
from tidegate_analyzers.readers.python.libraries.dlt_progress import (
    Progress,
    Source,
    makes_resources,
    progress,
    run_plainly,
    source_of,
)
from tidegate_analyzers.readers.python.libraries.dlt_rest import described
from tidegate_analyzers.readers.python.values import CallOf, Choice, Items, Plain, Table, Text, Unknown, Value

_KEYS = ("primary_key", "merge_key")
_KEYLESS = ("scd2", "upsert", "insert-only")
"""Strategies of `merge` that find rows by themselves, or that dlt refuses without a key."""

_MADE = ("dlt.resource", "dlt.transformer", "resource", "transformer")


def declared(call: Call, function: Function | None) -> None:
    """What the resource writes that a decorator makes of a function."""
    _contract(call)
    if function is None or call.method == "source" or makes_resources(function):
        return
    _resource(call, source_of(call, function), function.name)


def _made(call: Call) -> bool:
    """A call that makes a resource of a function or of data."""
    if isinstance(call.node.func, ast.Call) or call.name not in _MADE or not call.origin().startswith("dlt."):
        return False
    _contract(call)
    source = source_of(call, None)
    if source.given or source.function is None or not makes_resources(source.function):
        _resource(call, source, source.name)
    return True


def _resource(call: Call, source: Source, name: str) -> None:
    selected = call.given("selected")
    if isinstance(selected, Plain) and selected.value is False:
        return  # it only feeds others
    given = call.given("write_disposition")
    node = call.argument("write_disposition")
    target = _target(call, name)
    site = call.add(node if node is not None else call.node.func)
    word, strategy = _disposition(given)
    opaque = "" if word else "how it writes is not known"
    keyed = any(_says(call.given(key)) for key in _KEYS)
    option = f'write_disposition="{word}"'
    if word in ("replace", "skip"):
        call.effects.write(Write("replace", target, site, rows="file", whole=True, option=option, by="resource"))
        return
    if word == "merge":
        if keyed or strategy in _KEYLESS:
            call.effects.write(Write("merge", target, site, rows="file", option=option, by="resource"))
            return
        option += " without a key"
        opaque = _hidden_key(call)
    elif given is None:
        option = "the default disposition, append"
        opaque = "" if run_plainly(call, name) else "its disposition may be given where it is run"
    if not opaque:
        taken = progress(call, source)
        if word == "merge" and taken is Progress.KEPT:  # new rows, and again those that have changed
            option += ", so that a row which has changed is added once more"
        else:
            opaque = _REASONS[taken]
    key = tuple(_columns(call.given("primary_key")))
    call.effects.write(Write("append", target, site, rows="file", key=key, opaque=opaque, option=option, by="resource"))


_REASONS = {
    Progress.NONE: "",
    Progress.KEPT: "it remembers how far it has come, and takes what is new",
    Progress.STAMPED: "each of its rows carries the time at which it was taken",
    Progress.UNKNOWN: "how much of its source it takes is not known",
}


def _run(call: Call) -> bool:
    """A pipeline that is run with data: a list, a generator, a data frame or resources, which write as they say."""
    receiver = call.receiver
    if receiver is None or not (call.name == "dlt.run" or call.origin(receiver) == "dlt.pipeline"):
        return False
    _contract(call)
    given = call.given("write_disposition", 6)
    data = call.argument("data", 0)
    table = call.given("table_name", 5)
    emptied = call.given("refresh") is not None
    if data is None or emptied or (given is None and table is None):
        return True
    word, strategy = _disposition(given) if given is not None else ("append", "")
    node = call.argument("write_disposition", 6)
    site = call.add(node if node is not None else call.node.func)
    target = table_relation(table.text) if isinstance(table, Text) else Relation("table", ("{{ table_name }}",))
    option = f'write_disposition="{word}"' if given is not None else "the default disposition, append"
    keyed = _says(call.given("primary_key", 8))
    if word == "replace":
        call.effects.write(Write("replace", target, site, rows="file", whole=True, option=option, by="resource"))
        return True
    if word == "merge":
        if keyed or strategy in _KEYLESS:
            call.effects.write(Write("merge", target, site, rows="file", option=option, by="resource"))
            return True
        option += " without a key"
    opaque = _data(call, data) if word else "how it writes is not known"
    call.effects.write(Write("append", target, site, rows="file", opaque=opaque, option=option, by="resource"))
    return True


def _data(call: Call, data: ast.expr) -> str:
    """Why it is not known what a pipeline is given; empty for plain data, all of which is loaded."""
    value = call.value(data)
    if isinstance(value, Items | Table) or isinstance(data, ast.ListComp):
        return ""
    name = data.func.id if isinstance(data, ast.Call) and isinstance(data.func, ast.Name) else ""
    function = call.function(name) if name else None
    if function is None or function.decorator_list or makes_resources(function):
        return "what it is given is not known"
    return _REASONS[progress(call, Source(function, name, data if isinstance(data, ast.Call) else None))]


def _target(call: Call, name: str) -> Relation:
    for argument in ("table_name", "name"):
        given = call.given(argument)
        if isinstance(given, Text):
            return table_relation(given.text)
        if given is not None:
            return Relation("table", (f"{{{{ {argument} }}}}",))
    return Relation("table", (name or "{{ name }}",))


def _disposition(value: Value | None) -> tuple[str, str]:
    """A write disposition and its strategy; an empty word where it isn't known."""
    if value is None:
        return "append", ""
    if isinstance(value, Text):
        return (value.text, "") if value.text in ("append", "replace", "merge", "skip") else ("", "")
    if isinstance(value, Table) and not value.open:
        word, strategy = value.get("disposition"), value.get("strategy")
        if isinstance(word, Text) and (strategy is None or isinstance(strategy, Text)):
            return word.text, strategy.text if strategy is not None else ""
    return "", ""


def _says(value: Value | None) -> bool:
    """Whether a key is given, or may be."""
    if value is None or (isinstance(value, Plain) and value.value is None):
        return False
    return not (isinstance(value, Items) and not value.items and not value.open)


def _columns(value: Value | None) -> Iterator[str]:
    """The columns of a key, as far as they are known."""
    items = value.items if isinstance(value, Items) else (value,)
    return (item.text for item in items if isinstance(item, Text))


def _hidden_key(call: Call) -> str:
    """Where the key of a `merge` may stand besides: among the columns, in hints that are given later."""
    columns = call.given("columns")
    if columns is not None:
        known = isinstance(columns, Table) and not columns.open
        for _, column in columns.entries if isinstance(columns, Table) else ():
            known = known and isinstance(column, Table) and not column.open
            if isinstance(column, Table) and any(column.get(key) is not None for key in _KEYS):
                return "a column of it is the key"
        if not known:
            return "its columns may hold the key"
    if isinstance(call.given(_KEYS[0]), Unknown | Choice):
        return "its key is not known"
    return "hints are given later" if "apply_hints" in call.file.text else ""


def _contract(call: Call) -> None:
    """What a schema contract does with rows that do not fit."""
    node = call.argument("schema_contract")
    value = call.given("schema_contract")
    if node is None or value is None:
        return
    modes = dict.fromkeys(("tables", "columns", "data_type"), value)
    if isinstance(value, Table):
        modes = {name: found for name in modes if (found := value.get(name)) is not None}
    words = {name: mode.text for name, mode in modes.items() if isinstance(mode, Text)}
    rows = next((name for name, word in words.items() if word == "discard_row"), "")
    if rows or words.get("data_type") == "discard_value":
        by = f"schema_contract={call.written(node)}"
        outcome = "dropped" if rows else "nulled"
        call.effects.bad(BadRecords(outcome, "dlt", by, call.add(node), outside=True))


def _table(call: Call) -> bool:
    """`sql_table`, `filesystem` and their like, which are resources by themselves."""
    value = call.value(call.node)
    if not isinstance(value, CallOf) or not value.function.startswith("dlt.sources."):
        return False
    word, _ = _disposition(call.given("write_disposition"))
    node = call.argument("write_disposition")
    if node is None or word != "append" or call.given("incremental") is not None:
        return False
    name = call.text("table")
    target = table_relation(name) if name else Relation("table", ("{{ table }}",))
    call.effects.write(
        Write("append", target, call.add(node), rows="file", option='write_disposition="append"', by="resource")
    )
    return True


LIBRARY = Library(
    "dlt",
    ("dlt",),
    {
        "resource": _made,
        "transformer": _made,
        "run": _run,
        "sql_table": _table,
        "rest_api_source": described,
        "rest_api_resources": described,
    },
    decorators={"resource": declared, "transformer": declared, "source": declared},
)
