"""What a library module is given of a call, and how it says what the call does.

A module of this package knows the calls of one library. It names the methods it wants to see and gives a function for
them, which looks at the call and adds facts. What it can't be sure of it leaves out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Protocol

from tidegate_analyzers.facts import (
    NOWHERE,
    BadRecords,
    Gate,
    Inferred,
    Read,
    Setting,
    Site,
    Step,
    Stream,
    Upkeep,
    Write,
)
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.names import Chain, Env, dotted
from tidegate_analyzers.readers.python.values import CallOf, Imported, Plain, Table, Text, Unknown, Value
from tidegate_analyzers.syntax.python import PythonFile
from tidegate_analyzers.text import Span

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Effects(Protocol):
    """Where the effects of a body are collected, in the order of its statements."""

    def write(self, write: Write, condition: str = "") -> None:
        """Add an effect on data."""

    def step(self, step: Step) -> None:
        """Add something else that is run."""

    def read(self, read: Read) -> None:
        """Add a use of data."""

    def bad(self, found: BadRecords) -> None:
        """Say what becomes of bad records."""

    def inferred(self, found: Inferred) -> None:
        """Add a schema that is taken from the data."""

    def gate(self, found: Gate) -> None:
        """Add a check of data."""

    def note(self, note: object) -> None:
        """Keep something until the end of the body, when `Library.finish` brings it together."""

    def stream(self, stream: Stream) -> None:
        """Add a continuous query."""

    def setting(self, setting: Setting) -> None:
        """Add a setting of what runs the body."""

    def upkeep(self, found: Upkeep) -> None:
        """Add something that is done for the files of a table."""


def _unread(node: ast.expr, env: Env, effects: Effects) -> bool:
    return False


def _nowhere(span: Span) -> Site:
    return NOWHERE


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a body.

    Attributes:
        env: the names there.
        file: the module.
        evaluator: evaluates its expressions.
        effects: where its effects go.
        add: gives the site of a node.
        function: a function of the same module, by name.
        follow: gives the chain of calls that an expression is, through names and functions of the module.
        inside: reads the body of a function that is given to another; tells whether it could.
        mark: gives the site of a span.
        returned: what the function gives back, as the chains of calls by which it was made; of decorators alone.
    """

    env: Env
    file: PythonFile
    evaluator: Evaluator
    effects: Effects
    add: Callable[[ast.AST], Site]
    function: Callable[[str], Function | None]
    follow: Callable[[ast.expr, Env], Chain]
    inside: Callable[[ast.expr, Env, Effects], bool] = field(default=_unread, kw_only=True)
    mark: Callable[[Span], Site] = field(default=_nowhere, kw_only=True)
    returned: tuple[Chain, ...] = field(default=(), kw_only=True)

    def value(self, node: ast.expr, env: Env | None = None) -> Value:
        """What an expression is known to be."""
        return self.evaluator.value(node, env or self.env)

    def written(self, node: ast.AST) -> str:
        """A node as it is written, on one line."""
        return " ".join(self.file.slice(node).split())[:200]  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Call(Place):
    """A call in a body.

    Attributes:
        node: the call.
        name: what is called, dotted: `df.to_sql`; calls and subscripts on the way are left out.
    """

    node: ast.Call
    name: str

    @classmethod
    def at(cls, place: Place, node: ast.Call, name: str) -> Call:
        """A call at a place."""
        return cls(
            place.env,
            place.file,
            place.evaluator,
            place.effects,
            place.add,
            place.function,
            place.follow,
            node,
            name,
            inside=place.inside,
            mark=place.mark,
            returned=place.returned,
        )

    @property
    def method(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    @property
    def receiver(self) -> ast.expr | None:
        """What a method is called on."""
        return self.node.func.value if isinstance(self.node.func, ast.Attribute) else None

    def chain(self, node: ast.expr | None = None) -> Chain:
        """The chain of calls that ends in this one, or that an expression is."""
        return self.follow(node if node is not None else self.node, self.env)

    def argument(self, name: str, position: int = -1) -> ast.expr | None:
        """The node of an argument, by name or position."""
        return argument(self.node, name, position)

    def given(self, name: str, position: int = -1) -> Value | None:
        """The value of an argument; `None` if it isn't given, unknown if it may be in `**options`."""
        return given(self.evaluator, self.node, self.env, name, position)

    def text(self, name: str, position: int = -1) -> str:
        """The value of an argument that is a text, else nothing."""
        value = self.given(name, position)
        return value.text if isinstance(value, Text) else ""

    def origin(self, node: ast.expr | None = None) -> str:
        """The module and name that what is called, or a node, was imported as: `pandas.DataFrame`; empty if not told."""
        value = self.value(node if node is not None else self.node.func)
        if isinstance(value, CallOf):
            return value.function
        if isinstance(value, Imported):
            return f"{value.module}.{value.name}".strip(".")
        return ""


Handler = Callable[[Call], bool]
"""Looks at a call; tells whether it is one of its library's, so that nobody else has to look."""

Loop = ast.For | ast.AsyncFor | ast.While
LoopHandler = Callable[[Loop, Place], None]
"""Looks at a loop before what is in it is read."""
Finisher = Callable[[Sequence[object], Effects], None]


class Library(NamedTuple):
    """The calls of a library.

    Attributes:
        name: as facts call it: `pandas`.
        modules: the packages that a file imports which uses it; nothing is asked for others.
        methods: what is called, by the last part of the name.
        loops: who looks at loops, if anybody does.
        finish: brings together what was noted in a whole body.
        decorators: what is said by the decorators that make a job of a function, by the last part of the name.
    """

    name: str
    modules: tuple[str, ...]
    methods: Mapping[str, Handler]
    loops: LoopHandler | None = None
    finish: Finisher | None = None
    decorators: Mapping[str, Callable[[Call, Function | None], None]] = MappingProxyType({})


def argument(call: ast.Call, name: str, position: int = -1) -> ast.expr | None:
    """The node of an argument, by name or position."""
    for keyword in call.keywords:
        if keyword.arg == name and name:
            return keyword.value
    plain = [item for item in call.args if not isinstance(item, ast.Starred)]
    return plain[position] if 0 <= position < len(plain) and len(plain) == len(call.args) else None


def given(evaluator: Evaluator, call: ast.Call, env: Env, name: str, position: int = -1) -> Value | None:
    """The value of an argument; `None` if it isn't given, unknown if it may be in `**options` or `*arguments`."""
    node = argument(call, name, position)
    if node is not None:
        return evaluator.value(node, env)
    spread: Table = evaluator.keywords(call, env)
    found = spread.get(name)
    if found is not None:
        return found
    if spread.open or (position >= 0 and any(isinstance(item, ast.Starred) for item in call.args)):
        return Unknown(name)
    return None


def is_false(value: Value | None) -> bool:
    """Whether a value is `False` for certain."""
    return isinstance(value, Plain) and value.value is False


def is_true(value: Value | None) -> bool:
    """Whether a value is `True` for certain."""
    return isinstance(value, Plain) and value.value is True


__all__ = [
    "Call",
    "Effects",
    "Handler",
    "Library",
    "Loop",
    "Place",
    "argument",
    "dotted",
    "given",
    "is_false",
    "is_true",
]
