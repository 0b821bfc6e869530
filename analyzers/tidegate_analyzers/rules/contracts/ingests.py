"""Datasets that are taken in without a word about their columns: what TG101 says of templates."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.graph.contracts import contract_for_relation
from tidegate_analyzers.readers.ingest_templates import ENGINE
from tidegate_analyzers.rules.base import Context, Finding
from tidegate_analyzers.rules.contracts.groups import ingest_group
from tidegate_analyzers.safety.verdict import Step


def untold_ingests(ctx: Context) -> Iterator[Finding]:
    """Each template that takes in a dataset and names no columns, where no contract does."""
    for job in ctx.facts.jobs if not ctx.shielded else ():
        columns = job.setting("columns") if job.engine == ENGINE else None
        if columns is None or not columns.known:
            continue
        group = ingest_group(ctx.path)
        held = contract_for_relation(ctx.view, Relation("table", (job.name,)))
        ctx.count(group, has=bool(columns.value) or held is not None)
        if columns.value:
            continue
        fact = Step("fact", f"the template of '{job.name}' lists no columns", "", ctx.path, columns.site)
        if held is not None:
            ctx.passed(columns.site, job.name, [fact, Step("held", held.how, "", held.path, held.site)])
            continue
        yield ctx.finding(
            columns.site,
            f"nothing says what columns '{job.name}' has when it is taken in",
            severity="info",
            subject=job.name,
            evidence=[fact, Step("failed", f"no contract speaks of '{job.name}'")],
            group=group,
        )
