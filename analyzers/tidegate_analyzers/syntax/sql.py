"""SQL through sqlglot: statements with spans, one broken statement at a time.

sqlglot's own types leave this package only as expressions handed to `readers.sql`; nothing else knows them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, SqlglotError, TokenError
from sqlglot.tokens import TokenType  # type: ignore[attr-defined]  # defined there, but not in __all__

from tidegate_analyzers.syntax.jinja import Scan
from tidegate_analyzers.syntax.problem import SyntaxProblem
from tidegate_analyzers.syntax.template import Placeholder, Role, Template, is_gap, neutralise
from tidegate_analyzers.text import Span

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
"""What sqlglot can't parse becomes a problem of ours; its own warnings would go to the user's terminal."""

DIALECTS = {
    "athena": "athena",
    "bigquery": "bigquery",
    "clickhouse": "clickhouse",
    "databricks": "databricks",
    "duckdb": "duckdb",
    "fabric": "fabric",
    "glue": "spark",
    "hive": "hive",
    "mysql": "mysql",
    "oracle": "oracle",
    "postgres": "postgres",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "spark": "spark",
    "sqlite": "sqlite",
    "sqlserver": "tsql",
    "synapse": "tsql",
    "trino": "trino",
    "tsql": "tsql",
}
"""sqlglot's dialect for each dbt adapter or configured dialect; anything else is read as generic SQL."""

MAX_SQL = 400_000
"""Texts beyond this many characters are not parsed; a generated dump must not hold up the rest."""

_FLIPS: dict[Role, tuple[Role, ...]] = {
    Role.NAME: (Role.NOTHING, Role.TYPE, Role.NUMBER, Role.QUERY),
    Role.NOTHING: (Role.NAME, Role.NUMBER, Role.QUERY),
    Role.STAR: (Role.NAME, Role.NOTHING),
    Role.TYPE: (Role.NAME, Role.NOTHING),
    Role.NUMBER: (Role.NOTHING,),
    Role.QUERY: (),
    Role.RELATION: (Role.NOTHING,),
}
_MAX_TRIES = 8


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its tree, or the problem that keeps it from being one."""

    tree: exp.Expression | None
    span: Span
    problem: SyntaxProblem | None = None


@dataclass(frozen=True, slots=True)
class ParsedTemplate:
    """The statements of a template, with the template they were parsed from."""

    statements: tuple[Statement, ...]
    template: Template

    @property
    def failed(self) -> bool:
        """True when some statement could not be parsed."""
        return any(statement.problem for statement in self.statements)


@lru_cache(maxsize=32)
def _dialect(name: str) -> Dialect:
    return Dialect.get_or_raise(DIALECTS.get(name, ""))


def parse_sql(sql: str, dialect: str) -> tuple[Statement, ...]:
    """The statements of a text; each that can't be parsed carries its problem, the others their tree."""
    if len(sql) > MAX_SQL:
        return (
            Statement(
                None, Span(0, 0), SyntaxProblem(Span(0, 0), f"more than {MAX_SQL} characters of SQL are not analysed")
            ),
        )
    known = _dialect(dialect)
    try:
        tokens = known.tokenize(sql)
    except TokenError as error:
        at = _token_error_offset(sql, error)
        return (
            Statement(
                None,
                Span(0, len(sql)),
                SyntaxProblem(
                    Span(at, min(at + 1, len(sql))),
                    "this SQL can't be split into words; a quote or comment may be open",
                ),
            ),
        )
    except (RecursionError, ValueError, IndexError):
        return (Statement(None, Span(0, len(sql)), SyntaxProblem(Span(0, 0), "this SQL can't be read")),)
    return tuple(_parse_chunk(known, sql, chunk) for chunk in _chunks(sql, tokens))


def _chunks(sql: str, tokens: list[Any]) -> Iterator[list[Any]]:
    if ";" not in sql:
        if tokens:
            yield tokens
        return
    chunk: list[Any] = []
    semicolon = TokenType.SEMICOLON
    for token in tokens:
        if token.token_type == semicolon:
            if chunk:
                yield chunk
            chunk = []
        else:
            chunk.append(token)
    if chunk:
        yield chunk


def _parse_chunk(dialect: Dialect, sql: str, tokens: list[Any]) -> Statement:
    span = Span(tokens[0].start, tokens[-1].end + 1)
    try:
        trees = dialect.parser().parse(tokens, sql)
    except ParseError as error:
        return Statement(None, span, SyntaxProblem(_error_span(tokens, error), _reason(error)))
    except (SqlglotError, RecursionError, ValueError, AttributeError, TypeError, IndexError, KeyError, AssertionError):
        # The parser is another's code: whatever input breaks it, the text is one that it does not read.
        return Statement(None, span, SyntaxProblem(span, "this SQL is not understood"))
    return Statement(next((tree for tree in trees if isinstance(tree, exp.Expression)), None), span)


_INSIDES = re.compile(r"(?: but got <Token.*| for <class '[^']*'>)", re.S)
"""What the parser tells of its own objects."""


def _reason(error: ParseError) -> str:
    details = error.errors[0] if error.errors else {}
    description = str(details.get("description") or "this SQL is not understood").rstrip(".")
    description = _INSIDES.sub("", description)
    near = str(details.get("highlight") or "").strip()
    return f"{description[:1].lower()}{description[1:]}" + (
        f" near '{near[:40]}'" if near and near[:40] not in description else ""
    )


def _error_span(tokens: list[Any], error: ParseError) -> Span:
    details = error.errors[0] if error.errors else {}
    line, column = details.get("line"), details.get("col")
    for token in tokens:
        if token.line == line and token.col == column:
            return Span(token.start, token.end + 1)
    return Span(tokens[-1].start, tokens[-1].end + 1)


def _token_error_offset(sql: str, error: TokenError) -> int:
    context = str(error).partition("'")[2].rpartition("'")[0]
    at = sql.rfind(context) if context else -1
    return at + len(context) - 1 if at >= 0 else max(len(sql) - 1, 0)


def parse_template(
    text: str, scan: Scan, dialect: str, *, truths: Mapping[str, bool] | None = None, otherwise: bool = True
) -> ParsedTemplate:
    """Parse SQL with Jinja in it.

    Where a first guess at what the blocks stand for does not parse, the blocks near the fault are tried in
    other roles, then the other arms of conditions, then all arms. What still fails is returned as it is.
    """
    first = _attempt(text, scan, dialect, truths, otherwise, {}, every_arm=False)
    if not first.failed or not scan.blocks or len(text) > MAX_SQL:
        return first
    roles: dict[int, Role] = {}
    current = first
    for _ in range(_MAX_TRIES):
        better = _repair(text, scan, dialect, truths, otherwise, roles, current)
        if better is None:
            break
        current = better
        if not current.failed:
            return current
    for every_arm in (False, True):
        other = _attempt(text, scan, dialect, truths, not otherwise, {}, every_arm=every_arm)
        if not other.failed:
            return other
    return first


def _attempt(
    text: str,
    scan: Scan,
    dialect: str,
    truths: Mapping[str, bool] | None,
    otherwise: bool,
    roles: Mapping[int, Role],
    *,
    every_arm: bool,
) -> ParsedTemplate:
    template = neutralise(text, scan, dialect, truths=truths, otherwise=otherwise, roles=roles, every_arm=every_arm)
    return ParsedTemplate(parse_sql(template.sql, dialect), template)


def _repair(
    text: str,
    scan: Scan,
    dialect: str,
    truths: Mapping[str, bool] | None,
    otherwise: bool,
    roles: dict[int, Role],
    current: ParsedTemplate,
) -> ParsedTemplate | None:
    """The first attempt with one more role changed whose fault lies further on; the role is kept in `roles`."""
    fault = _fault_offset(current)
    for placeholder in islice(_nearest(current, fault), 4):
        for role in _FLIPS[placeholder.role]:
            tried = {**roles, placeholder.start: role}
            attempt = _attempt(text, scan, dialect, truths, otherwise, tried, every_arm=False)
            if not attempt.failed or _fault_offset(attempt) > max(fault, placeholder.end):
                roles[placeholder.start] = role
                return attempt
    return None


def _fault_offset(parsed: ParsedTemplate) -> int:
    return min((s.problem.span.start for s in parsed.statements if s.problem), default=0)


def _nearest(parsed: ParsedTemplate, fault: int) -> Iterator[Placeholder]:
    """The faulty statement's placeholders, likeliest to blame first: the one behind the fault, then those before."""
    statements, template = parsed.statements, parsed.template
    at = next((i for i, statement in enumerate(statements) if statement.problem), 0)
    start = statements[at - 1].span.end if at > 0 else 0
    end = statements[at + 1].span.start if at + 1 < len(statements) else len(template.sql)
    placeholders = template.within(start, end)
    before = [p for p in placeholders if p.start <= fault]
    after = placeholders[len(before) :]
    adjacent = 1 if after and is_gap(template.sql, fault + 1, after[0].start) else 0
    yield from after[:adjacent]
    yield from reversed(before)
    yield from after[adjacent:]


# -- reading trees ---------------------------------------------------------------------------------------------


def identifier_span(node: exp.Expression | None) -> Span | None:
    """Where an identifier, or anything that begins with one, stands in the text."""
    if node is None:
        return None
    if isinstance(node, exp.Identifier):
        meta = node.meta
        first, last = meta.get("start"), meta.get("end")
        return Span(first, last + 1) if first is not None and last is not None else None
    start: int | None = None
    end: int | None = None
    for part in node.find_all(exp.Identifier, exp.Star):
        meta = part.meta
        if placed(meta):
            start = meta["start"] if start is None else min(start, meta["start"])
            end = meta["end"] + 1 if end is None else max(end, meta["end"] + 1)
    return None if start is None or end is None else Span(start, end)


def placed(meta: dict[str, object]) -> bool:
    """Whether the parser knows where a node stands; of a name it puts together it may know the beginning alone."""
    return meta.get("start") is not None and meta.get("end") is not None


def table_parts(table: exp.Table) -> list[exp.Expression]:
    """The parts of a table's name, outermost first."""
    args = table.args
    return [
        part for part in (args.get("catalog"), args.get("db"), args.get("this")) if isinstance(part, exp.Expression)
    ]
