"""Runs the tests of the readers and rules at both ends of the dependencies' ranges, and without compiled SQL parsing.

    python -m tests.tools.ends [END ...]

Each end is an environment of its own in the user's cache; it is made anew when `pyproject.toml` changes.
"""

from __future__ import annotations

import hashlib
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from tests.corpus.packages import cache_folder

ROOT = Path(__file__).parents[2]
TESTS = ("tests/test_cases.py", "tests/test_rule_pages.py", "tests/test_json_schema.py", "tests/corpus")


@dataclass(frozen=True)
class End:
    """An end of the ranges.

    Attributes:
        name: what it is called on the command line.
        lowest: whether every dependency has the lowest version it may have, rather than the newest.
        compiled: whether SQL is parsed by compiled code.
    """

    name: str
    lowest: bool
    compiled: bool

    @property
    def folder(self) -> Path:
        """Where its environment lies."""
        read = (ROOT / "pyproject.toml").read_bytes() + f"{ROOT} {sys.version}".encode()
        state = hashlib.sha256(read).hexdigest()
        return cache_folder() / "ends" / f"{self.name}-{state[:12]}"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


ENDS = (
    End("lowest", lowest=True, compiled=True),
    End("lowest-pure", lowest=True, compiled=False),
    End("newest", lowest=False, compiled=True),
    End("newest-pure", lowest=False, compiled=False),
)


def lower_bounds() -> Iterator[str]:
    """Each dependency pinned to the lowest version its range allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for requirement in map(Requirement, project["dependencies"]):
        lowest = next(specifier.version for specifier in requirement.specifier if specifier.operator == ">=")
        yield f"{requirement.name}=={lowest}" + (f"; {requirement.marker}" if requirement.marker else "")


def install(end: End) -> None:
    """Make the environment of an end, unless it is there.

    Raises:
        RuntimeError: it can't be made.
    """
    done = end.folder / "ready"
    if done.is_file():
        return
    shutil.rmtree(end.folder, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(end.folder))
    constraints = end.folder / "constraints.txt"
    constraints.write_text("".join(f"{line}\n" for line in lower_bounds()) if end.lowest else "", "utf-8")
    pip = (str(end.python), "-m", "pip", "--quiet", "--disable-pip-version-check")
    _run(*pip, "install", "pip>=25.1,<27")
    _run(*pip, "install", "--constraint", str(constraints), "--editable", ".", "--group", "test")
    if not end.compiled:
        _run(*pip, "uninstall", "--yes", "sqlglotc")
    done.touch()


def versions(end: End) -> str:
    """What is installed at an end of what its range is about."""
    listed = subprocess.run(
        [str(end.python), "-m", "pip", "list", "--format", "freeze"], capture_output=True, text=True, check=True
    ).stdout
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {Requirement(line).name.lower() for line in project["dependencies"]}
    return " ".join(line for line in listed.split() if line.partition("==")[0].lower() in names)


def output(end: End, tests: tuple[str, ...]) -> tuple[int, str]:
    """The exit status of some tests at an end, and what they print."""
    install(end)
    done = subprocess.run(_pytest(end, *tests), cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, f"{versions(end)}\n{done.stdout}{done.stderr}"


def run(end: End) -> bool:
    """Run all tests of reading and judging at an end."""
    install(end)
    sys.stdout.write(f"{end.name}: {versions(end)}\n")
    sys.stdout.flush()
    started = time.monotonic()
    done = subprocess.run(_pytest(end, *TESTS), cwd=ROOT, check=False)
    result = "passed" if done.returncode == 0 else "failed"
    sys.stdout.write(f"{end.name}: {result} in {time.monotonic() - started:.0f} s\n\n")
    return done.returncode == 0


def _pytest(end: End, *arguments: str) -> list[str]:
    return [str(end.python), "-m", "pytest", "-p", "no:cacheprovider", *arguments]


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(
            f"an environment with other dependencies can't be made; it needs the Python registry once. This failed: "
            f"{shlex.join(command)}\n{done.stderr.strip()}"
        )


def main(names: list[str]) -> int:
    """Run all ends, or those named."""
    unknown = set(names) - {end.name for end in ENDS}
    if unknown:
        sys.stderr.write(
            f"no end is called {', '.join(sorted(unknown))}; there are {', '.join(e.name for e in ENDS)}\n"
        )
        return 2
    passed = [run(end) for end in ENDS if not names or end.name in names]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
