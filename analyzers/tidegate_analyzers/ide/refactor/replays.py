"""What takes mended records in again, as a file of its own that is started by hand."""

from __future__ import annotations

import re

from tidegate_analyzers.ide.refactor.asked import Asked
from tidegate_analyzers.text import NewFile

_DAG = '''\
"""Takes mended records of '%(name)s' in again, and all that is built on it; started by hand."""

%(imports)s

with DAG(
    "replay_%(name)s",
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "%(owner)s", "retries": 0},
):
    BashOperator(
        task_id="replay",
        bash_command="%(command)s",
    )
'''
_IMPORTS = {
    2: "from datetime import datetime\n\nfrom airflow import DAG\nfrom airflow.operators.bash import BashOperator",
    3: "from datetime import datetime\n\nfrom airflow.providers.standard.operators.bash import BashOperator\n"
    "from airflow.sdk import DAG",
}


def replay_dag(asked: Asked, name: str, owner: str, command: str) -> NewFile | None:
    """A DAG that runs a command, where there are DAGs and their version is known."""
    major = asked.view.layout.airflow_major()
    postings = sorted({posting.path for posting in asked.view.find("schedule:dags")})
    if major not in _IMPORTS or not postings:
        return None
    path = f"{postings[0].rpartition('/')[0]}/replay_{name}.py".lstrip("/")
    if asked.workspace.exists(path):
        return None
    words = {"name": name, "imports": _IMPORTS[major], "owner": re.sub(r'["\\]', "", owner) or "<team>"}
    return NewFile(path, _DAG % {**words, "command": command})
