"""Our column edges inside a query beside those of `sqlglot.lineage` for the same SQL.

Both are asked about the template's SQL, in which every `ref` and `source` is a table's name. A column edge is a pair of
a relation and a column; what lineage leaves at `*` is counted by itself.
"""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage

from tests.bench.columns.workspace import nodes
from tidegate_analyzers.facts import ColumnFlow, Sites
from tidegate_analyzers.facts.columns import EVERY
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.readers.dbt.columns import query_of
from tidegate_analyzers.readers.dbt.load import meaning
from tidegate_analyzers.readers.dbt.usual_macros import produces
from tidegate_analyzers.readers.sql.flow import column_flow
from tidegate_analyzers.readers.sql.guess import parse_any
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.syntax.jinja import scan
from tidegate_server.files import read_document

Edge = tuple[str, str]
"""A relation, and its column in lower case; the relation is empty where a side does not know it."""

EQUAL = "equal"
AT_STAR = "lineage stops at *"
UNNAMED = "lineage names no relation"
TEMPLATED = "lineage stops at a template's expression"
BOTH_UNKNOWN = "both unknown"
MORE, LESS, DIFFERENT = "ours has more", "ours has less", "different"
BETTER = (EQUAL, AT_STAR, UNNAMED, TEMPLATED, BOTH_UNKNOWN)
_EXPRESSION = re.compile(r"j\d+_*")
"""What stands for an expression of the template: no column."""


@dataclass
class Compared:
    """How the edges of columns compare."""

    queries: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    """Queries that lineage does not take."""
    examples: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def compare(view: View, root: Path, every: int = 1) -> Compared:
    """Compare every column that both name, of every N-th model."""
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    found = Compared()
    for number, key in enumerate(nodes(view, "model")):
        role = view.layout.role(key.path)
        document = read_document(root, key.path) if number % every == 0 else None
        if role is not None and document is not None and key.path.endswith(".sql"):
            _model(key.path, document.text, role.dialect, found)
    return found


def _model(path: str, text: str, dialect: str, found: Compared) -> None:
    blocks = scan(text)
    parsed = parse_any(text, dialect, blocks)
    source = SqlSource(text, blocks, parsed, Sites(), meaning)
    query = query_of(parsed)
    if query is None:
        return
    source.makes = lambda block: produces(block, dialect)
    flow = column_flow(source, query, dialect)
    # A CTE that a template makes is a table to lineage: it does not know where its columns come from.
    names = {item.alias.casefold(): "" for item in query.find_all(exp.CTE)}
    for table in query.find_all(exp.Table):
        relation, _ = source.relation(table)
        names.setdefault(_table(table), ".".join((relation.kind, *relation.parts)).casefold())
    try:
        theirs = lineage(None, query.copy(), {}, dialect=dialect or None, trim_selects=False, copy=False)
    except (SqlglotError, ValueError, KeyError, RecursionError, AttributeError) as error:
        found.refused.append(f"{path}: {type(error).__name__}: {str(error)[:100]}")
        return
    found.queries += 1
    leaves = {name.casefold(): set(_leaves(node, names)) for name, node in theirs.items()}
    for name, edges in _ours(flow).items():
        if name in leaves:
            kind = classify(edges, leaves[name])
            found.counts[kind] += 1
            if kind not in BETTER or len(found.examples[kind]) < 3:
                found.examples[kind].append(f"{path}: {name}: ours {_shown(edges)}, theirs {_shown(leaves[name])}")


def _table(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts).casefold()


def _ours(flow: ColumnFlow) -> dict[str, set[Edge]]:
    relations = [".".join((relation.kind, *relation.parts)).casefold() for relation in flow.inputs]
    return {
        output.name.casefold(): {(relations[origin.input], origin.column.casefold()) for origin in output.origins}
        for output in reversed(flow.outputs)  # of two columns with one name, the first
        if output.name != EVERY
    }


def _leaves(node: Node, names: dict[str, str]) -> Iterator[Edge]:
    """The ends of a lineage that are columns; a query without columns ends in a literal, which is none."""
    for item in node.walk():
        if item.downstream:
            continue
        table: Any = item.expression if isinstance(item.expression, exp.Table) else None
        column = item.name.rpartition(".")[2].strip('"`[]').casefold()
        if table is not None:
            named = names.get(_table(table), _table(table))
            # What a macro makes in the place of a relation is none that anybody knows.
            yield ("" if named.startswith("table.{{") else named), column
        elif isinstance(item.expression, exp.Placeholder | exp.Star):
            yield "", column


def classify(ours: set[Edge], theirs: set[Edge]) -> str:
    """What two sets of edges have to do with each other."""
    if ours == theirs:
        return EQUAL
    columns = {edge for edge in theirs if not _EXPRESSION.fullmatch(edge[1])}
    if columns != theirs:
        if columns == ours:
            return EQUAL if ours else BOTH_UNKNOWN
        if columns < ours:
            return TEMPLATED
        theirs = columns
    if not ours and all(not relation for relation, _ in theirs):
        return BOTH_UNKNOWN
    starred = {relation for relation, column in theirs if column == "*"}
    if starred and all(edge in theirs or edge[0] in starred for edge in ours):
        return AT_STAR if ours else LESS
    if any(not relation for relation, _ in theirs):
        kept = {edge for edge in theirs if edge[0]}
        loose = {column for relation, column in theirs if not relation}
        if kept <= ours and {column for _, column in ours - kept} <= loose:
            return UNNAMED if ours else BOTH_UNKNOWN
    if ours > theirs:
        return MORE
    return LESS if ours < theirs else DIFFERENT


def _shown(edges: set[Edge]) -> str:
    return "{" + ", ".join(sorted(f"{relation or '?'}:{column}" for relation, column in edges)[:8]) + "}"


def report(found: Compared, limit: int, show: Callable[[str], None]) -> None:
    """Print the counts, and the columns that are not alike."""
    total = sum(found.counts.values())
    better = sum(found.counts[kind] for kind in BETTER)
    show(f"queries compared: {found.queries:,}, columns: {total:,}; not taken by lineage: {len(found.refused)}")
    for item in found.refused[:limit]:
        show(f"    {item}")
    for kind, count in found.counts.most_common():
        show(f"{kind:42} {count:7,}  {100 * count / total:6.2f} %")
    if total:
        show(f"{'equal or ours knows more':42} {better:7,}  {100 * better / total:6.2f} %")
    for kind, examples in found.examples.items():
        show(f"\n{kind}")
        for item in examples[:limit]:
            show(f"    {item[:400]}")
