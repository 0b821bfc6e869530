"""Open documents, and the addresses of files as the client writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tidegate_analyzers.text import Document
from tidegate_server.lsp import convert


@dataclass(frozen=True, slots=True)
class Open:
    """A document in the editor."""

    uri: str
    version: int
    document: Document


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of paths at one moment, for use beside the event loop."""

    opened: dict[str, str]
    reported: dict[str, str]
    root: Path

    def __call__(self, path: str) -> str:
        """The address of a path."""
        return self.opened.get(path) or uri_in(path, self.reported, self.root)


def uri_in(path: str, reported: Mapping[str, str], root: Path) -> str:
    """The address of a path: below the folder that holds it, as the client names that."""
    for folder, address in reported.items():
        if is_inside(path, folder):
            inner = path[len(folder) :].lstrip("/") if folder else path
            return f"{address.rstrip('/')}/{convert.quoted(inner)}"
    return convert.path_to_uri(root / path)


def is_inside(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it."""
    return folder == "" or path == folder or path.startswith(f"{folder}/")
