"""Loops over messages that commit their offsets after the write.

These change what runs, so they are offered, shown and confirmed, never applied by themselves.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tidegate_analyzers.fixes.base import Workspace, edit, fix, indent_of, line_end
from tidegate_analyzers.fixes.python_edit import argument, call_at, dict_of, dotted, dotted_target, entry, innermost
from tidegate_analyzers.readers.python.messages import POLLS
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.text import Change, Document, Edit, Span

_AUTOMATIC = "enable.auto.commit"
_BUFFERED = frozenset(("send", "produce"))
_SAVES = frozenset(("commit", "flush", "bulk_write", "write_points"))
_LEAVES = (ast.Continue, ast.Break, ast.Return, ast.Raise)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_HOPS = 3


class _Level(NamedTuple):
    """A statement around a place: what holds its block, the block, its number in it."""

    owner: ast.AST
    block: Sequence[ast.stmt]
    number: int


@fix("kafka.commit-after-write")
def commit_after_write(workspace: Workspace, path: str, consumer: str, write: str, *commits: str) -> Change | None:
    """Switch auto commit off, and commit behind the write.

    Args:
        workspace: the files.
        path: the program.
        consumer: where the class of the consumer is called.
        write: where the write is told of.
        commits: the commit that comes too early, if there is one.
    """
    document = workspace.document(path)
    if document is None:
        return None
    file = parse_python(document.text)
    span = workspace.span(path, write)
    made = call_at(file, workspace.span(path, consumer))
    name = _name(file, made) if made is not None else ""
    block = _block(file, span, name) if name else None
    settings = _settings(document, file, made) if made is not None else None
    flush = _flush(file, span, block) if block is not None else None
    if made is None or block is None or settings is None or flush is None:
        return None
    wait = "await " if dotted(made.func).rpartition(".")[2].startswith("AIO") else ""
    lines = [f"{wait}{name}.commit()"]
    if commits:
        moved = _taken(document, file, workspace.span(path, commits[0]))
        if moved is None:
            return None
        lines = [moved[0]]
        settings.append(moved[1])
    lines = [*(f"{wait}{line}" for line in flush), *lines]
    return Change((*settings, _behind(document, file, block, lines)))


@fix("kafka.auto-commit-off")
def auto_commit_off(workspace: Workspace, path: str, consumer: str) -> Change | None:
    """Leave it to the program to commit."""
    document = workspace.document(path)
    file = parse_python(document.text) if document is not None else None
    made = call_at(file, workspace.span(path, consumer)) if file is not None else None
    if document is None or file is None or made is None:
        return None
    settings = _settings(document, file, made)
    return Change(tuple(settings)) if settings else None


def _name(file: PythonFile, made: ast.Call) -> str:
    """The name of a consumer."""
    return next((dotted_target(n) for n in ast.walk(file.tree) if isinstance(n, ast.Assign) and n.value is made), "")


def _levels(block: Sequence[ast.stmt], owner: ast.AST, file: PythonFile, span: Span) -> Iterator[_Level]:
    """The statements around a place, outer ones first."""
    for number, statement in enumerate(block):
        if file.span(statement).covers(span):
            yield _Level(owner, block, number)
            for inner in (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                for field in ("body", "orelse", "finalbody"):
                    yield from _levels(getattr(inner, field, ()), inner, file, span)


def _block(file: PythonFile, span: Span, name: str) -> Sequence[ast.stmt] | None:
    """The block of a loop over messages behind which the write at a place is done."""
    for _ in range(_HOPS):
        levels = list(_levels(file.tree.body, file.tree, file, span))
        loops = [number for number, level in enumerate(levels) if _goes_over(level.owner, name)]
        if loops:
            return _end_of_write(levels[loops[-1] :])
        used = _used(file, levels)
        if used is None:
            return None
        span = used
    return None


def _goes_over(loop: ast.AST, name: str) -> bool:
    """Whether a statement is a loop over the messages of a consumer."""
    if isinstance(loop, ast.For | ast.AsyncFor):
        return any(isinstance(node, ast.expr) and dotted(node) == name for node in ast.walk(loop.iter))
    return isinstance(loop, ast.While) and any(
        isinstance(node, ast.Attribute) and node.attr in POLLS and dotted(node.value) == name for node in ast.walk(loop)
    )


def _used(file: PythonFile, levels: list[_Level]) -> Span | None:
    """The one place where the function or the constant is used that a write stands in."""
    functions = [level.owner for level in levels if isinstance(level.owner, _FUNCTIONS)]
    name = functions[-1].name if functions else ""
    if not name and levels:
        statement = levels[-1].block[levels[-1].number]
        name = dotted_target(statement) if isinstance(statement, ast.Assign) else ""
    uses = [
        node
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and dotted(node).rpartition(".")[2] == name
    ]
    return file.span(uses[0]) if name and len(uses) == 1 else None


def _end_of_write(levels: list[_Level]) -> Sequence[ast.stmt]:
    """The block behind which a write in a loop is done: never within a loop or a `with` of its own."""
    depth = 0
    while depth + 1 < len(levels) and _is_way(levels[depth + 1]):
        depth += 1
    for number in range(depth):
        level = levels[number]
        if any(_saves(later) for later in level.block[level.number + 1 :]):
            return level.block  # what is saved further out, is saved first
    return levels[depth].block


def _is_way(level: _Level) -> bool:
    owner = level.owner
    return isinstance(owner, ast.If) or (isinstance(owner, ast.Try) and level.block is owner.body)


def _saves(statement: ast.stmt) -> bool:
    return any(
        isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in _SAVES for node in ast.walk(statement)
    )


def _settings(document: Document, file: PythonFile, made: ast.Call) -> list[Edit] | None:
    """What has to be said otherwise in the configuration; `None` where that isn't seen."""
    if dotted(made.func).endswith("KafkaConsumer"):
        edits = []
        given = {keyword.arg: keyword.value for keyword in made.keywords}
        if "group_id" not in given:
            edits.append(argument(document, file, made, "group_id", '"<group>"'))
        automatic = given.get(_AUTOMATIC.replace(".", "_"))
        if automatic is None:
            edits.append(argument(document, file, made, _AUTOMATIC.replace(".", "_"), "False"))
        elif not _is_false(automatic):
            edits.append(edit(document, file.span(automatic), "False"))
        return edits
    first = made.args[0] if made.args else None
    if isinstance(first, ast.Name):
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                target = node.targets[0]
                key = target.slice.value if isinstance(target.slice, ast.Constant) else ""
                if dotted(target.value) == first.id and key == _AUTOMATIC:
                    return [] if _is_false(node.value) else [edit(document, file.span(node.value), "False")]
        first = dict_of(file, first.id)
    if not isinstance(first, ast.Dict):
        return None
    for name, value in zip(first.keys, first.values, strict=True):
        if isinstance(name, ast.Constant) and name.value == _AUTOMATIC and _is_false(value):
            return []
    return [entry(document, file, first, _AUTOMATIC, "False")]


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).casefold() == "false"


def _flush(file: PythonFile, span: Span, block: Sequence[ast.stmt]) -> list[str] | None:
    """What sends the messages that are in a buffer; `None` where their producer has no name in the loop."""
    call = innermost(file, span, ast.Call)
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in _BUFFERED:
        return []
    name = dotted(call.func.value)
    here = any(file.span(statement).covers(span) for statement in block)
    done = any(
        isinstance(node, ast.Attribute) and node.attr == "flush" for statement in block for node in ast.walk(statement)
    )
    return [] if done else [f"{name}.flush()"] if here and name else None


def _taken(document: Document, file: PythonFile, commit: Span) -> tuple[str, Edit] | None:
    """A commit that stands by itself: its text, and the edit that takes its line away."""
    for level in reversed(list(_levels(file.tree.body, file.tree, file, commit))):
        statement = level.block[level.number]
        place = file.span(statement)
        start = document.lines.line_span(document.lines.position(place.start).line).start
        end = line_end(document, place.end)
        alone = document.text[start:end].strip() == document.slice(place)
        if not isinstance(statement, ast.Expr) or len(level.block) == 1 or not alone:
            return None
        return document.slice(place), edit(document, (start, min(end + len(document.newline), len(document.text))), "")
    return None


def _behind(document: Document, file: PythonFile, block: Sequence[ast.stmt], lines: list[str]) -> Edit:
    """Lines at the end of a block, before what leaves it."""
    last = file.span(block[-1])
    indent = indent_of(document, last.start)
    if isinstance(block[-1], _LEAVES):
        return edit(document, (last.start, last.start), "".join(f"{line}\n{indent}" for line in lines))
    end = line_end(document, last.end)
    return edit(document, (end, end), "".join(f"\n{indent}{line}" for line in lines))
