"""Writes the findings of the corpus as they are now: `python -m tests.corpus.record [PACKAGE ...]`.

Every line that changes is read by hand, against the file it is about, before it is committed.
"""

from __future__ import annotations

import sys

from tests.corpus.findings import check, golden, rendered
from tests.corpus.packages import packages, unpacked


def main(names: list[str]) -> None:
    """Write the goldens of some packages, or of all."""
    for package in packages():
        if names and package.name not in names:
            continue
        folder = unpacked(package)
        text = rendered(check(folder), check(folder, "--no-rollup"))
        file = golden(package)
        if not file.is_file() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            sys.stdout.write(f"wrote {file}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
