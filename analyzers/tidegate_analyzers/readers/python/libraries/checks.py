"""Checks of data that a program runs, and whether anybody looks at what they found.

Great Expectations, Soda and dbt's runner say in their result whether a check failed; only who reads it can stop.
pandera raises, unless the program catches that, or has it drop what is invalid:
https://docs.greatexpectations.io, https://docs.soda.io, https://docs.getdbt.com/reference/programmatic-invocations,
https://pandera.readthedocs.io/en/stable/drop_invalid_rows.html.
"""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.facts import BadRecords, Gate
from tidegate_analyzers.readers.python.libraries.base import Call, Library, is_true
from tidegate_analyzers.readers.python.libraries.fate import caught, is_unread
from tidegate_analyzers.readers.python.libraries.frames import made_by
from tidegate_analyzers.readers.python.names import dotted
from tidegate_analyzers.readers.python.values import Items, Text

_CHECKPOINTS = frozenset(
    (
        "Checkpoint",
        "SimpleCheckpoint",
        "add_checkpoint",
        "add_or_update_checkpoint",
        "get_checkpoint",
        "ValidationDefinition",
    )
)
_LOOKED_UP = re.compile(r"\b(?:checkpoints|validation_definitions)\.(?:get|add|add_or_update)$")
_SCAN_READ = re.compile(r"(?:assert_no|has_|get_|is_|build_scan_results|_checks)")
_COMMAND = re.compile(
    r"\bdbt\b(?:\s+\S+)*?\s+(?:test|build)\b|\bsoda\s+scan\b|\b(?:great_expectations|gx)\s+checkpoint\s+run\b"
)


def _gate(call: Call, engine: str) -> None:
    text = call.written(call.node.func) + "()"
    call.effects.gate(Gate(engine, call.add(call.node.func), text, "no" if is_unread(call.file, call.node) else ""))


def _run(call: Call) -> bool:
    """`checkpoint.run()`, or a command line that is given to `subprocess.run`."""
    if call.origin() == "subprocess.run":
        if not is_true(call.given("check")):
            _command(call)
        return False
    looked_up = _LOOKED_UP.search(call.origin(call.receiver)) if call.receiver is not None else None
    if looked_up or made_by(call, _CHECKPOINTS) is not None or _constructed(call):
        _gate(call, "great_expectations")
    return False


def _constructed(call: Call) -> bool:
    origin = call.origin(call.receiver) if call.receiver is not None else ""
    return origin.rpartition(".")[2] in _CHECKPOINTS


def _run_checkpoint(call: Call) -> bool:
    _gate(call, "great_expectations")
    return False


def _execute(call: Call) -> bool:
    """A scan of Soda, whose methods tell afterwards what it found."""
    receiver = call.receiver
    if not isinstance(receiver, ast.Name) or call.origin(receiver).rpartition(".")[2] != "Scan":
        return False
    for node in ast.walk(call.file.tree):
        if isinstance(node, ast.Attribute) and dotted(node.value) == receiver.id and _SCAN_READ.match(node.attr):
            return True
        if isinstance(node, ast.Call) and any(
            isinstance(item, ast.Name) and item.id == receiver.id for item in node.args
        ):
            return True
    _gate(call, "soda")
    return True


def _invoke(call: Call) -> bool:
    given = call.given("args", 0)
    words = [item.text for item in given.items if isinstance(item, Text)] if isinstance(given, Items) else []
    receiver = call.receiver
    made = receiver is not None and call.origin(receiver).rpartition(".")[2] == "dbtRunner"
    if made and {"test", "build"}.intersection(words):
        _gate(call, "dbt")
    return False


def _command(call: Call) -> bool:
    """A check by its command, whose exit status a program has to look at."""
    if not call.origin().startswith(("subprocess.", "os.")):
        return False
    given = call.given("args", 0)
    words = [item.text for item in given.items if isinstance(item, Text)] if isinstance(given, Items) else []
    text = given.text if isinstance(given, Text) else " ".join(words)
    if _COMMAND.search(text) and not re.search(r"\|\|", text):
        _gate(call, text.partition(" ")[0].rpartition("/")[2])
    return False


def _schema(call: Call) -> bool:
    node = call.argument("drop_invalid_rows")
    if node is not None and is_true(call.given("drop_invalid_rows")):
        _drops(call, node)
    return False


def _validate(call: Call) -> bool:
    """`schema.validate(df)`: what it raises may be caught; the schema may drop what is invalid."""
    receiver = call.receiver
    if not isinstance(receiver, ast.Name):
        return False
    origin = call.origin(receiver)
    model = next((n for n in ast.walk(call.file.tree) if isinstance(n, ast.ClassDef) and n.name == receiver.id), None)
    if model is not None and any(
        dotted(base).rpartition(".")[2] in ("DataFrameModel", "SchemaModel") for base in model.bases
    ):
        for node in ast.walk(model):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                is_set = isinstance(node.value, ast.Constant) and node.value.value is True
                if node.targets[0].id == "drop_invalid_rows" and is_set:
                    _drops(call, node.value)
    elif not origin.startswith(("pandera", "pa.")):
        return False
    handler = caught(call.file, call.node)
    if handler == "passed":
        text = call.written(call.node.func) + "()"
        call.effects.gate(Gate("pandera", call.add(call.node.func), text, "no"))
    return False


def _drops(call: Call, node: ast.expr) -> None:
    call.effects.bad(BadRecords("dropped", "pandera", "drop_invalid_rows=True", call.add(node), outside=True))


LIBRARY = Library(
    "checks",
    ("great_expectations", "soda", "pandera", "dbt.cli", "dbt.cli.main", "prefect", "dagster"),
    {
        "run": _run,
        "run_checkpoint": _run_checkpoint,
        "run_validation_operator": _run_checkpoint,
        "execute": _execute,
        "invoke": _invoke,
        "call": _command,
        "system": _command,
        "DataFrameSchema": _schema,
        "validate": _validate,
    },
)
