"""Spark itself, on this machine, as `tests/editors/setup.sh spark` installs it."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support import installed

INSTALL = "PySpark is missing; install it: sh tests/editors/setup.sh spark"
TIMEOUT = 300


def run(folder: Path, *command: str) -> str:
    """Run a program of a folder with Python, or another command; `spark-submit` is that of this Spark."""
    home = installed.tools() / "spark"
    python = home / "bin" / "python"
    assert python.exists(), INSTALL
    line = [str(python), *command] if command[0].endswith(".py") else list(command)
    environment = {
        "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
        "PYSPARK_PYTHON": str(python),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_SUBMIT_ARGS": "--master local[1] --conf spark.ui.enabled=false "
        "--conf spark.sql.shuffle.partitions=1 pyspark-shell",
        "MASTER": "local[1]",
    }
    return installed.run(folder, line, environment, TIMEOUT)
