"""What becomes of messages that a loop can't read: it ends at them, or goes on without them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tidegate_analyzers.facts import BadRecords
from tidegate_analyzers.readers.python.libraries.base import Loop, Place, argument, dotted

_PARSES = re.compile(
    r"(?:^|\.)(?:(?:json|orjson|ujson|simplejson|rapidjson|msgpack)\.(?:loads|unpackb)|model_validate_json|parse_raw)$"
)
_CATCHES = frozenset(
    (
        "Exception",
        "BaseException",
        "ValueError",
        "JSONDecodeError",
        "UnicodeDecodeError",
        "ValidationError",
        "TypeError",
    )
)
POLLS = frozenset(("poll", "consume", "getone", "getmany"))
"""Methods that ask a consumer for messages."""
_FAILED = frozenset(("SerializerError", "SerializationError", "KeyDeserializationError", "ValueDeserializationError"))
"""What consumers of confluent-kafka raise that deserialize by themselves
(https://docs.confluent.io/platform/current/clients/confluent-kafka-python/html/index.html)."""
_SHOWS = re.compile(
    r"^print$|^pprint$|^traceback\.print_exc$|(?:^|\.)_?(?:log|logger|logging)\.\w+$|^sys\.std\w+\.\w+$", re.I
)
_OF_MESSAGES = frozenset(
    ("loads", "decode", "value", "key", "topic", "partition", "offset", "timestamp", "headers", "error", "code", "get",
     "poll", "consume", "commit", "format", "str", "len", "int", "dumps", "items", "values", "getone", "getmany", "append")
)  # fmt: skip
"""What is done with messages without giving them to anybody."""


def bad_messages(loop: Loop, made_by: ast.Call, place: Place, consumer: ast.expr) -> Iterator[BadRecords]:
    """What a loop over messages does with one it can't parse; nothing of one that only shows them."""
    if _only_shows(loop):
        return
    deserializer = argument(made_by, "value_deserializer")
    if deserializer is not None and _raises(deserializer, place):
        yield BadRecords(
            "stops",
            "kafka",
            place.written(deserializer),
            place.add(deserializer),
            outside=True,
            note="an error in the deserializer comes before the message is behind the consumer",
        )
    for call, guard in _parses(loop.body, None):
        if not _of_message(call, loop):
            continue
        if guard is None:
            yield BadRecords(
                "stops",
                "kafka",
                place.written(call),
                place.add(call),
                outside=True,
                note=f"its error ends the loop over '{dotted(consumer)}'",
            )
        else:
            yield from _dropped(guard, loop, place, _CATCHES)
        return
    for statement in loop.body:
        for item in ast.walk(statement):
            if isinstance(item, ast.Try) and _asks(item.body):
                yield from _dropped(item, loop, place, _FAILED)


def _asks(statements: list[ast.stmt]) -> bool:
    """Whether the next message is asked for: a consumer that deserializes fails there."""
    return any(
        isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr in ("poll", "consume")
        for statement in statements
        for item in ast.walk(statement)
    )


def _raises(node: ast.expr, place: Place) -> bool:
    """Whether a deserializer parses, and lets errors through."""
    body: ast.AST | None = node if isinstance(node, ast.Lambda) else place.function(dotted(node))
    if body is None:
        return False
    if any(isinstance(item, ast.Try) for item in ast.walk(body)):
        return False
    return any(isinstance(item, ast.Call) and _PARSES.search(dotted(item.func)) for item in ast.walk(body))


def _parses(statements: list[ast.stmt], guard: ast.Try | None) -> Iterator[tuple[ast.Call, ast.Try | None]]:
    """The calls that parse, each with the `try` around it that is in the loop."""
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(statement, ast.Try):
            yield from _parses(statement.body, statement if statement.handlers else guard)
            yield from _parses([*statement.orelse, *statement.finalbody], guard)
            continue
        inner: list[ast.stmt] = []
        for node in ast.iter_child_nodes(statement):
            if isinstance(node, ast.stmt):
                inner.append(node)
            elif isinstance(node, ast.expr):
                for item in ast.walk(node):
                    if isinstance(item, ast.Call) and _PARSES.search(dotted(item.func)):
                        yield item, guard
            elif isinstance(node, ast.ExceptHandler | ast.match_case):
                inner += node.body
        yield from _parses(inner, guard)


def _names(loop: Loop) -> set[str]:
    """The names of the loop's own messages."""
    if not isinstance(loop, ast.While):
        return {item.id for item in ast.walk(loop.target) if isinstance(item, ast.Name)}
    found: set[str] = set()
    for item in ast.walk(loop):
        if isinstance(item, ast.Assign) and any(
            isinstance(part, ast.Attribute) and part.attr in POLLS for part in ast.walk(item.value)
        ):
            found |= {name.id for target in item.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return found


def _of_message(call: ast.Call, loop: Loop) -> bool:
    """Whether what is parsed is a message, or its value."""
    names = _names(loop)
    for item in ast.walk(call):
        if isinstance(item, ast.Attribute) and item.attr == "value":
            return True
        if isinstance(item, ast.Name) and item.id in names:
            return True
    return False


def _dropped(guard: ast.Try, loop: Loop, place: Place, errors: frozenset[str]) -> Iterator[BadRecords]:
    """The handler that catches what can't be parsed, if it does nothing with the message."""
    names = _names(loop)
    for handler in guard.handlers:
        if not _catches(handler, errors):
            continue
        if all(_forgets(item, names) for item in handler.body):
            first = place.written(handler).partition(":")[0]
            kept = "" if isinstance(handler.body[-1], ast.Pass | ast.Continue) else "; it is only logged"
            site = place.add(handler.type if handler.type is not None else handler)
            yield BadRecords("dropped", "kafka", first, site, outside=True, note=f"the loop goes on{kept}")
        return


def _catches(handler: ast.ExceptHandler, errors: frozenset[str]) -> bool:
    if handler.type is None:
        return errors is _CATCHES
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(item).rpartition(".")[2] in errors for item in types)


def _forgets(statement: ast.stmt, names: set[str]) -> bool:
    """Whether a statement of a handler neither stops, counts nor keeps anything of the message."""
    if isinstance(statement, ast.Pass | ast.Continue):
        return True
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return False
    call = statement.value
    return bool(_SHOWS.search(dotted(call.func))) and not any(
        isinstance(item, ast.Name) and item.id in names for item in ast.walk(call)
    )


def _only_shows(loop: Loop) -> bool:
    """Whether a loop does nothing with messages but to print them."""
    return all(
        bool(_SHOWS.search(dotted(item.func))) or dotted(item.func).rpartition(".")[2] in _OF_MESSAGES
        for statement in loop.body
        for item in ast.walk(statement)
        if isinstance(item, ast.Call)
    )
