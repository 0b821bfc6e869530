"""`tidegate check --fix`, `--diff` and `--add-ignores`: changing files, or showing what would change."""

from __future__ import annotations

import argparse
import codecs
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

from tidegate_analyzers import check as engine
from tidegate_analyzers.fixes.base import Workspace, build
from tidegate_analyzers.fixes.suppress import comment
from tidegate_analyzers.graph.base import Base, facing
from tidegate_analyzers.readers.dispatch import read
from tidegate_analyzers.rules.base import Offer
from tidegate_analyzers.text import Change, Document, Edit, Span, apply_edits, decode, overlap
from tidegate_server.baseline import Baseline
from tidegate_server.cli.workspace import Settings
from tidegate_server.files import read_document
from tidegate_server.index import Loaded
from tidegate_server.present import Presenter

LASTING = frozenset(("TG000", "TG001"))
"""Findings about suppressions, which no suppression silences."""

ROUNDS = 8
"""Fixes that touch the same text wait for the next round; after this many the rest is left."""


class Mending:
    """A workspace whose texts change in memory until they are written."""

    def __init__(
        self, root: Path, settings: Settings, loaded: Loaded, baseline: Baseline, base: Base | None = None
    ) -> None:
        self.root = root
        self.base = base
        self.settings = settings
        self.loaded = loaded
        self.baseline = baseline
        self.before: dict[str, str | None] = {}
        self.after: dict[str, Document] = {}
        self.applied = 0

    def document(self, path: str) -> Document | None:
        """The text of a file as it is by now."""
        return self.after.get(path) or read_document(self.root, path)

    def presenter(self) -> Presenter:
        """What prints the workspace as it is by now."""
        return Presenter(self.root, self.loaded.graph(), self.document, Path.cwd())

    def put(self, path: str, text: str) -> None:
        """Change a file, and read it again."""
        if path not in self.before:
            existing = read_document(self.root, path)
            self.before[path] = existing.text if existing is not None else None
        document = Document(path, text)
        self.after[path] = document
        role = self.loaded.layout.role(path)
        if role is not None:
            self.loaded.reads[path] = read(document, role)

    def fix(self, report: engine.Report, *, unsafe: bool) -> int:
        """Apply one fix for each finding that has one, as far as they don't touch each other."""
        graph = self.loaded.graph()
        workspace = Workspace(graph, self.document)
        edits: dict[str, list[Edit]] = {}
        new: dict[str, str] = {}
        applied = 0
        for offer in _offers(self.baseline.without_known(report, self.presenter()), unsafe=unsafe):
            change = build(workspace, offer)
            if change is None or not _fits(change, edits, new):
                continue
            for item in change.edits:
                edits.setdefault(item.path, []).append(item)
            new.update({file.path: file.text for file in change.files})
            applied += 1
        for path, found in edits.items():
            document = self.document(path)
            if document is not None:
                self.put(path, apply_edits(document.text, found))
        for path, text in new.items():
            self.put(path, text)
        self.applied += applied
        return applied

    def ignore(self, report: engine.Report) -> int:
        """Silence every finding by a comment at its place."""
        graph = self.loaded.graph()
        number = 0
        for path, found in self.baseline.without_known(report, self.presenter()).shown.items():
            file = graph.files.get(path)
            document = self.document(path)
            if file is None or document is None:
                continue
            # Findings of one statement share a comment.
            shared: dict[Span, tuple[int, list[str]]] = {}
            for item in found:
                at, code = file.span(item.finding.site).start, item.finding.code
                edit = comment(document, at, code) if code not in LASTING else None
                if edit is not None:
                    shared.setdefault(edit.span, (at, []))[1].append(code)
                    number += 1
            edits = [comment(document, at, ", ".join(sorted(set(codes)))) for at, codes in shared.values()]
            if edits:
                self.put(path, apply_edits(document.text, [edit for edit in edits if edit is not None]))
        return number

    def diff(self) -> Iterator[str]:
        """What would change, as a unified diff."""
        for path in sorted(self.after):
            old, new = self.before[path], self.after[path].text
            if old == new:
                continue
            lines = difflib.unified_diff(
                (old or "").splitlines(keepends=True),
                new.splitlines(keepends=True),
                "/dev/null" if old is None else f"a/{path}",
                f"b/{path}",
            )
            for line in lines:
                yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"

    def write(self) -> list[str]:
        """Write what changed; returns the paths that could not be written, with the reason."""
        failed = []
        for path, document in self.after.items():
            if self.before[path] == document.text:
                continue
            try:
                _write(self.root / path, document.text)
            except (OSError, UnicodeError) as error:
                failed.append(f"{path}: {error}")
        return failed


def _offers(report: engine.Report, *, unsafe: bool) -> Iterator[Offer]:
    for found in report.shown.values():
        for item in found:
            offer = next((offer for offer in item.finding.offers if offer.safe or unsafe), None)
            if offer is not None:
                yield offer


def _fits(change: Change, edits: dict[str, list[Edit]], new: dict[str, str]) -> bool:
    """Whether a change touches nothing that another change of this round touches."""
    for item in change.edits:
        for other in edits.get(item.path, ()):
            if overlap(item.span, other.span) or item.span == other.span:
                return False
    return not any(file.path in new for file in change.files)


def _write(file: Path, text: str) -> None:
    """Write a text in the encoding the file has; a file that is not UTF-8 throughout is not written."""
    encoding = "utf-8"
    if file.exists():
        data = file.read_bytes()
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            encoding = "utf-16"
        elif data.startswith(codecs.BOM_UTF8):
            encoding = "utf-8-sig"
        original = decode(data)
        if not isinstance(original, str) or (encoding != "utf-16" and original.encode(encoding) != data):
            raise UnicodeError("the file is not UTF-8; change it by hand")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode(encoding))


def run(mending: Mending, report: engine.Report, options: argparse.Namespace, only: list[str] | None) -> engine.Report:
    """Mend what is not known from the baseline, write or print, and return what is left to report."""
    if options.add_ignores:
        number = mending.ignore(report)
        _finish(mending, options, f"{number} finding{_s(number)} silenced")
        return _check(mending, only)
    for _ in range(ROUNDS):
        if not mending.fix(report, unsafe=options.unsafe_fixes):
            break
        report = _check(mending, only)
    _finish(mending, options, f"{mending.applied} fix{'' if mending.applied == 1 else 'es'} applied")
    return report


def _check(mending: Mending, only: list[str] | None) -> engine.Report:
    wanted = None if only is None else [*only, *(path for path in mending.after if path not in only)]
    graph = mending.loaded.graph()
    base = facing(mending.base, graph, mending.after) if mending.base is not None else None
    return engine.check(graph, mending.settings.policy, only=wanted, base=base)


def _finish(mending: Mending, options: argparse.Namespace, told: str) -> None:
    if options.diff:
        sys.stdout.writelines(mending.diff())
        return
    for line in mending.write():
        print(f"tidegate: not written: {line}", file=sys.stderr)
    changed = sum(1 for path, document in mending.after.items() if mending.before[path] != document.text)
    print(f"{told} in {changed} file{_s(changed)}", file=sys.stderr)


def _s(number: int) -> str:
    return "" if number == 1 else "s"
