"""`python -m tests.bench.columns PROJECT [--catalog FILE] [--lineage]`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.bench.columns import catalog, figures, lineage
from tests.bench.columns.workspace import view_of


def show(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Measure one project."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.columns", description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--catalog", type=Path, help="a catalog.json, relative to the project")
    parser.add_argument("--lineage", action="store_true", help="compare with sqlglot's lineage of the same SQL")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="with --lineage, take every N-th model")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many examples to print of each kind")
    options = parser.parse_args()
    root = options.project.resolve()
    start = time.perf_counter()
    view = view_of(root)
    show(f"{root.name}: read in {time.perf_counter() - start:.1f} s\n")
    start = time.perf_counter()
    found = figures.measure(view)
    elapsed = time.perf_counter() - start
    figures.report(found, options.limit, show)
    show(f"\nasked in {elapsed:.1f} s")
    if options.catalog:
        show(f"\n# {options.catalog}\n")
        catalog.report(catalog.hold(view, root / options.catalog), options.limit, show)
    if options.lineage:
        show("\n# sqlglot.lineage\n")
        lineage.report(lineage.compare(view, root, options.every), options.limit, show)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
