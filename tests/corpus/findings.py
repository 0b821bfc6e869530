"""What `tidegate check` says about a package's projects."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import msgspec

from tests.corpus.packages import Package
from tidegate_server.main import main

FOLDER = Path(__file__).parent / "findings"


@dataclass(frozen=True)
class Checked:
    """How a run of the command ended.

    Attributes:
        status: the exit status.
        report: the JSON it wrote.
        err: what it said on standard error, with the statistics.
        logged: what it logged: rules and readers that failed, for one.
    """

    status: int
    report: dict[str, Any]
    err: str
    logged: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """A line for each finding, in the order of the report."""
        return [_line(finding) for finding in self.report["findings"]]

    @property
    def understood(self) -> list[str]:
        """What the statistics say was read, without the times."""
        return [f"{self.report['summary']['files']} files", *(s for s in self.err.splitlines() if " of " in s)]


@cache
def check(folder: Path, *options: str) -> Checked:
    """Run `tidegate check` on a folder, in this process; the first run reads the files, later ones the cache."""
    printed = io.BytesIO()
    out, said, log = io.TextIOWrapper(printed, "utf-8"), io.StringIO(), _Log()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stderr(said),
        contextlib.redirect_stdout(out),
        mock.patch.dict(os.environ, TIDEGATE_CACHE_DIR=_cache_folder().name),
    ):
        logging.getLogger().addHandler(log)
        try:
            status = main(["check", "--jobs", "1", "--stats", "--format", "json", "--fail-on", "never", *options])
        finally:
            logging.getLogger().removeHandler(log)
            gc.enable()  # the command turns it off, since its own process ends soon
    out.flush()
    return Checked(status, msgspec.json.decode(printed.getvalue()), said.getvalue(), tuple(log.messages))


class _Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(self.format(record))


@cache
def _cache_folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="tidegate-corpus-")


def golden(package: Package) -> Path:
    """The file with the reviewed findings of a package."""
    return FOLDER / f"{package.name}.txt"


def rendered(rolled_up: Checked, each: Checked) -> str:
    """The text of a golden file: what was read, what the command prints, and every single finding behind it."""
    return "".join(f"{line}\n" for line in _text(rolled_up, each))


def _text(rolled_up: Checked, each: Checked) -> Iterator[str]:
    yield from (f"# {line}" for line in rolled_up.understood)
    yield "\n# tidegate check"
    yield from rolled_up.lines
    yield "\n# tidegate check --no-rollup"
    yield from each.lines


def _line(finding: dict[str, Any]) -> str:
    at = finding["location"]
    path = Path(finding["path"]).as_posix()
    return f"{path}:{at['line']}:{at['column']} {finding['severity']} {finding['code']} {finding['message']}"
