"""The Python of a notebook: the code of its cells as one module, and where each character of it stands in the file."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]  # the scanner of json, written in C

_TOKEN = re.compile(r'[\s,:]*(?P<token>[{}\[\]"]|[^\s,:{}\[\]"]+)')
_ESCAPE = re.compile(r"\\(?:u(?P<code>[0-9a-fA-F]{4})|(?P<char>.))", re.S)
_MEANING = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_LANGUAGE = re.compile(r'"language_info"\s*:\s*\{[^{}]*(?:\{[^{}]*\}[^{}]*)*"name"\s*:\s*"(?P<name>\w+)"')
_PYTHON = frozenset(("python", "pyspark", "ipython", "synapse_pyspark", "synapse_python"))
_MAGIC = re.compile(r"\s*(?P<percent>%{1,2})(?P<name>\w+)")
_OF_PYTHON = frozenset(("pyspark", "python", "python3", "time", "timeit", "capture", "prun"))
"""Magics of a whole cell behind which Python follows."""
_SQL = frozenset(("sql", "sparksql"))
_OTHERS = frozenset(("scala", "r", "sh", "bash", "md", "fs", "html", "javascript"))
"""Words that Databricks and Fabric write above a cell in another language."""
_TO_SHELL = re.compile(r"(?m)^([ \t]*)[%!]")


@dataclass(slots=True)
class Notebook:
    """The code of a notebook.

    Attributes:
        code: the code of all cells, one below the other.
        starts, ends: where each character of it begins and ends in the file.
    """

    code: str = ""
    starts: array[int] = field(default_factory=lambda: array("I"))
    ends: array[int] = field(default_factory=lambda: array("I"))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A part of the code as a part of the file."""
        if not self.starts or start >= len(self.starts):
            last = self.ends[-1] if self.ends else 0
            return last, last
        return self.starts[start], self.ends[min(end, len(self.ends)) - 1] if end > start else self.starts[start]


@dataclass(slots=True)
class _Object:
    """A JSON object, or a list of one of its keys, while it is read."""

    listed: bool = False
    key: str | None = None
    kind: str = ""
    language: str = ""
    source: list[tuple[int, int]] = field(default_factory=list)


def read_notebook(text: str) -> Notebook:
    """The code of a notebook's cells in Python; nothing of one in another language, or of other JSON."""
    whole = _LANGUAGE.search(text)
    found = Notebook()
    if whole is not None and whole["name"].casefold() not in _PYTHON:
        return found
    codes: list[str] = []
    for cell in _cells(text):
        if cell.kind != "code":
            continue
        starts, ends = array("I"), array("I")
        written = "".join(_decoded(text, start, end, starts, ends) for start, end in cell.source)
        before, code, behind = _python(written, cell.language.casefold())
        if not code.strip():
            continue
        behind += "\n\n"
        codes += [before, code, behind]
        # What is put around the cell stands at its ends.
        for every, own in ((found.starts, starts), (found.ends, ends)):
            every.extend([starts[0]] * len(before))
            every.extend(own)
            every.extend([ends[-1]] * len(behind))
    found.code = "".join(codes)
    return found


def _cells(text: str) -> list[_Object]:
    """The objects of a JSON text that have a source, in the order in which they end."""
    found: list[_Object] = []
    open_: list[_Object] = []
    at = 0
    while (match := _TOKEN.match(text, at)) is not None:
        at, token = match.end(), match["token"]
        around = open_[-1] if open_ else None
        if token in "{[":
            open_.append(_Object(listed=token == "["))
        elif token in "}]":
            if open_ and (ended := open_.pop()).source and not ended.listed:
                found.append(ended)
            if open_ and not open_[-1].listed:
                open_[-1].key = None
        elif token != '"':
            if around is not None:
                around.key = None if not around.listed else around.key
        else:
            start = at
            try:
                value, at = scanstring(text, at, False)
            except ValueError:  # a string that doesn't end
                return found
            _string(open_, value, (start, at - 1))
    return found


def _string(open_: list[_Object], value: str, place: tuple[int, int]) -> None:
    around = open_[-1] if open_ else None
    if around is None:
        return
    if around.listed:
        if len(open_) > 1 and open_[-2].key == "source":
            open_[-2].source.append(place)
    elif around.key is None:
        around.key = value
    else:
        if around.key == "cell_type":
            around.kind = value
        elif around.key == "source":
            around.source.append(place)
        elif around.key == "language":
            for outer in open_:
                outer.language = value
        around.key = None


def _decoded(text: str, start: int, end: int, starts: array[int], ends: array[int]) -> str:
    """A string of JSON without its escapes; where each of its characters stands is added to `starts` and `ends`."""
    parts: list[str] = []
    at = start
    for match in _ESCAPE.finditer(text, start, end):
        parts.append(text[at : match.start()])
        starts.extend(range(at, match.start()))
        ends.extend(range(at + 1, match.start() + 1))
        char = match["char"]
        parts.append(chr(int(match["code"], 16)) if char is None else _MEANING.get(char, char))
        starts.append(match.start())
        ends.append(match.end())
        at = match.end()
    parts.append(text[at:end])
    starts.extend(range(at, end))
    ends.extend(range(at + 1, end + 1))
    return "".join(parts)


def _python(cell: str, language: str) -> tuple[str, str, str]:
    """What a cell does, as Python of its own length, and what has to stand before and behind it.

    SQL is sent to Spark, commands of the notebook are comments; nothing is left of other languages.
    """
    magic = _MAGIC.match(cell)
    name = magic["name"].casefold() if magic is not None else ""
    if name in _SQL or (language in _SQL and not name):
        body = " " * magic.end() + cell[magic.end() :] if magic is not None else cell
        return ('spark.sql(r"""', body, '""")') if '"""' not in body else ("", "", "")
    if language and language not in _PYTHON:
        return "", "", ""
    if magic is not None:
        whole = magic["percent"] == "%%"
        if (whole and name not in _OF_PYTHON) or (not whole and name in _OTHERS):
            return "", "", ""
    return "", _TO_SHELL.sub(r"\1#", cell), ""
