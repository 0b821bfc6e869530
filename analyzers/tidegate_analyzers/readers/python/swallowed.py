"""Records that a loop leaves out because something about them raised, and that nobody hears of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tidegate_analyzers.facts import BadRecords
from tidegate_analyzers.readers.python.libraries.base import Loop, Place
from tidegate_analyzers.readers.python.names import dotted

_RECORDS = re.compile(
    r"^(?:items|lines|entries)$|(?:^|_)(?:rows?|records?|messages?|msgs?|events?|observations?|documents|docs|reader|consumer|payloads?|iterrows|itertuples)$",
    re.I,
)
_CAUGHT = frozenset(
    ("", "Exception", "ValueError", "KeyError", "TypeError", "JSONDecodeError", "ValidationError", "InvalidOperation")
)
_KEEPS = frozenset(
    (
        "append",
        "extend",
        "add",
        "write",
        "writerow",
        "send",
        "produce",
        "put",
        "execute",
        "insert",
        "insert_one",
        "publish",
    )
)


def swallowed(loop: Loop, place: Place) -> Iterator[BadRecords]:
    """The handlers in a loop over records that drop the record at hand without a word."""
    if not isinstance(loop, ast.For | ast.AsyncFor) or not _over_records(loop.iter):
        return
    names = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    for number, statement in enumerate(loop.body):
        if not isinstance(statement, ast.Try) or statement.finalbody or not _touches(statement.body, names):
            continue
        kept_inside = _keeps((*statement.body, *statement.orelse))
        kept_after = _keeps(loop.body[number + 1 :])
        for handler in statement.handlers:
            words = _words(handler)
            only = handler.body[0] if len(handler.body) == 1 else None
            drops = isinstance(only, ast.Continue) and (kept_inside or kept_after)
            drops = drops or (isinstance(only, ast.Pass) and kept_inside and not kept_after)
            if drops and words <= _CAUGHT:
                by = (
                    f"except {' | '.join(sorted(words))}".strip()
                    + f": {'continue' if isinstance(only, ast.Continue) else 'pass'}"
                )
                yield BadRecords("swallowed", "python", by, place.add(handler.body[0]))


def _over_records(node: ast.expr) -> bool:
    """Whether a loop goes over records, by what it goes over."""
    if isinstance(node, ast.Call) and dotted(node.func) in ("enumerate", "tqdm", "list", "iter") and node.args:
        return _over_records(node.args[0])
    name = dotted(node)
    if isinstance(node, ast.Call) and name.rpartition(".")[2] in ("DictReader", "reader"):
        return True
    return bool(_RECORDS.search(name.rpartition(".")[2]))


def _touches(body: list[ast.stmt], names: set[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for part in body for node in ast.walk(part))


def _keeps(body: tuple[ast.stmt, ...] | list[ast.stmt]) -> bool:
    """Whether statements hand a record on."""
    for part in body:
        for node in ast.walk(part):
            if isinstance(node, ast.Yield | ast.YieldFrom):
                return True
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _KEEPS:
                return True
    return False


def _words(handler: ast.ExceptHandler) -> set[str]:
    """What a handler catches, each by the last part of its name."""
    if handler.type is None:
        return {""}
    nodes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {dotted(node).rpartition(".")[2] for node in nodes}
