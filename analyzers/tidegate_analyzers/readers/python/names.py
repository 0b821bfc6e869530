"""The names of a Python program, and what they are bound to at a point of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tidegate_analyzers.readers.python.values import Imported, Unknown, Value, is_large


@dataclass(frozen=True, slots=True)
class Link:
    """A step of a chain of calls: `.option("a", b)` or `.write`.

    Attributes:
        name: the attribute's name; for the chain's root the name of a variable or function.
        call: the call, if it is one.
        env: the names where it stands.
        node: the expression up to here.
    """

    name: str
    call: ast.Call | None
    env: Env
    node: ast.expr


Chain: TypeAlias = tuple[Link, ...]
"""The calls by which an object was made, from the first on, through the names it was bound to."""

MAX_LINKS = 120


@dataclass(slots=True)
class Env:
    """Names and what they are bound to at a point of the program."""

    parent: Env | None = None
    values: dict[str, Value] = field(default_factory=dict)
    nodes: dict[str, ast.expr] = field(default_factory=dict)
    chains: dict[str, Chain] = field(default_factory=dict)

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

    def chain(self, name: str) -> Chain | None:
        """The calls by which what a name stands for was made, where they were followed."""
        env: Env | None = self
        while env is not None:
            if name in env.values:
                return env.chains.get(name)
            env = env.parent
        return None

    def bind(self, name: str, value: Value, node: ast.expr | None = None, chain: Chain | None = None) -> None:
        """Bind a name, with the expression it was bound to and the calls by which it was made."""
        if chain is not None:
            self.chains[name] = chain
        else:
            self.chains.pop(name, None)
        self.values[name] = Unknown(name) if is_large(value) else value
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


def bind_imports(statement: ast.Import | ast.ImportFrom, env: Env) -> None:
    """Bind what an import statement brings in."""
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            local = alias.asname or alias.name.partition(".")[0]
            env.bind(local, Imported(alias.name if alias.asname else local, ""))
        else:
            module = "." * statement.level + (statement.module or "")
            env.bind(alias.asname or alias.name, Imported(module, alias.name))


def bind_parameters(
    function: ast.FunctionDef | ast.AsyncFunctionDef, env: Env, given: Mapping[str, tuple[Value, ast.expr]]
) -> None:
    """Bind a function's parameters to what a call gives; the others are not known, whatever their default is."""
    for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        if argument.arg in given:
            env.bind(argument.arg, *given[argument.arg])
        else:
            env.bind(argument.arg, Unknown(argument.arg))
    for special in (function.args.vararg, function.args.kwarg):
        if special is not None:
            env.bind(special.arg, Unknown(special.arg))


def arguments_by_name(
    function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call, *, bound: bool = False
) -> Iterator[tuple[str, ast.expr]]:
    """The arguments of a call with the parameters they are given for; a bound method has one that isn't written.

    A parameter that is not given has its default, where that is a constant.
    """
    arguments = [*function.args.posonlyargs, *function.args.args]
    given: dict[str, ast.expr] = {}
    if not any(isinstance(argument, ast.Starred) for argument in call.args):
        if all(keyword.arg for keyword in call.keywords):
            given |= _defaults(function, arguments)
        given |= zip([argument.arg for argument in arguments][1 if bound else 0 :], call.args, strict=False)
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    yield from given.items()


def _defaults(
    function: ast.FunctionDef | ast.AsyncFunctionDef, arguments: list[ast.arg]
) -> Iterator[tuple[str, ast.expr]]:
    """The parameters of a function whose defaults are constants."""
    last = function.args.defaults
    pairs = [
        *zip(arguments[len(arguments) - len(last) :], last, strict=True),
        *zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True),
    ]
    for argument, default in pairs:
        if isinstance(default, ast.Constant):
            yield argument.arg, default


Entry: TypeAlias = tuple[ast.expr | ast.keyword, ast.expr | ast.keyword]
"""The nodes an entry of a dictionary begins and ends with."""


def entry_nodes(node: ast.expr, env: Env, depth: int = 0) -> Iterator[tuple[str, Entry]]:
    """The entries of a dictionary by key, later ones last, as far as the dictionary is written out."""
    if depth > 10:
        return
    if isinstance(node, ast.Name) and (bound := env.node(node.id)) is not None:
        yield from entry_nodes(bound, env, depth + 1)
    elif isinstance(node, ast.BinOp):
        yield from entry_nodes(node.left, env, depth + 1)
        yield from entry_nodes(node.right, env, depth + 1)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                yield from entry_nodes(value, env, depth + 1)
            elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, (key, value)
    elif isinstance(node, ast.Call) and dotted(node.func) == "dict":
        for argument in node.args:
            yield from entry_nodes(argument, env, depth + 1)
        for keyword in node.keywords:
            if keyword.arg is not None:
                yield keyword.arg, (keyword, keyword)
            else:
                yield from entry_nodes(keyword.value, env, depth + 1)


def chain_of(node: ast.expr, env: Env) -> Chain:
    """The chain of calls that an expression is, with what the name it begins with was made by; the newest links count."""
    links: list[Link] = []
    current = node
    while True:
        if isinstance(current, ast.Await):
            current = current.value
        elif isinstance(current, ast.Call) and isinstance(current.func, ast.Attribute):
            links.append(Link(current.func.attr, current, env, current))
            current = current.func.value
        elif isinstance(current, ast.Call) and isinstance(current.func, ast.Name):
            links.append(Link(current.func.id, current, env, current))
            break
        elif isinstance(current, ast.Attribute):
            links.append(Link(current.attr, None, env, current))
            current = current.value
        elif isinstance(current, ast.Name):
            known = env.chain(current.id)
            links += reversed(known) if known is not None else [Link(current.id, None, env, current)]
            break
        else:
            break
    return tuple(reversed(links[:MAX_LINKS]))
