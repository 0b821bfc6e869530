"""The processes that read files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tidegate_analyzers.layout.roles import Role
from tidegate_server.worker import Chunk, send


def test_a_parent_that_has_ended_is_no_fault(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tidegate_server.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stderr is not None
        worker.stdout.close()
        (tmp_path / "a.sql").write_text("select 1\n")
        send(worker.stdin, Chunk(str(tmp_path), [("a.sql", Role("sql"))]))
        assert worker.wait(60) == 0
        assert worker.stderr.read() == b""
