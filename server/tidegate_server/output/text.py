"""Findings for people: the line, what is wrong with it, and what can be done."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tidegate_analyzers.text import Document
from tidegate_server.present import RANK, Item, Presenter

_STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "hint": "2",
    "gutter": "1;34",
    "bold": "1",
    "dim": "2",
    "help": "1;32",
}
_TAB = "    "


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours, where the output is a terminal."""

    on: bool

    def __call__(self, style: str, text: str) -> str:
        """A text in a style."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.on else text


def render(items: list[Item], presenters: dict[str, Presenter], paint: Paint, *, max_lines: int) -> Iterator[str]:
    """The text of all findings, rules with very many cut short.

    Args:
        items: the findings.
        presenters: by shown path, what knows the text.
        paint: the colours.
        max_lines: how many findings of a rule are printed in full; the rest is counted by folder.
    """
    folded: dict[str, list[Item]] = {}
    seen: Counter[str] = Counter()
    for item in items:
        seen[item.code] += 1
        if seen[item.code] > max_lines:
            folded.setdefault(item.code, []).append(item)
            continue
        yield from one(item, presenters[item.place.path].document(item.source), paint)
        yield ""
    for code, rest in sorted(folded.items()):
        folders = Counter(item.place.path.rpartition("/")[0] or "." for item in rest)
        listed = ", ".join(f"{folder} ({count})" for folder, count in folders.most_common(5))
        more = f", and {len(folders) - 5} more folders" if len(folders) > 5 else ""
        yield f"{paint('bold', code)} {len(rest)} more of the same: {listed}{more}"
        yield ""


def one(item: Item, document: Document, paint: Paint) -> Iterator[str]:
    """One finding: headline, place, code frame, notes and offers."""
    yield f"{paint(item.severity, item.severity)}{paint('bold', f'[{item.code}]')} {paint('bold', item.message)}"
    number = str(item.place.line)
    gutter = " " * len(number)
    yield f"{gutter}{paint('gutter', '-->')} {item.place.path}:{item.place.line}:{item.place.column}"
    if document.text:
        yield from _frame(item, document, gutter, paint)
    for note in item.related[:4]:
        where = f" ({note.place.path}:{note.place.line}:{note.place.column})" if note.place is not None else ""
        yield f"{gutter} {paint('gutter', '=')} {paint('bold', 'note')}: {note.message}{where}"
    for offer in item.offers[:3]:
        how = "" if offer.safe else paint("dim", " (changes what runs)")
        yield f"{gutter} {paint('gutter', '=')} {paint('help', 'fix')}: {offer.title}{how}"


def _frame(item: Item, document: Document, gutter: str, paint: Paint) -> Iterator[str]:
    bar = paint("gutter", "|")
    line = min(item.place.line - 1, document.lines.line_count - 1)
    text = document.lines.line_text(line)
    start = item.place.column - 1
    end = item.place.end_column - 1 if item.place.end_line == item.place.line else len(text)
    end = max(end, start + 1)
    yield f"{gutter} {bar}"
    if len(text) > 240:  # a minified line: show the part that matters
        cut = max(start - 60, 0)
        text, start, end = "…" + text[cut : cut + 200] + "…", start - cut + 1, min(end - cut + 1, 201)
    yield f"{paint('gutter', str(item.place.line))} {bar} {_plain(text)}"
    carets = "^" * max(_width(_plain(text[start:end])), 1)
    more = " …" if item.place.end_line != item.place.line else ""
    yield f"{gutter} {bar} {' ' * _width(_plain(text[:start]))}{paint(item.severity, carets + more)}"


def _plain(text: str) -> str:
    """A line that a terminal shows in as many cells as `_width` says: tabs widened, control characters hidden."""
    return "".join(
        _TAB if char == "\t" else "·" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in text
    )


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def summary(items: Iterable[Item], files: int, *, known: int, paint: Paint) -> str:
    """The last line: how many findings of which severity, and how many can be fixed."""
    listed = list(items)
    counts = Counter(item.severity for item in listed)
    if not listed:
        told = paint("help", "Nothing found")
    else:
        words = [
            _count(counts[severity], severity) for severity in sorted(RANK, key=lambda s: -RANK[s]) if counts[severity]
        ]
        told = f"Found {', '.join(words)}"
    safe = sum(1 for item in listed if any(offer.safe for offer in item.offers))
    unsafe = sum(1 for item in listed if item.offers and not any(offer.safe for offer in item.offers))
    fixes = []
    if safe:
        fixes.append(f"{safe} fixable with --fix")
    if unsafe:
        fixes.append(f"{unsafe} {'more ' if safe else ''}with --unsafe-fixes")
    known_words = f"; {known} known from the baseline" if known else ""
    return f"{told} in {files} {'file' if files == 1 else 'files'}{known_words}" + (
        f" ({', '.join(fixes)})" if fixes else ""
    )


def _count(number: int, severity: str) -> str:
    plural = {"error": "errors", "warning": "warnings", "info": "remarks", "hint": "hints"}[severity]
    single = {"error": "error", "warning": "warning", "info": "remark", "hint": "hint"}[severity]
    return f"{number} {single if number == 1 else plural}"
