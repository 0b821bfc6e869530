"""The regions that words make: brackets, CTEs, the items of a list, clauses, queries and statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.ide.structure.region import Region
from tidegate_analyzers.syntax.sql_words import Word

_CLAUSES = frozenset(("with", "select", "from", "where", "having", "qualify", "window", "limit", "values", "set"))
_CLAUSES_BY = frozenset(("group", "order", "partition", "cluster", "distribute", "sort"))
"""Words that begin a clause where `by` follows."""
_LEADS = frozenset(("distinct", "all", "by", "recursive", "only"))
"""Words at the head of a clause that belong to none of its items."""
_ARMS = frozenset(("union", "intersect", "except", "minus"))
_CTE = frozenset(("as", "not", "materialized"))


@dataclass(slots=True)
class _Frame:
    """A bracket that is open, or the text as a whole: where its statement, query, clause and item began (-1: not yet)."""

    opened: int
    head: int
    """Where the call or CTE begins that the bracket belongs to."""
    kind: str
    first: int = -1
    last: int = -1
    statement: int = -1
    query: int = -1
    clause: int = -1
    item: int = -1

    def close(self, *levels: str) -> Iterator[Region]:
        """End some levels, the innermost first."""
        for level in levels:
            start = getattr(self, level)
            if 0 <= start < self.last:
                yield Region(level, start, self.last)
            setattr(self, level, -1)

    def take(self, start: int, end: int, *, item: bool = True) -> None:
        """A word belongs to every level that is open, and opens the others."""
        self.first = start if self.first < 0 else self.first
        self.statement = start if self.statement < 0 else self.statement
        self.query = start if self.query < 0 else self.query
        if item and self.item < 0:
            self.item = start
        self.last = end


def bracketed(text: str, words: list[Word], *, clauses: bool) -> Iterator[Region]:
    """The regions that words make; `clauses` where they are SQL, and no code of Jinja."""
    frames = [_Frame(-1, -1, "")]
    for number, word in enumerate(words):
        frame = frames[-1]
        if word.kind in ("string", "quoted", "name", "number"):
            yield from _word(text, word)
            if (start := _dotted(text, words, number)) < word.start:
                yield Region("word", start, word.end)
        if word.kind == "open":
            head, kind = _head(text, words, number) if clauses or text[word.start] == "(" else (-1, "")
            frame.take(word.start, word.end)
            frames.append(_Frame(word.start, head, kind))
        elif word.kind == "close":
            if len(frames) > 1:
                yield from _closed(frames.pop(), word.end, clauses=clauses)
                frames[-1].last = word.end
        elif text[word.start] == ",":
            yield from frame.close("item")
            frame.last = word.end
        elif text[word.start] == ";" and clauses:
            yield from frame.close("item", "clause", "query", "statement")
        elif clauses and word.kind == "name":
            yield from _keyword(text, words, number, frame)
        else:
            frame.take(word.start, word.end)
    while frames:  # what was never closed ends with the text
        frame = frames.pop()
        first, last = frame.first, frame.last
        yield from frame.close("item", *(("clause", "query", "statement") if clauses else ()))
        if frames and 0 <= first < last:
            yield Region("inside", first, last)
            frames[-1].last = last


def _word(text: str, word: Word) -> Iterator[Region]:
    if word.kind == "string" or word.kind == "quoted":
        yield Region("string", word.start, word.end)
        closed = word.end - word.start >= 2 and text[word.end - 1] == text[word.start]
        yield Region("text", word.start + 1, word.end - 1 if closed else word.end)
    else:
        yield Region("word", word.start, word.end)


def _head(text: str, words: list[Word], number: int) -> tuple[int, str]:
    """What a bracket belongs to: `name(` is a call, `name [(columns)] as [not materialized] (` a CTE."""
    at = number - 1
    if at < 0:
        return -1, ""
    if text[words[at].start : words[at].end].casefold() not in _CTE:
        is_call = words[at].kind in ("name", "quoted") and words[at].end == words[number].start
        return (_dotted(text, words, at), "call") if is_call else (-1, "")
    while at >= 0 and text[words[at].start : words[at].end].casefold() in _CTE:
        at -= 1
    if at >= 0 and words[at].kind == "close":
        depth = 0
        while at >= 0:
            depth += (words[at].kind == "close") - (words[at].kind == "open")
            at -= 1
            if depth == 0:
                break
    return (words[at].start, "cte") if at >= 0 and words[at].kind in ("name", "quoted") else (-1, "")


def _dotted(text: str, words: list[Word], at: int) -> int:
    """Where the dotted name begins that ends with a word."""
    while at >= 2 and text[words[at - 1].start] == "." and words[at - 2].kind in ("name", "quoted"):
        at -= 2
    return words[at].start


def _closed(frame: _Frame, end: int, *, clauses: bool) -> Iterator[Region]:
    first, last = frame.first, frame.last
    yield from frame.close("item", *(("clause", "query") if clauses else ()))
    if 0 <= first < last:
        yield Region("inside", first, last)
    yield Region("bracket", frame.opened, end)
    if frame.head >= 0:
        yield Region(frame.kind, frame.head, end)


def _keyword(text: str, words: list[Word], number: int, frame: _Frame) -> Iterator[Region]:
    word = words[number]
    name = text[word.start : word.end].casefold()
    before = text[word.start - 1 : word.start]
    follows = words[number + 1] if number + 1 < len(words) else None
    if before == ".":  # a column that is called like a keyword
        frame.take(word.start, word.end)
    elif name in _ARMS and not (name == "except" and follows is not None and text[follows.start] == "("):
        yield from frame.close("item", "clause", "query")
        frame.last = word.end
    elif name in _CLAUSES or (
        name in _CLAUSES_BY and follows is not None and text[follows.start : follows.end].casefold() == "by"
    ):
        yield from frame.close("item", "clause")
        frame.take(word.start, word.end, item=False)
        frame.clause = word.start
    elif frame.item < 0 and name in _LEADS:
        if frame.query >= 0:
            frame.take(word.start, word.end, item=False)
        else:
            frame.last = word.end  # the `all` of `union all`
    else:
        frame.take(word.start, word.end)
