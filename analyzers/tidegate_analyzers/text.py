"""Text and places in it: spans, documents, line tables and edits.

Everything above this module speaks in character offsets. Lines, columns and encodings exist only where a
person or an editor reads them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

LINE_END = re.compile(r"\r\n|\n|\r")
"""The line ends the language server protocol knows; `str.splitlines` knows more and is never used."""


class Span(NamedTuple):
    """A half-open range of character offsets."""

    start: int
    end: int

    def contains(self, offset: int) -> bool:
        """True where a cursor at `offset` touches the span, its end included."""
        return self.start <= offset <= self.end

    def covers(self, other: Span) -> bool:
        """True when `other` lies within this span."""
        return self.start <= other.start and other.end <= self.end

    def shifted(self, by: int) -> Span:
        """The same span `by` characters further on."""
        return Span(self.start + by, self.end + by)


class Position(NamedTuple):
    """A zero-based line and a zero-based column in code points."""

    line: int
    column: int


class LineIndex:
    """Where the lines of a text begin; converts between offsets and positions.

    Offsets and positions outside the text are clamped into it: an editor may hold a newer or older text.
    """

    __slots__ = ("_length", "_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._length = len(text)
        self._starts = [0, *(match.end() for match in LINE_END.finditer(text))]

    @property
    def line_count(self) -> int:
        """How many lines there are; an empty text has one."""
        return len(self._starts)

    def position(self, offset: int) -> Position:
        """The line and code point column of `offset`."""
        offset = min(max(offset, 0), self._length)
        line = bisect_right(self._starts, offset) - 1
        return Position(line, offset - self._starts[line])

    def offset(self, position: Position) -> int:
        """The offset of a position; a column past the line's end means the line's end."""
        if position.line < 0:
            return 0
        if position.line >= len(self._starts):
            return self._length
        span = self.line_span(position.line)
        return min(span.start + max(position.column, 0), span.end)

    def line_span(self, line: int) -> Span:
        """The span of a line without its line end."""
        start = self._starts[line]
        end = self._starts[line + 1] if line + 1 < len(self._starts) else self._length
        while end > start and self._text[end - 1] in "\r\n":
            end -= 1
        return Span(start, end)

    def line_text(self, line: int) -> str:
        """The characters of a line without its line end."""
        span = self.line_span(line)
        return self._text[span.start : span.end]


@dataclass(frozen=True, eq=False)
class Document:
    """An immutable text with the path it stands for.

    Attributes:
        path: relative to its workspace root, with forward slashes.
        text: the whole text, line ends as they are.
    """

    path: str
    text: str

    @cached_property
    def lines(self) -> LineIndex:
        """The line table, made when first asked for."""
        return LineIndex(self.text)

    @cached_property
    def newline(self) -> str:
        r"""The line end this text uses: that of its first line, else `\n`."""
        first = LINE_END.search(self.text)
        return first.group() if first else "\n"

    def slice(self, span: Span) -> str:
        """The text of a span."""
        return self.text[span.start : span.end]


@dataclass(frozen=True, slots=True)
class Note:
    """What a client shows of a group of edits.

    Attributes:
        label, description: the group's name, and why it is one.
        confirm: whether somebody should look at the edits first.
        optional: whether the change is whole without them; a client that can't ask leaves them out.
    """

    label: str
    description: str = ""
    confirm: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of `span` in the document at `path` by `text`."""

    path: str
    span: Span
    text: str
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class NewFile:
    """Create a file that does not exist yet."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Move:
    """Give a file another path, after every edit is made."""

    path: str
    to: str
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one quick-fix or rename does: edits of existing documents, new files, and files that move."""

    edits: tuple[Edit, ...] = ()
    files: tuple[NewFile, ...] = ()
    moves: tuple[Move, ...] = ()

    def paths(self) -> frozenset[str]:
        """Every path the change writes to."""
        written = [*(edit.path for edit in self.edits), *(file.path for file in self.files)]
        return frozenset([*written, *(move.path for move in self.moves), *(move.to for move in self.moves)])


def apply_edits(text: str, edits: tuple[Edit, ...] | list[Edit]) -> str:
    """The text after edits that all speak of it.

    Edits are applied as if at once; of two that overlap the later one in the sequence is left out.
    Insertions at one place keep their order.
    """
    chosen: list[tuple[int, Edit]] = []
    for order, edit in enumerate(edits):
        if all(not overlap(edit.span, other.span) for _, other in chosen):
            chosen.append((order, edit))
    chosen.sort(key=lambda item: (item[1].span.start, item[1].span.end, item[0]))
    parts: list[str] = []
    at = 0
    for _, edit in chosen:
        parts += (text[at : edit.span.start], edit.text)
        at = edit.span.end
    parts.append(text[at:])
    return "".join(parts)


def overlap(left: Span, right: Span) -> bool:
    """True when two spans share a character, or one inserts strictly inside the other."""
    if left.start == left.end or right.start == right.end:
        return left.start < right.start < left.end or right.start < left.start < right.end
    return left.start < right.end and right.start < left.end


def digest(data: bytes) -> bytes:
    """The sixteen byte content key of some bytes."""
    return blake2b(data, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Bytes that are no text we read, and why."""

    reason: str


MAX_BYTES = 4_000_000
"""Files above this size are not read: no pipeline file comes near it, and a dump must not stall an editor."""


MAX_LEFT_BYTES = 64_000_000
"""The same for what dbt leaves of a run: the catalog of 10,000 models is half of it."""


def decode(data: bytes, most: int = MAX_BYTES) -> str | Undecodable:
    """Text from the bytes of a file, as an editor would show it.

    UTF-8 with or without a byte order mark, or UTF-16 with one. A stray byte that is no UTF-8 becomes one
    replacement character each, so that everything else keeps its meaning.
    """
    if len(data) > most:
        return Undecodable(f"the file is larger than {most // 1_000_000} MB")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        return Undecodable("the file holds NUL bytes, so it is not text")
    return data.decode("utf-8-sig", errors="replace")
