"""dbt itself, with DuckDB, as `tests/editors/setup.sh dbt` installs it."""

from __future__ import annotations

from pathlib import Path

from tests.support import installed

INSTALL = "dbt is missing; install it: sh tests/editors/setup.sh dbt"
TIMEOUT = 180


def run(project: Path, *command: str) -> str:
    """Run a command of dbt in a project that has its own profiles; gives what it printed, and fails where dbt does."""
    dbt = installed.tools() / "dbt" / "bin" / "dbt"
    assert dbt.exists(), INSTALL
    line = [str(dbt), "--no-version-check", "--no-use-colors", *command, "--profiles-dir", "."]
    return installed.run(project, line, {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}, TIMEOUT)
