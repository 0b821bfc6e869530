"""The effects of a call that ends a chain, in whichever language it is written."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate_analyzers.facts import Read, Relation, Write
from tidegate_analyzers.readers.python.libraries.base import Effects
from tidegate_analyzers.readers.spark import reads, streams, tables, writes
from tidegate_analyzers.readers.spark.batch import Batch
from tidegate_analyzers.readers.spark.ops import MakeSite, Ops, path_relation, table_of

ENDS = writes.TERMINALS | writes.TERMINALS_V2 | streams.STARTS | reads.TERMINALS
"""The calls that end a chain of a frame."""
_SESSIONS = ("spark", "sqlContext", "session", "sparkSession")


@dataclass(frozen=True, slots=True)
class Around:
    """What a chain stands in: the text of its file, who makes sites, and where effects go."""

    whole: str
    site: MakeSite
    effects: Effects


def frame_call(ops: Ops, around: Around) -> bool:
    """A call that may write, start or load a frame; tells whether it does."""
    names = [op.name for op in ops[:-1]]
    if "writeStream" in names:
        return _start(ops, around)
    if "write" in names or "writeTo" in names:
        return _write(ops, names.index("write") if "write" in names else names.index("writeTo"), around)
    return _load(ops, names, around)


def _write(ops: Ops, split: int, around: Around) -> bool:
    found = writes.batch_write(ops, around.site)
    if found is None:
        return False
    before = ops[:split]
    around.effects.write(writes.in_context(found, before, around.whole, around.site))
    _nulled(before, around)
    _inferred(before, found.target, around)
    return True


def _start(ops: Ops, around: Around) -> bool:
    found = streams.parts(ops)
    if found is None:
        return False
    batch: Relation | None = None
    function = streams.callback(found.sink)
    if function is not None:
        inside = Batch(around.effects)
        function.run(inside)
        batch = inside.target
    started = streams.stream(found, around.site, batch=batch)
    around.effects.stream(started)
    if started.sink not in streams.SHOWN or any(op.name in _COUNTS for op in found.before):
        _nulled(found.before, around)
        _inferred(found.before, started.target, around)
    return True


_COUNTS = ("groupBy", "groupby", "groupByKey", "rollup", "cube")
"""Calls after which a record that is null is counted with the others, and can't be told from them any more."""


def _inferred(before: Ops, target: Relation | None, around: Around) -> None:
    guessed = reads.inferred(before, target, around.site) if target is not None else None
    if guessed is not None:
        around.effects.inferred(guessed)


def _nulled(before: Ops, around: Around) -> None:
    bad = reads.nulled(before, around.whole, around.site)
    if bad is not None:
        around.effects.bad(bad)


def _load(ops: Ops, names: list[str], around: Around) -> bool:
    last = ops[-1]
    at = next((i for i, op in enumerate(ops) if op.name in ("read", "readStream") and not op.called), None)
    if at is not None:
        for read in reads.batch_reads(ops[at:], around.site):
            around.effects.read(read)
        bad = reads.bad_of_read(ops[at:], around.site)
        if bad is not None:
            around.effects.bad(bad)
        return True
    if last.name == "table" and last.args and len(names) == 1 and names[0] in _SESSIONS:
        around.effects.read(Read(table_of(last.args[0]), around.site(last.args[0].span)))
        return True
    return False


def table_call(ops: Ops, around: Around) -> bool:
    """A call that may change or tidy a Delta table; tells whether it does."""
    change = tables.change(ops, around.site)
    if change is not None:
        around.effects.write(change)
    kept = tables.upkeep(ops, around.site)
    if kept is not None:
        around.effects.upkeep(kept)
    return change is not None or kept is not None


def remove_call(ops: Ops, around: Around) -> bool:
    """`dbutils.fs.rm(path, true)`, `shutil.rmtree(path)`: the files of a table or checkpoint are removed."""
    last = ops[-1]
    named = last.arg("dir", -1) or last.arg("path", 0)
    if named is None or (last.name == "rm" and (len(ops) < 2 or ops[-2].name != "fs")):
        return False
    around.effects.write(Write("drop", path_relation(named), around.site(last.span), whole=True, by="spark"))
    return True
