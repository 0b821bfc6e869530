"""Flink jobs that take checkpoints, and sinks of Kafka that commit with them, in Java, Python and SQL.

These change what runs, so they are offered, shown and confirmed, never applied by themselves.
"""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.fixes.base import Workspace, edit, fix, indent_of, line_end
from tidegate_analyzers.fixes.chain import before_call
from tidegate_analyzers.fixes.python_edit import call_at, dotted_target, imported, innermost
from tidegate_analyzers.syntax.java import JavaCall, JavaFile, parse_java
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.text import Change, Document, Edit, Span

_EVERY = 60_000
"""Milliseconds between checkpoints."""
_TIMEOUT = 900_000
"""Milliseconds: the longest transaction that brokers allow unless told otherwise, less than what the sink asks for."""
_PREFIX = "<name of the job>"
_GIVEN = re.compile(r"([\w.]+)\s*=\s*\Z")
_JAVA_GUARANTEE = "org.apache.flink.connector.base.DeliveryGuarantee"
_PYTHON_GUARANTEE = "pyflink.datastream.connectors.base"
_WEAKER = re.compile(r"\bDeliveryGuarantee\s*\.\s*(AT_LEAST_ONCE|NONE)\b")
_CONNECTOR = re.compile(r"(?P<open>[ \t]*)'connector'(?P<sign>\s*=\s*)'kafka'")


@fix("flink.checkpoints")
def checkpoints(workspace: Workspace, path: str, site: str) -> Change | None:
    """Take a checkpoint every minute."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    return _python_checkpoints(document, span) if path.endswith(".py") else _java_checkpoints(document, span)


def _java_checkpoints(document: Document, span: Span) -> Change | None:
    """Behind the variable that is given the environment, within a method."""
    name = _GIVEN.search(document.text, max(0, span.start - 200), span.start)
    inside = any(body.covers(span) for body in parse_java(document.text).bodies.values())
    if name is None or not inside or not document.text.startswith(";", span.end):
        return None
    end = line_end(document, span.end)
    rest = document.text[span.end + 1 : end].strip()
    at = end if not rest or rest.startswith("//") else span.end + 1
    line = f"\n{indent_of(document, span.start)}{name[1]}.enableCheckpointing({_EVERY});"
    return Change((edit(document, (at, at), line),))


def _python_checkpoints(document: Document, span: Span) -> Change | None:
    file = parse_python(document.text)
    call = call_at(file, span)
    given = innermost(file, span, ast.stmt) if call is not None else None
    name = dotted_target(given) if isinstance(given, ast.Assign) and given.value is call else ""
    if call is None or given is None or not name:
        return None
    way = f"{name}.enable_checkpointing({_EVERY:_})"
    if isinstance(call.func, ast.Attribute) and call.func.attr == "create":
        way = f'{name}.get_config().set("execution.checkpointing.interval", "1 min")'
    end = line_end(document, file.span(given).end)
    return Change((edit(document, (end, end), f"\n{indent_of(document, file.span(given).start)}{way}"),))


@fix("flink.exactly-once")
def exactly_once(workspace: Workspace, path: str, site: str) -> Change | None:
    """Let a sink of Kafka write in transactions that end with checkpoints."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    if path.endswith(".java"):
        return _java_sink(document, span)
    if path.endswith(".py"):
        found = _python_sink(document, span)
        if found is not None:
            return found
    return _sql_sink(document, document.slice(span))


def _java_sink(document: Document, span: Span) -> Change | None:
    file = parse_java(document.text)
    attached = next((call for call in file.calls if call.at == span and call.arguments), None)
    if attached is None:
        return None
    made = _made(file, attached.arguments[0].span)
    builds = [call for call in file.calls if call.name == "build" and made.covers(call.span) and _is_sink(file, call)]
    if len(builds) != 1 or builds[0].receiver is None:
        return None
    edits = list(_stronger(document, builds[0].receiver))
    calls = [] if edits else ["setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)"]
    written = file.slice(builds[0].receiver)
    calls += [] if "setTransactionalIdPrefix" in written else [f'setTransactionalIdPrefix("{_PREFIX}")']
    if "transaction.timeout.ms" not in written and "setKafkaProducerConfig" not in written:
        calls.append(f'setProperty("transaction.timeout.ms", "{_TIMEOUT}")')
    put = before_call(document, builds[0].at, *calls)
    if put is None:
        return None
    if not re.search(r"^\s*import\s+[\w.]*\bDeliveryGuarantee\s*;", file.code, re.M):
        edits += _java_import(document, file)
    return Change((*put.edits, *edits))


def _is_sink(file: JavaFile, call: JavaCall) -> bool:
    return call.receiver is not None and "KafkaSink" in file.slice(call.receiver)


def _made(file: JavaFile, span: Span) -> Span:
    """Where the sink is made that stands at a place: there, in the variable's first value, or in the method called."""
    named = re.match(r"\w+", file.slice(span))
    if named is None or "KafkaSink" in file.slice(span):
        return span
    return file.variables.get(named[0]) or file.bodies.get(named[0]) or span


def _stronger(document: Document, span: Span) -> list[Edit]:
    found = _WEAKER.search(document.text, span.start, span.end)
    return [edit(document, found.span(1), "EXACTLY_ONCE")] if found is not None else []


def _java_import(document: Document, file: JavaFile) -> list[Edit]:
    imports = list(re.finditer(r"^[ \t]*import\s+([\w.]+)\s*;", file.code, re.M))
    line = f"import {_JAVA_GUARANTEE};"
    if not imports:
        return []
    behind = [found for found in imports if found[1].startswith("org.apache.flink") and found[1] < _JAVA_GUARANTEE]
    if behind:
        return [edit(document, (behind[-1].end(), behind[-1].end()), f"\n{line}")]
    return [edit(document, (imports[0].start(), imports[0].start()), f"{line}\n")]


def _python_sink(document: Document, span: Span) -> Change | None:
    file = parse_python(document.text)
    attached = call_at(file, span)
    given = attached.args[0] if attached is not None and attached.args else None
    if isinstance(given, ast.Name):
        given = _value_of(file, given.id)
    if not (isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute) and given.func.attr == "build"):
        return None
    written = file.slice(given)
    if "KafkaSink" not in written:
        return None
    edits = _stronger(document, file.span(given))
    calls = [] if edits else ["set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)"]
    calls += [] if "set_transactional_id_prefix" in written else [f'set_transactional_id_prefix("{_PREFIX}")']
    if "transaction.timeout.ms" not in written:
        calls.append(f'set_property("transaction.timeout.ms", "{_TIMEOUT}")')
    end = file.span(given.func).end
    put = before_call(document, Span(end - len("build"), end), *calls)
    new = imported(document, file, _PYTHON_GUARANTEE, "DeliveryGuarantee")
    return Change((*put.edits, *edits, *([new] if new is not None else []))) if put is not None else None


def _value_of(file: PythonFile, name: str) -> ast.expr | None:
    """What a name is given, if it is given one thing."""
    found = [node.value for node in ast.walk(file.tree) if isinstance(node, ast.Assign) and dotted_target(node) == name]
    return found[0] if len(found) == 1 else None


def _sql_sink(document: Document, name: str) -> Change | None:
    """The options of a table's connector."""
    last = re.escape(name.rpartition(".")[2].strip('`"'))
    tables = list(
        re.finditer(rf"\bcreate\s+(?:temporary\s+)?table\s+[^;()]*?\b{last}\b[`\"]?\s*\(", document.text, re.I)
    )
    if len(tables) != 1:
        return None
    text = document.text
    end = text.find(";", tables[0].end())
    following = re.compile(r"\bcreate\s+(?:temporary\s+)?(?:table|view)\b|\binsert\s+into\b", re.I)
    other = following.search(text, tables[0].end())
    limit = min(stop for stop in (end, other.start() if other is not None else -1, len(text)) if stop >= 0)
    found = _CONNECTOR.search(text, tables[0].end(), limit)
    if found is None:
        return None
    options = {
        "sink.delivery-guarantee": "exactly-once",
        "sink.transactional-id-prefix": _PREFIX,
        "properties.transaction.timeout.ms": str(_TIMEOUT),
    }
    edits = []
    for key in list(options):
        said = re.compile(rf"'{re.escape(key)}'\s*=\s*'([^']*)'").search(text, tables[0].end(), limit)
        if said is not None:
            if key == "sink.delivery-guarantee":
                edits.append(edit(document, said.span(1), options[key]))
            del options[key]
    line = text.rfind("\n", 0, found.start("sign")) + 1
    alone = text[line : found.start()].strip() == ""
    joint = f",\n{text[line : found.end('open')]}" if alone else ", "
    added = "".join(f"{joint}'{key}'{found['sign']}'{value}'" for key, value in options.items())
    return Change((*edits, edit(document, (found.end(), found.end()), added))) if added or edits else None
