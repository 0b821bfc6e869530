"""Where a cursor is in YAML, told from lines and indentation: what is typed rarely parses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tidegate_analyzers.text import Document, Span

ITEM = "-"
"""The step of a path that stands for any item of a sequence."""

_LINE = re.compile(r"(?P<indent> *)(?P<dashes>(?:-(?: +|\Z))*)(?P<rest>.*)", re.S)
_KEY = re.compile(r"""(?P<key>"[^"]*"|'[^']*'|[^\s#'"\[{&*!|>%@`][^:#]*?|)\s*:(?=\s|\Z)(?P<value>.*)""", re.S)
_BLOCK_TEXT = re.compile(r"(?:^|\s)[|>][-+0-9]*\s*(?:#.*)?\Z")
_TAG = re.compile(r"[&!]\S+\s*")
_COMMENT = re.compile(r"(?:^|\s)#.*")


@dataclass(slots=True)
class Level:
    """A mapping or sequence on the way to the cursor.

    Attributes:
        step: how it is reached from the one around it: a key, or `ITEM`; empty for the root.
        scalars: the keys that are known of it, with their values where these are scalars on one line.
        items: the scalar items of a sequence.
    """

    step: str
    scalars: dict[str, str] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class YamlPlace:
    """A cursor in YAML.

    Attributes:
        levels: from the root to the collection the cursor is in.
        key: the key whose value is typed; empty where a key or an item is typed.
        typed: what of the word is there.
        span: the word, with what of it stands behind the cursor.
        column: the column in which keys of this collection begin.
        quote: the quote that is open.
        after: what follows on the line.
        flow: whether the cursor is within brackets.
        glued: whether a blank is missing between the sign and the cursor.
        text_at: where the whole value or key begins, quote included.
    """

    levels: tuple[Level, ...]
    key: str
    typed: str
    span: Span
    column: int
    quote: str
    after: str
    flow: str
    glued: bool
    text_at: int

    @property
    def path(self) -> tuple[str, ...]:
        """The steps to the collection, and the key whose value is typed."""
        return (*(level.step for level in self.levels[1:]), *((self.key,) if self.key else ()))

    @property
    def own(self) -> Level:
        """The collection the cursor is in."""
        return self.levels[-1]

    @property
    def in_sequence(self) -> bool:
        """Whether the cursor is at an item that is no mapping yet."""
        return bool(self.flow == "[" or (not self.key and self.levels[-1].step == ITEM and not self.own.scalars))


@dataclass(slots=True)
class _Row:
    """A line: the columns of its dashes and of what follows them, its key and value."""

    dashes: tuple[int, ...]
    column: int
    key: str
    value: str


def place_at(document: Document, offset: int) -> YamlPlace | None:
    """Where the cursor is; `None` in comments and in texts of several lines."""
    position = document.lines.position(offset)
    line = document.lines.line_span(position.line)
    head, tail = document.text[line.start : offset], document.text[offset : line.end]
    found = _LINE.match(head)
    if found is None or "\t" in found["indent"]:
        return None
    row = _row(head)
    if _in_text(document, position.line, row) or _is_comment(head):
        return None
    rest = found["rest"]
    entry = _KEY.match(rest)
    levels = _levels(document, position.line, row)
    if entry is None:
        at = line.start + row.column
        glued = bool(row.dashes) and head.endswith("-")
        if rest.startswith(("[", "{")):
            return _flow(document, offset, at, levels, "", row.column, tail)
        return _place(document, offset, at, levels, "", row.column, tail, glued=glued)
    key = entry["key"].strip("\"'")
    levels[-1].scalars.pop(key, None)
    at = line.start + row.column + entry.start("value")
    glued = at == offset
    while at < offset and document.text[at] == " ":
        at += 1
    tagged = _TAG.match(document.text, at, offset)
    at = tagged.end() if tagged is not None else at
    if document.text[at : at + 1] in ("[", "{") and at < offset:
        return _flow(document, offset, at, levels, key, row.column, tail)
    return _place(document, offset, at, levels, key, row.column, tail, glued=glued)


def _place(
    document: Document, offset: int, at: int, levels: list[Level], key: str, column: int, tail: str,
    *, flow: str = "", glued: bool = False,
) -> YamlPlace:  # fmt: skip
    text = document.text
    quote = text[at] if at < offset and text[at] in "\"'" else ""
    if quote and text.find(quote, at + 1, offset) >= 0:
        quote = ""  # it is closed: what follows is no part of it
    start = at + len(quote)
    rest = re.match(r"[^\s:,\]}'\"#]*" if not quote else rf"[^{quote}\n]*", tail)
    end = offset + (rest.end() if rest is not None else 0)
    if quote and text[end : end + 1] != quote:
        end = offset
    after = text[end : offset + len(tail)]
    return YamlPlace(tuple(levels), key, text[start:offset], Span(start, end), column, quote, after, flow, glued, at)


def _flow(document: Document, offset: int, at: int, levels: list[Level], key: str, column: int, tail: str) -> YamlPlace:
    """A place within brackets on one line."""
    if key:
        levels.append(Level(key))
    stack: list[str] = []
    begun, name = at, ""
    quote = ""
    for i in range(at, offset):
        char = document.text[i]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'" and not document.text[begun:i].strip():
            quote = char
        elif char in "[{":
            if stack:
                levels.append(Level(name or ITEM))
            stack.append(char)
            begun, name = i + 1, ""
        elif char in "]}" and stack:
            stack.pop()
            if stack:
                levels.pop()
            begun = i + 1
        elif char == "," and stack:
            _note(levels[-1], stack[-1], name, document.text[begun:i])
            begun, name = i + 1, ""
        elif char == ":" and stack and stack[-1] == "{" and document.text[i + 1 : i + 2] in (" ", "") and not name:
            name = document.text[begun:i].strip(" \"'")
            begun = i + 1
    while begun < offset and document.text[begun] == " ":
        begun += 1
    if stack and stack[-1] == "[":
        levels.append(Level(ITEM, items=levels[-1].items))
    return _place(document, offset, begun, levels, name, column, tail, flow=stack[-1] if stack else "{")


def _note(level: Level, sign: str, name: str, text: str) -> None:
    if sign == "[":
        level.items.append(text.strip(" \"'"))
    elif name:
        level.scalars[name] = text.strip(" \"'")


def _row(text: str) -> _Row:
    found = _LINE.match(text)
    assert found is not None
    at, dashes = len(found["indent"]), []
    for index, char in enumerate(found["dashes"]):
        if char == "-":
            dashes.append(at + index)
    column = at + len(found["dashes"])
    rest = found["rest"]
    entry = _KEY.match(rest)
    if entry is None:
        return _Row(tuple(dashes), column, "", rest.strip())
    value = _COMMENT.sub("", _TAG.sub("", entry["value"].strip())).strip()
    return _Row(tuple(dashes), column, entry["key"].strip().strip("\"'"), value)


def _is_comment(head: str) -> bool:
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", lambda m: "_" * len(m.group()), head)
    return _COMMENT.search(bare) is not None and not re.search(r"[\"'][^\"']*\Z", bare.partition("#")[0])


def _in_text(document: Document, line: int, row: _Row) -> bool:
    """Whether the line belongs to a text that `|` or `>` begins above."""
    column = row.dashes[0] if row.dashes else row.column
    for number in range(line - 1, -1, -1):
        text = document.lines.line_text(number)
        if not text.strip():
            continue
        above = _row(text)
        start = above.dashes[0] if above.dashes else above.column
        if start < column:
            if _BLOCK_TEXT.search(text) and (above.key or above.dashes):
                return True
            column = start
        if column == 0:
            return False
    return False


def _levels(document: Document, line: int, row: _Row) -> list[Level]:
    """The collections around a line, the root first."""
    way: list[Level] = []
    current = Level("")
    column, in_sequence = row.column, False
    _below(document, line, column, current)
    for dash in reversed(row.dashes):
        current.step = ITEM
        way.append(current)
        current, column, in_sequence = Level(""), dash, True
    for number in range(line - 1, -1, -1):
        text = document.lines.line_text(number)
        if text.startswith(("---", "...")):
            break
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        above = _row(text)
        first = above.dashes[0] if above.dashes else above.column
        if in_sequence:
            if first == column and above.dashes:
                if not above.key and above.value:
                    current.items.append(above.value.strip("\"'"))
                continue
            if not above.key or above.value or above.column > column:
                continue
            current.step = above.key
            way.append(current)
            current, column, in_sequence = Level(""), above.column, False
        elif above.column > column:
            continue
        elif above.column < column and above.key and not above.value:
            current.step = above.key
            way.append(current)
            current, column = Level(""), above.column
        elif above.column < column:
            column = above.column  # nothing can be in there: the cursor is indented too far
        if above.key:
            current.scalars.setdefault(above.key, above.value.strip("\"'"))
        for dash in reversed(above.dashes):
            current.step = ITEM
            way.append(current)
            current, column, in_sequence = Level(""), dash, True
    way.append(current)
    return list(reversed(way))


def _below(document: Document, line: int, column: int, level: Level) -> None:
    """Note the keys of the same mapping that stand below."""
    for number in range(line + 1, document.lines.line_count):
        text = document.lines.line_text(number)
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        row = _row(text)
        first = row.dashes[0] if row.dashes else row.column
        if first < column:
            return
        if first == column and row.key and not row.dashes:
            level.scalars.setdefault(row.key, row.value.strip("\"'"))
