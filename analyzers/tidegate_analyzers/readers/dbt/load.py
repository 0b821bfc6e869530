"""What an incremental run of a model adds to its table.

The query is read as dbt runs it the second time (`is_incremental()` true). Where that depends on a condition
nobody can decide from the text, it is read once for each way the condition can fall; if the readings differ in
what they restrict, the load is opaque.
"""

from __future__ import annotations

import re

from sqlglot import exp

from tidegate_analyzers.facts import NOWHERE, Relation, Restriction, Write
from tidegate_analyzers.readers.sql.hidden import hidden_clause
from tidegate_analyzers.readers.sql.restrictions import Restrictions, kinds
from tidegate_analyzers.readers.sql.source import BlockMeaning, SqlSource
from tidegate_analyzers.syntax.jinja import Block, node_calls
from tidegate_analyzers.syntax.sql import parse_template

THIS = Relation("this", ("this",))
_VALUES = frozenset(
    (
        "var",
        "env_var",
        "target.name",
        "target.schema",
        "target.database",
        "invocation_id",
        "project_name",
        "dbt_version",
        "as_bool",
        "as_number",
    )
)
_QUIET = frozenset(
    ("config", "log", "print", "return", "exceptions.warn", "exceptions.raise_compiler_error", "do", "debug")
)
_WINDOW = frozenset(("run_started_at", "model.batch.event_time_start", "model.batch.event_time_end"))
_MAX_CONDITIONS = 5
_LOOP_COMMA = re.compile(r"\bloop\.(?:last|first)\b")
_PLAIN_FUNCTIONS = re.compile(
    r"(?:dbt|dbt_utils)\.(?:current_timestamp\w*|date_trunc|datediff|safe_cast|cast\w*|concat|length|hash|split_part|right|left|listagg|any_value|bool_or|"
    r"array_\w+|escape_single_quotes|string_literal|position|replace|last_day|type_\w+|generate_surrogate_key|surrogate_key|star|group_by|pivot|nullcheck\w*|safe_\w+|get_single_value|pretty_\w+|width_bucket|deduplicate|unpivot|slugify|get_url_\w+)\Z"
)
"""Functions of dbt and dbt_utils that give an expression, never a clause about the target."""


def meaning(block: Block) -> BlockMeaning:
    """What an expression in a model stands for."""
    word = block.word
    calls = node_calls(block.body) if word in ("ref", "source", "builtins.ref", "builtins.source") else []
    if calls:
        call = calls[0]
        names = call.names or ("{{ " + " ".join(block.body.split()) + " }}",)
        return BlockMeaning("value", Relation(call.function, names, call.version))
    if word == "this" and block.body.strip() == "this":
        return BlockMeaning("value", THIS)
    if word in _QUIET or _LOOP_COMMA.search(block.body):
        return BlockMeaning("none")
    if word in _WINDOW:
        return BlockMeaning("window")
    if word in _VALUES or block.body.strip()[:1] in "'\"0123456789" or _PLAIN_FUNCTIONS.match(word):
        return BlockMeaning("window" if word == "var" else "value")
    return BlockMeaning("unknown")


def incremental_load(source: SqlSource, dialect: str) -> Write:
    """The rows a second run adds, as an insert into `{{ this }}`."""
    first = _reading(source)
    undecided = source.parsed.template.undecided
    if first.opaque or not undecided:
        return first
    if len(undecided) > _MAX_CONDITIONS:
        return Write("insert", THIS, NOWHERE, rows="query", opaque="it depends on too many conditions")
    variants = [{condition: not truth} for condition, truth in undecided]
    variants.append({condition: not truth for condition, truth in undecided})
    for truths in variants:
        parsed = parse_template(source.text, source.scan, dialect, truths=truths)
        other = _reading(SqlSource(source.text, source.scan, parsed, source.sites, source.meaning, source.place))
        if other.opaque or signature(other.arms) != signature(first.arms):
            condition = next(iter(truths))
            return Write("insert", THIS, NOWHERE, rows="query", opaque=f"it depends on '{condition}'")
    return first


def plain_load(source: SqlSource) -> Write:
    """The rows a second run adds of a query that never asks how it is run, as `incremental_load` gives them.

    Any model may be made incremental by its YAML, so this has to cost little: nothing is parsed again, and a query
    that depends on a condition nobody can decide is opaque.
    """
    undecided = source.parsed.template.undecided
    if undecided:
        return Write("insert", THIS, NOWHERE, rows="query", opaque=f"it depends on '{undecided[0][0]}'")
    return _reading(source, untouched=True)


def signature(arms: tuple[tuple[Restriction, ...], ...]) -> list[list[str]]:
    """What the arms of a load restrict, by kinds."""
    return sorted(sorted(kinds(arm)) for arm in arms)


def _reading(source: SqlSource, *, untouched: bool = False) -> Write:
    """The load of a query; `untouched` where it is known to read nothing of its target."""
    statements = [statement for statement in source.parsed.statements if statement.tree is not None]
    query = statements[0].tree if len(statements) == 1 else None
    if source.parsed.failed or query is None or not isinstance(query, exp.Select | exp.SetOperation | exp.Subquery):
        return Write("insert", THIS, NOWHERE, rows="query", opaque="its SQL is not understood")

    def is_this(table: exp.Table) -> bool:
        return source.relation(table)[0].kind == "this"

    restrictions = Restrictions(source, is_this)
    arms = tuple(tuple(arm) for arm in restrictions.arms(query))
    reads_target = not untouched and (
        any(is_this(table) for table in query.find_all(exp.Table)) or _this_in_blocks(source)
    )
    return Write(
        "insert",
        THIS,
        NOWHERE,
        rows="query",
        arms=arms,
        reads_target=reads_target,
        opaque=hidden_clause(source, statements[0]),
    )


_THIS = re.compile(r"(?<![\w.'\"])this(?!\w)")


def _this_in_blocks(source: SqlSource) -> bool:
    """True when a macro or a variable is given the target: what it makes of it is not known."""
    return any(_THIS.search(block.body) and block.body.strip() != "this" for block in source.scan.code())
