"""The blocks of a template replaced, and the arms of its conditions chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate_analyzers.syntax.jinja import Block, Kind, Scan, is_block_set
from tidegate_analyzers.syntax.template.conditions import decided
from tidegate_analyzers.syntax.template.placeholders import Placeholder, Role, Template, blank, placeholder_text
from tidegate_analyzers.syntax.template.roles import role_of
from tidegate_analyzers.text import Span


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
                self.out.append(piece if self.active else blank(piece))
            at = block.end
            piece = self.text[block.start : block.end]
            if block.kind is Kind.STATEMENT:
                self.out.append(blank(piece))
                self._statement(block)
            elif block.kind is Kind.EXPRESSION and self.active:
                role = self.roles.get(block.start) or role_of(block, self.text, self.blocks, self.out)
                self.placeholders.append(Placeholder(block.start, block.end, index, role))
                glued = role is Role.RELATION and self.text[block.start - 1 : block.start].isalnum()
                self.out.append(placeholder_text(piece, role, len(self.placeholders), glued=glued))
            else:
                self.out.append(blank(piece))
        if at < len(self.text):
            piece = self.text[at:]
            self.out.append(piece if self.active else blank(piece))
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
