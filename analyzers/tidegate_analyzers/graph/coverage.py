"""How much of the dbt projects of a workspace is understood."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate_analyzers.graph.catalog import told_of
from tidegate_analyzers.graph.columns import flow_of, made_flow, node_columns
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting


@dataclass(slots=True)
class Coverage:
    """Counts over the models written in SQL.

    Attributes:
        models: all of them.
        with_sql: those that hold SQL of their own, and
        parsed: of these the ones whose SQL is parsed.
        made: those whose query a macro makes, and
        rendered: of these the ones that could be rendered and parsed.
        known: the models whose columns are all known.
        mentions: the columns that their SQL mentions, and
        resolved: of these the ones of which it is known what they are.
        sources: the tables of sources, and
        in_catalog: of these the ones of which a catalog tells.
    """

    models: int = 0
    with_sql: int = 0
    parsed: int = 0
    made: int = 0
    rendered: int = 0
    known: int = 0
    mentions: int = 0
    resolved: int = 0
    sources: int = 0
    in_catalog: int = 0

    def lines(self) -> list[str]:
        """The counts as sentences."""
        if not self.models:
            return []
        found = [
            f"parsed {_share(self.parsed, self.with_sql)} models with SQL",
            f"rendered {_share(self.rendered, self.made)} models that macros make",
            f"know all columns of {_share(self.known, self.models)} models",
            f"resolved {_share(self.resolved, self.mentions)} mentions of columns",
        ]
        if self.in_catalog:
            found.append(
                f"took the columns of {_share(self.in_catalog, self.sources)} source tables from dbt's catalog"
            )
        return [line for line in found if not line.endswith("models that macros make") or self.made]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else "0 of 0"


def coverage(view: View) -> Coverage:
    """The counts of every model of the projects that belong to the workspace."""
    found = Coverage()
    for path, read in view.graph.files.items():
        project = view.layout.project_of(path)
        if project is None or project.installed:
            continue
        broken = any(problem.code in ("TG002", "TG003") for problem in read.facts.problems)
        for number in range(len(read.facts.sources)):
            found.sources += 1
            found.in_catalog += told_of(view, Posting(path, "source", number)) is not None
        for number, node in enumerate(read.facts.nodes):
            if node.kind != "model" or node.language != "sql":
                continue
            key = NodeKey(path, number, node.name, node.kind)
            own = flow_of(view, key)
            found.models += 1
            if node.parsed or broken:
                found.with_sql += 1
                found.parsed += node.parsed
            else:
                found.made += 1
                found.rendered += made_flow(view, key) is not None
            found.known += node_columns(view, key).complete
            if own is not None:
                found.mentions += own.mentions
                found.resolved += own.resolved
    return found
