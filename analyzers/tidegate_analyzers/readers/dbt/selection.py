"""What a selection of dbt names: `stg_orders+ tag:daily source:shop.orders`.

https://docs.getdbt.com/reference/node-selection/syntax . Only whole names count; a pattern, a path without a file
and a folder name nothing for certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Name, Sites
from tidegate_analyzers.text import Span

_PART = re.compile(r"[^\s,'\"]+")
_CRITERION = re.compile(r"@?(?:\d*\+)?(?:(?P<method>[a-z_]+(?:\.\w+)*):)?(?P<value>[\w.\-/:]+?)(?:\+\d*)?\Z")
_METHODS = {
    "exposure": "exposure",
    "metric": "metric",
    "group": "group",
    "saved_query": "saved_query",
    "semantic_model": "semantic_model",
    "unit_test": "unit_test",
    "test_name": "test",
    "selector": "selector",
}
_FLAG = re.compile(
    r"(?<![\w-])(?P<flag>--select|--models?|--exclude|--selector|--resource-type|-s|-m)(?P<sign>[ \t]*=[ \t]*|(?:[ \t]|\\\r?\n)+)"
)
_ENDS = re.compile(r"(?:\\\r?\n|[ \t])+-{1,2}[A-Za-z]|&&|\|\||[;|\r\n)]|\Z")
_DBT = re.compile(r"(?<![\w./-])dbt(?![\w/])")


def selected(text: str, at: int, sites: Sites) -> Iterator[Name]:
    """The names in a selection whose first character stands at offset `at`."""
    for part in _PART.finditer(text):
        found = _CRITERION.match(part.group())
        if found is not None:
            yield from _criterion(
                found["method"] or "", found["value"], at + part.start() + found.start("value"), sites
            )


def _criterion(method: str, value: str, at: int, sites: Sites) -> Iterator[Name]:
    whole = Span(at, at + len(value))
    if method == "source":
        source, _, table = value.rpartition(".") if value.count(".") == 1 else (value, "", "")
        start = at
        if not source:
            return
        yield Name("source", source, sites.add(Span(start, start + len(source))))
        if table:
            yield Name("table", value, sites.add(Span(at + len(source) + 1, whole.end)))
    elif method in _METHODS and re.fullmatch(r"\w+", value):
        yield Name(_METHODS[method], value, sites.add(whole))
    elif method in ("", "fqn", "file", "path") or method.startswith("config"):
        stem, dot, end = value.rpartition(".")
        if method in ("", "file", "path") and dot and end in ("sql", "py", "csv"):
            name = stem.rpartition("/")[2]
            stop = whole.end - len(end) - 1
        elif method in ("", "fqn") and "/" not in value:
            name = value.rpartition(".")[2]
            stop = whole.end
        else:
            return
        if name:
            yield Name("model", name, sites.add(Span(stop - len(name), stop)), of=_project(value, name, dot))


def _project(value: str, name: str, dot: str) -> str:
    """What stands before the name in `project.folder.name`."""
    return value[: -len(name) - 1] if dot and "/" not in value and value.endswith(f".{name}") else ""


def in_command(text: str, at: int, sites: Sites) -> Iterator[Name]:
    """The names in the selections of a shell command that runs dbt."""
    for dbt in _DBT.finditer(text):
        end = _command_end(text, dbt.end())
        for flag in _FLAG.finditer(text, dbt.end(), end):
            start = flag.end()
            quote = text[start : start + 1]
            if quote == "\\" and text[start + 1 : start + 2] in ("'", '"'):  # a quote in a quoted text
                start, quote = start + 2, "\\"
            elif quote in ("'", '"'):
                start += 1
            else:
                quote = ""
            stop = text.find(quote, start, end) if quote else _ENDS.search(text, start, end)
            until = (stop if stop >= 0 else end) if isinstance(stop, int) else stop.start() if stop else end
            yield from flagged(flag["flag"], text[start:until], at + start, sites)


def _command_end(text: str, at: int) -> int:
    match = re.compile(r"&&|\|\||;|(?<!\\)\r?\n|(?<![\w-])dbt\s+(?=[a-z])").search(text, at)
    return match.start() if match else len(text)


def flagged(flag: str, text: str, at: int, sites: Sites) -> Iterator[Name]:
    """The names behind a flag of dbt."""
    if flag == "--selector":
        if re.fullmatch(r"\w+", text.strip()):
            start = at + len(text) - len(text.lstrip())
            yield Name("selector", text.strip(), sites.add(Span(start, start + len(text.strip()))))
    elif flag != "--resource-type":
        yield from selected(text, at, sites)
