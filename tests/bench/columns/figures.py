"""How much of a project is understood by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bench.columns.workspace import nodes
from tidegate_analyzers.facts.columns import EVERY
from tidegate_analyzers.graph.column_uses import judged_uses
from tidegate_analyzers.graph.columns import ColumnKey, column_type, dataset_columns, dataset_of, flow_of, made_flow
from tidegate_analyzers.graph.columns import node_columns as columns_of_node
from tidegate_analyzers.graph.dbt import NodeKey, node_of
from tidegate_analyzers.graph.index import View


@dataclass
class Share:
    """A part of a whole, and what is missing of it."""

    part: int = 0
    whole: int = 0
    missing: list[str] = field(default_factory=list)

    def add(self, good: bool, name: str = "") -> None:
        self.whole += 1
        self.part += good
        if not good and name:
            self.missing.append(name)

    def __str__(self) -> str:
        return f"{self.part:,} of {self.whole:,} ({100 * self.part / self.whole:.2f} %)" if self.whole else "none"


@dataclass
class Figures:
    """The shares of a project."""

    parsed: Share = field(default_factory=Share)
    """Models written in SQL whose text is parsed, with names for what a template puts in;"""
    read: Share = field(default_factory=Share)
    """those of which that, or rendering, gives a query;"""
    known: Share = field(default_factory=Share)
    """those whose columns are all known, and"""
    outputs: Share = field(default_factory=Share)
    """outputs in select lists that are resolved: a named one by its origins, a star by the columns it stands for."""
    columns: Share = field(default_factory=Share)
    """Columns of models that are traced to a column upstream, or made by the model itself;"""
    typed: Share = field(default_factory=Share)
    """those that have a type."""
    references: Share = field(default_factory=Share)
    """Mentions of columns of which the file tells what they are."""
    across: Share = field(default_factory=Share)
    """Mentions of columns of another dataset that is known to have them, of those whose dataset is known whole."""
    refused: list[str] = field(default_factory=list)
    """Mentions that would be reported."""


def measure(view: View) -> Figures:
    """Ask about every model of the projects that belong to a workspace."""
    found = Figures()
    for key in nodes(view, "model"):
        node = node_of(view, key)
        if node is not None and node.language == "sql":
            found.parsed.add(node.parsed, key.path)
            found.read.add(node.parsed or made_flow(view, key) is not None, key.path)
            _model(view, key, found)
    return found


def _model(view: View, key: NodeKey, found: Figures) -> None:
    columns = columns_of_node(view, key)
    found.known.add(columns.complete, key.path)
    for column in columns.items:
        found.columns.add(bool(column.origins) or column.kind == "constant", f"{key.name}.{column.name}")
        found.typed.add(bool(column_type(view, ColumnKey(key, column.name.casefold()))), f"{key.name}.{column.name}")
    flow = made_flow(view, key)
    if flow is None:
        found.outputs.add(False, f"{key.name}: nothing is known")
        return
    datasets = [dataset_of(view, key.path, relation) for relation in flow.inputs]
    for output in flow.outputs:
        if output.name == EVERY:
            dataset = datasets[output.origins[0].input]
            whole = dataset is not None and dataset_columns(view, dataset).complete
            found.outputs.add(whole, f"{key.name}: * of {flow.inputs[output.origins[0].input].parts}")
        else:
            resolved = bool(output.origins) or output.kind == "constant"
            found.outputs.add(resolved, f"{key.name}.{output.name}")
    if not flow.closed:
        found.outputs.add(False, f"{key.name}: not all outputs are known")
    own = flow_of(view, key)
    if own is None:
        return
    found.references.whole += own.mentions
    found.references.part += own.resolved
    if own.resolved < own.mentions:
        found.references.missing.append(f"{key.name}: {own.mentions - own.resolved} of {own.mentions}")
    for judged in judged_uses(view, key.path, own):
        if judged.state in ("missing", "ambiguous"):
            found.refused.append(f"{key.path}: {judged.use.name} is {judged.state}")
        if judged.columns and all(item.complete for item in judged.columns):
            found.across.add(judged.state == "found", f"{key.name}: {judged.use.name} is {judged.state}")


def report(found: Figures, limit: int, show: Callable[[str], None]) -> None:
    """Print the shares, and what they lack."""
    rows = [
        ("models parsed", found.parsed),
        ("models parsed, or rendered and parsed", found.read),
        ("models whose columns are all known", found.known),
        ("outputs resolved", found.outputs),
        ("columns traced or made", found.columns),
        ("columns with a type", found.typed),
        ("column references resolved in their file", found.references),
        ("references to datasets known whole, found there", found.across),
    ]
    for name, share in rows:
        show(f"{name:50} {share}")
    for name, share in rows:
        if share.missing and limit:
            show(f"\n{name}: not {len(share.missing)}")
            for item in share.missing[:limit]:
                show(f"    {item}")
    show(f"\nreferences refused: {len(found.refused)}")
    for item in found.refused:
        show(f"    {item}")
