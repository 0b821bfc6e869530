"""PySpark: batch writes, streaming queries, Delta tables. What its chains mean stands in `readers/spark`."""

from __future__ import annotations

import ast

from msgspec.structs import replace

from tidegate_analyzers.facts import BadRecords, Gate, Read, Relation, Setting, Step, Stream, Upkeep, Write
from tidegate_analyzers.readers.python.libraries.base import Call, Effects, Library
from tidegate_analyzers.readers.python.names import Chain, Env, Link, dotted
from tidegate_analyzers.readers.python.values import Text, fact
from tidegate_analyzers.readers.spark import reads, streams, tables, writes
from tidegate_analyzers.readers.spark.ops import Arg, Op, Ops, path_relation, table_of
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

        return Arg(name, self.call.value(node, env), self.call.file.slice(node), self.call.file.span(node), plan)

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


class _Batch:
    """Takes the effects of a function that is given to `foreachBatch`: it is run again for a batch that failed."""

    def __init__(self, effects: Effects) -> None:
        self.effects = effects
        self.written: list[Relation] = []

    def write(self, write: Write, condition: str = "") -> None:
        if write.mode != "call":
            self.written.append(write.target)
        self.effects.write(replace(write, by="foreach_batch") if write.by == "spark" else write, condition)

    def step(self, step: Step) -> None:
        self.effects.step(step)

    def read(self, read: Read) -> None:
        self.effects.read(read)

    def bad(self, found: BadRecords) -> None:
        self.effects.bad(found)

    def gate(self, found: Gate) -> None:
        self.effects.gate(found)

    def stream(self, stream: Stream) -> None:
        self.effects.stream(stream)

    def setting(self, setting: Setting) -> None:
        self.effects.setting(setting)

    def upkeep(self, found: Upkeep) -> None:
        self.effects.upkeep(found)

    def note(self, note: object) -> None:
        self.effects.note(note)


def _write(call: Call) -> bool:
    chain = call.chain()
    names = [link.name for link in chain[:-1]]
    if "writeStream" in names:
        return _start(call, chain)
    if "write" not in names and "writeTo" not in names:
        return _load(call, chain)
    made = _Ops(call)
    ops = made.of(chain)
    found = writes.batch_write(ops, made.site)
    if found is None:
        return False
    split = names.index("write") if "write" in names else names.index("writeTo")
    before = ops[:split]
    if found.mode == "append" and writes.CHANGES_ONLY.search(call.file.text):
        found = replace(found, opaque=found.opaque or "the file reads what changed since the run before")
    call.effects.write(replace(found, reads_target=_reads_target(before, found, made)))
    bad = reads.nulled(before, call.file.text, made.site)
    if bad is not None:
        call.effects.bad(bad)
    return True


def _reads_target(before: Ops, found: Write, made: _Ops) -> bool:
    """Whether a frame is compared with what the target holds: rows that are there already may be left out."""
    for op in before:
        if op.name in ("join", "exceptAll", "subtract", "except_", "exceptall") and op.args:
            how = " ".join(item.text.casefold() for item in op.args[1:])
            if op.name != "join" or "anti" in how or "left" in how:
                others = reads.batch_reads(op.args[0].plan(), made.site)
                if not others or any(item.relation == found.target for item in others):
                    return True
    return False


def _start(call: Call, chain: Chain) -> bool:
    made = _Ops(call)
    found = streams.parts(made.of(chain))
    if found is None:
        return False
    batch: Relation | None = None
    given = next((link for link in chain if link.name == "foreachBatch"), None)
    if given is not None and given.call is not None:
        node = given.call.args[0] if given.call.args else next((k.value for k in given.call.keywords), None)
        inside = _Batch(call.effects)
        if node is not None and call.inside(node, given.env, inside):
            targets = list(dict.fromkeys(inside.written))
            batch = targets[0] if len(targets) == 1 else None
    call.effects.stream(streams.stream(found, made.site, batch=batch))
    bad = reads.nulled(found.before, call.file.text, made.site)
    if bad is not None:
        call.effects.bad(bad)
    return True


def _load(call: Call, chain: Chain) -> bool:
    at = next((i for i, link in enumerate(chain) if link.name in ("read", "readStream") and link.call is None), None)
    if at is None or call.method not in reads.TERMINALS:
        if call.method == "table" and len(chain) == 2 and chain[0].name in ("spark", "sqlContext", "session"):
            made = _Ops(call)
            ops = made.of(chain)
            if ops[-1].args:
                call.effects.read(Read(table_of(ops[-1].args[0]), made.site(ops[-1].args[0].span)))
                return True
        return False
    made = _Ops(call)
    tail = made.of(chain[at:])
    for read in reads.batch_reads(tail, made.site):
        call.effects.read(read)
    bad = reads.bad_of_read(tail, made.site)
    if bad is not None:
        call.effects.bad(bad)
    return True


def _delta(call: Call) -> bool:
    chain = call.chain()
    names = {link.name for link in chain}
    if not names & {"forName", "forPath", "merge"}:
        return False
    made = _Ops(call)
    ops = made.of(chain)
    found = tables.change(ops, made.site)
    if found is not None:
        call.effects.write(found)
    kept = tables.upkeep(ops, made.site)
    if kept is not None:
        call.effects.upkeep(kept)
    return found is not None or kept is not None


def _frame(call: Call) -> bool:
    """`df.drop("a")`, `df.dropDuplicates()`, the first half of a merge: they change frames, and no table."""
    return call.method != "merge" or tables.target(_Ops(call).of(call.chain())) is not None


def _remove(call: Call) -> bool:
    """`dbutils.fs.rm(path, True)`, `shutil.rmtree(path)`: the files of a table or checkpoint are removed."""
    named = call.argument("dir" if call.method == "rm" else "path", 0)
    if named is None or (call.method == "rm" and not call.name.endswith("fs.rm")):
        return False
    given = Arg("", call.value(named), call.written(named), call.file.span(named))
    call.effects.write(Write("drop", path_relation(given), call.add(call.node), whole=True, by="spark"))
    return True


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
        **dict.fromkeys(writes.TERMINALS | writes.TERMINALS_V2 | streams.STARTS | reads.TERMINALS, _write),
        **dict.fromkeys(tables.CHANGES | tables.KEEPS, _delta),
        **dict.fromkeys(("drop", "dropDuplicates", "drop_duplicates", "dropna", "merge"), _frame),
        **dict.fromkeys(("rm", "rmtree"), _remove),
        **dict.fromkeys(("set", "config", "master"), _setting),
    },
)
