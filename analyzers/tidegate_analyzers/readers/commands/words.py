"""A shell's text as commands of words, each with its place. Jinja in it counts as part of the words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from tidegate_analyzers.syntax.fragment import Fragment, constant
from tidegate_analyzers.text import Span

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.S)
_COMMENT = re.compile(r"(?m)^[ \t]*#[^\n]*")
_CONTINUED = re.compile(r"\\\r?\n")
_DOCUMENT = re.compile(
    r"<<-?[ \t]*(['\"]?)(?P<end>\w+)\1(?P<rest>[^\n]*)\n(?P<text>.*?)^[ \t]*(?P=end)[ \t]*$", re.S | re.M
)
_VARIABLE = re.compile(r"\$(?:\{(\w+)[^}]*\}|([A-Za-z_]\w*)|\([^)]*\))|`[^`]*`")
_MARKS = "\ue000\ue001"
MAX_LENGTH = 40_000


@dataclass(frozen=True, slots=True)
class Word:
    """A word: its text without quotes, where it stands in the line, and how it is written."""

    text: str
    start: int
    end: int
    raw: str

    def fragment(self, line: Fragment) -> Fragment:
        """Its text with the places of its characters."""
        inner = self.raw.find(self.text)
        start = line.source_offset(self.start + max(inner, 0))
        if inner < 0:
            return constant(self.text, line.source_span(Span(self.start, self.end)))
        found = _part(line, self.start + inner, self.start + inner + len(self.text))
        return found or Fragment(self.text, ((0, start, len(self.text), len(self.text)),))

    @property
    def name(self) -> str:
        """Its text, with variables of the shell written as those of a template."""
        if self.raw.startswith("'"):
            return self.text
        return _VARIABLE.sub(lambda m: "{{ " + (m[1] or m[2] or "command") + " }}", self.text)


def _part(line: Fragment, start: int, end: int) -> Fragment | None:
    """A part of a fragment, as far as it is cut at the ends of pieces that stand as they are written."""
    pieces: list[tuple[int, int, int, int]] = []
    for at, source, length, written in line.pieces:
        left, right = max(at, start), min(at + length, end)
        if left >= right:
            continue
        if length == written:
            pieces.append((left - start, source + left - at, right - left, right - left))
        elif left == at and right == at + length:
            pieces.append((at - start, source, length, written))
        else:
            return None
    return Fragment(line.text[start:end], tuple(pieces))


@dataclass(slots=True)
class Command:
    """A program with its arguments, and what it is given.

    Attributes:
        words: the program and its arguments.
        file: the file it reads its input from.
        document: the text it is given as input.
        source: the command whose output it takes.
        condition: that under which it runs.
    """

    words: list[Word] = field(default_factory=list)
    file: Word | None = None
    document: Word | None = None
    source: Command | None = None
    condition: str = ""


def commands(text: str) -> list[Command] | None:
    """The commands of a shell's text, in order; `None` where it can't be read."""
    if len(text) > MAX_LENGTH:
        return None
    documents = {match.start(): match for match in _DOCUMENT.finditer(text)}
    plain = _blank(text, documents.values())
    blocks = list(_JINJA.finditer(plain))
    for number, block in enumerate(blocks):
        sign = " " if block.group().startswith(("{%", "{#")) else _MARKS[number % 2]
        plain = plain[: block.start()] + sign * (block.end() - block.start()) + plain[block.end() :]
    try:
        tokens = list(_tokens(plain, text, iter(block.group() for block in blocks if block.group().startswith("{{"))))
    except ValueError:
        return None
    return _Reader(documents).read(tokens)


def _blank(text: str, documents: object) -> str:
    """The text without what no command line shows: comments, continued lines and the texts given as input."""
    for match in sorted(documents, key=lambda item: item.start(), reverse=True):  # type: ignore[call-overload]
        at, end = match.start("text"), match.end()
        text = text[:at] + " " * (end - at) + text[end:]
        text = text[: match.start()] + " " * (match.start("rest") - match.start()) + text[match.start("rest") :]
    text = _CONTINUED.sub(lambda match: " " * len(match.group()), text)
    return _COMMENT.sub(lambda match: " " * len(match.group()), text)


def _tokens(plain: str, text: str, blocks: Iterator[str]) -> Iterator[Word]:
    lexer = shlex.shlex(plain, posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    end = 0
    for token in lexer:
        start = end
        while start < len(plain) and plain[start] in " \t\r":
            start += 1
        end = lexer.instream.tell() - len(lexer._pushback_chars)  # type: ignore[attr-defined]
        while end > start and plain[end - 1] in " \t\r":
            end -= 1
        found = re.sub(f"[{_MARKS[0]}]+|[{_MARKS[1]}]+", lambda _: next(blocks, "{{ }}"), token)
        yield Word(found, start, end, text[start:end])


class _Reader:
    """Puts words together to commands, by the grammar of the shell as far as it matters here."""

    def __init__(self, documents: dict[int, re.Match[str]]) -> None:
        self.documents = sorted(documents.items())
        self.found: list[Command] = []
        self.now = Command()
        self.open: list[list[str]] = []
        """The `if`s and loops that are open: their word, and the command that is tested."""
        self.more = ""

    def read(self, tokens: list[Word]) -> list[Command]:
        index = 0
        while index < len(tokens):
            token = tokens[index]
            sign = token.raw.strip()
            index += 1
            if token.raw.startswith("#"):
                while index < len(tokens) and "\n" not in tokens[index].raw:
                    index += 1
            elif not sign.strip("();<>|&"):
                index += self._sign(token, sign, tokens[index] if index < len(tokens) else None)
            else:
                self._documents(token.start)
                self._word(token)
        self._documents(None)
        self._end()
        return self.found

    def _documents(self, before: int | None) -> None:
        """Give the texts that stood before a place to the commands they belong to."""
        while self.documents and (before is None or self.documents[0][0] < before):
            match = self.documents.pop(0)[1]
            taker = self.now if self.now.words or not self.found else self.found[-1]
            taker.document = Word(match["text"], match.start("text"), match.end("text"), match["text"])

    def _sign(self, token: Word, sign: str, following: Word | None) -> int:
        """A sign between words; returns how many of the words behind it belong to it."""
        if "<" in sign or ">" in sign:
            words = self.now.words
            if words and words[-1].text.isdigit() and words[-1].end == token.start:
                words.pop()
            if sign == "<<<":
                self.now.document = following
            elif sign == "<":
                self.now.file = following
            return 1
        self._documents(token.start)
        before = self.now
        self._end()
        if sign == "|":
            self.now.source = before
        self.more = "a command before it fails" if sign == "||" else ""
        return 0

    def _word(self, word: Word) -> None:
        if self.now.words:
            self.now.words.append(word)
            return
        plain = word.text if word.raw == word.text else ""
        if plain in ("if", "while", "until", "for", "case", "select"):
            self.open.append([plain, ""])
            self.now.words += [word] if plain not in ("if", "while", "until") else []
        elif plain in ("elif", "else") and self.open:
            self.open[-1][1] = "" if plain == "elif" else f"not ({self.open[-1][1]})"
        elif plain in ("fi", "done", "esac") and self.open:
            self.open.pop()
        elif plain not in ("then", "do", "{", "}", "!") and not re.match(r"\w+=", plain):
            self.now.condition = " and ".join(
                test for test in (*(test for kind, test in self.open if kind == "if"), self.more) if test
            )
            self.now.words.append(word)

    def _end(self) -> None:
        words = self.now.words
        if words and words[0].text not in ("for", "case", "select"):
            if self.open and self.open[-1][0] == "if" and not self.open[-1][1]:
                self.open[-1][1] = " ".join(word.text for word in words)[:120]
            self.found.append(self.now)
        self.now = Command()
