"""Which planted faults are reported, and what else with them: `python -m tests.bench.faults [--models 60]`.

A generated project without a finding of its own gets four faults of one kind, each in another model. Reported is a fault
whose line a finding points to; whatever a fault adds elsewhere is a cascade. `--project DIR --clean DIR` counts a project
that something else planted faults into: its `faults.json` lists `path` and `kind`, and a file that is named counts.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.generate import generate

PER_KIND = 4
_JOINED = re.compile(r"\bon \w+\.\w+")
WANTED = ("unknown_ref", "unknown_source", "unknown_macro", "jinja_unclosed", "unknown_column", "sql_syntax")
"""Kinds of which every fault has to be found; `column_of_loop` may be silent."""
SEVERE = ("error", "warning")


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding as the command prints it."""

    code: str
    severity: str
    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """What became of the faults of one kind."""

    kind: str
    planted: int
    found: int
    severities: tuple[str, ...]
    cascade: tuple[Finding, ...]

    def __str__(self) -> str:
        how = ", ".join(f"{self.severities.count(name)} {name}" for name in dict.fromkeys(self.severities))
        return f"{self.kind:16} {self.found}/{self.planted}  {how:12}  cascade {len(self.cascade)}"


def _ref(text: str) -> tuple[str, str] | None:
    start = text.find("ref('")
    end = text.find("'", start + 5)
    return (text[start:end], text[start:end] + "_typo") if start >= 0 else None


def _source(text: str) -> tuple[str, str] | None:
    start = text.find("source('")
    end = text.find("')", start + 8)
    return (text[start:end], text[start:end] + "x") if start >= 0 else None


def _column(text: str) -> tuple[str, str] | None:
    """In the condition of a join, so that no output changes its name."""
    found = _JOINED.search(text) if "{% for" not in text else None
    return (found.group(), found.group()[:-1] + "_" + found.group()[-1]) if found is not None else None


def _column_of_loop(text: str) -> tuple[str, str] | None:
    """The same where a loop of the template writes columns: of such a query not all columns are known."""
    found = _JOINED.search(text) if "{% for" in text else None
    return (found.group(), found.group()[:-1] + "_" + found.group()[-1]) if found is not None else None


def _macro(text: str) -> tuple[str, str] | None:
    return _after_first_select(text, "{{ no_such_macro('x') }} as planted,")


def _unclosed(text: str) -> tuple[str, str] | None:
    return text, text + "\n{% if true %}\n"


def _syntax(text: str) -> tuple[str, str] | None:
    return ("left join ", "left joinn ") if "left join " in text else None


def _after_first_select(text: str, item: str) -> tuple[str, str] | None:
    for line in text.splitlines():
        if line.strip() == "select":
            return line + "\n", f"{line}\n    {item}\n"
    return None


PLANTS: dict[str, Callable[[str], tuple[str, str] | None]] = {
    "unknown_ref": _ref,
    "unknown_source": _source,
    "unknown_macro": _macro,
    "jinja_unclosed": _unclosed,
    "unknown_column": _column,
    "sql_syntax": _syntax,
    "column_of_loop": _column_of_loop,
}


def check(root: Path) -> list[Finding]:
    """What `tidegate check` says of a workspace."""
    command = [sys.executable, "-m", "tidegate_server.main", "check", "--format", "json", "--no-cache", "."]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"tidegate check failed: {done.stderr}")
    return [
        Finding(item["code"], item["severity"], item["path"], item["location"]["line"], item["message"])
        for item in json.loads(done.stdout)["findings"]
    ]


def plant(root: Path, kind: str) -> dict[str, tuple[int, int]]:
    """Put faults of a kind into models; gives the lines of each by path."""
    planted: dict[str, tuple[int, int]] = {}
    for file in sorted((root / "models").rglob("*.sql"), key=lambda file: (file.name[::-1], file)):
        text = file.read_text("utf-8")
        change = PLANTS[kind](text)
        if change is None or change[0] == change[1]:
            continue
        new = text.replace(*change, 1)
        first = next(
            i for i, (a, b) in enumerate(zip((text + "\0").splitlines(), new.splitlines(), strict=False)) if a != b
        )
        file.write_text(new, "utf-8")
        last = first + 3 if kind == "sql_syntax" else len(new.splitlines()) if kind == "jinja_unclosed" else first + 1
        planted[file.relative_to(root).as_posix()] = (first + 1, last)
        if len(planted) == PER_KIND:
            return planted
    raise SystemExit(f"the generated project has too few places for {kind}")


def judge(kind: str, planted: dict[str, tuple[int, int]], clean: Iterable[Finding], found: Iterable[Finding]) -> Row:
    """Count the faults that are reported at their place, and what is new besides."""
    known = {(item.code, item.path, item.message) for item in clean}
    new = [item for item in found if (item.code, item.path, item.message) not in known]
    hit: dict[str, str] = {}
    cascade = []
    for item in new:
        first, last = planted.get(item.path, (0, -1))
        if first <= item.line <= last and item.path not in hit:
            hit[item.path] = item.severity
        else:
            cascade.append(item)
    return Row(kind, len(planted), len(hit), tuple(hit.values()), tuple(cascade))


def measure(models: int, seed: int = 7, kinds: Iterable[str] = PLANTS) -> list[Row]:
    """Plant and check, one project for each kind of fault."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        clean_root = Path(folder, "clean")
        generate(clean_root, models, seed)
        clean = check(clean_root)
        for kind in kinds:
            root = Path(folder, kind)
            generate(root, models, seed)
            rows.append(judge(kind, plant(root, kind), clean, check(root)))
    return rows


def _elsewhere(project: Path, clean: Path) -> Row:
    faults = json.loads((project / "faults.json").read_text("utf-8"))
    planted = {fault["path"]: (1, 1_000_000) for fault in faults}
    kinds = "+".join(dict.fromkeys(fault["kind"] for fault in faults))
    return judge(kinds, planted, check(clean), check(project))


def main() -> int:
    """Print a row for each kind of fault."""
    parser = argparse.ArgumentParser(description="which planted faults are reported")
    parser.add_argument("--models", metavar="N", type=int, default=60, help="how many dbt models (default: 60)")
    parser.add_argument("--seed", metavar="S", type=int, default=7, help="another seed gives another project")
    parser.add_argument("--project", metavar="DIR", type=Path, action="append", help="a project with a faults.json")
    parser.add_argument("--clean", metavar="DIR", type=Path, help="the same project without faults")
    options = parser.parse_args()
    if options.project and options.clean is None:
        parser.error("--project needs --clean")
    rows = [_elsewhere(item, options.clean) for item in options.project or ()] or measure(options.models, options.seed)
    for row in rows:
        sys.stdout.write(f"{row}\n")
        for item in row.cascade:
            sys.stdout.write(f"    {item.path}:{item.line}: {item.severity} {item.code} {item.message}\n")
    missed = any(row.found < row.planted and row.kind != "column_of_loop" for row in rows)
    return int(missed or any(item.severity in SEVERE for row in rows for item in row.cascade))


if __name__ == "__main__":
    raise SystemExit(main())
