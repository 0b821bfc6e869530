"""Spark itself, on this machine, as `tests/editors/setup.sh spark` installs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

INSTALL = "PySpark is missing; install it: sh tests/editors/setup.sh spark"
TIMEOUT = 300


def run(folder: Path, *command: str) -> str:
    """Run a program of a folder with Python, or another command; `spark-submit` is that of this Spark."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(os.environ.get("TIDEGATE_EDITORS") or cache / "tidegate-editors") / "spark"
    python = home / "bin" / "python"
    assert python.exists(), INSTALL
    line = [str(python), *command] if command[0].endswith(".py") else list(command)
    done = subprocess.run(
        line,
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "PYSPARK_PYTHON": str(python),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_SUBMIT_ARGS": "--master local[1] --conf spark.ui.enabled=false "
            "--conf spark.sql.shuffle.partitions=1 pyspark-shell",
            "MASTER": "local[1]",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr[-4000:]}"
    return done.stdout
