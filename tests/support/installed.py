"""What `tests/editors/setup.sh` installs, and how it is run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


def tools() -> Path:
    """The folder of the tools."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("TIDEGATE_EDITORS") or cache / "tidegate-editors")


def run(folder: Path, line: list[str], environment: Mapping[str, str], timeout: float) -> str:
    """Run a command in a folder; gives what it printed, and fails where it does. The time is in seconds."""
    done = subprocess.run(
        line,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(line)}\n{done.stdout}{done.stderr[-4000:]}"
    return done.stdout
