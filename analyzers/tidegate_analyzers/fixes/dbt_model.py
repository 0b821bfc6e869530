"""Fixes in the text of dbt models: their filters, and what `config()` sets."""

from __future__ import annotations

import re

from tidegate_analyzers.facts import DbtNode
from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.fixes.dbt_config import config_block, set_in_config, unique_key
from tidegate_analyzers.syntax.jinja import Block, Kind, scan
from tidegate_analyzers.text import Change, Document, Edit

_NEWEST = re.compile(r"\bmax\s*\(\s*(?P<column>\w+(?:\.\w+)?)\s*\)", re.I)

_CONFIG = re.compile(r"\s*config\s*\(")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.S)
_PLAIN_QUERY = re.compile(
    r"\s*select\b(?:(?!\b(?:from|distinct|over)\b)[^;])+\bfrom\s+[\w.]+(?:\s+(?:as\s+)?\w+)?\s*", re.I
)


@fix("dbt.look-back")
def look_back(workspace: Workspace, path: str, index: str, site: str, key: str) -> Change | None:
    """Move the bound of a filter three days back, and give the model a key where it has none."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    text = document.text[span.start : span.end]
    found = list(_NEWEST.finditer(text))
    if len(found) != 1 or "'" in found[0].group():
        return None
    at = span.start + found[0].start()
    shifted = f"{{{{ dbt.dateadd('day', -3, 'max({found[0]['column']})') }}}}"
    edits: list[Edit] = [edit(document, (at, at + len(found[0].group())), shifted)]
    if key:
        keyed = unique_key(workspace, path, index)
        if keyed is None:
            return None
        edits += keyed.edits
    return Change(tuple(edits))


@fix("dbt.filter-new")
def filter_new(workspace: Workspace, path: str, index: str, column: str) -> Change | None:
    """Limit incremental runs to new rows, behind a query that is one SELECT without conditions."""
    document = workspace.document(path)
    end = _end_of_plain_query(document) if document is not None else None
    if document is None or end is None:
        return None
    clause = (
        f"\n{{% if is_incremental() %}}\nwhere {column} >= (select max({column}) from {{{{ this }}}})\n{{% endif %}}"
    )
    return Change((edit(document, (end, end), clause),))


@fix("dbt.newest-of-key")
def newest_of_key(workspace: Workspace, path: str, index: str, order: str, *names: str) -> Change | None:
    """Keep one row of each key, the newest by a column, in an engine that knows QUALIFY."""
    document = workspace.document(path)
    if document is None:
        return None
    end = len(document.text.rstrip().removesuffix(";").rstrip())
    clause = f"\nqualify row_number() over (partition by {', '.join(names)} order by {order} desc) = 1"
    return Change((edit(document, (end, end), clause),))


def _end_of_plain_query(document: Document) -> int | None:
    """The end of a text whose code, behind its configuration, is `select … from one_relation`."""
    blocks = scan(document.text).blocks
    if any(block.kind is Kind.STATEMENT for block in blocks):
        return None
    end = len(document.text.rstrip().removesuffix(";").rstrip())
    code = document.text[:end]
    for block in blocks:
        blank = " " if block.kind is Kind.COMMENT or _CONFIG.match(block.body) else "r"
        code = code[: block.start] + blank * (block.end - block.start) + code[block.end :]
    return end if _PLAIN_QUERY.fullmatch(_COMMENT.sub(" ", code)) else None


@fix("dbt.set-config")
def set_config(workspace: Workspace, path: str, index: str, *pairs: str) -> Change | None:
    """Set what `config()` of a node does not set yet; `pairs` are names, each followed by its value in Jinja."""
    document = workspace.document(path)
    facts = workspace.view.facts(path)
    if document is None or facts is None or int(index) >= len(facts.nodes):
        return None
    wanted = dict(zip(pairs[::2], pairs[1::2], strict=True))
    node = facts.nodes[int(index)]
    block = _block_of(document, node, workspace)
    if block is not None:
        return set_in_config(document, block, wanted)
    line = "{{ config(" + ", ".join(f"{name}={value}" for name, value in wanted.items()) + ") }}\n\n"
    if node.kind != "snapshot":
        return Change((edit(document, (0, 0), line),))
    opening = _opening(document, workspace.span(path, str(node.site)).start)
    return Change((edit(document, (opening, opening), "\n" + line.rstrip("\n")),)) if opening else None


def _block_of(document: Document, node: DbtNode, workspace: Workspace) -> Block | None:
    if node.kind != "snapshot":
        return config_block(document)
    start = workspace.span(document.path, str(node.config_site)).start if node.config_site else -1
    return next((b for b in scan(document.text).blocks if b.kind is Kind.EXPRESSION and b.start == start), None)


def _opening(document: Document, offset: int) -> int:
    """The end of the block that holds an offset."""
    return next((b.end for b in scan(document.text).blocks if b.start <= offset < b.end), 0)
