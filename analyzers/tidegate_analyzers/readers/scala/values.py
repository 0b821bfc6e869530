"""What the value of a Scala expression is known to be, in the words that are used for Python's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.readers.python.values import Items, Plain, Table, Text, Unknown, Value
from tidegate_analyzers.readers.spark.ops import Ops
from tidegate_analyzers.syntax.fragment import Fragment, constant, hole
from tidegate_analyzers.syntax.scala import (
    Binding,
    Block,
    Call,
    Expression,
    Function,
    Infix,
    Interpolated,
    Literal,
    Name,
    Other,
    Select,
    Statement,
)

_MODES = {"Append": "append", "Overwrite": "overwrite", "Ignore": "ignore", "ErrorIfExists": "errorifexists"}
_LISTS = frozenset(("Seq", "List", "Array", "Set"))


@dataclass(slots=True)
class Names:
    """The names of a scope: what they are, and the chains of calls by which they were made."""

    values: dict[str, Value]
    chains: dict[str, Ops]


def value(node: Expression, names: Names, text: str) -> Value:
    """What an expression is known to be."""
    if isinstance(node, Literal):
        return Text(_literal(node, text)) if isinstance(node.value, str) else Plain(node.value)
    if isinstance(node, Interpolated | Infix):
        found = _fragment(node, names, text)
        return Text(found) if found is not None else Unknown(_written(node, text))
    if isinstance(node, Name):
        return names.values.get(node.text) or Unknown(node.text)
    if (
        isinstance(node, Select)
        and isinstance(node.base, Name)
        and node.base.text == "SaveMode"
        and node.name in _MODES
    ):
        return Text(constant(_MODES[node.name], node.span))
    if isinstance(node, Call) and isinstance(node.function, Name):
        if node.function.text in _LISTS:
            return Items(tuple(value(item, names, text) for _, item in node.arguments))
        if node.function.text == "Map":
            return _map(node, names, text)
    return Unknown(_written(node, text))


def _map(node: Call, names: Names, text: str) -> Value:
    entries: list[tuple[str, Value]] = []
    open_ = False
    for _, item in node.arguments:
        key = value(item.left, names, text) if isinstance(item, Infix) and item.operator == "->" else None
        if isinstance(item, Infix) and isinstance(key, Text) and key.known:
            entries.append((key.text, value(item.right, names, text)))
        else:
            open_ = True
    return Table(tuple(entries), open_)


def _fragment(node: Expression, names: Names, text: str) -> Fragment | None:
    """A text with holes; `None` for what is no text."""
    if isinstance(node, Infix):
        if node.operator != "+":
            return None
        left, right = _fragment(node.left, names, text), _fragment(node.right, names, text)
        if left is None and right is None:
            return None
        return (left or _hole(node.left, text)) + (right or _hole(node.right, text))
    if isinstance(node, Interpolated):
        if node.prefix not in ("s", "f", "raw"):
            return None
        found = Fragment("", ())
        for piece in node.pieces:
            known = _fragment(piece, names, text)
            found = found + (known if known is not None else _hole(piece, text))
        return found
    known_value = value(node, names, text) if not isinstance(node, Select | Call) else Unknown()
    if isinstance(known_value, Text):
        return known_value.fragment if isinstance(node, Literal) else _elsewhere(known_value.fragment, node)
    return None


def _elsewhere(found: Fragment, node: Expression) -> Fragment:
    """A text that a name stands for; its holes stay holes."""
    return Fragment(found.text, tuple((at, node.span.start, length, 0) for at, _, length, _ in found.pieces))


def _hole(node: Expression, text: str) -> Fragment:
    return hole(_written(node, text), node.span)


def _literal(node: Literal, text: str) -> Fragment:
    """A literal with the place of each character, where it is written as it is read."""
    assert isinstance(node.value, str)
    at = text.find(node.value, node.span.start, node.span.end)
    if at < 0 or not node.value:
        return constant(node.value, node.span)
    return Fragment(node.value, ((0, at, len(node.value), len(node.value)),))


def _written(node: Expression, text: str) -> str:
    return " ".join(text[node.span.start : node.span.end].split())[:200]


def calls_in(nodes: tuple[Statement, ...], *, functions: bool = True) -> Iterator[Call]:
    """The calls in statements, those within others first; with `functions`, also those in functions."""
    for node in nodes:
        if isinstance(node, Binding):
            yield from calls_in((node.value,), functions=functions)
        elif isinstance(node, Call):
            yield from calls_in((node.function, *(item for _, item in node.arguments)), functions=functions)
            yield node
        elif isinstance(node, Select):
            yield from calls_in((node.base,), functions=functions)
        elif isinstance(node, Infix):
            yield from calls_in((node.left, node.right), functions=functions)
        elif isinstance(node, Interpolated):
            yield from calls_in(node.pieces, functions=functions)
        elif isinstance(node, Other):
            yield from calls_in(node.parts, functions=functions)
        elif isinstance(node, Block) or (functions and isinstance(node, Function)):
            yield from calls_in(node.body, functions=functions)
