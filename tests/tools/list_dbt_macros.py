"""Write the names of the macros that dbt and its adapters bring along.

    python tests/tools/list_dbt_macros.py WHEEL [WHEEL ...]

takes downloaded wheels or source archives of dbt-adapters and of adapter packages (`pip download --no-deps
dbt-snowflake`) and rewrites the list that the dbt reader uses to tell a misspelt macro from a built-in one.
Only names are taken: they are facts about dbt's interface.
"""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)")
OUT = Path(__file__).parents[2] / "analyzers/tidegate_analyzers/readers/dbt/builtin_macros.txt"


def texts(archive: Path) -> Iterator[str]:
    """The macro files of a wheel or a source archive."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                if "/macros/" in name and name.endswith(".sql"):
                    yield wheel.read(name).decode()
        return
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            if "/macros/" in member.name and member.name.endswith(".sql") and (file := tar.extractfile(member)):
                yield file.read().decode()


def main() -> None:
    """Collect and write."""
    archives = [Path(argument) for argument in sys.argv[1:]]
    if not archives:
        sys.exit(__doc__)
    names = {name for archive in archives for text in texts(archive) for name in MACRO.findall(text)}
    public = sorted(name for name in names if "__" not in name)
    head = "# Macros of dbt and its adapters; made by tests/tools/list_dbt_macros.py from:\n"
    head += "".join(f"#   {archive.name}\n" for archive in sorted(archives))
    OUT.write_text(head + "\n".join(public) + "\n")
    sys.stdout.write(f"{len(public)} names\n")


if __name__ == "__main__":
    main()
