"""Where a cursor is in SQL, told from the words before it: a statement that is being typed rarely parses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tidegate_analyzers.text import Span

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|\Z)|\{\#.*?(?:\#\}|\Z)|\{%.*?(?:%\}|\Z))"""
    r"""|(?P<jinja>\{\{.*?(?:\}\}|\Z))|(?P<string>'(?:[^']|'')*(?:'|\Z))|(?P<quoted>"[^"]*(?:"|\Z)|`[^`]*(?:`|\Z))"""
    r"""|(?P<number>\d[\w.]*)|(?P<word>[A-Za-z_]\w*)|(?P<sign>::|.)""",
    re.S,
)
_WORD = re.compile(r"\w*")
_CLAUSES = {
    "select": "select", "from": "from", "join": "from", "on": "on", "where": "where", "prewhere": "where", "group": "group",
    "order": "order", "having": "having", "qualify": "qualify", "using": "using", "limit": "limit", "offset": "limit",
    "with": "with", "partition": "group", "values": "values", "window": "window", "set": "set", "into": "into",
}  # fmt: skip
_NO_VALUES = frozenset(
    (
        "and", "or", "not", "in", "between", "like", "ilike", "rlike", "is", "case", "when", "then", "else", "distinct", "all", "any",
        "by", "over", "filter", "within", "interval", "exists", "as", "asc", "desc", "nulls", "union", "intersect", "except",
        "exclude", "replace", "left", "right", "full", "inner", "outer", "cross", "natural", "semi", "anti", "lateral", "recursive",
        "rows", "range", "preceding", "following", "current", "unbounded", "ignore", "respect", "insert", "delete", "update",
        "merge", "create", "table", "view", "temporary", "temp", "explain", "top", "return", "escape", "similar", "collate",
        *_CLAUSES,
    )
)  # fmt: skip
"""Words behind which a value or name begins; behind all others one has ended."""
_JOINING = frozenset(("from", "join", "into", "update", "table"))
_SETS = frozenset(("union", "intersect", "except", "minus"))
_CASTS = frozenset(("cast", "try_cast", "safe_cast"))
_WRITTEN = {"word": "value", "quoted": "value", "string": "value", "number": "value", "jinja": "value"}


@dataclass(slots=True)
class Frame:
    """A bracket that is open at the cursor, or the statement.

    Attributes:
        at: the offset behind the bracket.
        call: the function or name before the bracket.
        clause: the clause of the query that the bracket holds.
        select_at: where its SELECT begins, -1 where there is none.
        from_at: where its FROM begins, -1 where there is none yet.
        commas: how many arguments are complete.
        ctes: the common table expressions that are named so far.
    """

    at: int
    call: str = ""
    clause: str = ""
    select_at: int = -1
    from_at: int = -1
    commas: int = 0
    ctes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SqlPlace:
    """A cursor in SQL.

    Attributes:
        expects: `relation`, `member` (of `qualifier`), `value`, `operator`, `joining` (behind a relation), `type`,
            `name` (a new one) or `statement`.
        clause: the clause of the query: `select`, `from`, `on`, `where`, `group`, `order` …
        typed: what of the word is there.
        span: the word.
        qualifier: the name before the dot.
        before: the last word or sign before the word, small letters.
        frames: the brackets that are open, outermost first; the first is the statement.
        statement: where the statement begins; of one that writes the result of a query, where the query does.
        upper: whether keywords are written in capitals.
    """

    expects: str
    clause: str
    typed: str
    span: Span
    qualifier: str
    before: str
    frames: tuple[Frame, ...]
    statement: int
    upper: bool

    @property
    def query(self) -> Frame | None:
        """The innermost bracket that holds a query."""
        return next((frame for frame in reversed(self.frames) if frame.select_at >= 0), None)


def sql_place(text: str, offset: int) -> SqlPlace | None:
    """Where the cursor is; `None` within strings and comments."""
    start = offset
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    if text[start : start + 1].isdigit():
        return None
    reader = _Reader(text)
    if not reader.run(start):
        return None
    rest = _WORD.match(text, offset)
    span = Span(start, rest.end() if rest is not None else offset)
    return reader.place(span, text[start:offset])


def open_frames(text: str, offset: int) -> tuple[Frame, ...]:
    """The brackets that are open at an offset, which may be in a string; none in comments."""
    reader = _Reader(text)
    whole = reader.run(offset)
    return tuple(reader.frames) if whole or reader.inside in ("string", "quoted", "word", "number") else ()


class _Reader:
    """Reads the words of a text and keeps what is open."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.frames = [Frame(0)]
        self.statement = 0
        self.entered = False
        self.inside = ""
        self.words: list[tuple[str, str]] = []
        self.upper = False

    def run(self, end: int) -> bool:
        """Read up to an offset; false if that lies within a string, a comment or quotes."""
        at = 0
        while at < end:
            match = _TOKEN.match(self.text, at)
            if match is None:
                return False
            kind, token, at = match.lastgroup or "", match.group(), match.end()
            if at > end:
                self.inside = kind
                return kind == "space" and token.isspace()
            if kind == "space":
                if at == end and token.startswith("--"):
                    return False
                continue
            if kind == "word":
                self._word(token, match.start(), at)
            elif kind == "sign":
                self._sign(token, at)
            self.words = [*self.words[-3:], (kind, token.casefold() if kind == "word" else token)]
        return True

    def _word(self, token: str, start: int, end: int) -> None:
        word, frame = token.casefold(), self.frames[-1]
        if self.words and self.words[-1][1] == ".":
            return
        if word in ("select", "with") and len(self.frames) == 1 and not self.entered:
            self.statement, self.entered = start, True
        if word == "select":
            self.upper = token.isupper()
            frame.clause, frame.select_at, frame.from_at = "select", start, -1
        elif word in _SETS and frame.select_at >= 0 and not (word == "except" and frame.clause == "select"):
            frame.clause, frame.select_at, frame.from_at = "", -1, -1
        elif word in _CLAUSES:
            if frame.select_at < 0 and len(self.frames) > 1 and word in ("from", "on", "using", "set", "with"):
                return  # `extract(day from x)`
            if word == "from" and frame.from_at < 0:
                frame.from_at = start
            frame.clause = _CLAUSES[word]

    def _sign(self, sign: str, end: int) -> None:
        frame = self.frames[-1]
        if sign in "([":
            kind, before = self.words[-1] if self.words else ("", "")
            if before in ("as", "materialized") and frame.clause == "with":
                name = next(
                    (
                        word
                        for k, word in reversed(self.words[:-1])
                        if k in ("word", "quoted") and word not in ("as", "not")
                    ),
                    "",
                )
                frame.ctes.append(name.strip('"`'))
            called = (
                before
                if kind == "word" and (before not in _NO_VALUES or before in ("left", "right", "replace"))
                else ""
            )
            self.frames.append(Frame(end, called if sign == "(" else "["))
        elif sign in ")]":
            if len(self.frames) > 1:
                self.frames.pop()
        elif sign == ";":
            self.frames, self.statement, self.entered = [Frame(end)], end, False
            self.words = []
        elif sign == ",":
            frame.commas += 1
            if frame.clause in ("on", "using"):
                frame.clause = "from"

    def _stands(self, word: str, end: int) -> bool:
        """Whether a word ends at an offset."""
        return self.text[end - len(word) : end].casefold() == word

    def place(self, span: Span, typed: str) -> SqlPlace:
        """What the words so far come to."""
        kind, before = self.words[-1] if self.words else ("", "")
        frame = self.frames[-1]
        clause = next((f.clause for f in reversed(self.frames) if f.clause), "")
        qualifier = ""
        if before == ".":
            owner = self.words[-2][1] if len(self.words) > 1 else ""
            qualifier, expects = owner.strip('"`'), "member"
            if len(self.words) > 2 and self.words[-3][1] in _JOINING and self._stands(owner, span.start - 1):
                span = Span(span.start - 1 - len(owner), span.end)
                qualifier, expects, typed = "", "relation", f"{owner}.{typed}"
        elif before == "::" or (before == "as" and frame.call in _CASTS):
            expects = "type"
        elif (before in _JOINING and frame.clause in ("from", "into", "")) or (
            before == "," and frame.clause == "from"
        ):
            expects = "relation"
        elif before == "as" or (before == "," and frame.clause == "with") or (before in ("with", "recursive")):
            expects = "name"
        elif not self.words or (before == "(" and not frame.call and frame.select_at < 0):
            expects = "statement" if clause in ("", "with", "from") else "value"
        elif (kind in _WRITTEN or before in (")", "]", "*")) and before not in _NO_VALUES:
            expects = "joining" if frame.clause == "from" else "operator"
            expects = "value" if before == "*" and clause != "select" else expects
        elif frame.clause == "from" and frame.select_at >= 0:
            expects = "joining"
        else:
            expects = "value" if clause not in ("", "with") or before in ("=", "(") else "statement"
        return SqlPlace(
            expects, clause, typed, span, qualifier, before, tuple(self.frames), self.statement, self.upper
        )  # fmt: skip


def end_of_from(text: str, at: int) -> int:
    """Where the FROM clause that begins at an offset ends: at the next clause, bracket or statement."""
    depth = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return at
        kind, token = match.lastgroup, match.group().casefold()
        if kind == "sign" and token in "([":
            depth += 1
        elif kind == "sign" and token in ")];":
            if not depth:
                return at
            depth -= 1
        elif (
            kind == "word"
            and not depth
            and (token in _SETS or _CLAUSES.get(token, "from") not in ("from", "on", "using"))
        ):
            return at
        at = match.end()
    return at


def find_from(text: str, at: int) -> int:
    """Where the FROM of the query begins whose select list holds an offset; -1 where there is none."""
    depth = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return -1
        kind, token = match.lastgroup, match.group().casefold()
        if kind == "sign" and token in "([":
            depth += 1
        elif kind == "sign" and token in ")];":
            if not depth and token != ")":
                return -1
            depth -= 1
        elif kind == "word" and token == "from" and depth <= 0:
            return match.start()
        elif kind == "word" and token in ("select", *_SETS) and depth <= 0 and token != "except":
            return -1
        at = match.end()
    return -1
