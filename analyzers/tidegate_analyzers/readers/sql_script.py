"""SQL files outside dbt: scripts that something else may run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tidegate_analyzers.facts import FileFacts, FileRead, Name, Problem, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.connect.statements import connectors_in
from tidegate_analyzers.readers.flink.script import jobs_of_script
from tidegate_analyzers.readers.lossy import bad_records_of_script
from tidegate_analyzers.readers.placeholders import placeholders
from tidegate_analyzers.readers.sql.effects import sql_text
from tidegate_analyzers.readers.sql.guess import parse_any
from tidegate_analyzers.readers.sql.source import BlockMeaning, SqlSource
from tidegate_analyzers.readers.suppressions import by_spans, is_generated, sql_strings, suppressions
from tidegate_analyzers.readers.templates import template_names
from tidegate_analyzers.readers.told import stated, told_in_sql
from tidegate_analyzers.readers.windows import WINDOW
from tidegate_analyzers.syntax.jinja import Block, scan
from tidegate_analyzers.text import Document, Span


def meaning(block: Block) -> BlockMeaning:
    """What an expression in an orchestrated SQL text stands for."""
    if WINDOW.search(block.body):
        return BlockMeaning("window")
    return BlockMeaning("value" if block.word.startswith(("params.", "var.value.", "conn.")) else "unknown")


def _names(text: str, sites: Sites) -> Iterator[Name]:
    """The variables and connections in the templates of a script; whose task it is that they name is not told."""
    for kind, name, span in template_names(text, 0) if "{" in text else ():
        if kind != "task":
            yield Name(kind, name, sites.add(span))


def read_script(document: Document, role: Role) -> FileRead:
    """The facts of one script."""
    sites = Sites()
    blocks = scan(document.text)
    parsed = parse_any(document.text, role.dialect, blocks)
    source = SqlSource(document.text, blocks, parsed, sites, meaning, dialect=role.dialect)
    text = sql_text(source, PurePosixPath(document.path).stem, 0)
    problems = [
        Problem("TG003", statement.problem.message, sites.add(statement.problem.span))
        for statement in parsed.statements
        if statement.problem is not None
    ]
    problems += placeholders(document.text, sites, "code")
    cover = by_spans([*(statement.span for statement in parsed.statements), Span(0, len(document.text))])
    in_string = sql_strings(document.text)
    return sites.finish(
        FileFacts(
            "sql",
            tuple(problems),
            suppressions(document, sites, cover, in_string),
            is_generated(document),
            sql=(text,),
            bad_records=tuple(bad_records_of_script(document.text, sites)),
            jobs=(*jobs_of_script(document.path, document.text, sites), *connectors_in(document.text, sites)),
            names=tuple(_names(document.text, sites)),
            told=tuple(told_in_sql(stated(document, cover, in_string), sites, (text,))),
        )
    )
