"""The names that dbt puts into templates, as far as they mean anything without a run.

https://docs.getdbt.com/reference/dbt-jinja-functions
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, NoReturn

from tidegate_analyzers.syntax.render.bounds import Budget, Stop
from tidegate_analyzers.syntax.render.values import Function, Names, Relation, Unknown

_SIMPLE_PATTERN = re.compile(r"\^?(?:\[[^\]\\]+\]|\\?[^\\()|*+?{}\[\]])+[*+?]?\$?")
"""A pattern with one repetition, at its end: nothing that takes more than a walk over the text."""
_OF_WAREHOUSE = ("load_result", "run_query", "store_result", "store_raw_result", "load_agate_table")
_OF_RUN = (
    "connection_name",
    "database",
    "dbt_version",
    "flags",
    "invocation_id",
    "model",
    "run_started_at",
    "schema",
    "thread_id",
)
"""Words of the run's surroundings; what is behind a dot of theirs is one, too."""
_OF_PROJECT = (
    "context",
    "dbt_metadata_envs",
    "env",
    "column",
    "diff_of_two_dicts",
    "elapsed_time",
    "fromyaml",
    "get_where_subquery",
    "graph",
    "hooks",
    "inject_runtime_metrics",
    "invocation_args_dict",
    "metadata_vars",
    "node",
    "parent",
    "post_hooks",
    "pre_hooks",
    "render",
    "results",
    "run_hooks",
    "schemas",
    "selected_resources",
    "should_full_refresh",
    "should_store_failures",
    "sql",
    "sql_now",
    "submit_python_job",
    "toyaml",
    "try_or_compiler_error",
    "unit_testing",
    "validation",
)


def fixed_names(budget: Budget, truth: bool | None) -> dict[str, Any]:
    """The names that mean the same in every template."""
    silent = Function(lambda *args, **kwargs: "")
    found: dict[str, Any] = {name: Unknown(f"'{name}' is known to a run only") for name in _OF_PROJECT}
    found |= {name: Unknown("it asks the warehouse") for name in _OF_WAREHOUSE}
    for name in _OF_RUN:
        found[name] = Unknown(f"'{name}' is known to a run only", printable=True, truth=truth)
    return found | {
        "config": Names(lambda name: Unknown("it asks for its configuration", printable=True, truth=truth), _silent),
        "debug": silent,
        "doc": silent,
        "exceptions": Names(_exception),
        "fromjson": Function(lambda text, default=None: json.loads(text)),
        "local_md5": Function(lambda text: hashlib.md5(str(text).encode(), usedforsecurity=False).hexdigest()),
        "log": silent,
        "modules": Names(lambda name: _module(budget, name, truth)),
        "print": silent,
        "return": Function(_return),
        "set": Function(lambda items, default=None: set(items)),
        "set_strict": Function(set),
        "statement": silent,
        "tojson": Function(lambda value, default=None, sort_keys=False: json.dumps(value, sort_keys=sort_keys)),
        "write": silent,
        "zip": Function(lambda *lists, default=None: list(zip(*lists, strict=False))),
        "zip_strict": Function(lambda *lists: list(zip(*lists, strict=False))),
    }


class Returned(Exception):
    """What `return` hands back from a macro, which is then not its text."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def _return(data: Any = None) -> NoReturn:
    raise Returned(data)


def _silent(*_: Any, **__: Any) -> str:
    return ""


def _exception(name: str) -> Function:
    def refuse(message: Any = "", *_: Any, **__: Any) -> str:
        if name.startswith("warn"):
            return ""
        raise Stop("a macro refuses it: " + " ".join(str(message).split())[:200])

    return Function(refuse)


def _module(budget: Budget, name: str, truth: bool | None) -> Any:
    if name in ("datetime", "pytz"):
        return Unknown("it asks for the time", printable=True, truth=truth)
    if name == "re":
        return Names(lambda function: _regular_expression(budget, function))
    return Unknown(f"it uses Python's '{name}'")


def _regular_expression(budget: Budget, name: str) -> Any:
    if name == "sub":

        def substitute(pattern: str, repl: str, string: str, count: int = 0) -> str:
            _check(budget, pattern, string)
            budget.text((len(string) + 1) * (len(repl) + 1))
            return re.sub(pattern, repl, string, count=count)

        return Function(substitute)
    if name in ("match", "search", "fullmatch"):

        def matches(pattern: str, string: str) -> bool:
            _check(budget, pattern, string)
            return getattr(re, name)(pattern, string) is not None

        return Function(matches)
    return Unknown(f"it uses Python's 're.{name}'")


def _check(budget: Budget, pattern: object, string: object) -> None:
    """Let through only what takes a walk over a short text."""
    if not isinstance(pattern, str) or not isinstance(string, str):
        raise Stop("a regular expression in it is not known")
    if len(string) > 2_000 or not _SIMPLE_PATTERN.fullmatch(pattern):
        raise Stop("a regular expression in it is not simple")
    budget.spend(len(string) // 16)


def about_relation(relation: Relation, attribute: str, truth: bool | None) -> Any:
    """What a macro may ask of the name of data."""
    if attribute in ("include", "quote", "incorporate", "replace_path"):
        return Function(lambda *args, **kwargs: relation)
    if attribute == "render":
        return Function(lambda: str(relation))
    printable = attribute in ("alias", "database", "identifier", "name", "schema", "table", "type")
    return Unknown(f"'{attribute}' of some data is known to a run only", printable=printable, truth=truth)
