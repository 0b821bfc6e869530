"""Assets of Dagster: by which keys they go, and which assets they come of.

A key is a list of words: the prefix and the name of the function, or what `key=` says; an asset comes of those that its
arguments name, unless `ins` gives another key, and of its `deps`:
https://docs.dagster.io/guides/build/assets/defining-assets.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from tidegate_analyzers.facts import Read, Relation, Site
from tidegate_analyzers.readers.airflow.shapes import Function
from tidegate_analyzers.readers.python.names import dotted
from tidegate_analyzers.readers.python.values import CallOf, Imported, Items, Text, Value

Key = tuple[str, ...]

_ONE = frozenset(("asset", "graph_asset"))
_MANY = frozenset(("multi_asset", "graph_multi_asset"))
_WRAPPERS = frozenset(("AssetKey", "AssetDep", "AssetSpec", "SourceAsset", "AssetOut", "AssetIn"))
_NO_ASSETS = frozenset(("context", "config", "self"))


class AssetReader:
    """Reads a decorator of Dagster with the function below it.

    Args:
        value: what an expression is, as far as it is known.
        site: the site of a node.
    """

    def __init__(self, value: Callable[[ast.expr], Value], site: Callable[[ast.AST], Site]) -> None:
        self._value = value
        self._site = site

    def made(self, decorator: ast.expr, function: Function) -> tuple[Relation, ...]:
        """The assets that a decorated function makes, by their keys."""
        kind = dotted(decorator).rpartition(".")[2]
        return tuple(Relation("asset", key) for key in dict.fromkeys(self._made(kind, decorator, function)))

    def used(self, decorator: ast.expr, function: Function) -> tuple[Read, ...]:
        """The assets that a decorated function may come of; an argument that is no asset names none that is made."""
        found = (Read(Relation("asset", key), self._site(node)) for key, node in self._used(decorator, function))
        return tuple(dict.fromkeys(found))

    def _made(self, kind: str, decorator: ast.expr, function: Function) -> Iterator[Key]:
        given = _arguments(decorator)
        if kind in _ONE:
            if "key" in given:
                yield from self._keys(given["key"])
                return
            prefix = next(self._keys(given["key_prefix"]), None) if "key_prefix" in given else ()
            name = self._value(given["name"]) if "name" in given else None
            if prefix is not None and (name is None or isinstance(name, Text)):
                yield (*prefix, name.text if isinstance(name, Text) else function.name)
        elif kind in _MANY:
            for output, node in _entries(given.get("outs")):
                yield from self._named(output, node)
            yield from (key for key, _ in self._listed(given.get("specs")))

    def _used(self, decorator: ast.expr, function: Function) -> Iterator[tuple[Key, ast.AST]]:
        given = _arguments(decorator)
        renamed = dict(_entries(given.get("ins")))
        for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
            annotation = dotted(argument.annotation) if argument.annotation is not None else ""
            if argument.arg in _NO_ASSETS or annotation.endswith("Context"):
                continue
            node = renamed.get(argument.arg)
            for key in self._named(argument.arg, node) if node is not None else [(argument.arg,)]:
                yield key, node if node is not None else _name(argument)
        for name in ("deps", "non_argument_deps", "additional_deps"):
            yield from self._listed(given.get(name))
        for name in ("asset", "assets"):  # of a check
            node = given.get(name)
            yield from self._listed(node) if isinstance(node, ast.List | ast.Tuple) else self._one(node)
        for spec in _items(given.get("specs")):
            yield from self._listed(_arguments(spec).get("deps"))

    def _named(self, name: str, node: ast.expr) -> Iterator[Key]:
        """The key of an input or output of a name."""
        given = _arguments(node)
        if "key" in given or (isinstance(node, ast.Call) and node.args):
            yield from self._keys(node)
        elif "key_prefix" in given:
            yield from ((*prefix, name) for prefix in self._keys(given["key_prefix"]))
        else:
            yield (name,)

    def _listed(self, node: ast.expr | None) -> Iterator[tuple[Key, ast.AST]]:
        for item in _items(node):
            yield from self._one(item)

    def _one(self, node: ast.expr | None) -> Iterator[tuple[Key, ast.AST]]:
        if node is not None:
            yield from ((key, node) for key in self._keys(node))

    def _keys(self, node: ast.expr) -> Iterator[Key]:
        """The key that an expression stands for, if that is known: a text, words, a key, an asset's function."""
        key = _key(self._value(node))
        if key is None and isinstance(node, ast.Name | ast.Attribute):
            key = (dotted(node).rpartition(".")[2],)
        if key:
            yield key


def _key(value: Value | None) -> Key | None:
    if isinstance(value, Text):
        return (value.text,) if value.known and value.text else None
    if isinstance(value, Items):
        words = [item.text for item in value.items if isinstance(item, Text) and item.known]
        return tuple(words) if words and len(words) == len(value.items) and not value.open else None
    if isinstance(value, CallOf):
        return _of_call(value)
    return (value.name,) if isinstance(value, Imported) and value.name else None


def _of_call(call: CallOf) -> Key | None:
    name = call.function.rpartition(".")[2]
    keywords = dict(call.keywords)
    if name == "get_asset_key_for_model":
        given = keywords.get("model_name") or (call.arguments[1] if len(call.arguments) > 1 else None)
        return _key(given)
    if name not in _WRAPPERS:
        return None
    first = next((keywords[word] for word in ("key", "path", "asset") if word in keywords), None)
    return _key(first if first is not None else call.arguments[0] if call.arguments else None)


def _arguments(node: ast.expr | None) -> dict[str, ast.expr]:
    return {word.arg: word.value for word in node.keywords if word.arg} if isinstance(node, ast.Call) else {}


def _name(argument: ast.arg) -> ast.Name:
    """The name of an argument, without its annotation."""
    found = ast.copy_location(ast.Name(argument.arg, ast.Load()), argument)
    found.end_lineno, found.end_col_offset = argument.lineno, argument.col_offset + len(argument.arg.encode())
    return found


def _entries(node: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
    """The entries of a dictionary that is written out."""
    for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, value


def _items(node: ast.expr | None) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.List | ast.Tuple | ast.Set) else []
