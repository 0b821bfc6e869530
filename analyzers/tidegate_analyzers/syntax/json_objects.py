"""JSON objects inside other texts, read around what is broken: files with commands, heredocs, fragments without braces.

The nodes are those of YAML, so that whoever reads a mapping needs not know which of the two it was written in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate_analyzers.syntax.yaml.nodes import Mapping, Node, Scalar, Sequence

MAX_DEPTH = 50
"""Nesting beyond this is not read."""
REACH = 20_000
"""How far before an entry its object may begin."""

_SPACE = re.compile(r"(?:\s|//[^\r\n]*|/\*.*?\*/)*", re.S)
_BARE = re.compile(r"[^\s,\[\]{}\"']+")
_STRING = re.compile(r'"((?:[^"\\\r\n]|\\.)*)(?:"|(?=[\r\n])|\Z)')
_ESCAPED = re.compile(r'\\"((?:(?!\\")[^\r\n])*)(?:\\"|(?=[\r\n])|\Z)')
_ESCAPE = re.compile(r'\\(u[0-9a-fA-F]{4}|["\\/bfnrt])')
_MEANING = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(slots=True)
class JsonObject:
    """An object, and whether it was read to its closing brace; a comma that is missing takes nothing away."""

    root: Mapping
    whole: bool


def read_object(text: str, start: int) -> JsonObject:
    """The object whose brace stands at `start`; without a brace there, the entries that begin there.

    A missing comma or value, a comment and a half-typed line cost no more than themselves. What can't be part of
    an object ends it.
    """
    braced = text.startswith("{", start)
    escaped = text.startswith('\\"', _skip(text, start + braced))
    reader = _Reader(text, _ESCAPED if escaped else _STRING)
    root = Mapping(start=start, flow=True)
    root.end = reader.entries(root, start + braced, 1)
    closed = text.startswith("}", root.end - 1) if braced else not text[root.end :].strip(", \t\r\n")
    return JsonObject(root, closed and not reader.faults)


def enclosing_brace(text: str, offset: int) -> int | None:
    """Where the object begins that holds an offset, counting braces backwards; it is not looked for far away."""
    depth, least = 0, max(offset - REACH, 0)
    at = offset
    while (opening := text.rfind("{", least, at)) >= 0:
        depth += text.count("}", opening, at)
        if depth == 0:
            return opening
        depth -= 1
        at = opening
    return None


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


class _Reader:
    def __init__(self, text: str, string: re.Pattern[str]) -> None:
        self.text = text
        self.string = string
        self.faults = 0

    def entries(self, into: Mapping, at: int, depth: int) -> int:
        """Read entries up to the closing brace, or to what can't be one; returns the end."""
        end = at
        while True:
            at = _skip(self.text, at)
            if self.text.startswith("}", at):
                return at + 1
            if self.text.startswith(",", at):
                at += 1
                continue
            key = self.scalar(at)
            if key is None:
                self.faults += at < len(self.text)
                return end
            at = _skip(self.text, key.end)
            if not self.text.startswith(":", at):
                self.faults += 1
                return end
            value, at = self.value(_skip(self.text, at + 1), depth)
            if value is None:
                self.faults += 1
                value = Scalar("", at, at)
            into.entries.append((key, value))
            end = at

    def value(self, at: int, depth: int) -> tuple[Node | None, int]:
        opening = self.text[at : at + 1]
        if opening in ("{", "[") and depth >= MAX_DEPTH:
            return None, len(self.text)
        if opening == "{":
            mapping = Mapping(start=at, flow=True)
            mapping.end = self.entries(mapping, at + 1, depth + 1)
            return mapping, mapping.end
        if opening == "[":
            return self.items(at, depth)
        scalar = self.scalar(at)
        if scalar is not None:
            return scalar, scalar.end
        bare = _BARE.match(self.text, at)
        if bare is None:
            return None, at
        return Scalar(bare.group(), at, bare.end()), bare.end()

    def items(self, at: int, depth: int) -> tuple[Node, int]:
        sequence = Sequence(start=at, flow=True)
        at += 1
        while True:
            at = _skip(self.text, at)
            if self.text.startswith(",", at):
                at += 1
                continue
            if self.text.startswith("]", at) or at >= len(self.text):
                sequence.end = min(at + 1, len(self.text))
                return sequence, sequence.end
            value, end = self.value(at, depth + 1)
            if value is None or end <= at:
                self.faults += 1
                sequence.end = at
                return sequence, at
            sequence.entries.append(value)
            at = end

    def scalar(self, at: int) -> Scalar | None:
        """A quoted text."""
        match = self.string.match(self.text, at)
        if match is None:
            return None
        written = match.group(1)
        if not match.group().endswith('"') or match.group() == '"':
            self.faults += 1
        value = _ESCAPE.sub(_unescaped, written) if "\\" in written else written
        return Scalar(value, at, match.end(), '"' if self.string is _STRING else '\\"')


def _unescaped(match: re.Match[str]) -> str:
    sign = match.group(1)
    return chr(int(sign[1:], 16)) if sign[0] == "u" else _MEANING.get(sign, sign)
