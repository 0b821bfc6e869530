"""Flink SQL: tables with their connectors, INSERTs, views and settings, read statement by statement.

No parser of SQL that is at hand knows `WATERMARK FOR`, `WITH ('connector' = …)` or `TUMBLE(TABLE t, DESCRIPTOR(c), …)`;
the clauses that matter are found by their words, with strings and comments left out.
https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/table/sql/overview/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tidegate_analyzers.facts import Site
from tidegate_analyzers.readers.flink.notes import Conf, Operation, Option, Query, Table
from tidegate_analyzers.text import Span

Marker = Callable[[Span], Site]

FLINK = re.compile(r"'connector'\s*=\s*'|\bwatermark\s+for\b|\bset\s+'(?:execution|table|pipeline|state)\.", re.I)
"""What stands in Flink SQL, and in no other."""
_PART = r"(?:`[^`\n]+`|\"[^\"\n]+\"|\{\{[^{}]*\}\}|[A-Za-z_][\w$]*)"
_NAME = rf"{_PART}(?:\s*\.\s*{_PART})*"
_CREATE = re.compile(rf"\bcreate\s+(?:temporary\s+)?table\s+(?:if\s+not\s+exists\s+)?(?P<name>{_NAME})\s*\(", re.I)
_VIEW = re.compile(
    rf"\bcreate\s+(?:or\s+replace\s+)?(?:temporary\s+)?view\s+(?:if\s+not\s+exists\s+)?(?P<name>{_NAME})[^;]*?\bas\b",
    re.I,
)
_INSERT = re.compile(rf"\binsert\s+(?:into|overwrite)\s+(?:table\s+)?(?P<name>{_NAME})", re.I)
_WITH = re.compile(
    r"\s*(?:comment\s*(?:'[^']*')?\s*)?(?:partitioned\s+by\s*\([^()]*\)\s*)?(?:distributed[^()]*\([^()]*\)[^()]*)?\bwith\s*\(",
    re.I,
)
_OPTION = re.compile(r"'(?P<key>[^'\n]+)'\s*=\s*'(?P<value>(?:[^']|'')*)'")
_SET = re.compile(
    r"\bset\s+(?:'(?P<quoted>[^'\n]+)'|(?P<key>[a-z][\w.\-]+))\s*=\s*(?:'(?P<text>[^'\n]*)'|(?P<value>[^\s;']+))", re.I
)
_FROM = re.compile(rf"\b(?:from|join|table)\s+(?!(?:table|lateral|unnest|values)\b)(?P<name>{_NAME})", re.I)
_INSTANT = re.compile(r"(?:^|[,(\s])[`\"]?(?P<name>\w+)[`\"]?\s+as\s+proctime\s*\(\s*\)", re.I)
_KEY = re.compile(r"\bprimary\s+key\s*\((?P<names>[^()]*)\)", re.I)
_WINDOW = re.compile(
    r"\b(?:tumble|hop|session|cumulate)\s*\(\s*(?:table\s+[^,]+,\s*descriptor\s*\(\s*)?(?:\w+\s*\.\s*)?[`\"]?(?P<column>\w+)",
    re.I,
)
_GROUP = re.compile(
    r"\bgroup\s+by\s+(?P<by>[^;]*?)(?=\bhaving\b|\border\s+by\b|\bunion\b|\blimit\b|;|\Z|\))", re.I | re.S
)
_OF_WINDOW = re.compile(r"\b(?:tumble|hop|session|cumulate)\s*\(|\bwindow_(?:start|end|time)\b", re.I)
_JOIN = re.compile(r"\bjoin\b(?P<rest>.*?)(?=\bjoin\b|\bwhere\b|\bgroup\s+by\b|\bunion\b|;|\Z)", re.I | re.S)
_BOUNDED_JOIN = re.compile(
    r"\bfor\s+system_time\b|\binterval\b|\blateral\b|\bunnest\b|\bwindow_start\b|\btable\s*\(", re.I
)
_OF_TIME = re.compile(r"\binterval\b|\bbetween\b", re.I)
"""What bounds a join by time may stand behind it, in WHERE."""
_HINT = re.compile(r"/\*\+[^*]*\bSTATE_TTL\b[^*]*\*/", re.I)
_QUIET = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.S)
_OF_OPTIONS = re.compile(r"format|parse|option|extra|with|prop|conf|error", re.I)
"""Words in the name of a value that may well hold options of its own."""


def bare(text: str) -> str:
    """A text of the same length without comments and what is in strings."""
    return _QUIET.sub(lambda m: "'" + " " * (len(m[0]) - 2) + "'" if m[0][0] == "'" else " " * len(m[0]), text)


def read_statements(text: str, mark: Marker) -> Iterator[object]:
    """The notes of a text."""
    plain = bare(text)
    for match in _SET.finditer(text):
        if plain[match.start() : match.start() + 3].strip():
            key = match["quoted"] or match["key"]
            value = match["text"] if match["text"] is not None else match["value"]
            yield Conf(key.casefold(), value or "", mark(Span(*match.span())))
    for match in _HINT.finditer(text):
        yield Conf("table.exec.state.ttl", "", mark(Span(*match.span())))
    for match in _CREATE.finditer(plain):
        yield from _table(text, plain, match, mark)
    for match in _VIEW.finditer(plain):
        yield _query(plain, match, mark, view=True)
    for match in _INSERT.finditer(plain):
        yield _query(plain, match, mark, view=False)


def _last(name: str) -> str:
    found = re.findall(_PART, name)
    return str(found[-1]).strip('`"').casefold() if found else ""


def _close(plain: str, at: int) -> int:
    """The offset of the parenthesis that closes one before `at`."""
    depth = 1
    for match in re.compile(r"[()]").finditer(plain, at):
        depth += 1 if match[0] == "(" else -1
        if not depth:
            return match.start()
    return len(plain)


def _table(text: str, plain: str, match: re.Match[str], mark: Marker) -> Iterator[Table]:
    end = _close(plain, match.end())
    columns = plain[match.end() : end]
    options: dict[str, Option] = {}
    closed = True
    following = _WITH.match(plain, end + 1)
    if following is not None:
        stop = _close(plain, following.end())
        for found in _OPTION.finditer(text, following.end(), stop):
            if plain[found.start()] == "'":
                options[found["key"].casefold()] = Option(found["value"], mark(Span(*found.span())))
        between = _OPTION.sub("", text[following.end() : stop])
        closed = not any(_OF_OPTIONS.search(hole) for hole in re.findall(r"\{\{([^{}]*)\}\}", between))
    else:
        closed = False
    instants = frozenset(found["name"].casefold() for found in _INSTANT.finditer(columns))
    key = _KEY.search(columns)
    names = tuple(name.strip(' `"\n\t') for name in key["names"].split(",")) if key is not None else ()
    watermark = bool(re.search(r"\bwatermark\s+for\b", columns, re.I))
    site = mark(Span(*match.span("name")))
    yield Table(_last(match["name"]), options, site, watermark, instants, names, closed)


def _query(plain: str, match: re.Match[str], mark: Marker, *, view: bool) -> Query:
    """An INSERT or a view, to the end of its statement."""
    stop = plain.find(";", match.end())
    following = _INSERT.search(plain, match.end())
    stop = min(stop if stop >= 0 else len(plain), following.start() if following is not None else len(plain))
    body = plain[match.end() : stop]
    hidden = {_last(found) for found in re.findall(rf"(?:\bwith|,)\s+({_PART})\s+as\s*\(", body, re.I)}
    sources = dict.fromkeys(_last(found["name"]) for found in _FROM.finditer(body))
    return Query(
        _last(match["name"]),
        re.sub(r'[`"\s]', "", match["name"]),
        mark(Span(*match.span("name"))),
        tuple(name for name in sources if name and name not in hidden),
        tuple(_operations(body, match.end(), mark)),
        view,
    )


def _operations(body: str, start: int, mark: Marker) -> Iterator[Operation]:
    """What keeps state in a query."""

    def site(match: re.Match[str]) -> Site:
        return mark(Span(start + match.start(), start + match.end()))

    for match in _WINDOW.finditer(body):
        yield Operation("window", " ".join(match[0].split()), site(match), match["column"].casefold())
    for match in _GROUP.finditer(body):
        if not _OF_WINDOW.search(body):
            yield Operation("aggregate", " ".join(match[0].split())[:80], site(match))
    for match in _JOIN.finditer(body):
        if not _BOUNDED_JOIN.search(match["rest"]) and not _OF_TIME.search(body):
            yield Operation("join", " ".join(match[0].split())[:80], site(match))
