"""SQL and files that a task runs, from the values of its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from tidegate_analyzers.facts import Relation, Site, Sites, SqlText, Step
from tidegate_analyzers.readers.airflow.operators import CLEARS
from tidegate_analyzers.readers.python.values import CallOf, Choice, FileText, Imported, Items, Text, Value
from tidegate_analyzers.readers.sql.effects import sql_text
from tidegate_analyzers.readers.sql.guess import parse_any
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.readers.sql_script import meaning
from tidegate_analyzers.syntax.fragment import Fragment
from tidegate_analyzers.syntax.jinja import scan

_SQL = re.compile(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*|\{[%#].*?[%#]\}\s*)*(?:with|insert|merge|delete|update|create|truncate|drop|copy|select|alter|begin|call|replace|set|use|declare|grant|unload|refresh|vacuum|analyze|exec|start|commit|optimize|msck)\b",
    re.I | re.S,
)
_PATH = re.compile(r"[\w\-./{} $]+\.(?:sql|hql|bql|ddl|j2|jinja2?)\s*\Z", re.I)

_INCLUDE = re.compile(r"""\s*\{%-?\s*include\s+(?P<quote>['"])(?P<path>[^'"{}]+)(?P=quote)\s*-?%\}\s*;?\s*""")
ONE_OF_SEVERAL = "it is the one of several that is chosen"


def looks_like_sql(text: str) -> bool:
    """True for a text that begins as a SQL statement does."""
    return bool(_SQL.match(text)) and bool(re.search(r"\s", text.strip()))


class StepReader:
    """Turns values into steps; inline SQL is parsed and kept in `texts`."""

    def __init__(self, sites: Sites) -> None:
        self.sites = sites
        self.texts: list[SqlText] = []
        self._known: dict[tuple[Fragment, str, str], int] = {}
        self._sites: dict[tuple[int, int], Site] = {}
        self.entered: set[int] = set()
        """The functions that were read where they are called, by the offset at which they begin."""

    def site(self, span: tuple[int, int]) -> Site:
        """The site of a span, one however often the code there is read: it is read wherever it is called."""
        if span not in self._sites:
            self._sites[span] = self.sites.add(span)
        return self._sites[span]

    def steps(self, value: Value, dialect: str, site: Site, name: str) -> list[Step]:
        """The steps a value stands for."""
        if isinstance(value, Text):
            return [self._text(value.fragment, dialect, site, name)]
        if isinstance(value, FileText):
            return self._file(value.path, site)
        if isinstance(value, Items):
            steps = [step for item in value.items for step in self.steps(item, dialect, site, name)]
            return [*steps, Step("unknown", "", site=site)] if value.open else steps
        if isinstance(value, Choice):
            # Which of them runs is not known; what one of them clears may be cleared.
            steps = [step for option in value.options for step in self.steps(option, dialect, site, name)]
            return [*(replace(step, condition=ONE_OF_SEVERAL) for step in steps), Step("unknown", "", site=site)]
        if isinstance(value, Imported):
            return [Step("import", f"{value.module}:{value.name}", site=site)]
        if isinstance(value, CallOf):
            literals = list(_literals(value))
            stem = next((literal for literal in literals if re.fullmatch(r"[\w\-./]+", literal)), "")
            steps = [Step("stem", stem, site=site)] if stem else []
            if not stem or CLEARS.search(value.function):
                steps.append(Step("unknown", value.function, site=site))
            return steps
        return [Step("unknown", "", site=site)]

    def _file(self, path: Value, site: Site) -> list[Step]:
        if isinstance(path, Text):
            return [Step("file", path.text.rpartition("}}")[2].strip("/ "), site=site)]
        return [Step("unknown", "", site=site)]

    def _text(self, fragment: Fragment, dialect: str, site: Site, name: str) -> Step:
        text = fragment.text
        if _PATH.fullmatch(text.strip()) and "\n" not in text.strip():
            return Step("file", text.strip().rpartition("}}")[2].strip("/ "), site=site)
        if (included := _INCLUDE.fullmatch(text)) is not None:
            return Step("file", included["path"].strip("/ "), site=site)
        if not looks_like_sql(text):
            return Step("unknown", text[:200], site=site)
        return Step("sql", "", self.add(fragment, dialect, site, name), site)

    def add(self, fragment: Fragment, dialect: str, site: Site, name: str) -> int:
        """Parse a text and keep it, once; returns its index."""
        key = (fragment, dialect, name)
        if key in self._known:
            return self._known[key]
        blocks = scan(fragment.text)
        parsed = parse_any(fragment.text, dialect, blocks)
        source = SqlSource(fragment.text, blocks, parsed, self.sites, meaning, fragment.source_span, dialect=dialect)
        self.texts.append(sql_text(source, name, site))
        self._known[key] = len(self.texts) - 1
        return len(self.texts) - 1


def _literals(call: CallOf) -> Iterator[str]:
    """The known texts among the arguments of a call, and of the calls among them."""
    for argument in (*call.arguments, *(value for _, value in call.keywords)):
        if isinstance(argument, Text) and argument.known:
            yield argument.text
        elif isinstance(argument, CallOf):
            yield from _literals(argument)


def table_relation(text: str) -> Relation:
    """A table as operators' arguments name it: `project.dataset.table`, `project:dataset.table$20240101`."""
    parts: list[str] = []
    for piece in re.findall(r"\{\{.*?\}\}|[^.:{}]+|[.:]|[{}]", text):
        if piece in ".:":
            parts.append("")
            continue
        if not parts:
            parts.append("")
        spelled = "{{ " + " ".join(piece.strip("{} ").split()) + " }}" if piece.startswith("{{") else piece.strip("` ")
        parts[-1] += spelled
    return Relation("table", tuple(part for part in parts if part))
