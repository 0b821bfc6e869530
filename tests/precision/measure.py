"""How often each rule is right on public repositories: `python -m tests.precision.measure FOLDER`.

FOLDER holds a checkout NAME for each row of `repositories.tsv`. Each is checked once, with every rule of interest, and the
findings are compared with `judgements.tsv`, in which somebody who read the code has written what a finding is worth. Of a
rule that fires often, a sample is read: which findings it holds depends on nothing but their place. What nobody has read
is printed by `--unread`. `--write` puts the table into `references/precision.md`.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "references" / "precision.md"
CODES = re.compile(r"TG(?:2\d\d|3(?:0\d|11)|4\d\d|50[2-7]|60[469]|8\d\d|90[456]|912)")
"""The rules that are measured: loads, records, streams, replay and orchestration."""
SAMPLE = 25
"""Findings of a rule that are read, where it has more."""
VERDICTS = ("right", "wrong", "unclear")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A finding in a repository."""

    code: str
    name: str
    path: str
    line: int
    severity: str = ""
    message: str = ""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What a judgement is found by."""
        return (self.code, self.name, self.path, self.line)

    @property
    def rank(self) -> str:
        """The order in which findings are taken into the sample."""
        return blake2b(f"{self.code} {self.name} {self.path} {self.line}".encode(), digest_size=8).hexdigest()


@dataclass(slots=True)
class Row:
    """What became of the findings of a rule."""

    code: str
    fired: int = 0
    right: int = 0
    wrong: int = 0
    unclear: int = 0
    repositories: int = 0

    @property
    def precision(self) -> float | None:
        """The share of findings that are right, of those that are right or wrong."""
        judged = self.right + self.wrong
        return self.right / judged if judged else None


def repositories() -> list[tuple[str, str, str]]:
    """Name, repository and commit of what is measured."""
    with (HERE / "repositories.tsv").open(encoding="utf-8") as file:
        return [(row["name"], row["repository"], row["commit"]) for row in csv.DictReader(file, delimiter="\t")]


def judgements() -> dict[tuple[str, str, str, int], str]:
    """What findings are worth, by rule, repository, path and line."""
    with (HERE / "judgements.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    wrong = [row for row in rows if row["verdict"] not in VERDICTS]
    if wrong:
        raise SystemExit(f"judgements.tsv: '{wrong[0]['verdict']}' is none of {', '.join(VERDICTS)}")
    return {(row["code"], row["name"], row["path"], int(row["line"])): row["verdict"] for row in rows}


def check(tidegate: str, name: str, folder: Path) -> list[Finding]:
    """The findings of the measured rules in a repository."""
    line = [tidegate, "check", ".", "--no-rollup", "--format", "json", "--profile", "strict", "--fail-on", "never"]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{name}: exit status {done.returncode}\n{done.stderr[-2000:]}")
    return [
        Finding(item["code"], name, item["path"], item["location"]["line"], item["severity"], item["message"])
        for item in json.loads(done.stdout)["findings"]
        if CODES.fullmatch(item["code"])
    ]


def sampled(found: Iterable[Finding]) -> Iterator[Finding]:
    """The findings that are to be read."""
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        by_code[finding.code].append(finding)
    for code in sorted(by_code):
        yield from sorted(by_code[code], key=lambda item: item.rank)[:SAMPLE]


def table(found: list[Finding], known: dict[tuple[str, str, str, int], str]) -> list[Row]:
    """A row for each rule that fired."""
    rows: dict[str, Row] = {}
    for finding in found:
        rows.setdefault(finding.code, Row(finding.code)).fired += 1
    for code, row in rows.items():
        row.repositories = len({finding.name for finding in found if finding.code == code})
        for finding in found:
            verdict = known.get(finding.key) if finding.code == code else None
            if verdict is not None:
                setattr(row, verdict, getattr(row, verdict) + 1)
    return [rows[code] for code in sorted(rows)]


def markdown(rows: Iterable[Row]) -> str:
    """The table as Markdown."""
    lines = [
        "| rule | fired | repositories | right | wrong | unclear | precision |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        share = "–" if row.precision is None else f"{row.precision:.2f}"
        lines.append(
            f"| [{row.code}](rules/{row.code}.md) | {row.fired} | {row.repositories} | {row.right} | {row.wrong}"
            f" | {row.unclear} | {share} |"
        )
    return "\n".join(lines)


def put(page: str, begin: str, end: str, text: str) -> str:
    """A page with what stands between two marks replaced."""
    start, stop = page.index(begin) + len(begin), page.index(end)
    return f"{page[:start]}\n{text}\n{page[stop:]}"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="measure the precision of rules on public repositories")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="holds a checkout NAME for each repository")
    parser.add_argument("--tidegate", default="tidegate", help="the command (default: tidegate)")
    parser.add_argument("--only", metavar="REGEX", default="", help="measure these repositories alone")
    parser.add_argument("--unread", action="store_true", help="print what is to be read")
    parser.add_argument("--code", metavar="REGEX", default="", help="print these rules alone")
    parser.add_argument("--write", action="store_true", help="put the table into references/precision.md")
    options = parser.parse_args()
    found: list[Finding] = []
    tidegate = shutil.which(options.tidegate)
    if tidegate is None:
        raise SystemExit(f"there is no command '{options.tidegate}'")
    for name, _, _ in repositories():
        if re.search(options.only, name) and (options.folder / name).is_dir():
            found += check(str(Path(tidegate).absolute()), name, options.folder / name)
    known = judgements()
    if options.unread:
        for item in sampled(found):
            if item.key not in known and re.search(options.code, item.code):
                sys.stdout.write(
                    f"{item.code}\t{item.name}\t{item.path}\t{item.line}\t{item.severity}\t{item.message}\n"
                )
        return
    rows = [row for row in table(found, known) if re.search(options.code, row.code)]
    sys.stdout.write(markdown(rows) + "\n")
    if options.write:
        PAGE.write_text(put(PAGE.read_text("utf-8"), BEGIN, END, markdown(rows)), "utf-8")


if __name__ == "__main__":
    main()
