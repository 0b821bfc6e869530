"""Where the reference files are: in the installed package, or in the checkout beside it."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any


@lru_cache(maxsize=1)
def root() -> Path:
    """The folder of the reference files.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    here = Path(__file__).parent
    for candidate in (here / "references", here.parents[1] / "references"):
        if (candidate / "schemas").is_dir():
            return candidate
    raise FileNotFoundError("the reference files of tidegate are missing; install the package again")


@lru_cache(maxsize=16)
def schema(name: str) -> dict[str, Any]:
    """A JSON Schema of `references/schemas`, by its path without `.schema.json`."""
    loaded: dict[str, Any] = json.loads((root() / "schemas" / f"{name}.schema.json").read_text("utf-8"))
    return loaded
