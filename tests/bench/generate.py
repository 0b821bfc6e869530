"""Write a workspace to measure with: `python -m tests.bench.generate DIR --models 1000 [--seed 7]`.

The same number and seed give the same files. Every column that a model names is one its inputs have, so that a tool
which follows columns finds nothing wrong, and dbt can build it on DuckDB.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.bench.synth import project
from tests.bench.synth.warehouse import make_warehouse


def generate(folder: Path, models: int, seed: int = 7) -> int:
    """Write a workspace of so many models; gives the number of files."""
    number = 0
    made: set[Path] = set()
    for path, text in project.files(make_warehouse(models, seed)):
        file = folder / path
        if file.parent not in made:
            file.parent.mkdir(parents=True, exist_ok=True)
            made.add(file.parent)
        file.write_text(text, "utf-8")
        number += 1
    return number


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="write a workspace to measure with")
    parser.add_argument("folder", metavar="DIR", type=Path, help="where to write; it must not exist or be empty")
    parser.add_argument("--models", metavar="N", type=int, default=1_000, help="how many dbt models (default: 1000)")
    parser.add_argument("--seed", metavar="S", type=int, default=7, help="another seed gives another project")
    options = parser.parse_args()
    if options.folder.is_dir() and any(options.folder.iterdir()):
        parser.error(f"{options.folder} is not empty")
    number = generate(options.folder, options.models, options.seed)
    sys.stdout.write(f"{number} files in {options.folder}\n")


if __name__ == "__main__":
    main()
