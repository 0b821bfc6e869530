"""The names dbt itself puts into Jinja, so that an unknown macro can be told from a known one.

Context variables: https://docs.getdbt.com/reference/dbt-jinja-functions. Macros: `builtin_macros.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

from tidegate_analyzers.syntax.jinja import Block, Kind, Scan, callees
from tidegate_analyzers.text import Span

CONTEXT = frozenset(
    [
        "adapter",
        "api",
        "as_bool",
        "as_native",
        "as_number",
        "as_text",
        "builtins",
        "caller",
        "column",
        "config",
        "connection_name",
        "context",
        "database",
        "dbt",
        "dbt_metadata_envs",
        "dbt_version",
        "debug",
        "dict",
        "doc",
        "elapsed_time",
        "env",
        "env_var",
        "exceptions",
        "execute",
        "flags",
        "fromjson",
        "fromyaml",
        "graph",
        "hooks",
        "inject_runtime_metrics",
        "invocation_args_dict",
        "invocation_id",
        "is_incremental",
        "joiner",
        "kwargs",
        "lipsum",
        "load_agate_table",
        "load_result",
        "local_md5",
        "loop",
        "metadata_vars",
        "model",
        "modules",
        "namespace",
        "node",
        "parent",
        "post_hooks",
        "pre_hooks",
        "print",
        "project_name",
        "range",
        "ref",
        "render",
        "return",
        "results",
        "run_query",
        "run_started_at",
        "schema",
        "schemas",
        "selected_resources",
        "self",
        "set",
        "set_strict",
        "should_full_refresh",
        "should_store_failures",
        "source",
        "sql",
        "sql_now",
        "statement",
        "store_raw_result",
        "store_result",
        "super",
        "target",
        "thread_id",
        "this",
        "tojson",
        "toyaml",
        "try_or_compiler_error",
        "validation",
        "var",
        "varargs",
        "write",
        "zip",
        "zip_strict",
        "cycler",
        "log",
        "submit_python_job",
        "diff_of_two_dicts",
        "run_hooks",
        "get_where_subquery",
        "true",
        "false",
        "none",
        "True",
        "False",
        "None",
        "unit_testing",
    ]
)
_BINDING = re.compile(
    r"\s*(?:set\s+([\w\s,.]+?)(?:=|\Z|\|)|for\s+([\w\s,()]+?)\s+in\b|(?:macro|test|data_test|materialization|call)\s*\(?([^)]*)|import\s+\S+\s+as\s+(\w+)|with\s+(\w+))"
)
_NAME = re.compile(r"[A-Za-z_]\w*")


@lru_cache(maxsize=1)
def builtin_macros() -> frozenset[str]:
    """Every macro name of dbt and the adapters that were looked at."""
    text = resources.files("tidegate_analyzers.readers.dbt").joinpath("builtin_macros.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def foreign_calls(scan: Scan) -> Iterator[tuple[str, Span]]:
    """The calls in a template that are neither dbt's own nor bound in the template itself: macros."""
    local: set[str] = set()
    for block in scan.code():
        if block.kind is Kind.STATEMENT:
            local.update(_bound(block))
    known = builtin_macros()
    for block in scan.code():
        for name, span in callees(block.body, block.at):
            head, _, rest = name.partition(".")
            if block.kind is Kind.STATEMENT and head in ("macro", "set", "call", "filter", "do"):
                continue
            if head in local or head in CONTEXT or (not rest and (name in known or "__" in name)):
                continue
            if block.kind is Kind.STATEMENT and block.word in (
                "macro",
                "test",
                "materialization",
                "snapshot",
                "data_test",
                "filter",
            ):
                continue
            yield name, span


def _bound(block: Block) -> Iterator[str]:
    match = _BINDING.match(block.body)
    if match is None:
        return
    for group in match.groups():
        yield from _NAME.findall(group or "")
