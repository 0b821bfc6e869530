"""From SQL statements to reads and writes.

Every statement is described by what it does to data, never by whether that is good: the verdict is made by
`safety` from these facts and from what stands elsewhere in the workspace.
"""

from __future__ import annotations

import re

import msgspec
from msgspec.structs import replace
from sqlglot import exp

from tidegate_analyzers.facts import ColumnFlow, Packed, Read, Relation, Site, SqlText, Unlinked, Upkeep, Write
from tidegate_analyzers.readers.sql.flow import column_flow
from tidegate_analyzers.readers.sql.hidden import is_windowed
from tidegate_analyzers.readers.sql.inserts import insert_write
from tidegate_analyzers.readers.sql.reads import WRITING, dropped, statement_reads, target_of
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.readers.sql.tables import (
    alter_writes,
    changes_columns,
    create_writes,
    declared_columns,
    inserted_columns,
    unique_index,
)
from tidegate_analyzers.readers.sql.traits import unlinked_in
from tidegate_analyzers.readers.sql.upkeep import upkeep
from tidegate_analyzers.syntax.sql import Statement

_STREAMING = re.compile(
    r"'connector'\s*=|\bcreate\s+(?:or\s+replace\s+)?(?:stream|source\s+connector|sink\s+connector)\b|\bemit\s+changes\b|\bwatermark\s+for\b",
    re.I,
)


def sql_text(source: SqlSource, name: str, site: Site) -> SqlText:
    """The facts of one SQL text."""
    reads: list[Read] = []
    writes: list[Write] = []
    unlinked: list[Unlinked] = []
    flows: list[ColumnFlow] = []
    altered: list[Relation] = []
    opaque_tail = ""
    kept: list[Upkeep] = []
    for statement in source.parsed.statements:
        found = upkeep(source.text[statement.span.start : statement.span.end], site)
        if found is not None:
            kept.append(replace(found, site=source.site(statement.span)))
            if found.kind != "automatic":
                continue
        if statement.tree is None:
            opaque_tail = opaque_tail or _unread(source, statement)
            continue
        writes += statement_writes(source, statement, len(writes))
        reads += statement_reads(source, statement.tree)
        unlinked += unlinked_in(source, statement.tree)
        if isinstance(statement.tree, exp.Alter) and changes_columns(statement.tree):
            table = target_of(statement.tree)
            altered += [source.relation(table)[0]] if table is not None else []
        flow = _flow(source, statement.tree)
        if flow is not None:
            flows.append(flow)
    streaming = _STREAMING.search(source.text)
    if opaque_tail:
        # A statement that can't be read may clear or merge any target around it.
        writes.append(Write("call", Relation("table", (opaque_tail,)), site, len(writes), opaque=opaque_tail))
    return SqlText(
        name,
        site,
        tuple(reads),
        tuple(writes),
        (),
        streaming.group() if streaming else "",
        any(source.meaning(block).kind == "window" for block in source.scan.code()),
        flows=Packed.pack(flows),
        unlinked=tuple(unlinked),
        altered=tuple(altered),
        upkeep=tuple(kept),
        atomic=bool(_TRANSACTION.search(source.text)),
    )


_TRANSACTION = re.compile(r"\b(?:begin|start)\s+(?:tran(?:saction)?|work)\b|\bbegin\s*;", re.I)


def _flow(source: SqlSource, tree: exp.Expression) -> ColumnFlow | None:
    """What a statement with a query does with columns, and which columns a statement names of what it writes."""
    if isinstance(tree, exp.Query):
        found = column_flow(source, tree, source.dialect)
        return found if found.inputs else None
    table = target_of(tree) if isinstance(tree, exp.Insert | exp.Create) else None
    if table is None:
        return None
    target, _ = source.relation(table)
    query = isinstance(tree.args.get("expression"), exp.Query)
    if isinstance(tree, exp.Create) and not query:
        return declared_columns(source, tree, target)
    way = "create" if isinstance(tree, exp.Create) else "insert" if isinstance(tree.this, exp.Schema) else ""
    if query:
        return msgspec.structs.replace(column_flow(source, tree, source.dialect, target), way=way)
    return inserted_columns(source, tree, target) if way and isinstance(tree, exp.Insert) else None


def _unread(source: SqlSource, statement: Statement) -> str:
    words = source.text[statement.span.start : statement.span.end].split()
    return "a statement that is not understood: " + " ".join(words)[:200]


def statement_writes(source: SqlSource, statement: Statement, order: int) -> list[Write]:
    """The writes of one statement."""
    tree = statement.tree
    if tree is None:
        return []
    if isinstance(tree, exp.Command):
        return _command(source, statement, tree, order)
    if isinstance(tree, exp.TruncateTable):
        return [
            Write("truncate", relation, source.site(span), order, whole=True)
            for relation, span in (source.relation(table) for table in tree.expressions if isinstance(table, exp.Table))
        ]
    if isinstance(tree, exp.Select) and isinstance(tree.args.get("into"), exp.Into):
        into = tree.args["into"]
        relation, span = source.relation(into.this)
        temporary = bool(into.args.get("temporary")) or relation.name.startswith("#")
        return [Write("create", relation, source.site(span), order, rows="query", temporary=temporary)]
    if isinstance(tree, exp.Drop):
        return [
            Write("drop", relation, source.site(span or statement.span), order, whole=True)
            for relation, span in (source.relation(table) for table in dropped(tree))
        ]
    if isinstance(tree, exp.Create) and isinstance(tree.this, exp.Index):
        return unique_index(source, tree.this, order) if tree.args.get("unique") else []
    table = target_of(tree) if isinstance(tree, WRITING) else None
    if table is None:
        return []
    relation, span = source.relation(table)
    site = source.site(span or statement.span)
    if isinstance(tree, exp.Insert):
        return [insert_write(source, statement, tree, table, relation, site, order)]
    if isinstance(tree, exp.Merge):
        return [Write("merge", relation, site, order, rows="query", key=_merge_key(source, tree))]
    if isinstance(tree, exp.Delete):
        where = tree.args.get("where")
        whole = where is None or (isinstance(where.this, exp.Boolean) and bool(where.this.this))
        return [
            Write(
                "delete",
                relation,
                site,
                order,
                whole=whole,
                partition="" if where is None else source.written(where.this),
                windowed=is_windowed(source, statement),
            )
        ]
    if isinstance(tree, exp.Create):
        return create_writes(source, tree, relation, site, order)
    if isinstance(tree, exp.Update):
        return [Write("update", relation, site, order)]
    if isinstance(tree, exp.Copy):
        return [_copy(source, statement, tree, relation, site, order)]
    if isinstance(tree, exp.Alter):
        return alter_writes(source, tree, relation, site, order)
    return []


def _merge_key(source: SqlSource, tree: exp.Merge) -> tuple[str, ...]:
    on = tree.args.get("on")
    if not isinstance(on, exp.Expression):
        return ()
    target = tree.this
    names = {target.alias_or_name.casefold(), target.name.casefold()} if isinstance(target, exp.Table) else set()
    return tuple(dict.fromkeys(column.name for column in on.find_all(exp.Column) if column.table.casefold() in names))


def _copy(source: SqlSource, statement: Statement, tree: exp.Copy, relation: Relation, site: Site, order: int) -> Write:
    force = any(
        param.name.casefold() == "force" and isinstance(param.expression, exp.Boolean) and param.expression.this
        for param in tree.args.get("params") or ()
        if isinstance(param, exp.CopyParameter)
    )
    from_files = bool(tree.args.get("kind"))  # false for COPY ... TO, an unload
    words = (
        "copy into"
        if re.match(r"copy\s+into\b", source.text[statement.span.start : statement.span.end], re.I)
        else "copy"
    )
    if not from_files:
        return Write("call", relation, site, order, opaque="an unload writes files")
    return Write(
        "append",
        relation,
        site,
        order,
        rows="file",
        option=f"{words} force" if force else words,
        windowed=is_windowed(source, statement),
    )


_REPLACE_INTO = re.compile(r"replace\s+into\s+(?P<name>[\w.`\"{} ]+?)\s*(?:\(|select|values|set|with)\b", re.I)


def _command(source: SqlSource, statement: Statement, tree: exp.Command, order: int) -> list[Write]:
    text = source.text[statement.span.start : statement.span.end]
    word = tree.name.upper()
    if word == "REPLACE" and (match := _REPLACE_INTO.match(text)):
        parts = tuple(part.strip('`" ') for part in match.group("name").split("."))
        return [
            Write(
                "merge",
                Relation("table", parts),
                source.site(statement.span),
                order,
                rows="query",
                option="replace into",
            )
        ]
    if word in (
        "SET",
        "USE",
        "SHOW",
        "DESCRIBE",
        "EXPLAIN",
        "GRANT",
        "REVOKE",
        "ANALYZE",
        "COMMENT",
        "VACUUM",
        "OPTIMIZE",
        "REFRESH",
        "MSCK",
        "DECLARE",
        "BEGIN",
        "END",
        "COMMIT",
    ):
        return []
    words = " ".join(text.split())
    return [
        Write(
            "call",
            Relation("table", (words[:400],)),
            source.site(statement.span),
            order,
            opaque=f"'{words[:60]}' is not understood",
        )
    ]
