"""Create the model that a `ref` asks for and that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import NodeRef, Relation
from tidegate_analyzers.fixes.mentioned import mentioned_columns
from tidegate_analyzers.fixes.sql_names import PLAIN, quoted
from tidegate_analyzers.ide.refactor.asked import FIX, Asked, Refactoring
from tidegate_analyzers.text import Change, NewFile


def create_model(asked: Asked) -> Iterator[Refactoring]:
    """On a `ref` that leads nowhere."""
    if asked.role.kind != "dbt_sql":
        return
    for ref in missing_refs(asked, "ref"):
        name = ref.names[0]
        if len(ref.names) != 1 or ref.version or not PLAIN.fullmatch(name):
            continue
        folder = _folder(asked)
        path = f"{folder}/{name}.sql".lstrip("/")
        if folder is None or asked.workspace.exists(path):
            continue
        columns = mentioned_columns(asked.workspace, asked.path, Relation("ref", ref.names, ref.version))
        written = [item if PLAIN.fullmatch(item) else quoted(item, asked.role.dialect) for item in columns]
        listed = ",\n".join(f"    {item}" for item in written or ["<column>"])
        text = f"select\n{listed}\nfrom {{{{ ref('<model>') }}}}\n".replace("\n", asked.document.newline)
        yield Refactoring(f"Create the model '{name}'", FIX, Change(files=(NewFile(path, text),)), "TG706")


def missing_refs(asked: Asked, function: str) -> Iterator[NodeRef]:
    """The references at the place that are found to lead nowhere."""
    facts = asked.view.facts(asked.path)
    sites = {item.finding.site for item in asked.found("TG706")}
    for node in facts.nodes if facts is not None and sites else ():
        for ref in node.refs:
            if ref.function == function and ref.names and sites.intersection((ref.site, *ref.sites)):
                yield ref
                return


def _folder(asked: Asked) -> str | None:
    """Where the model goes: beside the one that asks for it, or else where the project has its models."""
    if asked.role.resource == "model":
        return asked.path.rpartition("/")[0]
    project = asked.view.layout.project_of(asked.path)
    folders = project.facts.folders("model") if project is not None else ()
    if project is None or not folders:
        return None
    return f"{project.root}/{folders[0]}".strip("/")
