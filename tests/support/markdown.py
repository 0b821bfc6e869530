"""Cases written as Markdown: files in fenced blocks, findings marked below the text they are about.

    ## A ref that leads nowhere

    `models/orders.sql`:
    ```sql
    select * from {{ ref('stg_oders') }}
    --                    ^^^^^^^^^ TG706 no model, seed or snapshot 'stg_oders' exists
    ```

A line that holds a comment sign, carets and a code is no part of the file: it says what is found in the line above
it. `@2:1-3:5 TG101 words` in such a line says a place in numbers, for what carets can't mark. Words after the code
are the whole message, or its beginning if they end in `…`; `TG101[info] words` says the severity too. Every finding
is marked, or the case fails.

`` `HEAD:path`: `` is a file as it was committed, where that differs.

Files above the first section belong to every case of the page that has none of that path.

`<CURSOR>` is cut out too; the blocks after `Hover:`, `Definition:` and `Outline:` say what is seen from there,
after ``Hover of `word`:`` what is seen from the word's first place in the first file (``of `word` in `path` `` names
another), and after `Related:` what the
findings point to. Further blocks of this kind are described in `tests/support/views.py` and
`tests/support/completion.py`.
Files after ``Fix `title`:`` are what the fix of that title makes of the workspace, after ``Refactor `title`:`` what
the refactoring of that title makes of it that is offered at the cursor. Lines `profile:`, `open:`,
`ledger:`, `guard:` (code and guard that keeps it silent), `no fix:` (a title that must not be offered) and
`findings: any` (they are not looked at: the text is half-typed) before the first block set what their names say; above
the first section they hold for the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tidegate_analyzers.text import Document, Position, Span

_CARETS = re.compile(
    r"^\s*(?:--|#|//|\{#)\s*(?P<mark>\^+|@\S+)\s+(?P<code>TG\d{3})(?:\[(?P<severity>\w+)\])?(?:[ \t]+(?P<message>\S.*?))?(?:\s*#\})?\s*$"
)
_FILE = re.compile(r"^`(?P<path>[^`]+)`:\s*$")
_FIX = re.compile(r"^(?P<what>Fix|Refactor) `(?P<title>.+)`:\s*$")
_VIEW = re.compile(
    r"^(?P<name>(?:Hover|Definition|Declaration|References|Uses|Highlights|Rename to \S+|Selection|Lineage|Compiled|Inserted|Refactorings)(?: of `[^`]+`(?: in `[^`]+`)?)?|Outline|Related|Complete|Signature|(?:Columns|Folds|Links|Tokens|Lenses|Hints)(?: of `[^`]+`)?):\s*$"
)
_OPTION = re.compile(r"^(?P<name>profile|open|ledger|guard|no fix|findings):\s*(?P<value>.+?)\s*$")
_PLACE = re.compile(r"@(\d+):(\d+)(?:-(\d+):(\d+))?")
CURSOR = "<CURSOR>"


@dataclass(frozen=True)
class Mark:
    """A finding a case expects."""

    path: str
    code: str
    span: Span
    message: str
    severity: str = ""

    def accepts(self, message: str, severity: str) -> bool:
        """Whether a message of a severity is the one expected."""
        if self.severity not in ("", severity):
            return False
        if self.message.endswith("…"):
            return message.startswith(self.message[:-1].rstrip())
        return not self.message or message == self.message


@dataclass
class Case:
    """One section of a page."""

    page: str
    title: str
    files: dict[str, str] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    cursor: tuple[str, int] | None = None
    views: dict[str, str] = field(default_factory=dict)
    fixes: dict[str, dict[str, str]] = field(default_factory=dict)
    refactorings: dict[str, dict[str, str]] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """A name for the test."""
        return f"{self.page}: {self.title}"


def cases(folder: Path) -> list[Case]:
    """Every case of every page below a folder."""
    return [case for page in sorted(folder.rglob("*.md")) for case in parse(page.stem, page.read_text("utf-8"))]


def parse(page: str, text: str) -> Iterator[Case]:
    """The cases of a page, each with the files that stand above the first one."""
    head, *sections = re.split(r"(?m)^## ", text)
    above = _case(page, "", head)
    for section in sections:
        title, _, body = section.partition("\n")
        case = _case(page, title.strip(), body)
        case.files = {**case.files, **{path: file for path, file in above.files.items() if path not in case.files}}
        case.options = {**above.options, **case.options}
        yield case


def _case(page: str, title: str, body: str) -> Case:
    case = Case(page, title)
    made: dict[str, str] | None = None
    for label, option, content in _blocks(body):
        if option:
            case.options[option[0]] = option[1]
        elif found := _FIX.match(label):
            of = case.fixes if found["what"] == "Fix" else case.refactorings
            made = of[found["title"]] = {}
        elif content is None:
            continue
        elif found := _VIEW.match(label):
            case.views[found["name"]] = content.rstrip("\n")
        elif (found := _FILE.match(label)) and made is not None:
            made[found["path"]] = content
        elif found:
            _add_file(case, found["path"], content)
    return case


def _blocks(body: str) -> Iterator[tuple[str, tuple[str, str] | None, str | None]]:
    """(label, option, content) of everything that matters in a section."""
    label = ""
    lines = iter(body.split("\n"))
    for line in lines:
        if fence := re.match(r"^(`{3,})\w*\s*$", line):
            content = []
            for inner in lines:
                if inner.rstrip() == fence.group(1):
                    break
                content.append(inner)
            yield label, None, "".join(f"{text}\n" for text in content)
            label = ""
        elif _FIX.match(line):
            yield line, None, None
        elif option := _OPTION.match(line):
            yield "", (option["name"], option["value"]), None
        elif line.strip():
            label = line.strip()


def _add_file(case: Case, path: str, content: str) -> None:
    kept: list[str] = []
    marks: list[tuple[int, re.Match[str]]] = []
    for line in content.split("\n"):
        found = _CARETS.match(line)
        if found:
            marks.append((len(kept) - 1, found))
        else:
            kept.append(line)
    text = "\n".join(kept)
    if CURSOR in text:
        case.cursor = (path, text.index(CURSOR))
        text = text.replace(CURSOR, "")
    case.files[path] = text
    lines = Document(path, text).lines
    for above, found in marks:
        if place := _PLACE.match(found["mark"]):
            first, column, last, end = (int(number) if number else None for number in place.groups())
            start = lines.offset(Position((first or 1) - 1, (column or 1) - 1))
            stop = start if last is None else lines.offset(Position(last - 1, (end or 1) - 1))
        else:
            start = lines.offset(Position(above, found.start("mark")))
            stop = lines.offset(Position(above, found.end("mark")))
        case.marks.append(Mark(path, found["code"], Span(start, stop), found["message"] or "", found["severity"] or ""))
