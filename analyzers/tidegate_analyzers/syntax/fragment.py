"""Texts of Python string literals, each with a map to the places its characters stand at."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from dataclasses import dataclass

from tidegate_analyzers.text import LINE_END, Span


@dataclass(frozen=True, slots=True)
class Fragment:
    """A text put together from pieces of a source, each of which knows where it came from.

    `pieces` are (offset in the fragment, offset in the source, length in the fragment, length in the source);
    a piece whose two lengths differ is an escape, a hole or a constant put in from elsewhere.
    """

    text: str
    pieces: tuple[tuple[int, int, int, int], ...]

    def source_offset(self, offset: int, *, end: bool = False) -> int:
        """Where in the source an offset of the fragment lies; with `end`, the end of what precedes it."""
        if not self.pieces:
            return 0
        if end and offset > 0:
            return self._at(offset - 1, after=True)
        return self._at(offset, after=False)

    def _at(self, offset: int, *, after: bool) -> int:
        index = max(bisect_right(self.pieces, (offset, float("inf"))) - 1, 0)
        at, source, length, source_length = self.pieces[index]
        if length == source_length:
            return source + min(offset - at + (1 if after else 0), length)
        return source + (source_length if after or offset >= at + length else 0)

    def source_span(self, span: Span) -> Span:
        """Where in the source a span of the fragment lies."""
        start = self.source_offset(span.start)
        return Span(start, max(self.source_offset(span.end, end=True), start))

    def __add__(self, other: Fragment) -> Fragment:
        shift = len(self.text)
        return Fragment(
            self.text + other.text, self.pieces + tuple((at + shift, s, n, m) for at, s, n, m in other.pieces)
        )


def hole(expression: str, span: Span) -> Fragment:
    """A piece whose text is not known, written as a Jinja expression so that one reader handles both."""
    text = "{{ " + re.sub(r"[{}'\"\s]+", " ", expression).strip() + " }}"
    return Fragment(text, ((0, span.start, len(text), span.end - span.start),))


def constant(text: str, span: Span) -> Fragment:
    """A text that stands in the place of a name."""
    return Fragment(text, ((0, span.start, len(text), span.end - span.start),))


_SIMPLE = re.compile(r"""["'](?!["'])([^"'\\\r\n]+)["']""")
"""A literal that says just what is written: one pair of quotes, no prefix, no escape."""
_PREFIX = re.compile(r"([A-Za-z]*)('''|\"\"\"|'|\")")
_ESCAPE = re.compile(r"\\(\r\n|[\n\r]|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|.)", re.S)


def literal_fragment(source: str, span: Span, names: dict[str, str] | None = None) -> Fragment:
    """The text of one or more adjacent string literals, with its map; holes of f-strings become Jinja blocks.

    Args:
        source: the module's text.
        span: where the literals stand.
        names: what is known of names that f-strings mention.
    """
    simple = _SIMPLE.fullmatch(source, span.start, span.end)
    if simple is not None:
        inner = simple.span(1)
        return Fragment(source[inner[0] : inner[1]], ((0, inner[0], inner[1] - inner[0], inner[1] - inner[0]),))
    fragment = Fragment("", ())
    at = span.start
    while at < span.end:
        opening = _PREFIX.match(source, at, span.end)
        if opening is None:
            at = _skip_between(source, at, span.end)
            continue
        prefix, quote = opening.group(1).lower(), opening.group(2)
        fragment, at = _read_literal(source, opening.end(), span.end, prefix, quote, fragment, names or {})
    return fragment


def _skip_between(source: str, at: int, end: int) -> int:
    if source[at] == "#":
        match = LINE_END.search(source, at, end)
        return match.end() if match else end
    return at + 1


def _read_literal(
    source: str, at: int, end: int, prefix: str, quote: str, so_far: Fragment, names: dict[str, str]
) -> tuple[Fragment, int]:
    text: list[str] = [so_far.text]
    pieces = list(so_far.pieces)
    length = len(so_far.text)
    start = at
    raw, formatted = "r" in prefix, "f" in prefix

    def flush(upto: int) -> None:
        nonlocal length, start
        if upto > start:
            text.append(source[start:upto])
            pieces.append((length, start, upto - start, upto - start))
            length += upto - start
        start = upto

    def put(piece: str, upto: int) -> None:
        nonlocal length, start
        if piece:
            text.append(piece)
            pieces.append((length, start, len(piece), upto - start))
            length += len(piece)
        start = upto

    while at < end:
        char = source[at]
        if source.startswith(quote, at):
            flush(at)
            return Fragment("".join(text), tuple(pieces)), at + len(quote)
        if char == "\\" and not raw:
            flush(at)
            escape = _ESCAPE.match(source, at, end)
            after = escape.end() if escape else at + 1
            put(_unescape(source[at:after]), after)
            at = after
        elif char == "\\":
            at += 2
        elif formatted and source.startswith(("{{", "}}"), at):
            flush(at)
            put(char, at + 2)
            at += 2
        elif formatted and char == "{":
            flush(at)
            after = _hole_end(source, at + 1, end)
            expression = re.split(r"![rsa]\s*[:}]|:", source[at + 1 : after - 1])[0].strip(" =")
            put(names[expression] if expression in names else hole(expression, Span(at, after)).text, after)
            at = after
        else:
            at += 1
    flush(end)
    return Fragment("".join(text), tuple(pieces)), end


def _hole_end(source: str, at: int, end: int) -> int:
    depth = 1
    quote = ""
    while at < end and depth:
        char = source[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "{[(":
            depth += 1
        elif char in "}])":
            depth -= 1
        at += 1
    return at


def _unescape(text: str) -> str:
    try:
        value = ast.literal_eval(f"'{text}'") if text not in ("\\'", '\\"') else text[1]
    except (SyntaxError, ValueError):
        return text
    return value if isinstance(value, str) else text
