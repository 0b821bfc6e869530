"""The call of a macro with all its arguments, as far as they can be read."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from tidegate_analyzers.syntax.jinja.blocks import Block, Kind
from tidegate_analyzers.syntax.jinja.calls import literal, parsed


@dataclass(frozen=True, slots=True)
class Given:
    """What an argument is given.

    Attributes:
        known: whether `value` is its value for certain.
        value: the literal; `None` where there is none.
        items: the items of a list or tuple, each for itself.
        call: the call it is, of `ref`, `source` or a macro.
        name: the plain name it is (`this`), else empty.
    """

    known: bool
    value: Any = None
    items: tuple[Given, ...] | None = None
    call: MacroCall | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class MacroCall:
    """A call by its dotted name; `complete` is false where it spreads `*arguments`."""

    name: str
    positional: tuple[Given, ...] = ()
    keywords: tuple[tuple[str, Given], ...] = ()
    complete: bool = True


def macro_call(block: Block) -> MacroCall | None:
    """The call that an expression block is, `None` where it is more than that or something else."""
    if block.kind is not Kind.EXPRESSION or "(" not in block.body:
        return None
    tree, _ = parsed(block.body.strip())
    return _call(tree)


def _call(tree: ast.expr | None) -> MacroCall | None:
    name = _dotted(tree.func) if isinstance(tree, ast.Call) else ""
    if not isinstance(tree, ast.Call) or not name:
        return None
    spread = any(isinstance(argument, ast.Starred) for argument in tree.args)
    spread = spread or any(keyword.arg is None for keyword in tree.keywords)
    return MacroCall(
        name,
        tuple(_given(argument) for argument in tree.args),
        tuple((keyword.arg.lower(), _given(keyword.value)) for keyword in tree.keywords if keyword.arg is not None),
        not spread,
    )


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    inner = _dotted(node.value) if isinstance(node, ast.Attribute) else ""
    return f"{inner}.{node.attr}" if inner and isinstance(node, ast.Attribute) else ""


def _given(node: ast.expr) -> Given:
    known, value, _ = literal(node)
    items = tuple(_given(item) for item in node.elts) if isinstance(node, ast.List | ast.Tuple) else None
    return Given(known, value, items, _call(node), node.id if isinstance(node, ast.Name) else "")
