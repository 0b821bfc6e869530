"""A SQL text on its way to facts: its tree, its template, and where both stand in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from tidegate_analyzers.facts import Relation, Site, Sites
from tidegate_analyzers.readers.dbt.usual_macros.produced import Produced
from tidegate_analyzers.syntax.jinja import Block, Scan
from tidegate_analyzers.syntax.sql import ParsedTemplate, identifier_span, placed, table_parts
from tidegate_analyzers.syntax.template import Placeholder, Role
from tidegate_analyzers.text import Span

_CLOSING = re.compile(r"\s*\)")

Meaning = Callable[[Block], "BlockMeaning"]
"""What a reader knows of a Jinja expression of its format."""


@dataclass(frozen=True, slots=True)
class BlockMeaning:
    """What an expression stands for.

    Attributes:
        relation: the data it names, if it names data.
        kind: `window` (the run's own interval), `value` (a constant for the run), `none` (renders to nothing)
            or `unknown` (anything, a whole clause included).
    """

    kind: str
    relation: Relation | None = None


@dataclass(slots=True)
class SqlSource:
    """One parsed SQL text.

    Attributes:
        text: the text as written, Jinja included.
        scan: its Jinja blocks.
        parsed: its statements.
        sites: where spans are registered.
        place: from a span of `text` to a span of the file.
        meaning: what its Jinja expressions stand for.
        dialect: the SQL dialect, where it is known.
        named: the relations that single words stand for, in SQL that was rendered.
        makes: what the columns are that a macro call gives, for the macros that are known.
    """

    text: str
    scan: Scan
    parsed: ParsedTemplate
    sites: Sites
    meaning: Meaning
    place: Callable[[Span], Span] = field(default=lambda span: span)
    makes: Callable[[Block], Produced | None] = field(default=lambda block: None)
    named: Mapping[str, Relation] = field(default_factory=dict)
    dialect: str = ""
    _meanings: dict[int, BlockMeaning] = field(default_factory=dict)
    _starts: dict[int, Placeholder] | None = None

    def means(self, placeholder: Placeholder) -> BlockMeaning:
        """What the block behind a placeholder stands for."""
        found = self._meanings.get(placeholder.block)
        if found is None:
            found = self._meanings[placeholder.block] = self.meaning(self.scan.blocks[placeholder.block])
        return found

    def whole_placeholder(self, table: exp.Table) -> Placeholder | None:
        """The placeholder that a table consists of, if its name is one block and nothing else."""
        if self._starts is None:
            self._starts = {placeholder.start: placeholder for placeholder in self.parsed.template.placeholders}
        name = table.args.get("this")
        if not self._starts or table.args.get("db") is not None or not isinstance(name, exp.Identifier):
            return None
        meta = name.meta
        found = self._starts.get(meta.get("start", -1))
        return found if found is not None and placed(meta) and meta["end"] < found.end else None

    def site(self, span: Span | None) -> Site:
        """The site of a span of the text."""
        return self.sites.add(self.place(span)) if span is not None else 0

    def block(self, placeholder: Placeholder) -> Block:
        """The Jinja block a placeholder replaces."""
        return self.scan.blocks[placeholder.block]

    def span_of(self, node: exp.Expression) -> Span | None:
        """From the first to the last word of a node that has a place."""
        start: int | None = None
        end: int | None = None
        for part in node.walk():
            meta = part.meta
            if placed(meta):
                start = meta["start"] if start is None else min(start, meta["start"])
                end = meta["end"] + 1 if end is None else max(end, meta["end"] + 1)
        if start is None or end is None:
            return None
        # Brackets have no place of their own in the tree: take in those that close what the span opened.
        missing = self.parsed.template.sql.count("(", start, end) - self.parsed.template.sql.count(")", start, end)
        while missing > 0 and (closing := _CLOSING.match(self.parsed.template.sql, end)) is not None:
            end = closing.end()
            missing -= 1
        return Span(start, end)

    def written(self, node: exp.Expression) -> str:
        """A node as the user wrote it, on one line."""
        span = self.span_of(node)
        return " ".join(self.text[span.start : span.end].split()) if span else node.sql()

    def placeholders(self, node: exp.Expression) -> list[Placeholder]:
        """The placeholders inside a node."""
        if not self.parsed.template.placeholders:
            return []
        if isinstance(node, exp.Table | exp.Column | exp.Identifier) and (span := identifier_span(node)) is not None:
            return self.parsed.template.within(span.start, span.end)
        span = self.span_of(node)
        return self.parsed.template.within(span.start, span.end) if span else []

    def computed(self, start: int, end: int) -> bool:
        """True where an expression other than a reference to data stands in a span."""
        return any(p.role is not Role.RELATION for p in self.parsed.template.within(start, end))

    def relation(self, table: exp.Table) -> tuple[Relation, Span | None]:
        """The name of a table as facts know it, and where it stands."""
        block = self.whole_placeholder(table)
        if block is not None:
            named = self.means(block).relation
            if named is not None:
                return named, Span(block.start, block.end)
        parts = table_parts(table)
        if self.named and len(parts) == 1 and (known := self.named.get(parts[0].name)) is not None:
            return known, identifier_span(parts[0])
        spans = [span for span in map(identifier_span, parts) if span is not None]
        if not spans:
            names = tuple(part.name for part in parts if part.name)
            return Relation("table", names), None
        whole = Span(min(span.start for span in spans), max(span.end for span in spans))
        inside = self.parsed.template.within(whole.start, whole.end)
        if len(inside) == 1 and whole.start <= inside[0].start and whole.end <= inside[0].end:
            span = Span(inside[0].start, inside[0].end)
            return Relation("table", (_expression(self.text[span.start : span.end]),)), span
        if not inside:
            return Relation("table", tuple(part.name for part in parts if part.name)), whole
        whole = Span(min(whole.start, inside[0].start), max(whole.end, inside[-1].end))
        return Relation("table", split_name(self.text[whole.start : whole.end])), whole


_PIECE = re.compile(r"\{\{.*?\}\}|[`\"\[\]]|\.|[^.`\"\[\]{]+|\{", re.S)


def split_name(text: str) -> tuple[str, ...]:
    """The parts of a dotted, quoted, possibly templated name: `` `{{ p }}.ds`.t `` gives three."""
    parts = [""]
    for match in _PIECE.finditer(text):
        piece = match.group()
        if piece == ".":
            parts.append("")
        elif piece.startswith("{{"):
            parts[-1] += _expression(piece)
        elif piece not in '`"[]':
            parts[-1] += piece.strip()
    return tuple(part for part in parts if part)


def _expression(block: str) -> str:
    """A Jinja expression in one spelling, so that two uses of it compare equal."""
    return "{{ " + " ".join(block.strip("{}").strip("-+ \t\r\n").split()) + " }}"
