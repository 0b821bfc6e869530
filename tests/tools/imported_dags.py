"""Whether Airflow imports DAG files as before once a fix has changed them: `python -m tests.tools.imported_dags PYTHON`.

PYTHON is an interpreter that has Airflow and the providers whose operators the cases use:

    python3.11 -m venv airflow && airflow/bin/pip install "apache-airflow==2.10.5" \\
        apache-airflow-providers-{amazon,cncf-kubernetes,common-sql,google,snowflake} \\
        "apache-airflow-providers-postgres<6"

Every DAG file of a case is imported as it stands and with each fix of its case. A file that Airflow can't import before
(an operator of another version or provider) tells nothing of the fix, and is counted apart.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.markdown import cases

CASES = Path(__file__).parents[1] / "cases"
IMPORTS = """
import json, logging, sys
logging.disable(logging.CRITICAL)
from datetime import datetime
from airflow.models.dag import DAG
from airflow.models.dagbag import DagBag
made = DAG.__init__
def make(self, *given, **named):
    # Most cases leave out what their rule doesn't look at.
    named["start_date"] = named.get("start_date") or datetime(2026, 1, 1)
    made(self, *given, **named)
DAG.__init__ = make
errors = {}
for path in sys.argv[1:]:
    bag = DagBag(dag_folder=path, include_examples=False, read_dags_from_db=False)
    errors[path] = "".join(bag.import_errors.values()).strip().splitlines()[-1:] or ([] if bag.dags else ["no DAG"])
print(json.dumps(errors))
"""


def pairs(folder: Path) -> list[tuple[str, Path, Path]]:
    """The DAG files of all cases, as they stand and with a fix, each in a file."""
    found: list[tuple[str, Path, Path]] = []
    for case in cases(CASES):
        for title, changed in case.fixes.items():
            for path, after in changed.items():
                before = case.files.get(path, "")
                if not path.endswith(".py") or "airflow" not in before or not ("DAG(" in before or "@dag" in before):
                    continue
                place = folder / f"{len(found):03}"
                for name, text in (("before", before), ("after", after)):
                    (place / name).mkdir(parents=True)
                    (place / name / "dag.py").write_text(text, "utf-8")
                found.append((f"{case.page}: {case.title}: {title}", place / "before/dag.py", place / "after/dag.py"))
    return found


def main() -> None:
    """Import them all and tell what no longer imports."""
    with tempfile.TemporaryDirectory() as folder:
        found = pairs(Path(folder))
        files = [str(path) for _, *both in found for path in both]
        done = subprocess.run(
            [sys.argv[1], "-c", IMPORTS, *files],
            env={"AIRFLOW_HOME": f"{folder}/home", "PATH": "/usr/bin:/bin", "AIRFLOW__CORE__UNIT_TEST_MODE": "True"},
            capture_output=True,
            text=True,
            check=True,
        )
        errors = json.loads(done.stdout.splitlines()[-1])
    sound = [(name, after) for name, before, after in found if not errors[str(before)]]
    broken = [(name, errors[str(after)][0]) for name, after in sound if errors[str(after)]]
    sys.stdout.write("".join(f"{name}\n  {why}\n" for name, why in broken))
    sys.stdout.write(
        f"{len(sound) - len(broken)} of {len(sound)} import with their fix, {len(found) - len(sound)} never\n"
    )
    raise SystemExit(1 if broken else 0)


if __name__ == "__main__":
    main()
