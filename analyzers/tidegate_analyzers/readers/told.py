"""Facts that people state: `# tidegate: clears=sales.orders — why`, and `[facts]` in the configuration."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from tidegate_analyzers.facts import Dag, Job, Routine, Site, Sites, SqlText, Task, Told
from tidegate_analyzers.readers.airflow.shapes import Function
from tidegate_analyzers.readers.suppressions import Cover, InString
from tidegate_analyzers.syntax.python import PythonFile
from tidegate_analyzers.text import Document, Span

WITH_VALUES = ("clears", "upserts", "columns")
KINDS = (*WITH_VALUES, "idempotent")
_COMMENT = re.compile(
    r"(?P<sign>#|--|//|/\*|\{#-?)[ \t]*tidegate:[ \t]*(?P<kind>(?!ignore\b)[a-z][\w-]*)"
    r"(?:[ \t]*=[ \t]*(?P<values>[\w.$`\"\-]+(?:[ \t]*,[ \t]*[\w.$`\"\-]+)*))?(?P<reason>[^\r\n]*)"
)
_CLOSERS = re.compile(r"\s*(?:\*/|-?#\})\s*\Z")


class Comment(NamedTuple):
    """A comment that states a fact, with the statement it stands at."""

    kind: str
    values: tuple[str, ...]
    reason: str
    span: Span
    covers: Span


def stated(document: Document, cover: Cover, in_string: InString) -> list[Comment]:
    """The facts that comments of a document state; `cover` and `in_string` are those of suppressions."""
    if "tidegate:" not in document.text:
        return []
    found: list[Comment] = []
    for match in _COMMENT.finditer(document.text):
        kind, given = match["kind"], match["values"]
        # Without a value only a known word states something: the rest is prose.
        if (given is None and kind not in KINDS) or in_string(match.start(), match["sign"]):
            continue
        line = document.lines.line_span(document.lines.position(match.start()).line)
        alone = not document.text[line.start : match.start()].strip()
        values = tuple(value.strip().replace("`", "").replace('"', "") for value in (given or "").split(",") if value)
        reason = _CLOSERS.sub("", match["reason"]).strip().lstrip("—–-: ").strip()
        end = match.end("values") if given is not None else match.end("kind")
        covers = cover(match.end() if alone else match.start(), alone) or line
        found.append(Comment(kind, values, reason, Span(match.start(), end), covers))
    return found


def _writes(sites: Sites, region: Span, written: Iterable[Site]) -> tuple[Site, ...]:
    return tuple(sorted({site for site in written if site and region.covers(sites.span(site))}))


def told_in_python(
    comments: Sequence[Comment],
    sites: Sites,
    file: PythonFile,
    *,
    dags: Sequence[Dag] = (),
    routines: Sequence[Routine] = (),
    jobs: Sequence[Job] = (),
    sql: Sequence[SqlText] = (),
) -> Iterator[Told]:
    """What the comments of a module speak of: the tasks a statement makes, a function, the writes in either."""
    if not comments:
        return
    functions = {
        file.span(node).start: node
        for node in ast.walk(file.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    called = dict(_callables(file))
    units: list[Task | Routine | Job | SqlText] = [*routines, *jobs, *sql]
    units += [task for dag in dags for task in dag.tasks]
    written = [write.site for unit in units for write in unit.writes]
    for comment in comments:
        function = next((node for node in functions.values() if _is_head(file, node, comment.covers)), None)
        region = file.span(function) if function is not None else comment.covers
        about = [function.name] if function is not None else []
        for dag in dags:
            for task in dag.tasks:
                whole = sites.span(task.whole)
                runs = {called.get(whole.start), task.operator.removeprefix("@task ")}
                is_its = function is not None and function.name in runs
                if task.id and (is_its or (region.covers(whole) and function is None)):
                    about.append(f"{dag.id}.{task.id}")
        yield Told(
            comment.kind,
            comment.values,
            sites.add(comment.span),
            tuple(about),
            _writes(sites, region, written),
            True,
            comment.reason,
        )


def _is_head(file: PythonFile, function: Function, covers: Span) -> bool:
    """Whether a comment stands at the head of a function, its decorators included."""
    name = file.span(function).start
    return covers.start <= name < covers.end <= file.span(function.body[0]).start


def _callables(file: PythonFile) -> Iterator[tuple[int, str]]:
    """The function that each call of an operator runs, by where the call begins."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg == "python_callable" and isinstance(keyword.value, ast.Name):
                    yield file.span(node).start, keyword.value.id


def told_in_sql(comments: Sequence[Comment], sites: Sites, sql: Sequence[SqlText]) -> Iterator[Told]:
    """What the comments of a script speak of: the writes of a statement."""
    written = [write.site for text in sql for write in text.writes]
    for comment in comments:
        writes = _writes(sites, comment.covers, written)
        yield Told(comment.kind, comment.values, sites.add(comment.span), (), writes, True, comment.reason)


def told_in_config(document: Document, sites: Sites) -> tuple[Told, ...]:
    """The `facts` of the configuration file at the root; a file with faults in it tells what the rest says."""
    if "/" in document.path or "facts" not in document.text:
        return ()
    try:
        table: Any = tomllib.loads(document.text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return ()
    for key in ("tool", "tidegate") if document.path == "pyproject.toml" else ():
        table = table.get(key, {}) if isinstance(table, dict) else {}
    facts = table.get("facts", {}) if isinstance(table, dict) else {}
    found: list[Told] = []
    for kind, entries in facts.items() if isinstance(facts, dict) else ():
        if kind == "idempotent" and isinstance(entries, list):
            entries = {item: [] for item in entries if isinstance(item, str)}
        for name, values in entries.items() if kind in KINDS and isinstance(entries, dict) else ():
            if isinstance(values, list):
                texts = tuple(value for value in values if isinstance(value, str))
                found.append(Told(kind, texts, sites.add(_place(document.text, kind, name)), (name,)))
    return tuple(found)


def _place(text: str, kind: str, name: str) -> Span:
    """Where a key or entry stands: behind the word `facts` and the kind."""
    start = text.find("facts")
    start = max(text.find(kind, start), start)
    found = re.compile(rf"[\"']?{re.escape(name)}[\"']?(?![\w.])").search(text, start)
    return Span(*found.span()) if found is not None else Span(start, start + len("facts"))
