"""The blocks of a Jinja template, with every offset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from tidegate_analyzers.syntax.jinja.code import PAIRED, STRING, fault, has_open_string, is_statement
from tidegate_analyzers.syntax.problem import SyntaxProblem
from tidegate_analyzers.text import Span


class Kind(Enum):
    """What a block is."""

    EXPRESSION = "{{"
    STATEMENT = "{%"
    COMMENT = "{#"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Block:
    """One Jinja block.

    Attributes:
        start, end: the block with its delimiters.
        kind: what it is.
        word: the first word of a statement (`if`, `endfor`), or the dotted name an expression begins with.
        body: the text between the delimiters, without the whitespace control signs.
        at: the offset of `body`.
    """

    start: int
    end: int
    kind: Kind
    word: str = ""
    body: str = ""
    at: int = 0

    @property
    def span(self) -> Span:
        """The block with its delimiters."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Scan:
    """Every block of a text in order, and what is wrong with their nesting."""

    blocks: tuple[Block, ...]
    problems: tuple[SyntaxProblem, ...]

    def code(self) -> Iterator[Block]:
        """The blocks that are evaluated: expressions and statements."""
        return (b for b in self.blocks if b.kind is Kind.EXPRESSION or b.kind is Kind.STATEMENT)


_OPEN = re.compile(r"\{\{|\{%|\{#")
_INSIDE = re.compile(rf"{STRING}|[{{}}]|%\}}", re.S)
_END_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_WORD = re.compile(r"\s*([A-Za-z_][\w.]*)")
_BREAK = re.compile(r"[\r\n]")
_LINE_END = re.compile(r"[\r\n]|\Z")
_ASSIGN = re.compile(rf"(?:{STRING}|[^='\"])*=", re.S)

_MIDDLE = {"else": ("if", "for"), "elif": ("if",)}


def scan(text: str) -> Scan:
    """Find the blocks of a text. A block that is never closed ends at its line's end, and is a problem."""
    blocks: list[Block] = []
    problems: list[SyntaxProblem] = []
    at = 0
    has_strings = "'" in text or '"' in text
    while (opening := _OPEN.search(text, at)) is not None:
        start = opening.start()
        sign = opening.group()
        if sign == "{#":
            close = text.find("#}", start + 2)
            if close < 0:
                problems.append(
                    SyntaxProblem(Span(start, start + 2), "this Jinja comment is never closed; expected '#}'")
                )
                at = _line_end(text, start)
                blocks.append(Block(start, at, Kind.COMMENT))
                continue
            at = close + 2
            blocks.append(Block(start, at, Kind.COMMENT))
            continue
        closing = "}}" if sign == "{{" else "%}"
        end = _closing(text, start + 2, closing)
        cut = text.find(closing, start + 2) if has_strings else -1
        cut = -1 if _BREAK.search(text, start, max(cut, start)) is not None else cut
        # What looks like a long string is one that was never closed, if a quote is left over behind it.
        if cut >= 0 and end != cut + 2 and has_open_string(text[start + 2 : end - 2 if end >= 0 else cut]):
            end = cut + 2
        closed = end >= 0
        if not closed:
            problems.append(
                SyntaxProblem(Span(start, start + 2), f"this Jinja block is never closed; expected '{closing}'")
            )
            end = _line_end(text, start)
            inner_end = end
        else:
            inner_end = end - 2
        block = _block(text, start, end, inner_end, Kind.EXPRESSION if sign == "{{" else Kind.STATEMENT)
        if block.word == "raw" and block.kind is Kind.STATEMENT:
            finish = _END_RAW.search(text, end)
            if finish is None:
                problems.append(SyntaxProblem(block.span, "'raw' is never closed; expected '{% endraw %}'"))
            else:
                end = finish.end()
                block = Block(start, end, Kind.RAW)
        elif closed and (found := fault(block.body, block.at)) is not None:
            problems.append(found)
        blocks.append(block)
        at = end
    problems += _unknown(blocks) or _nesting(blocks)
    return Scan(tuple(blocks), tuple(problems))


def _line_end(text: str, at: int) -> int:
    match = _LINE_END.search(text, at)
    return match.start() if match else len(text)


def _closing(text: str, at: int, closing: str) -> int:
    """The offset behind the closing sign, or -1. Braces inside are balanced as Jinja does it."""
    depth = 0
    skip_to = at
    for match in _INSIDE.finditer(text, at):
        token = match.group()
        start = match.start()
        if start < skip_to:
            continue
        if token == "{":
            if text.startswith(("{{", "{%"), start) and depth == 0:
                return -1  # a new block opens: this one was left open
            depth += 1
        elif token == "}":
            if depth:
                depth -= 1
            elif closing == "}}" and text.startswith("}}", start):
                return start + 2
            elif closing == "}}":
                continue
        elif token == "%}":
            if closing == "%}" and not depth:
                return start + 2
            skip_to = start + 1
    return -1


def _block(text: str, start: int, end: int, inner_end: int, kind: Kind) -> Block:
    at = start + 2
    if at < inner_end and text[at] in "-+":
        at += 1
    if inner_end > at and text[inner_end - 1] in "-+":
        inner_end -= 1
    word = _WORD.match(text, at, inner_end)
    return Block(start, end, kind, word.group(1) if word else "", text[at:inner_end], at)


def is_block_set(block: Block) -> bool:
    """True for `{% set x %}`, which runs to `{% endset %}`, unlike `{% set x = 1 %}`."""
    return block.word == "set" and not _ASSIGN.match(block.body)


def _unknown(blocks: list[Block]) -> list[SyntaxProblem]:
    """Statements that do not exist; what they open or close is not known, so nesting has to wait."""
    found = []
    for block in blocks:
        closed = block.end > block.at + len(block.body)
        if block.kind is Kind.STATEMENT and closed and block.word and not is_statement(block.word):
            start = block.at + block.body.find(block.word)
            span = Span(start, start + len(block.word))
            found.append(SyntaxProblem(span, f"'{block.word}' is no statement of Jinja or dbt"))
    return found


def _nesting(blocks: list[Block]) -> list[SyntaxProblem]:
    problems: list[SyntaxProblem] = []
    stack: list[Block] = []
    for block in blocks:
        if block.kind is not Kind.STATEMENT:
            continue
        word = block.word
        if word in PAIRED or is_block_set(block):
            stack.append(block)
        elif word in _MIDDLE:
            if not stack or stack[-1].word not in _MIDDLE[word]:
                problems.append(SyntaxProblem(block.span, f"'{word}' stands in no {' or '.join(_MIDDLE[word])} block"))
        elif word.startswith("end") and (word[3:] in PAIRED or word == "endset"):
            opener = word[3:]
            if stack and stack[-1].word == opener:
                stack.pop()
            elif any(open_.word == opener for open_ in stack):
                inner = stack[-1]
                problems.append(
                    SyntaxProblem(
                        inner.span,
                        f"'{inner.word}' is still open where '{word}' closes the block around it; expected '{{% end{inner.word} %}}'",
                    )
                )
                while stack.pop().word != opener:
                    pass
            else:
                problems.append(SyntaxProblem(block.span, f"'{word}' closes nothing; no '{opener}' is open here"))
    problems += [
        SyntaxProblem(open_.span, f"'{open_.word}' is never closed; expected '{{% end{open_.word} %}}'")
        for open_ in stack
        if open_.word != "raw"  # told where it was looked for
    ]
    return problems
