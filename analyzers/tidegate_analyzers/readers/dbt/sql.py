"""The SQL files of a dbt project: models, snapshots, tests, analyses and macros."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from sqlglot import exp

from tidegate_analyzers.facts import (
    NOWHERE,
    DbtNode,
    FileFacts,
    FileRead,
    MacroDef,
    MacroUse,
    Name,
    NodeRef,
    Packed,
    Problem,
    Read,
    Relation,
    Setting,
    Sites,
    Told,
    Traits,
    Write,
)
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.dbt.columns import model_flow
from tidegate_analyzers.readers.dbt.context import foreign_calls
from tidegate_analyzers.readers.dbt.jinja_names import names_in_block, parameters
from tidegate_analyzers.readers.dbt.load import incremental_load, meaning, plain_load
from tidegate_analyzers.readers.placeholders import placeholders
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.sql.guess import parse_any
from tidegate_analyzers.readers.sql.reads import statement_reads
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.readers.sql.traits import traits
from tidegate_analyzers.readers.suppressions import Cover, by_spans, is_generated, sql_strings, suppressions
from tidegate_analyzers.readers.told import stated
from tidegate_analyzers.readers.values import jinja_settings, node_ref
from tidegate_analyzers.syntax.jinja import Block, Kind, Scan, keyword_call, node_calls, scan
from tidegate_analyzers.syntax.sql import ParsedTemplate
from tidegate_analyzers.syntax.template import blank
from tidegate_analyzers.text import LINE_END, Document, Span

_DEFINITION = re.compile(r"\s*(macro|test|data_test|materialization)\s+(\w+)")
_HEAD = re.compile(r"\s*\{%[-+]?\s*(?P<word>macro|test|data_test)(?=\s)")
_SNAPSHOT = re.compile(r"\s*snapshot\s+(\w+)")
_CONFIG = re.compile(r"\s*(?:do\s+)?config\s*\(")


def read_sql(document: Document, role: Role) -> FileRead:
    """The facts of one SQL file in its role."""
    sites = Sites()
    blocks = scan(document.text)
    problems = syntax_problems(blocks.problems, sites)
    macros = tuple(_definitions(document.text, blocks, sites, outline=role.outline))
    if role.resource == "macro" or role.outline:
        nodes = _outline(document, role, sites, blocks)
        told = () if role.outline else tuple(_told(document, sites, macros))
        names = _names(role, blocks, sites)
        return sites.finish(
            FileFacts("dbt_sql", tuple(problems), (), nodes=nodes, macros=macros, names=names, told=told)
        )
    parsed: ParsedTemplate | None = None
    if macros and role.resource == "test":
        nodes = ()  # a generic test: a definition, not a query
    elif role.resource == "snapshot":
        nodes = tuple(_snapshots(document, role, sites, blocks, problems))
    else:
        parsed = parse_any(document.text, role.dialect, blocks)
        nodes = (_node(document, role, sites, blocks, parsed),)
        problems += _sql_problems(parsed, blocks, sites)
        problems += placeholders(document.text, sites, "code")
    spans = [statement.span for statement in parsed.statements] if parsed else []
    cover = _cover(spans, len(document.text))
    facts = FileFacts(
        "dbt_sql",
        tuple(problems),
        suppressions(document, sites, cover, sql_strings(document.text)),
        is_generated(document),
        nodes,
        macros,
        names=_names(role, blocks, sites),
        told=tuple(_told(document, sites, macros)),
    )
    return sites.finish(facts)


def _told(document: Document, sites: Sites, macros: Sequence[MacroDef]) -> Iterator[Told]:
    """The facts that comments tell of the macros below them."""
    heads = {sites.span(macro.site).start: macro.name for macro in macros}
    for comment in stated(document, lambda offset, alone: None, sql_strings(document.text)):
        head = _HEAD.match(document.text, comment.covers.end)
        name = heads.get(head.end("word") + 1) if head is not None else None
        about = (name,) if name is not None else ()
        yield Told(comment.kind, comment.values, sites.add(comment.span), about, (), True, comment.reason)


def _cover(spans: list[Span], length: int) -> Cover:
    """A comment speaks of its statement; on top of a file that is one query, of the whole file."""
    inner = by_spans(spans)

    def cover(offset: int, alone: bool) -> Span | None:
        if len(spans) <= 1 and (not spans or offset <= spans[0].start):
            return Span(0, length)
        return inner(offset, alone)

    return cover


def _definitions(text: str, blocks: Scan, sites: Sites, *, outline: bool = False) -> list[MacroDef]:
    heads = [
        (block, match)
        for block in blocks.blocks
        if block.kind is Kind.STATEMENT and (match := _DEFINITION.match(block.body))
    ]
    found = []
    for number, (block, match) in enumerate(heads):
        kind = "test" if match.group(1) in ("test", "data_test") else match.group(1)
        site = sites.add(Span(block.at + match.start(2), block.at + match.end(2)))
        given = parameters(block, match.end(2), sites)
        refs: tuple[NodeRef, ...] = ()
        calls: tuple[MacroUse, ...] = ()
        if not outline:
            end = (
                heads[number + 1][0].start if number + 1 < len(heads) else len(blocks.blocks) and blocks.blocks[-1].end
            )
            inside = Scan(tuple(inner for inner in blocks.blocks if block.end <= inner.start < end), ())
            refs = tuple(ref for ref in _refs(inside, sites) if ref.names)
            calls = _macros(inside, sites)
        body = _body(text, block, blocks) if kind == "macro" else ""
        found.append(MacroDef(kind, match.group(2), site, given, refs, calls, body))
    return found


def _body(text: str, opening: Block, blocks: Scan) -> str:
    """The text of a macro with its first and last statement, empty where it is never closed."""
    depth = 0
    for block in blocks.blocks[bisect_left(blocks.blocks, opening.start, key=lambda block: block.start) :]:
        if block.kind is Kind.STATEMENT:
            depth += (block.word == "macro") - (block.word == "endmacro")
            if not depth:
                return text[opening.start : block.end]
    return ""


def _names(role: Role, blocks: Scan, sites: Sites) -> tuple[Name, ...]:
    """The variables and docs blocks that a file uses; of an installed package nobody asks."""
    if role.outline:
        return ()
    return tuple(name for block in blocks.code() for name in names_in_block(block, sites))


def _outline(document: Document, role: Role, sites: Sites, blocks: Scan) -> tuple[DbtNode, ...]:
    if role.resource == "macro":
        return ()
    if role.resource == "snapshot":
        return tuple(DbtNode("snapshot", name, site) for name, site, _ in _snapshot_blocks(blocks, sites))
    return (DbtNode(role.resource, PurePosixPath(document.path).stem, NOWHERE),)


def _snapshot_blocks(blocks: Scan, sites: Sites) -> list[tuple[str, int, Block]]:
    found = []
    for block in blocks.blocks:
        if block.kind is Kind.STATEMENT and (match := _SNAPSHOT.match(block.body)):
            found.append((match.group(1), sites.add(Span(block.at + match.start(1), block.at + match.end(1))), block))
    return found


def _snapshots(
    document: Document, role: Role, sites: Sites, blocks: Scan, problems: list[Problem]
) -> Iterator[DbtNode]:
    """The snapshots of a file; what is found wrong in their queries is added to `problems`."""
    opened = _snapshot_blocks(blocks, sites)
    ends = [*(block.start for _, _, block in opened), len(document.text)][1:]
    for (name, site, block), end in zip(opened, ends, strict=True):
        inside = tuple(inner for inner in blocks.blocks if block.end <= inner.start < end)
        end = next((inner.start for inner in inside if inner.word == "endsnapshot"), end)
        inside = tuple(inner for inner in inside if inner.start < end)
        # The rest of the file is blank, so that what is found in the query stands where it stands in the file.
        text = f"{blank(document.text[: block.end])}{document.text[block.end : end]}{blank(document.text[end:])}"
        scanned = Scan(inside, blocks.problems)
        parsed = parse_any(text, role.dialect, scanned)
        problems += _sql_problems(parsed, scanned, sites)
        source = SqlSource(text, scanned, parsed, sites, meaning)
        trees = [statement.tree for statement in parsed.statements if statement.tree is not None]
        queries = [tree for tree in trees if isinstance(tree, exp.Query)]
        columns = None if parsed.failed else model_flow(source, role.dialect)
        config, complete, config_site = _config(scanned, sites)
        yield DbtNode(
            "snapshot",
            name,
            site,
            "sql",
            config,
            complete,
            _refs(scanned, sites, parsed.template.guarded),
            _macros(scanned, sites, parsed.template.guarded),
            tuple(_tables(source, trees)),
            flow=Packed.one(columns),
            parsed=not parsed.failed and bool(queries),
            config_site=config_site,
            template=text if (columns is None or not columns.closed) and "{{" in text else "",
            traits=_traits(source, queries),
        )


def _node(document: Document, role: Role, sites: Sites, blocks: Scan, parsed: ParsedTemplate) -> DbtNode:
    config, complete, config_site = _config(blocks, sites)
    source = SqlSource(document.text, blocks, parsed, sites, meaning)
    trees = [statement.tree for statement in parsed.statements if statement.tree is not None]
    queries = [tree for tree in trees if isinstance(tree, exp.Query)]
    columns = None if parsed.failed else model_flow(source, role.dialect)
    branches = "is_incremental" in document.text
    load: Write | None = None
    if role.resource == "model" and _may_be_incremental(config):
        asks = branches or "this" in document.text
        load = incremental_load(source, role.dialect) if asks else plain_load(source)
    hidden = branches and load is not None and bool(load.opaque)
    return DbtNode(
        role.resource,
        PurePosixPath(document.path).stem,
        sites.add(_name_site(document, blocks, parsed)),
        "sql",
        config,
        complete,
        _refs(blocks, sites, parsed.template.guarded),
        _macros(blocks, sites, parsed.template.guarded),
        tuple(_tables(source, trees)),
        load,
        branches,
        (),
        Packed.one(columns),
        not parsed.failed and bool(queries),
        config_site,
        document.text if (hidden or columns is None or not columns.closed) and "{{" in document.text else "",
        _traits(source, queries),
    )


def _tables(source: SqlSource, trees: Sequence[exp.Expression]) -> Iterator[Read]:
    """The relations that are named literally."""
    for tree in trees if not source.parsed.failed else ():
        yield from (read for read in statement_reads(source, tree, literal=True) if read.relation.kind == "table")


def _traits(source: SqlSource, queries: Sequence[exp.Expression]) -> Traits | None:
    whole = len(queries) == 1 and not source.parsed.failed and not source.parsed.template.hides_query
    return traits(source, queries[0]) if whole else None


def _may_be_incremental(config: tuple[Setting, ...]) -> bool:
    """Whether a model may be incremental as far as its own text says: YAML may make it so if that says nothing."""
    for setting in config:
        if setting.name == "materialized":
            values = (setting.value.value,) if setting.value.known else setting.value.choices
            return "incremental" in values or (not setting.value.known and not values)
    return True


def _config(blocks: Scan, sites: Sites) -> tuple[tuple[Setting, ...], bool, int]:
    settings: list[Setting] = []
    complete = True
    site = NOWHERE
    for block in blocks.code():
        if not _CONFIG.match(block.body):
            continue
        if block.kind is Kind.STATEMENT:
            complete = False
            continue
        call = keyword_call(block)
        settings += jinja_settings(call.arguments, sites)
        complete = complete and call.complete
        site = site or sites.add(block.span)
    return tuple(settings), complete, site


def _refs(blocks: Scan, sites: Sites, guarded: tuple[Span, ...] = ()) -> tuple[NodeRef, ...]:
    return tuple(
        node_ref(call, sites, conditional=_holds(guarded, call.span.start))
        for block in blocks.code()
        for call in node_calls(block.body, block.at)
    )


def _macros(blocks: Scan, sites: Sites, guarded: tuple[Span, ...] = ()) -> tuple[MacroUse, ...]:
    return tuple(MacroUse(name, sites.add(span), _holds(guarded, span.start)) for name, span in foreign_calls(blocks))


def _holds(spans: tuple[Span, ...], offset: int) -> bool:
    return any(span.start <= offset < span.end for span in spans)


def _name_site(document: Document, blocks: Scan, parsed: ParsedTemplate) -> Span:
    """What stands for a model in its file: its config call, else its first line of code."""
    for block in blocks.code():
        if block.kind is Kind.EXPRESSION and _CONFIG.match(block.body):
            at = document.text.find("config", block.start)
            return Span(at, at + len("config"))
    for statement in parsed.statements:
        match = LINE_END.search(document.text, statement.span.start)
        return Span(statement.span.start, min(statement.span.end, match.start() if match else statement.span.end))
    return Span(0, 0)


def _sql_problems(parsed: ParsedTemplate, blocks: Scan, sites: Sites) -> list[Problem]:
    """SQL that can't be parsed: an error only where no Jinja can be to blame."""
    found = []
    for statement in parsed.statements:
        if statement.problem is None or blocks.problems:
            continue
        found.append(Problem("TG003", statement.problem.message, sites.add(statement.problem.span)))
    return found


def relation_of(ref: NodeRef) -> Relation:
    """A reference as the name of data."""
    return Relation(ref.function, ref.names, ref.version)
