"""Ten findings and ten loads that rightly have none, with their evidence: `python -m tests.precision.shown FOLDER`.

FOLDER holds the checkouts of `repositories.tsv`. What is shown, and why somebody would care, stands in `shown.tsv`; the
evidence is what `tidegate explain` prints, the guards that don't hold left out where one does. `--write` puts it into
`references/findings.md`.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.precision.measure import HERE, put, repositories

PAGE = HERE.parents[1] / "references" / "findings.md"
SHOWN = ("found", "kept silent")
MAX_STEPS = 12
"""Steps of evidence that are shown of one finding."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place where a rule speaks, or doesn't, and what is at stake there."""

    shown: str
    code: str
    name: str
    path: str
    line: int
    why: str


def places() -> list[Place]:
    """What is shown."""
    with (HERE / "shown.tsv").open(encoding="utf-8") as file:
        return [
            Place(row["shown"], row["code"], row["name"], row["path"], int(row["line"]), row["why"])
            for row in csv.DictReader(file, delimiter="\t")
        ]


def explained(tidegate: str, place: Place, folder: Path) -> list[str]:
    """What `tidegate explain` says of a place; ends the run where it says something else than the list does."""
    line = [tidegate, "explain", place.code, f"{place.path}:{place.line}"]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
    blocks: list[list[str]] = []
    here = False
    for text in done.stdout.splitlines():
        if text.startswith(place.code):
            here = text.endswith(f" at {place.path}:{place.line}")
            blocks += [[]] if here else []
        elif here:
            blocks[-1].append(text.strip())
    if not blocks or not blocks[0]:
        raise SystemExit(f"{place.name}/{place.path}:{place.line}: {place.code} says nothing\n{done.stderr[-2000:]}")
    said, *steps = blocks[0]
    if said.startswith("silent") is (place.shown == "found"):
        raise SystemExit(f"{place.name}/{place.path}:{place.line}: {place.code} is not '{place.shown}': {said}")
    if place.shown != "found":
        steps = [step for step in steps if not step.startswith("✗")]
        if not any(step.startswith("✓") for step in steps):
            raise SystemExit(f"{place.name}/{place.path}:{place.line}: no guard holds")
    left = len(steps) - MAX_STEPS
    return [said, *steps[:MAX_STEPS], *([f"({left} more)"] if left > 0 else [])]


def markdown(tidegate: str, folder: Path) -> str:
    """The page's list."""
    commits = {name: (repository, commit) for name, repository, commit in repositories()}
    parts: list[str] = []
    for shown in SHOWN:
        parts.append("## Found" if shown == "found" else "## Kept silent")
        for number, place in enumerate((item for item in places() if item.shown == shown), 1):
            repository, commit = commits[place.name]
            link = f"https://github.com/{repository}/blob/{commit}/{place.path.replace(' ', '%20')}#L{place.line}"
            evidence = "\n".join(explained(tidegate, place, folder / place.name))
            parts += [
                f"**{number}. [{place.code}](rules/{place.code}.md), {repository}: [{place.path}:{place.line}]({link})**",
                place.why,
                f"```text\n{evidence}\n```",
            ]
    return "\n\n".join(parts)


def main() -> None:
    """Shows what the list names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the checkouts are")
    parser.add_argument("--tidegate", default=str(Path(sys.executable).with_name("tidegate")), help="the program")
    parser.add_argument("--write", action="store_true", help="put it into references/findings.md")
    options = parser.parse_args()
    text = markdown(options.tidegate, options.folder)
    sys.stdout.write(text + "\n")
    if options.write:
        begin, end = "<!-- shown: begin -->", "<!-- shown: end -->"
        PAGE.write_text(put(PAGE.read_text("utf-8"), begin, end, text), "utf-8")


if __name__ == "__main__":
    main()
