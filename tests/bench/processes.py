"""A process and its children, measured: how long, how much of the processor, how much memory, on how busy a machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

SAMPLE = 0.05
"""Seconds between two looks at the memory of a process tree."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command.

    Attributes:
        wall: seconds it took.
        cpu: seconds of processor time it and its children took.
        memory: the peak of the resident memory of all its processes together, in MB.
        status: its exit status.
        load: the load average of the last minute when it began.
        output: the end of what it printed.
    """

    wall: float
    cpu: float
    memory: float
    status: int
    load: float
    output: str


def tree(pid: int) -> list[psutil.Process]:
    """A process and its children."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def memory_of(pid: int) -> float:
    """The resident memory of a process and its children, in MB; what they share is counted for each."""
    total = 0
    for process in tree(pid):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6


def cpu_of(pid: int) -> float:
    """The processor time of a process and its living children, in seconds."""
    total = 0.0
    for process in tree(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


class MemoryWatch:
    """Looks at the memory of a process tree until it is stopped."""

    def __init__(self, pid: int) -> None:
        self.peak = 0.0
        self._pid = pid
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Stop looking; gives the peak in MB."""
        self._stopped.set()
        self._thread.join()
        return self.peak

    def _watch(self) -> None:
        while not self._stopped.is_set():
            self.peak = max(self.peak, memory_of(self._pid))
            self._stopped.wait(SAMPLE)


def run(command: Sequence[str], folder: Path, log: IO[bytes], *, env: Mapping[str, str], timeout: float = 900) -> Run:
    """Run a command in a folder to its end, or to the timeout.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        log: an empty file that takes what it prints.
        env: what is set beside the environment of this process.
        timeout: seconds after which it is killed.
    """
    load = os.getloadavg()[0]
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    watch = MemoryWatch(process.pid)
    killer = threading.Timer(timeout, os.killpg, (process.pid, signal.SIGKILL))
    killer.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    killer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    log.seek(0)
    output = log.read()[-2000:].decode(errors="replace")
    return Run(wall, usage.ru_utime + usage.ru_stime, watch.stop(), process.returncode, load, output)


def remove(folder: Path, names: Iterable[str]) -> None:
    """Remove files and folders, where they are."""
    for name in names:
        target = folder / name
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)


def program(name: str) -> str:
    """The whole path of a program given by name or path.

    Raises:
        FileNotFoundError: there is none.
    """
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"there is no program '{name}'")
    return str(Path(found).absolute())
