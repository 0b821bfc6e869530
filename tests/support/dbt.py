"""dbt itself, with DuckDB, as `tests/editors/setup.sh dbt` installs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

INSTALL = "dbt is missing; install it: sh tests/editors/setup.sh dbt"
TIMEOUT = 180


def run(project: Path, *command: str) -> str:
    """Run a command of dbt in a project that has its own profiles; gives what it printed, and fails where dbt does."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    dbt = Path(os.environ.get("TIDEGATE_EDITORS") or cache / "tidegate-editors") / "dbt" / "bin" / "dbt"
    assert dbt.exists(), INSTALL
    done = subprocess.run(
        [str(dbt), "--no-version-check", "--no-use-colors", *command, "--profiles-dir", "."],
        cwd=project,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, f"dbt {' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout
