"""What the methods of `DeltaTable` do to a table: https://docs.delta.io/latest/api/python/spark/index.html."""

from __future__ import annotations

from tidegate_analyzers.facts import Relation, Upkeep, Write
from tidegate_analyzers.readers.python.values import Plain
from tidegate_analyzers.readers.spark.ops import MakeSite, Op, Ops, path_relation, table_of

FOUND = ("forName", "forPath")
CHANGES = frozenset(("execute", "delete", "update", "updateExpr"))
"""The calls that change a table."""
KEEPS = frozenset(("vacuum", "optimize"))


def target(ops: Ops) -> Relation | None:
    """The table that a chain of `DeltaTable.forName(…)` is about."""
    for op in ops:
        if op.called and op.name in FOUND and op.args:
            named = op.arg("tableOrViewName", -1) or op.arg("path", -1) or op.args[1 if len(op.args) > 1 else 0]
            return path_relation(named) if op.name == "forPath" else table_of(named)
    return None


def change(ops: Ops, site: MakeSite) -> Write | None:
    """The change that a chain ends in, if its beginning shows that it is one of a Delta table."""
    last = ops[-1]
    table = target(ops)
    if last.name == "execute":
        merged = next((op for op in ops if op.called and op.name == "merge"), None)
        matched = any(op.name.startswith(("whenMatched", "whenNotMatched")) for op in ops)
        if merged is None or not matched:
            return None
        if table is None:
            words = "a merge into a table that isn't known here"
            return Write("call", Relation("table", ()), site(last.span), opaque=words, by="spark")
        return Write("merge", table, site(merged.span), rows="query", partition=_condition(merged, 1), by="spark")
    if table is None or last.name not in CHANGES:
        return None
    condition = _condition(last, 0)
    mode = "delete" if last.name == "delete" else "update"
    return Write(mode, table, site(last.span), partition=condition, whole=not condition, by="spark")


def _condition(op: Op, position: int) -> str:
    found = op.arg("condition", position)
    return " ".join(found.text.split())[:200] if found is not None else ""


def upkeep(ops: Ops, site: MakeSite) -> Upkeep | None:
    """A vacuum or an optimize of a table."""
    last = ops[-1]
    table = target(ops)
    if last.name not in KEEPS or not last.called or table is None:
        return None
    if last.name == "optimize":
        return Upkeep("optimize", table, site(last.span), "optimize()")
    given = last.arg("retentionHours", 0)
    hours = given.value.value if given is not None and isinstance(given.value, Plain) else None
    known = float(hours) if isinstance(hours, int | float) and not isinstance(hours, bool) else None
    return Upkeep("vacuum", table, site(last.span), f"vacuum({given.text if given is not None else ''})", known)
