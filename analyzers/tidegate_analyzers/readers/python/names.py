"""The names of a Python program, and what they are bound to at a point of it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from tidegate_analyzers.readers.python.values import Value


@dataclass(slots=True)
class Env:
    """Names and what they are bound to at a point of the program."""

    parent: Env | None = None
    values: dict[str, Value] = field(default_factory=dict)
    nodes: dict[str, ast.expr] = field(default_factory=dict)

    def get(self, name: str) -> Value | None:
        """What a name is bound to, here or further out."""
        env: Env | None = self
        while env is not None:
            if name in env.values:
                return env.values[name]
            env = env.parent
        return None

    def node(self, name: str) -> ast.expr | None:
        """The expression a name was last bound to."""
        env: Env | None = self
        while env is not None:
            if name in env.values:
                return env.nodes.get(name)
            env = env.parent
        return None

    def bind(self, name: str, value: Value, node: ast.expr | None = None) -> None:
        """Bind a name, with the expression it was bound to."""
        self.values[name] = value
        if node is not None:
            self.nodes[name] = node
        else:
            self.nodes.pop(name, None)

    def child(self) -> Env:
        """An inner scope."""
        return Env(self)


def dotted(node: ast.expr) -> str:
    """`a.b.c` for a chain of attributes; calls and subscripts on the way are left out."""
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Name):
            parts.append(node.id)
            return ".".join(reversed(parts))
        else:
            return ".".join(reversed(parts))
