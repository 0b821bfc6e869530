"""Write the whole failure path of a write of PySpark: bad rows beside the good ones, who is told, how they come back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Contract, columns
from tidegate_analyzers.fixes.base import edit, indent_of, line_end
from tidegate_analyzers.fixes.known import known_dataset
from tidegate_analyzers.fixes.python_edit import dotted, imported
from tidegate_analyzers.fixes.sql_names import PLAIN
from tidegate_analyzers.graph import contracts
from tidegate_analyzers.ide.refactor.asked import REWRITE, Asked, Refactoring
from tidegate_analyzers.ide.refactor.clauses import clauses
from tidegate_analyzers.ide.refactor.spark_replay import METADATA, Replayed, replay_of
from tidegate_analyzers.ide.refactor.spark_write import SparkWrite, write_at
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.text import Change, Edit

_ASIDE = re.compile(r"quarantine|reject|invalid|dead.?letter|dlq|error", re.I)
_VALID, _ROWS, _QUERY = "is_valid", "rows", "quarantined"
"""The names that the new lines use."""


def write_spark_path(asked: Asked) -> Iterator[Refactoring]:
    """On a write whose target has columns that must be there, as its contract or its description says."""
    if asked.role.kind != "python" or ".write" not in asked.document.text:
        return
    file = parse_python(asked.document.text)
    found = write_at(file, asked.span)
    if found is None or _ASIDE.search(found.target):
        return
    parts = _parts(found.target)
    required, key, version, owner = _known(asked, parts)
    taken = {node.id for node in ast.walk(file.tree) if isinstance(node, ast.Name)}
    if not required or not all(map(PLAIN.fullmatch, (*required, *key))) or taken & {_VALID, _ROWS, _QUERY}:
        return
    adds = found.streams or found.given("mode") == "append"
    what = Replayed(found.target, _aside(found.target), key, adds, found.given("format") == "delta", owner)
    replay = replay_of(asked, what, streams=found.streams)
    condition = " and ".join(f"{column} is not null" for column in required)
    edits = list(_edits(asked, file, found, condition, version)) if replay is not None else []
    if replay is not None and edits:
        told = _clauses(asked, parts, condition, what.aside, replay.words)
        change = Change((*edits, *told), (replay.file,))
        yield Refactoring(f"Write the failure path of '{parts[-1]}'", REWRITE, change, safe=False)


def _parts(target: str) -> tuple[str, ...]:
    """The parts of a table's name; of a path its last."""
    return (target.rstrip("/").rpartition("/")[2],) if "/" in target else tuple(target.split("."))


def _aside(name: str) -> str:
    """Where what is kept apart goes: beside the rest, where whoever writes that may write."""
    return f"{name.rstrip('/')}_quarantine"


def _known(asked: Asked, parts: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], str, str]:
    """The columns that must be there, the key, the version of the contract and the owner."""
    for posting, obj in contracts.described(asked.view, parts[-1].casefold(), parts):
        contract = contracts.contract_of(asked.view, posting)
        there = [column.name for column in columns(obj.columns) if column.not_null or column.primary_key]
        if contract is not None and (obj.key or there):
            version = str(contract.version.value or "<contract version>")
            return tuple(dict.fromkeys((*obj.key, *there))), obj.key, version, contract.owner
    known = known_dataset(asked.view, ".".join(parts), asked.path)
    there = [column.name for column in known.columns if column.not_null]
    return tuple(dict.fromkeys((*known.key, *there))), known.key, "<contract version>", known.owner


def _edits(asked: Asked, file: PythonFile, found: SparkWrite, condition: str, version: str) -> Iterator[Edit]:
    """The split, the write of what is not valid, and the write that was there, of what is."""
    document = asked.document
    statement, frame = file.span(found.statement), file.span(found.frame)
    indent = indent_of(document, statement.start)
    functions, new = _functions(asked, file)
    if document.text[: statement.start].rpartition("\n")[2].strip() or not functions:
        return
    lines = []
    name = dotted(found.frame)
    if not name:
        name = _ROWS
        lines += [f"{name} = ({document.slice(frame)})"]
    lines += [f'{_VALID} = {functions}.coalesce({functions}.expr("{condition}"), {functions}.lit(False))']
    values = {
        "_error_rule": f'{functions}.lit("{condition}")',
        "_contract_version": f'{functions}.lit("{version}")',
        "_source": f'{functions}.lit("{asked.path}")',
        "_run_id": f'{functions}.lit({name}.sparkSession.conf.get("spark.app.id", ""))',
        "_quarantined_at": f"{functions}.current_timestamp()",
        "_status": f'{functions}.lit("open")',
    }
    assert tuple(values) == METADATA
    assigned = f"{_QUERY} = " if found.streams and found.finite else ""
    chain = _same(asked, file, found).lstrip(" \t\r\n\\")
    lines += [
        f"{assigned}(",
        f"    {name}.filter(~{_VALID})",
        *(f'    .withColumn("{column}", {value})' for column, value in values.items()),
        f"    {chain}",
        ")",
    ]
    if new is not None:
        yield new
    yield edit(document, (statement.start, statement.start), "".join(f"{line}\n{indent}" for line in lines))
    yield edit(document, frame, f"{name}.filter({_VALID})")
    if found.streams:
        yield from _awaited(asked, file, found, name)


def _functions(asked: Asked, file: PythonFile) -> tuple[str, Edit | None]:
    """The name of Spark's functions, and the edit that imports them where nothing does; empty where it is taken."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "pyspark.sql":
            for alias in node.names:
                if alias.name == "functions":
                    return alias.asname or alias.name, None
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "pyspark.sql.functions":
                    return alias.asname or alias.name, None
    if any(isinstance(node, ast.Name) and node.id == "F" for node in ast.walk(file.tree)):
        return "", None
    return "F", imported(asked.document, file, "pyspark.sql", "functions as F")


def _same(asked: Asked, file: PythonFile, found: SparkWrite) -> str:
    """The chain from `.write` on, with names of its own in the place of those that it may not share."""
    start, end = file.span(found.frame).end, file.span(found.done).end
    text = asked.document.text[start:end]
    for node in sorted(found.own, key=lambda item: file.span(item).start, reverse=True):
        span = file.span(node)
        written = asked.document.slice(span)
        quote = written[-1]
        text = f"{text[: span.start - start]}{quote}{_aside(str(node.value))}{quote}{text[span.end - start :]}"
    return text


def _awaited(asked: Asked, file: PythonFile, found: SparkWrite, name: str) -> Iterator[Edit]:
    """Both queries are waited for: each to its end, or for the first that fails."""
    document = asked.document
    waiting = _waiting(file, found)
    if waiting is None:
        return
    statement, call = waiting
    end = line_end(document, file.span(statement).end)
    indent = indent_of(document, file.span(statement).start)
    if found.finite:
        yield edit(document, (end, end), f"\n{indent}{_QUERY}.awaitTermination()")
    elif call.args or call.keywords:
        return
    elif statement is found.statement:
        yield edit(document, (file.span(found.done).end, file.span(call).end), "")
        yield edit(document, (end, end), f"\n{indent}{name}.sparkSession.streams.awaitAnyTermination()")
    else:
        yield edit(document, file.span(call), f"{name}.sparkSession.streams.awaitAnyTermination()")


def _waiting(file: PythonFile, found: SparkWrite) -> tuple[ast.stmt, ast.Call] | None:
    """The statement that waits for the query, with the call."""
    own = found.calls.get("awaitTermination")
    if own is not None:
        return found.statement, own
    target = found.statement.targets[0] if isinstance(found.statement, ast.Assign) else None
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call) or target is None:
            continue
        if dotted(node.value.func) == f"{dotted(target)}.awaitTermination":
            return node, node.value
    return None


def _clauses(asked: Asked, parts: tuple[str, ...], condition: str, aside: str, replay: str) -> Iterator[Edit]:
    """The clause about invalid records in the contracts of the target."""

    def value_of(contract: Contract) -> dict[str, object]:
        return {
            "definition": f"not ({condition})",
            "action": "quarantine",
            "location": aside,
            "metadata": list(METADATA),
            "retention": "30d",
            "owner": contract.owner or "<team>",
            "reprocess": replay,
        }

    return clauses(asked, [parts], value_of)
