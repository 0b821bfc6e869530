"""Make a common table expression a model of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent

from tidegate_analyzers.fixes.base import edit
from tidegate_analyzers.fixes.sql_names import PLAIN
from tidegate_analyzers.ide.refactor.asked import EXTRACT, Asked, Refactoring
from tidegate_analyzers.readers.dbt.query import query_in
from tidegate_analyzers.readers.sql.scopes import Cte, QueryMap
from tidegate_analyzers.syntax.jinja import Kind, Scan, is_block_set, scan
from tidegate_analyzers.syntax.sql_words import Word, masked, sql_words
from tidegate_analyzers.text import Change, Document, NewFile, Span, apply_edits

_OF_MODEL = re.compile(r"(?<![\w.'\"])(?:this|is_incremental|model|config|caller|varargs|kwargs)(?!\w)")
"""What means something else in another model."""
_NAMED = re.compile(r"\s*(?:set|for|import|from)\s+(?P<names>[\w\s,]+?)\s*(?:=|\bin\b|\bimport\b|\Z)")
_OPENS = frozenset(
    ("if", "for", "macro", "call", "filter", "snapshot", "test", "materialization", "raw", "docs", "block")
)


@dataclass(frozen=True, slots=True)
class _Definition:
    """A common table expression of the outermost WITH.

    Attributes:
        cte: what it is.
        span: from its name to its closing bracket.
        body: what stands between the brackets.
        before: the start of the comments before it, or of its name.
        after: the start of what comes behind it and its comma; -1 for the last.
    """

    cte: Cte
    span: Span
    body: Span
    before: int
    after: int


def extract_cte(asked: Asked) -> Iterator[Refactoring]:
    """On the name of a common table expression, where it is made or used."""
    project = asked.view.layout.project_of(asked.path)
    if asked.role.resource != "model" or asked.role.kind != "dbt_sql" or project is None or project.installed:
        return
    query = asked.query
    cte = _cte_at(query, asked.at) if query is not None else None
    if query is None or cte is None or not PLAIN.fullmatch(cte.name) or asked.view.find(f"node:{cte.name}"):
        return
    path = f"{asked.path.rpartition('/')[0]}/{cte.name}.sql".lstrip("/")
    text = asked.document.text
    blocks = scan(text)
    words = list(sql_words(masked(text, blocks), asked.role.dialect))
    found = _definitions(text, words, query)
    wanted = next((item for item in found if item.cte is cte), None)
    if wanted is None or asked.workspace.exists(path):
        return
    needed = _needed(wanted, found, text, words)
    if not all(_stands_alone(asked.document, blocks, item) for item in (wanted, *needed)):
        return
    made = _model(asked.document, wanted, needed)
    change = _change(asked.document, wanted, _only_here(wanted, needed, text, words, blocks), NewFile(path, made))
    after = apply_edits(text, change.edits)
    if query_in(made, asked.role.dialect) is not None and query_in(after, asked.role.dialect) is not None:
        yield Refactoring(f"Extract '{cte.name}' to a model", EXTRACT, change)


def _cte_at(query: QueryMap, at: int) -> Cte | None:
    for cte in query.ctes:
        if not cte.scalar and any(span is not None and span.contains(at) for span in (cte.span, *cte.uses)):
            return cte
    return None


def _definitions(text: str, words: list[Word], query: QueryMap) -> list[_Definition]:
    """The expressions of the outermost WITH, in order; none where it is recursive or can't be followed."""
    starts = {cte.span.start: cte for cte in query.ctes if cte.span is not None}
    found: list[_Definition] = []
    code = [word for word in words if word.kind != "comment"]
    depth = 0
    for number, word in enumerate(code):
        name = text[word.start : word.end].casefold()
        if depth == 0 and name == "recursive":
            return []
        if depth == 0 and word.start in starts and number:
            item = _definition(text, words, code, number, starts[word.start])
            if item is not None:
                found.append(item)
        depth += {"open": 1, "close": -1}.get(word.kind, 0)
    return found


def _definition(text: str, words: list[Word], code: list[Word], number: int, cte: Cte) -> _Definition | None:
    head = number + 1
    while head < len(code) and text[code[head].start : code[head].end].casefold() in ("as", "not", "materialized"):
        head += 1
    if head == number + 1 or head >= len(code) or code[head].kind != "open":
        return None  # `name (a, b) as (...)` names its columns itself
    depth = 0
    for at in range(head, len(code)):
        depth += {"open": 1, "close": -1}.get(code[at].kind, 0)
        if not depth:
            break
    else:
        return None
    close = code[at]
    after = -1
    if at + 1 < len(code) and text[code[at + 1].start] == ",":
        after = next((word.start for word in words if word.start >= code[at + 1].end), -1)
    above = code[number - 1].end
    before = next(word.start for word in words if word.start >= above)
    span = Span(code[number].start, close.end)
    return _Definition(cte, span, Span(code[head].end, close.start), before, after)


def _mentions(text: str, words: list[Word], name: str) -> Iterator[int]:
    """Where a name stands, unless it is qualified."""
    for word in words:
        if word.kind in ("name", "quoted") and text[word.start : word.end].strip('"`').casefold() == name:
            before = text[max(word.start - 20, 0) : word.start].rstrip()
            yield from () if before.endswith(".") else (word.start,)


def _needed(wanted: _Definition, found: list[_Definition], text: str, words: list[Word]) -> list[_Definition]:
    """The expressions that one reads, and those these read, in order."""
    reached = [wanted]
    for item in reached:
        for other in found:
            uses = (*other.cte.uses, *(Span(at, at) for at in _after_from(text, words, other.cte.name.casefold())))
            if other not in reached and any(item.body.start <= use.start < item.body.end for use in uses):
                reached.append(other)
    return sorted((item for item in reached if item is not wanted), key=lambda item: item.span)


def _after_from(text: str, words: list[Word], name: str) -> Iterator[int]:
    """Where a name stands behind FROM or JOIN, in every arm of the template."""
    for at in _mentions(text, words, name):
        if re.search(r"\b(?:from|join)\s+\Z|,\s*\Z", text[max(at - 40, 0) : at], re.I):
            yield at


def _stands_alone(document: Document, blocks: Scan, item: _Definition) -> bool:
    """Whether an expression means the same in another file."""
    text = document.slice(item.span)
    inside = scan(text)
    if inside.problems or _OF_MODEL.search(" ".join(block.body for block in inside.code())):
        return False
    depth = 0
    named: set[str] = set()
    for block in blocks.blocks:
        if block.kind is not Kind.STATEMENT:
            continue
        if block.end <= item.span.start:
            opens = block.word in _OPENS or is_block_set(block)
            depth += 1 if opens else -1 if block.word.startswith("end") else 0
        if not item.span.covers(block.span) and (match := _NAMED.match(block.body)) is not None:
            named.update(re.findall(r"\w+", match["names"]))
    used = {word for block in inside.code() for word in re.findall(r"(?<![\w.'\"])\w+", block.body)}
    strings = any(
        word.kind == "string" and "\n" in text[word.start : word.end] for word in sql_words(masked(text, inside))
    )
    return depth == 0 and not named & used and not strings


def _only_here(
    wanted: _Definition, needed: list[_Definition], text: str, words: list[Word], blocks: Scan
) -> list[_Definition]:
    """Those of the needed expressions that nothing else reads."""
    gone = [item for item in needed if item.after >= 0]
    code = " ".join(block.body for block in blocks.code() if not wanted.span.covers(block.span)).casefold()
    while True:
        kept = [
            item
            for item in gone
            if re.search(rf"\b{re.escape(item.cte.name.casefold())}\b", code)
            or any(
                not any(part.start <= at < part.end for part in (wanted.body, *(other.span for other in gone)))
                for at in _mentions(text, words, item.cte.name.casefold())
            )
        ]
        if not kept:
            return gone
        gone = [item for item in gone if item not in kept]


def _model(document: Document, wanted: _Definition, needed: list[_Definition]) -> str:
    """The text of the new model."""
    body = document.slice(wanted.body)
    newline = document.newline
    first = re.search(r"[\w(]+", masked(body, scan(body)))
    upper = first is not None and first.group().isupper()
    if needed and first is not None and first.group().casefold() == "with":
        listed = [*needed, wanted]
        last = f"{'SELECT * FROM' if upper else 'select * from'} {wanted.cte.name}"
    else:
        listed = needed
        last = dedent(_unindented(body).replace("\r\n", "\n")).strip().replace("\n", newline)
    parts = [document.slice(item.span) for item in listed]
    head = f"{'WITH' if upper else 'with'} " + f",{newline}{newline}".join(parts) + newline * 2 if parts else ""
    return f"{head}{last}{newline}"


def _unindented(body: str) -> str:
    """A body whose first line is as far in as the others: where it begins behind the bracket nothing tells."""
    return body if body[: len(body) - len(body.lstrip())].count("\n") else body.strip()


def _change(document: Document, wanted: _Definition, gone: list[_Definition], new: NewFile) -> Change:
    body = document.slice(wanted.body)
    start = wanted.body.start + len(body) - len(body.lstrip())
    end = wanted.body.end - (len(body) - len(body.rstrip()))
    upper = document.text[start:end].lstrip("(").split(None, 1)[0].isupper()
    query = f"{'SELECT * FROM' if upper else 'select * from'} {{{{ ref('{wanted.cte.name}') }}}}"
    edits = [edit(document, (item.before, item.after), "") for item in gone]
    return Change((*edits, edit(document, (start, end), query)), (new,))
