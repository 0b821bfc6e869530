"""PySpark: batch writes, streaming queries, Delta tables. What its chains mean stands in `readers/spark`."""

from __future__ import annotations

import ast

from tidegate_analyzers.facts import Setting, Upkeep
from tidegate_analyzers.readers.python.libraries.base import Call, Effects, Library
from tidegate_analyzers.readers.python.names import Chain, Env, Link, dotted
from tidegate_analyzers.readers.python.values import Text, fact
from tidegate_analyzers.readers.spark import tables
from tidegate_analyzers.readers.spark.calls import ENDS, Around, frame_call, remove_call, table_call
from tidegate_analyzers.readers.spark.ops import Arg, Op, Ops
from tidegate_analyzers.text import Span

MAX_DEPTH = 4
"""How deep chains in arguments of chains are followed."""


class _Ops:
    """Makes neutral steps of the links of a Python chain."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def site(self, span: Span) -> int:
        return self.call.mark(span)

    def of(self, chain: Chain, depth: int = 0) -> Ops:
        return tuple(self._op(link, depth) for link in chain)

    def _op(self, link: Link, depth: int) -> Op:
        whole = self.call.file.span(link.node)
        if link.call is None:
            return Op(link.name, whole)
        function = link.call.func
        start = (
            self.call.file.span(function).end - len(link.name) if isinstance(function, ast.Attribute) else whole.start
        )
        table = self.call.evaluator.keywords(link.call, link.env)
        args = [self._arg("", node, link.env, depth) for node in link.call.args if not isinstance(node, ast.Starred)]
        nodes = {keyword.arg: keyword.value for keyword in link.call.keywords if keyword.arg}
        args += [self._arg(name, node, link.env, depth) for name, node in nodes.items()]
        args += [Arg(name, value, "", whole) for name, value in table.entries if name not in nodes]
        spread = table.open or any(isinstance(node, ast.Starred) for node in link.call.args)
        made = link.call
        return Op(
            link.name, Span(start, whole.end), tuple(args), True, spread, lambda: self._inner(made, link.env, depth)
        )

    def _arg(self, name: str, node: ast.expr, env: Env, depth: int) -> Arg:
        def plan() -> Ops:
            return self.of(self.call.follow(node, env), depth + 1) if depth < MAX_DEPTH else ()

        def run(effects: Effects) -> bool:
            return self.call.inside(node, env, effects)

        return Arg(name, self.call.value(node, env), self.call.file.slice(node), self.call.file.span(node), plan, run)

    def _inner(self, call: ast.Call, env: Env, depth: int) -> Ops:
        """The calls in the arguments of a call; columns that were given a name first count as well."""
        found: list[Op] = []
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            named = env.node(argument.id) if isinstance(argument, ast.Name) else None
            for node in ast.walk(named if named is not None else argument):
                if isinstance(node, ast.Call) and depth < MAX_DEPTH:
                    name = dotted(node.func).rpartition(".")[2]
                    found.append(self._op(Link(name, node, env, node), depth + 1))
        return tuple(found)


def steps_of(call: Call, chain: Chain) -> Ops:
    """A chain of Python calls as neutral steps."""
    return _Ops(call).of(chain)


def _around(call: Call) -> Around:
    return Around(call.file.text, call.mark, call.effects)


_FRAMES = frozenset(("write", "writeTo", "writeStream", "read", "readStream", "table"))


def _end(call: Call) -> bool:
    chain = call.chain()
    if not any(link.name in _FRAMES for link in chain):
        return False  # a list, a file, something of another library
    return frame_call(_Ops(call).of(chain), _around(call))


def _delta(call: Call) -> bool:
    chain = call.chain()
    if not any(link.name in ("forName", "forPath", "merge") for link in chain):
        return False
    return table_call(_Ops(call).of(chain), _around(call))


def _frame(call: Call) -> bool:
    """`df.drop("a")`, `df.dropDuplicates()`, the first half of a merge: they change frames, and no table."""
    return call.method != "merge" or tables.target(_Ops(call).of(call.chain())) is not None


def _remove(call: Call) -> bool:
    return remove_call(_Ops(call).of(call.chain()), _around(call))


def _setting(call: Call) -> bool:
    """`spark.conf.set(k, v)`, `.config(k, v)`, `.master(url)`."""
    if call.method == "master":
        node = call.argument("master", 0)
        key: str = "spark.master"
    else:
        named = call.given("key", 0)
        node = call.argument("value", 1)
        key = named.text if isinstance(named, Text) and named.known else ""
    if node is None or not key.startswith("spark."):
        return False
    site = call.add(node)
    call.effects.setting(Setting(key, fact(call.value(node), call.written(node), site), site))
    if key.endswith("retentionDurationCheck.enabled") and call.written(node).strip("\"'").casefold() == "false":
        call.effects.upkeep(Upkeep("unchecked", None, site, key))
    return True


LIBRARY = Library(
    "spark",
    ("pyspark", "delta", "awsglue", "databricks"),
    {
        **dict.fromkeys(ENDS, _end),
        **dict.fromkeys(tables.CHANGES | tables.KEEPS, _delta),
        **dict.fromkeys(("drop", "dropDuplicates", "drop_duplicates", "dropna", "merge"), _frame),
        **dict.fromkeys(("rm", "rmtree"), _remove),
        **dict.fromkeys(("set", "config", "master"), _setting),
    },
)
