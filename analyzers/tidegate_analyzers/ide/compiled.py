"""A model as SQL: its template rendered without a warehouse, with the names that tables have there as far as known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate_analyzers.facts import NodeRef
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.rendered import render_text
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.syntax.jinja import Block, Kind, scan
from tidegate_analyzers.text import Document, Span

if TYPE_CHECKING:
    from tidegate_analyzers.syntax.render import Named, Rendered

_SENTINEL = re.compile(r"tg__\w+", re.I)
_SILENT = frozenset(("config", "log", "print"))
MAX_SHOWN = 3
"""How many results of a block that is rendered in a loop are shown."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template as SQL.

    Attributes:
        sql: the SQL; where `reason` is not empty, what could not be rendered stands in it as it was written.
        reason: why it can't be rendered whole.
        replaced: whether macros of packages stand as what they usually produce.
    """

    sql: str
    reason: str = ""
    replaced: bool = False


def compiled(view: View, document: Document, *, incremental: bool = False) -> Compiled | None:
    """The SQL of a file of a dbt project; `None` for any other."""
    role = view.layout.role(document.path)
    if role is None or role.kind != "dbt_sql" or role.resource == "macro":
        return None
    found = _whole(view, document, incremental)
    if not isinstance(found, str):
        return Compiled(
            _trimmed(_names_put_in(view, document.path, document.text, found, found.sql, 0)), "", found.replaced
        )
    parts: list[str] = []
    at = 0
    for block in scan(document.text).blocks:
        parts.append(document.text[at : block.start])
        parts.append(_alone(view, document, block, incremental).sql)
        at = block.end
    parts.append(document.text[at:])
    return Compiled(_trimmed("".join(parts)), found)


def page(view: View, document: Document) -> str | None:
    """The SQL of a file with what is to be known of it on top."""
    found = compiled(view, document)
    if found is None:
        return None
    notes = ["Compiled without a warehouse: the names of schemas stand where files of the project tell them."]
    if "is_incremental" in document.text:
        notes.append("is_incremental() is false.")
    if found.replaced:
        notes.append("Macros of packages stand as what they usually produce.")
    if found.reason:
        notes.append(f"Not all of it is understood ({found.reason}): that is left as it is written.")
    head = "".join(f"-- {' '.join(note.split())}\n" for note in notes)
    return f"{head}\n{found.sql}"


def block_at(view: View, document: Document, offset: int) -> tuple[Span, Compiled] | None:
    """The Jinja expression at an offset, and what stands in its place in the SQL; `None` where that is not known."""
    role = view.layout.role(document.path)
    if role is None or role.kind != "dbt_sql":
        return None
    blocks = (b for b in scan(document.text).blocks if b.kind is Kind.EXPRESSION and b.word not in _SILENT)
    block = next((block for block in blocks if block.start <= offset < block.end), None)
    if block is None:
        return None
    for incremental in (False, True) if role.resource != "macro" else ():
        found = _whole(view, document, incremental)
        if not isinstance(found, str):
            texts = _texts_of(view, document, found, block)
            if texts and texts != [document.slice(block.span)]:
                more = [f"-- and {len(texts) - MAX_SHOWN} more"] if len(texts) > MAX_SHOWN else []
                return block.span, Compiled("\n".join([*texts[:MAX_SHOWN], *more]), "", found.replaced)
    alone = _alone(view, document, block, incremental=False)
    is_told = alone.sql != document.slice(block.span) and alone.sql.strip()
    return (block.span, alone) if is_told else None


def _texts_of(view: View, document: Document, found: Rendered, block: Block) -> list[str]:
    """What a block was rendered to: more than one text where it stands in a loop."""
    places = found.map
    ends = [*places.starts[1:], len(found.sql)]
    texts = [
        _names_put_in(view, document.path, document.text, found, found.sql[start:end], start).strip()
        for start, end, span in zip(places.starts, ends, places.spans, strict=True)
        if span == block.span
    ]
    return list(dict.fromkeys(text for text in texts if text))


def _whole(view: View, document: Document, incremental: bool) -> Rendered | str:
    """The file rendered, or why it can't be."""
    from tidegate_analyzers.syntax.render import Rendered

    def compute() -> Rendered | str:
        found = render_text(view, document.path, document.text, incremental=incremental)
        return found if isinstance(found, Rendered) else found.reason

    return view.memo(("compiled", document.path, hash(document.text), incremental), compute)


def _alone(view: View, document: Document, block: Block, incremental: bool) -> Compiled:
    """A block rendered by itself, or as it is written."""
    from tidegate_analyzers.syntax.render import Rendered

    written = document.slice(block.span)
    if block.kind is Kind.COMMENT:
        return Compiled("")
    if block.kind is not Kind.EXPRESSION:
        return Compiled(written)
    found = render_text(view, document.path, written, incremental=incremental)
    if not isinstance(found, Rendered):
        return Compiled(written)
    return Compiled(_names_put_in(view, document.path, written, found, found.sql, 0), "", found.replaced)


def _names_put_in(view: View, path: str, text: str, found: Rendered, sql: str, at: int) -> str:
    """SQL with the names of tables in the place of words of ours; what only a run knows is left as it is written."""
    names = {word.casefold(): named for word, named in found.relations.items()}

    def name(match: re.Match[str]) -> str:
        named = names.get(match.group().casefold())
        if named is not None:
            return relation_name(view, path, named)
        span = found.map.place(at + match.start(), at + match.end())
        return text[span.start : span.end] if span is not None else match.group()

    return _SENTINEL.sub(name, sql)


def relation_name(view: View, path: str, named: Named) -> str:
    """The name of the table that a `ref`, `source` or `this` stands for, as far as the project's files tell it."""
    if named.kind == "this":
        facts = view.facts(path)
        if facts is None or not facts.nodes:
            return "this"
        return _alias(view, NodeKey(path, 0, facts.nodes[0].name, facts.nodes[0].kind))
    if named.kind in ("ref", "source"):
        found = dbt.resolve_ref(view, path, NodeRef(named.kind, named.parts, 0, (), named.version))
        table = dbt.source_of(view, found.source) if found.source is not None else None
        if table is not None:
            return str(table.relation)
        if found.node is not None:
            return _alias(view, found.node)
    return ".".join(named.parts)


def _alias(view: View, key: NodeKey) -> str:
    """The name of a node's table; dbt takes an ephemeral model in as a CTE of a name of its own."""
    if dbt.materialization(view, key) == "ephemeral":
        return f"__dbt__cte__{key.name}"
    alias = dbt.config_value(view, key, "alias")
    return str(alias.value) if alias is not None and alias.known and alias.value else key.name


_TRAILING = re.compile(r"[ \t]+(?=[\r\n]|\Z)")
_MANY_LINES = re.compile(r"(?:\r\n|\n|\r){3,}")


def _trimmed(sql: str) -> str:
    """SQL without the empty lines that statements of Jinja leave behind."""
    return _MANY_LINES.sub("\n\n", _TRAILING.sub("", sql)).strip() + "\n"
