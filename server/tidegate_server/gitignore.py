"""The patterns of `.gitignore` files."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from pathlib import Path

from tidegate_server.files import read_file


def ignored(ignores: tuple[Gitignore, ...], path: str, *, folder: bool) -> bool:
    """Whether a path is left out by some files, the innermost last."""
    verdict = False
    for ignore in ignores:
        answer = ignore.matches(path, folder=folder)
        if answer is not None:
            verdict = answer
    return verdict


class Gitignore:
    """The patterns of one `.gitignore` (https://git-scm.com/docs/gitignore)."""

    def __init__(self, lines: Iterable[str], prefix: str) -> None:
        self.prefix = prefix
        self.patterns: list[tuple[re.Pattern[str], bool, bool]] = []
        for line in lines:
            text = line.rstrip("\r\n")
            text = text if text.endswith("\\ ") else text.rstrip()
            if not text or text.startswith("#"):
                continue
            negated = text.startswith("!")
            text = text[1:] if negated else text.removeprefix("\\")
            only_folders = text.endswith("/")
            text = text.rstrip("/")
            anchored = "/" in text
            try:
                self.patterns.append(
                    (re.compile(_gitignore_regex(text.lstrip("/"), anchored=anchored)), negated, only_folders)
                )
            except re.error:
                continue

    @classmethod
    def read(cls, file: Path, prefix: str) -> Gitignore:
        """The patterns of a file; none if there is no such file."""
        content = read_file(file.parent, file.name)
        text = content.text if content is not None and isinstance(content.text, str) else ""
        return cls(text.splitlines(), prefix)

    def matches(self, path: str, *, folder: bool) -> bool | None:
        """Whether the last pattern that fits ignores the path; `None` where none fits."""
        if not path.startswith(self.prefix):
            return None
        inner = path[len(self.prefix) :]
        verdict: bool | None = None
        for pattern, negated, only_folders in self.patterns:
            if (folder or not only_folders) and pattern.fullmatch(inner):
                verdict = not negated
        return verdict


def _gitignore_regex(pattern: str, *, anchored: bool) -> str:
    parts = []
    for part in re.split(r"(\*\*/|/\*\*|\*\*)", pattern):
        if part == "**/":
            parts.append("(?:.*/)?")
        elif part == "/**":
            parts.append("/.*")
        elif part == "**":
            parts.append(".*")
        else:
            piece = fnmatch.translate(part).removeprefix("(?s:").removesuffix(r")\Z").removesuffix(r")\z")
            parts.append(piece.replace(".*", "[^/]*").replace("(?>", "(?:"))
    return ("" if anchored else "(?:.*/)?") + "".join(parts)
