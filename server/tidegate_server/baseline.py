"""The file of findings that are known and not reported again.

A finding is recognised by its code, what it is about and the text it marks, not by its line: moving code does
not bring it back. It is reported again when the marked text or the object changes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from tidegate_analyzers.check import Report, Shown
from tidegate_server.cli import Failure
from tidegate_server.present import Presenter


def fingerprint(code: str, subject: str, marked: str) -> str:
    """What a finding is recognised by: its code, what it is about, and the text it marks."""
    words = " ".join(marked.split())
    return blake2b(f"{code}\0{subject}\0{words}".encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def of_shown(path: str, shown: Shown, presenter: Presenter) -> str:
    """The fingerprint of a finding as it is shown."""
    finding = shown.finding
    return fingerprint(
        finding.code, finding.subject, presenter.document(path).slice(presenter.span(path, finding.site))
    )


class Baseline:
    """The known findings, and which findings of a workspace they are.

    Where a workspace has more findings of one fingerprint than are known, the first by path and place are the known
    ones. So what is known in one file may depend on another; `put` tells which files that concerns.

    Args:
        known: how many findings of each fingerprint are known.
    """

    def __init__(self, known: Mapping[str, int] | None = None) -> None:
        self._known = dict(known or {})
        self._found: dict[str, dict[str, int]] = {}
        self._in: dict[str, Counter[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._known)

    def __contains__(self, print_: str) -> bool:
        return print_ in self._known

    def put(self, path: str, prints: Iterable[str]) -> set[str]:
        """Note the findings of a file; returns the other files of which other findings may be the known ones now."""
        before = self._in.pop(path, _NONE)
        after = Counter(print_ for print_ in prints if print_ in self._known)
        if after:
            self._in[path] = after
        concerned: set[str] = set()
        for print_ in before.keys() | after.keys():
            if before[print_] == after[print_]:
                continue
            found = self._found.setdefault(print_, {})
            enough = self._known[print_] >= sum(found.values())
            found[path] = after[print_]
            if not after[print_]:
                del found[path]
            if not enough or self._known[print_] < sum(found.values()):
                concerned.update(other for other in found if other > path)
        return concerned

    def unknown(self, path: str, prints: Sequence[str]) -> list[int]:
        """Which findings of a file, in the order of their places, are not known."""
        left: dict[str, int] = {}
        kept: list[int] = []
        for number, print_ in enumerate(prints):
            if print_ not in left:
                elsewhere = tuple(self._found.get(print_, {}).items())
                left[print_] = self._known.get(print_, 0) - sum(count for other, count in elsewhere if other < path)
            left[print_] -= 1
            if left[print_] < 0:
                kept.append(number)
        return kept

    def without_known(self, report: Report, presenter: Presenter) -> Report:
        """A report of a whole root, less the findings that are known."""
        if not self:
            return report
        prints = {path: [of_shown(path, item, presenter) for item in found] for path, found in report.shown.items()}
        whole = Baseline(self._known)
        for path, found in prints.items():
            whole.put(path, found)
        left = {
            path: [report.shown[path][number] for number in whole.unknown(path, found)]
            for path, found in prints.items()
        }
        return replace(report, shown={path: found for path, found in left.items() if found})


_NONE: Counter[str] = Counter()


def read(file: Path) -> Baseline | None:
    """The baseline in a file, or `None` if there is no such file.

    Raises:
        Failure: the file is not a baseline.
    """
    try:
        loaded = json.loads(file.read_text("utf-8"))
        return Baseline({str(entry["fingerprint"]): int(entry.get("count", 1)) for entry in loaded["findings"]})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Failure(f"the baseline {file} can't be read ({error}); write it again with --write-baseline") from error


def write(file: Path, reports: Iterable[tuple[Report, Presenter]]) -> int:
    """Write a baseline; returns how many findings it holds.

    Raises:
        Failure: the file can't be written.
    """
    entries: dict[str, dict[str, object]] = {}
    number = 0
    for report, presenter in reports:
        for path, found in report.shown.items():
            for item in found:
                number += 1
                key = of_shown(path, item, presenter)
                entry = entries.setdefault(
                    key,
                    {"fingerprint": key, "code": item.finding.code, "path": path, "message": item.message, "count": 0},
                )
                entry["count"] = int(str(entry["count"])) + 1
    ordered = sorted(
        entries.values(), key=lambda entry: (str(entry["path"]), str(entry["code"]), str(entry["fingerprint"]))
    )
    text = json.dumps({"version": 1, "findings": ordered}, indent=2, ensure_ascii=False) + "\n"
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise Failure(f"the baseline can't be written: {error}") from error
    return number
