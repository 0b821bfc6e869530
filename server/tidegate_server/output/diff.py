"""Changes of columns, for people, tools and pull requests."""

from __future__ import annotations

import json as encoder
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tidegate_analyzers.graph.changes import Hit
from tidegate_analyzers.graph.comparison import LEVELS, Change
from tidegate_server.present import Presenter

SHOWN = 10
"""How many places that rely on a column are listed; the rest is counted."""
_SIGNS = {"added": "+", "removed": "-", "renamed": "~", "retyped": "~", "relaxed": "~", "tightened": "~"}
_HEADINGS = {"breaking": "Breaking changes", "warning": "Changes to look at", "harmless": "Non-breaking changes"}


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared with: its name and id, and what knows the places."""

    name: str
    commit: str
    presenter: Presenter

    def place(self, hit: Hit) -> str:
        """Where a hit is, as `path:line`."""
        place = self.presenter.place(hit.path, hit.site)
        return f"{place.path}:{place.line}"


def text(found: list[Change], compared: Compared) -> list[str]:
    """The changes of each dataset, below a line about it."""
    lines = [f"compared with {compared.name} ({compared.commit[:8]})"]
    heading = ""
    for change in found:
        here = f"{change.of} {change.dataset}  {compared.presenter.shown_path(change.path)}"
        if here != heading:
            lines += ["", here]
            heading = here
        lines.append(f"  {_SIGNS[change.kind]} {_told(change)}  {change.level}: {change.why}")
        lines += [f"      {hit}" for hit in _hits(change, compared)]
    return [*lines, "", _summary(found)]


def _told(change: Change) -> str:
    what = change.column or change.dataset
    if change.kind == "added":
        return f"{what}{' ' + change.new_type if change.new_type else ''}"
    if change.kind == "renamed":
        return f"{what} -> {change.new} (likely)"
    if change.kind == "retyped":
        return f"{what} {change.old_type} -> {change.new_type}"
    return what if change.kind == "removed" else f"{what} {change.kind}"


def _hits(change: Change, compared: Compared) -> Iterator[str]:
    for hit in change.hits[:SHOWN]:
        yield f"{hit.kind} {hit.name}  {compared.place(hit)}"
    if len(change.hits) > SHOWN:
        yield f"and {len(change.hits) - SHOWN} more"


def _summary(found: Iterable[Change]) -> str:
    levels = Counter(change.level for change in found)
    words = {"breaking": "breaking", "warning": "to look at", "harmless": "harmless"}
    told = ", ".join(f"{levels[level]} {words[level]}" for level in LEVELS if levels[level])
    number = sum(levels.values())
    return f"{number} change{'' if number == 1 else 's'} of columns" + (f": {told}" if told else "")


def json(found: list[Change], compared: Compared) -> list[str]:
    """One object with every change."""

    def place(path: str, site: int) -> dict[str, object]:
        at = compared.presenter.place(path, site)
        return {"path": at.path, "line": at.line, "column": at.column}

    def entry(change: Change) -> dict[str, object]:
        told: dict[str, object] = {
            "change": change.kind,
            "kind": change.of,
            "dataset": change.dataset,
            "column": change.column or None,
            "level": change.level,
            "reason": change.why,
            "place": place(change.path, change.site),
        }
        told |= {
            name: value
            for name, value in (("new_name", change.new), ("old_type", change.old_type), ("new_type", change.new_type))
            if value
        }
        told["relied_on_by"] = [
            {"kind": hit.kind, "name": hit.name, "proved": hit.proved, **place(hit.path, hit.site)}
            for hit in change.hits
        ]
        told["downstream"] = list(change.affected)
        return told

    levels = Counter(change.level for change in found)
    document = {
        "against": {"name": compared.name, "commit": compared.commit},
        "changes": [entry(change) for change in found],
        "summary": {level: levels[level] for level in LEVELS},
    }
    return [encoder.dumps(document, indent=2, ensure_ascii=False)]


def markdown(found: list[Change], compared: Compared) -> list[str]:
    """A comment for a pull request."""
    lines = [f"### Columns changed since {_code(compared.name)}", "", f"{_summary(found)}."]
    for level in LEVELS:
        of_level = [change for change in found if change.level == level]
        if not of_level:
            continue
        lines += [
            "",
            f"#### {_HEADINGS[level]}",
            "",
            "| dataset | column | change | relied on by |",
            "|---|---|---|---|",
        ]
        lines += [_row(change, compared) for change in of_level]
    return lines


def _row(change: Change, compared: Compared) -> str:
    column = _code(change.column) if change.column else ""
    return f"| {change.of} {_code(change.dataset)} | {column} | {_said(change)} | {'<br>'.join(_relying(change, compared))} |"


def _said(change: Change) -> str:
    words = {
        "renamed": f"likely renamed to {_code(change.new)}",
        "retyped": f"{_code(change.old_type)} → {_code(change.new_type)}",
        "added": f"added{' as ' + _code(change.new_type) if change.new_type else ''}",
        "relaxed": f"relaxed: {change.why}",
        "tightened": f"tightened: {change.why}",
    }
    return words.get(change.kind, change.kind)


def _relying(change: Change, compared: Compared) -> Iterator[str]:
    for hit in change.hits[:SHOWN]:
        yield f"{hit.kind} {_code(hit.name)} ({_code(compared.place(hit))})"
    if len(change.hits) > SHOWN:
        yield f"and {len(change.hits) - SHOWN} more"
    if change.affected:
        number = len(change.affected)
        yield f"{number} column{'' if number == 1 else 's'} made of it"


def _code(name: str) -> str:
    """A name as code, in a table: whatever it is, it ends neither the cell nor the code."""
    plain = " ".join(name.replace("|", "\\|").split())
    return f"`` {plain} ``" if "`" in plain else f"`{plain}`" if plain else ""
