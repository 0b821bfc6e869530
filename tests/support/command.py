"""The `tidegate` command, run as its users run it: a process, a folder, what it prints and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec


@dataclass(frozen=True)
class Ran:
    """How a command ended.

    Attributes:
        status: the exit status.
        out: what it printed.
        err: what it said on standard error.
    """

    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON it printed."""
        loaded: dict[str, Any] = msgspec.json.decode(self.out)
        return loaded

    @property
    def codes(self) -> list[str]:
        """The codes of the findings in the JSON it printed."""
        return [finding["code"] for finding in self.report["findings"]]

    @property
    def places(self) -> list[tuple[str, str]]:
        """(code, `path:line:column`) of the findings in the JSON it printed."""
        return [
            (found["code"], f"{found['path']}:{found['location']['line']}:{found['location']['column']}")
            for found in self.report["findings"]
        ]


def environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment a command is run in: a cache of its own, and no wish for colours."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    return {**kept, "TIDEGATE_CACHE_DIR": str(folder.parent / f"{folder.name}-cache"), **(more or {})}


def tidegate(
    folder: Path,
    *arguments: str,
    stdin: str | bytes = b"",
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> Ran:
    """Run the command in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "tidegate_server.main", *arguments],
        cwd=folder,
        env=environment(folder, env),
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Put files into a folder; it counts as a root of its own."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every regular file below a folder."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.is_symlink()
    }
