"""The file of findings that are known and not reported again.

A finding is recognised by its code, what it is about and the text it marks, not by its line: moving code does
not bring it back. It is reported again when the marked text or the object changes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from tidegate_server.cli import Failure
from tidegate_server.present import Item, Presenter


def fingerprint(item: Item, presenter: Presenter) -> str:
    """What a finding is recognised by."""
    marked = " ".join(presenter.document(item.source).slice(item.span).split())
    return blake2b(
        f"{item.code}\0{item.subject}\0{marked}".encode("utf-8", "surrogatepass"), digest_size=12
    ).hexdigest()


def read(file: Path) -> Counter[str] | None:
    """The fingerprints in a file, or `None` if there is no such file.

    Raises:
        Failure: the file is not a baseline.
    """
    try:
        loaded = json.loads(file.read_text("utf-8"))
        return Counter({str(entry["fingerprint"]): int(entry.get("count", 1)) for entry in loaded["findings"]})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure(f"the baseline {file} can't be read ({error}); write it again with --write-baseline") from error


def write(file: Path, items: Iterable[Item], presenters: dict[str, Presenter]) -> int:
    """Write a baseline; returns how many findings it holds."""
    entries: dict[str, dict[str, object]] = {}
    number = 0
    for item in items:
        number += 1
        key = fingerprint(item, presenters[item.place.path])
        entry = entries.setdefault(
            key, {"fingerprint": key, "code": item.code, "path": item.source, "message": item.message, "count": 0}
        )
        entry["count"] = int(str(entry["count"])) + 1
    ordered = sorted(
        entries.values(), key=lambda entry: (str(entry["path"]), str(entry["code"]), str(entry["fingerprint"]))
    )
    file.write_text(json.dumps({"version": 1, "findings": ordered}, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return number


def unknown(items: list[Item], presenters: dict[str, Presenter], known: Counter[str]) -> tuple[list[Item], int]:
    """The findings that a baseline does not hold, and how many it does."""
    left = Counter(known)
    kept: list[Item] = []
    for item in items:
        key = fingerprint(item, presenters[item.place.path])
        if left[key] > 0:
            left[key] -= 1
        else:
            kept.append(item)
    return kept, len(items) - len(kept)
