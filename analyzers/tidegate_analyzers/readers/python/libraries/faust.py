"""Faust: agents that read topics, what they send, and the tables whose changes are topics of their own.

An event is acknowledged when the loop over the stream goes on to the next one, so that its offset is committed after
what the loop does with it: https://faust.readthedocs.io/en/latest/userguide/agents.html. The changelog of a table is
called `<app>-<table>-changelog` unless a topic is given: https://faust.readthedocs.io/en/latest/userguide/tables.html.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tidegate_analyzers.facts import Read, Setting, Stream, Value, Write
from tidegate_analyzers.readers.python.libraries.base import Call, Function, Library, Place
from tidegate_analyzers.readers.python.libraries.kafka import topic
from tidegate_analyzers.readers.python.names import Env, dotted
from tidegate_analyzers.readers.python.values import Text

_APPS = frozenset(("App",))
_TABLES = frozenset(("Table", "GlobalTable", "SetTable", "SetGlobalTable"))


def _made(node: ast.expr | None, env: Env) -> ast.Call | None:
    """The call by which an object was made."""
    if isinstance(node, ast.Name):
        node = env.node(node.id)
    return node if isinstance(node, ast.Call) else None


def _topics(place: Place, node: ast.expr | None, env: Env) -> Iterator[str]:
    """The names of a topic that was made by `app.topic(…)`."""
    made = _made(node, env)
    if made is None or not isinstance(made.func, ast.Attribute) or made.func.attr != "topic":
        return
    for argument in made.args:
        value = place.value(argument, env)
        if isinstance(value, Text) and value.known:
            yield value.text


def _agent(call: Call, function: Function | None) -> None:
    """`@app.agent(topic, sink=[…])`: what it reads, where its results go, which tables it changes."""
    node = call.argument("channel", 0)
    names = tuple(_topics(call, node, call.env))
    reads = tuple(Read(topic(name), call.add(node)) for name in names) if node is not None else ()
    for read in reads:
        call.effects.read(read)
    if reads:
        library = Setting("library", Value(True, "faust"))
        call.effects.stream(Stream("kafka", call.add(call.node.func), "", None, reads, settings=(library,)))
    sinks = call.argument("sink")
    for sink in sinks.elts if isinstance(sinks, ast.List | ast.Tuple) else ():
        for name in _topics(call, sink, call.env):
            call.effects.write(Write("append", topic(name), call.add(sink), rows="file", option="sink", by="producer"))
    for target, table in _stored(function, call.env) if function is not None else ():
        for name in _changelog(call, table):
            call.effects.write(Write("merge", topic(name), call.add(target), option="a table", by="producer"))


def _stored(function: Function, env: Env) -> Iterator[tuple[ast.expr, ast.Call]]:
    """The tables whose entries a function sets, each once, with the calls by which they were made."""
    seen: set[str] = set()
    for node in ast.walk(function):
        if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Store):
            continue
        made = _made(node.value, env)
        while made is not None and dotted(made.func).rpartition(".")[2] not in _TABLES:
            inner = made.func.value if isinstance(made.func, ast.Attribute) else None
            made = inner if isinstance(inner, ast.Call) else None  # `app.Table(…).tumbling(…)`
        if made is not None and dotted(node.value) not in seen:
            seen.add(dotted(node.value))
            yield node.value, made


def _changelog(call: Call, table: ast.Call) -> Iterator[str]:
    """The topic of the changes of a table."""
    given = next((keyword.value for keyword in table.keywords if keyword.arg == "changelog_topic"), None)
    if given is not None:
        yield from _topics(call, given, call.env)
        return
    app = _made(table.func.value if isinstance(table.func, ast.Attribute) else None, call.env)
    if app is None or dotted(app.func).rpartition(".")[2] not in _APPS:
        return
    own = _name(call, app, "id")
    name = _name(call, table, "name")
    if own and name:
        yield f"{own}-{name}-changelog"


def _name(call: Call, made: ast.Call, keyword: str) -> str:
    node = made.args[0] if made.args else next((k.value for k in made.keywords if k.arg == keyword), None)
    value = call.value(node) if node is not None else None
    return value.text if isinstance(value, Text) and value.known else ""


def _send(call: Call) -> bool:
    """`await topic.send(value=…)`, or `app.send("topic", …)`."""
    if call.receiver is None:
        return False
    names = list(_topics(call, call.receiver, call.env))
    app = _made(call.receiver, call.env)
    if not names and app is not None and dotted(app.func).rpartition(".")[2] in _APPS:
        given = call.given("channel", 0)
        first = call.argument("channel", 0)
        names = [given.text] if isinstance(given, Text) and given.known else list(_topics(call, first, call.env))
    for name in names:
        site = call.add(call.node.func)
        call.effects.write(Write("append", topic(name), site, rows="file", option=f"{call.method}()", by="producer"))
    return bool(names)


LIBRARY = Library(
    "faust",
    ("faust",),
    dict.fromkeys(("send", "send_soon"), _send),
    decorators={"agent": _agent},
)
