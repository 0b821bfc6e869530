"""How many planted faults are found: `python -m tests.precision.mutations FOLDER`.

FOLDER is that of `measure`. Each fault of `faults` is planted into healthy files of the repositories there, a few of each,
as an edit in an editor would: the workspace is read once, the changed text is put in the place of the file's own, and the
rules are asked again. Found is a fault that one of its rules reports in that file, where none of them spoke before.
`--missed` prints what was not found. `--write` puts the table into `references/precision.md`.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from tests.precision.faults import FAULTS, Fault
from tests.precision.measure import HERE, PAGE, put, repositories
from tidegate_analyzers.layout import IGNORED_FOLDERS, fixture, is_exhibit
from tidegate_analyzers.text import Document
from tidegate_analyzers.workspace import Token
from tidegate_server.files import read_document
from tidegate_server.lsp import analysis
from tidegate_server.lsp.settings import settings_of

BEGIN, END = "<!-- planted: begin -->", "<!-- planted: end -->"
EACH = 10
"""How many of a fault are planted."""
PER_REPOSITORY = 3
PER_FILE = 1
LARGEST = 300_000
"""Characters."""


@dataclass(frozen=True, slots=True)
class Plant:
    """A place for a fault."""

    fault: Fault
    name: str
    path: str
    offset: int
    text: str

    @property
    def rank(self) -> str:
        """The order in which places are taken: by nothing but the place."""
        return blake2b(f"{self.fault.name} {self.name} {self.path} {self.offset}".encode(), digest_size=8).hexdigest()


@dataclass(slots=True)
class Row:
    """What became of the plants of a fault."""

    fault: Fault
    found: int = 0
    missed: list[Plant] = field(default_factory=list)

    @property
    def planted(self) -> int:
        """How many were planted."""
        return self.found + len(self.missed)


class Repository:
    """A repository as an editor has it."""

    def __init__(self, name: str, root: Path) -> None:
        self.name, self.root = name, root
        settings = settings_of(root, {"profile": "strict"})
        self.state = analysis.load(root, settings.policy, settings.options, {}, 1, None, Token())
        self._before: dict[str, frozenset[str]] = {}

    def places(self) -> Iterator[Plant]:
        """The places for faults in healthy files."""
        for path in sorted(self.state.snapshot.files):
            fitting = [fault for fault in FAULTS if path.endswith(fault.ends)]
            if (
                not fitting
                or fixture(path, exhibit=is_exhibit(self.root.name))
                or IGNORED_FOLDERS.intersection(path.split("/"))
            ):
                continue
            document = read_document(self.root, path)
            if document is None or len(document.text) > LARGEST:
                continue
            for fault in fitting:
                for number, (offset, text) in enumerate(fault.plant(document.text)):
                    if number >= PER_FILE:
                        break
                    if not self.codes(path).intersection(fault.codes):
                        yield Plant(fault, self.name, path, offset, text)

    def codes(self, path: str) -> frozenset[str]:
        """The rules that speak in a file as it is."""
        if path not in self._before:
            found = analysis.judge(self.state, [path], Token())
            self._before[path] = frozenset(item.code for item in found[path].findings)
        return self._before[path]

    def finds(self, plant: Plant) -> bool:
        """Whether a fault is reported."""
        document = Document(plant.path, plant.text)
        changed = {plant.path: document}
        after = analysis.update(self.root, self.state, changed, changed, True, Token())
        found = {item.code for item in after.results[plant.path].findings}
        return bool(found.intersection(plant.fault.codes))


def harmless() -> frozenset[tuple[str, str, str]]:
    """Plants that turned out to be no faults when somebody read them: by fault, repository and path."""
    with (HERE / "no_faults.tsv").open(encoding="utf-8") as file:
        return frozenset((row["fault"], row["name"], row["path"]) for row in csv.DictReader(file, delimiter="\t"))


def chosen(plants: list[Plant]) -> list[Plant]:
    """The places that are taken: a few of each fault, a few of each repository."""
    left_out = harmless()
    by_fault: dict[str, list[Plant]] = defaultdict(list)
    for plant in plants:
        if (plant.fault.name, plant.name, plant.path) not in left_out:
            by_fault[plant.fault.name].append(plant)
    taken: list[Plant] = []
    for found in by_fault.values():
        seen: dict[str, int] = defaultdict(int)
        mine: list[Plant] = []
        for plant in sorted(found, key=lambda item: item.rank):
            if seen[plant.name] < PER_REPOSITORY and len(mine) < EACH:
                seen[plant.name] += 1
                mine.append(plant)
        taken += mine
    return taken


def markdown(rows: list[Row]) -> str:
    """The table as Markdown, with the sums."""
    lines = ["| fault | rules | planted | found |", "|---|---|---:|---:|"]
    for row in rows:
        codes = ", ".join(f"[{code}](rules/{code}.md)" for code in row.fault.codes)
        lines.append(f"| {row.fault.name} | {codes} | {row.planted} | {row.found} |")
    planted, found = sum(row.planted for row in rows), sum(row.found for row in rows)
    share = f" ({found / planted:.2f})" if planted else ""
    return "\n".join([*lines, f"| all | | {planted} | {found}{share} |"])


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="plant faults in healthy files and count those that are found")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="holds a checkout NAME for each repository")
    parser.add_argument("--only", metavar="REGEX", default="", help="plant in these repositories alone")
    parser.add_argument("--fault", metavar="REGEX", default="", help="plant these faults alone")
    parser.add_argument("--missed", action="store_true", help="print what was not found")
    parser.add_argument("--write", action="store_true", help="put the table into references/precision.md")
    options = parser.parse_args()
    opened: dict[str, Repository] = {}
    plants: list[Plant] = []
    for name, _, _ in repositories():
        root = options.folder / name
        if re.search(options.only, name) and root.is_dir():
            opened[name] = Repository(name, root.resolve())
            plants += [plant for plant in opened[name].places() if re.search(options.fault, plant.fault.name)]
    rows = {fault.name: Row(fault) for fault in FAULTS if re.search(options.fault, fault.name)}
    for plant in chosen(plants):
        row = rows[plant.fault.name]
        if opened[plant.name].finds(plant):
            row.found += 1
        else:
            row.missed.append(plant)
    sys.stdout.write(markdown(list(rows.values())) + "\n")
    for row in rows.values() if options.missed else ():
        for plant in row.missed:
            line = plant.text.count("\n", 0, plant.offset) + 1
            sys.stdout.write(f"missed: {plant.fault.name}: {plant.name}/{plant.path}:{line}\n")
    if options.write:
        PAGE.write_text(put(PAGE.read_text("utf-8"), BEGIN, END, markdown(list(rows.values()))), "utf-8")


if __name__ == "__main__":
    main()
