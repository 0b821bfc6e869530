"""Jinja out of SQL without moving a character: every block becomes a placeholder of its own length.

The result can be parsed as SQL, and an offset in it is the same offset in the user's text. What a block would
render to is guessed only in its grammatical role (a name, nothing, a type, a star, a query), from the words around it;
which of two roles was wrong is found by parsing again (`syntax.sql.parse_template`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from tidegate_analyzers.syntax.jinja import Block, Kind, Scan, is_block_set
from tidegate_analyzers.text import Span


class Role(Enum):
    """The part a placeholder plays in the sentence."""

    RELATION = "relation"
    NAME = "name"
    NOTHING = "nothing"
    STAR = "star"
    TYPE = "type"
    NUMBER = "number"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A block that was replaced: `block` is its index in the scan."""

    start: int
    end: int
    block: int
    role: Role


@dataclass(frozen=True, slots=True)
class Template:
    """SQL of the same length as its template.

    Attributes:
        sql: the text to parse.
        placeholders: the expressions that were replaced, in order.
        undecided: the conditions whose truth is not known, each with the truth it was given here.
        guarded: the spans of arms that stand under such a condition.
    """

    sql: str
    placeholders: tuple[Placeholder, ...]
    undecided: tuple[tuple[str, bool], ...] = ()
    guarded: tuple[Span, ...] = ()

    @property
    def hides_query(self) -> bool:
        """Whether a query, or the last part of one, is made by a macro."""
        return any(placeholder.role is Role.QUERY for placeholder in self.placeholders)

    def within(self, start: int, end: int) -> list[Placeholder]:
        """The placeholders that touch a span."""
        found = []
        at = bisect_left(self.placeholders, end, key=_start)
        while at > 0 and self.placeholders[at - 1].end > start:
            at -= 1
            found.append(self.placeholders[at])
        return found[::-1]


def _start(placeholder: Placeholder) -> int:
    return placeholder.start


def _block_start(block: Block) -> int:
    return block.start


_RELATIONS = frozenset(("ref", "source", "this", "builtins.ref", "builtins.source"))
_SILENT = frozenset(
    ("config", "log", "print", "return", "exceptions.raise_compiler_error", "exceptions.warn", "do", "docs")
)
_EXPECTS_OPERAND = frozenset(
    [
        "select",
        "distinct",
        "all",
        "from",
        "join",
        "where",
        "and",
        "or",
        "not",
        "on",
        "as",
        "by",
        "when",
        "then",
        "else",
        "in",
        "having",
        "qualify",
        "union",
        "except",
        "intersect",
        "with",
        "set",
        "values",
        "between",
        "like",
        "ilike",
        "rlike",
        "is",
        "case",
        "over",
        "partition",
        "order",
        "group",
        "limit",
        "offset",
        "interval",
        "cross",
        "left",
        "right",
        "inner",
        "outer",
        "full",
        "lateral",
        "exists",
        "any",
        "some",
        "if",
        "top",
        "recursive",
        "return",
        "returns",
        "replace",
        "exclude",
        "prewhere",
        "final",
        "array",
        "settings",
        "sample",
        "using",
        "into",
        "table",
        "update",
        "insert",
        "overwrite",
        "delete",
        "merge",
        "call",
        "use",
    ]
)
_WORD_BEFORE = re.compile(r"\w+\Z")
_LINE_COMMENT = re.compile(r"--[^\r\n]*")
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_CAST = re.compile(r"\b(?:try_cast|safe_cast|cast)\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\bas\Z", re.I | re.S)
_STAR_BEFORE = re.compile(r"(?:\bselect|,|\.|\bdistinct)\s*\*\Z", re.I)
_GAP = re.compile(r"(?:\s|--[^\r\n]*|/\*.*?\*/)*", re.S)
_QUERY = re.compile(r"(?:select|with)\b", re.I)
_NOT_LINE = re.compile(r"[^\r\n]+")
_TARGET = re.compile(r"target\.type\s*(==|!=|not\s+in|in)\s*(.+)", re.S)
_LOOP_LAST = re.compile(r"\bloop\.(?:last|first)\b")
_NOT_LOOP = re.compile(r"\bnot\s+loop\.(?:last|first)|loop\.(?:last|first)\s*==\s*[Ff]alse|loop\.index0?\b.*[<>!]=?")


def neutralise(
    text: str,
    scan: Scan,
    dialect: str,
    *,
    truths: Mapping[str, bool] | None = None,
    otherwise: bool = True,
    roles: Mapping[int, Role] | None = None,
    every_arm: bool = False,
) -> Template:
    """Replace every block of `text` by a placeholder of the same length.

    Args:
        text: the template.
        scan: its blocks.
        dialect: the SQL dialect, which decides `target.type == '...'`.
        truths: the truth of conditions by their text; `is_incremental()` is true unless said otherwise here.
        otherwise: the truth of conditions that nothing is known of.
        roles: roles of blocks by offset, where a first guess was wrong.
        every_arm: keep all arms of every condition.
    """
    return _Neutraliser(text, scan, dialect, dict(truths or {}), otherwise, roles or {}, every_arm).run()


@dataclass(slots=True)
class _Open:
    word: str
    active: bool
    """Whether the text around the block is active."""
    taken: bool
    undecided: bool = False
    start: int = 0


class _Neutraliser:
    def __init__(
        self,
        text: str,
        scan: Scan,
        dialect: str,
        truths: dict[str, bool],
        otherwise: bool,
        roles: Mapping[int, Role],
        every_arm: bool,
    ) -> None:
        self.text = text
        self.blocks = scan.blocks
        self.dialect = dialect
        self.truths = truths
        self.otherwise = otherwise
        self.roles = roles
        self.every_arm = every_arm
        self.out: list[str] = []
        self.placeholders: list[Placeholder] = []
        self.undecided: dict[str, bool] = {}
        self.guarded: list[Span] = []
        self.stack: list[_Open] = []
        self.active = True

    def run(self) -> Template:
        at = 0
        for index, block in enumerate(self.blocks):
            if block.start > at:
                piece = self.text[at : block.start]
                self.out.append(piece if self.active else _blank(piece))
            at = block.end
            piece = self.text[block.start : block.end]
            if block.kind is Kind.STATEMENT:
                self.out.append(_blank(piece))
                self._statement(block)
            elif block.kind is Kind.EXPRESSION and self.active:
                role = self.roles.get(block.start) or self._role(block)
                self.placeholders.append(Placeholder(block.start, block.end, index, role))
                glued = role is Role.RELATION and self.text[block.start - 1 : block.start].isalnum()
                self.out.append(_placeholder(piece, role, len(self.placeholders), glued=glued))
            else:
                self.out.append(_blank(piece))
        if at < len(self.text):
            piece = self.text[at:]
            self.out.append(piece if self.active else _blank(piece))
        return Template("".join(self.out), tuple(self.placeholders), tuple(self.undecided.items()), tuple(self.guarded))

    def _statement(self, block: Block) -> None:
        word = block.word
        if word == "if":
            truth, undecided = self._truth(block.body[block.body.find("if") + 2 :])
            self.stack.append(_Open("if", self.active, truth, undecided, block.end))
            self.active = self.active and (truth or self.every_arm)
        elif word in ("elif", "else") and self.stack:
            self._middle(block, word)
        elif word == "for":
            self.stack.append(_Open("for", self.active, taken=True))
        elif word in ("macro", "call", "test", "materialization", "data_test", "docs"):
            self.stack.append(_Open(word, self.active, taken=True))
            self.active = False
        elif word in ("snapshot", "filter", "with", "autoescape", "block"):
            self.stack.append(_Open(word, self.active, taken=True))
        elif is_block_set(block):
            self.stack.append(_Open("set", self.active, taken=True))
            self.active = False
        elif word.startswith("end") and self.stack and any(open_.word == word[3:] for open_ in self.stack):
            opened = self.stack.pop()
            while opened.word != word[3:]:
                opened = self.stack.pop()
            if opened.undecided and opened.active:
                self.guarded.append(Span(opened.start, block.start))
            self.active = opened.active

    def _middle(self, block: Block, word: str) -> None:
        opened = self.stack[-1]
        if opened.word == "for":
            self.active = False
        elif opened.word == "if":
            if self.every_arm:
                self.active = opened.active
            elif opened.taken:
                self.active = False
            else:
                truth, undecided = (
                    (True, False) if word == "else" else self._truth(block.body[block.body.find("elif") + 4 :])
                )
                opened.undecided = opened.undecided or undecided
                opened.taken = truth
                self.active = opened.active and truth

    def _truth(self, condition: str) -> tuple[bool, bool]:
        """The truth of a condition, and whether that is only assumed."""
        key = " ".join(condition.split())
        if key in self.truths:
            return self.truths[key], False
        known = decided(key, self.dialect)
        if known is not None:
            return known, False
        positive = key[4:].strip() if key.startswith("not ") and " and " not in key and " or " not in key else key
        if positive.startswith("(") and positive.endswith(")"):
            positive = positive[1:-1].strip()
        truth = self.truths.get(positive, self.undecided.get(positive, self.otherwise))
        self.undecided[positive] = truth
        return (not truth) if positive != key and key.startswith("not ") else truth, True

    def _role(self, block: Block) -> Role:
        name = block.word
        if name in _RELATIONS:
            return Role.RELATION
        last = name.rpartition(".")[2]
        if name in _SILENT or last == "group_by" or _LOOP_LAST.search(block.body):
            return Role.NOTHING
        if last == "star":
            return Role.STAR
        if last.startswith("type_"):
            return Role.TYPE
        return self._role_in_context(block)

    def _role_in_context(self, block: Block) -> Role:
        before = self.text[block.start - 1] if block.start else " "
        if before.isalnum() or before in "_\"'`.$":
            return Role.NAME
        tail = self._tail()
        tail = tail.rstrip()
        if not tail:
            return Role.NOTHING if self._sentence_follows(block) else Role.NAME
        token = _WORD_BEFORE.search(tail[-60:])
        word = token.group() if token else tail[-1]
        if tail.endswith("::"):
            return Role.TYPE
        lowered = word.lower()
        if lowered == "as" and _CAST.search(tail):
            return Role.TYPE
        if word[0].isalnum() or word[0] == "_":
            if lowered in _EXPECTS_OPERAND:
                return Role.NAME
            after = self.text[block.end : block.end + 1]
            return Role.NAME if after.isalnum() or after == "_" else Role.NOTHING
        if word in ")\"`'];":
            return Role.NOTHING
        if word == "*" and _STAR_BEFORE.search(tail):
            return Role.NOTHING
        return Role.NAME

    def _sentence_follows(self, block: Block) -> bool:
        """True where a whole query follows: then what comes before it does something, and gives no text."""
        at = _behind_gap(self.text, block.end)
        for following in self.blocks[bisect_left(self.blocks, block.end, key=_block_start) :]:
            if following.start > at:
                break
            at = max(at, _behind_gap(self.text, following.end))
        return _QUERY.match(self.text, at) is not None

    def _tail(self) -> str:
        """The end of what was put out so far, without comments."""
        tail = ""
        for piece in reversed(self.out):
            tail = piece + tail
            if len(tail) > 60 and _strip_comments(tail[-400:]).strip():
                break
            if len(tail) > 2000:
                break
        return _strip_comments(tail[-400:])


def decided(condition: str, dialect: str) -> bool | None:
    """The truth of a condition that needs no run to know: of the adapter, of the phase, of a loop's end."""
    if condition in ("is_incremental()", "execute", "true", "True", "1 == 1"):
        return True
    if condition in (
        "not is_incremental()",
        "not execute",
        "false",
        "False",
        "flags.FULL_REFRESH",
        "should_full_refresh()",
    ):
        return False
    if _LOOP_LAST.search(condition):
        return not _NOT_LOOP.search(condition)
    if (match := _TARGET.fullmatch(condition)) is not None and dialect:
        listed = f"'{dialect}'" in match.group(2) or f'"{dialect}"' in match.group(2)
        return not listed if match.group(1) in ("!=", "not in") or match.group(1).startswith("not") else listed
    return None


def _blank(piece: str) -> str:
    if "\n" not in piece and "\r" not in piece:
        return " " * len(piece)
    return _NOT_LINE.sub(lambda match: " " * (match.end() - match.start()), piece)


def _placeholder(piece: str, role: Role, number: int, *, glued: bool = False) -> str:
    """A piece of the same length; one that is `glued` to a word before it (`join{{ ref('a') }}`) is set off."""
    if role is Role.NOTHING:
        return _blank(piece)
    if role is Role.QUERY:
        word = f"select J{number}"
        line = next((m for m in _NOT_LINE.finditer(piece) if m.end() - m.start() >= len(word)), None)
        return _blank(piece) if line is None else _set(piece, line.start(), word)
    first = _NOT_LINE.match(piece)
    length = first.end() if first else 0
    if role is Role.STAR:
        word = "*"
    elif role is Role.NUMBER:
        word = "1"
    elif role is Role.TYPE:
        word = "TEXT" if length >= 4 else "INT"[:length]
    else:
        name = f"J{number}"
        if glued and len(name) < length:
            return _set(piece, 1, name.ljust(length - 1, "_"))
        word = name.ljust(length, "_") if len(name) <= length else "J" * length
    return _set(piece, 0, word)


def _set(piece: str, at: int, word: str) -> str:
    """A piece that is blank but for one word."""
    return _blank(piece[:at]) + word + _blank(piece[at + len(word) :])


def is_gap(text: str, start: int, end: int) -> bool:
    """Whether there is nothing but space and comments between two offsets."""
    return _GAP.fullmatch(text, start, end) is not None


def _behind_gap(text: str, at: int) -> int:
    """The offset of the first word that is neither space nor comment."""
    gap = _GAP.match(text, at)
    return gap.end() if gap else at


def _strip_comments(text: str) -> str:
    if "--" in text:
        text = _LINE_COMMENT.sub("", text)
    if "/*" in text:
        text = _BLOCK_COMMENT.sub("", text)
    return text
