"""What is measured: our own commands and server, and those of each peer, given where it is installed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

CACHE = "../work/cache"
"""Where our facts are kept, seen from the project."""

_DBT = ("--no-version-check", "--profiles-dir", ".")
_QUIET = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}


@dataclass(frozen=True, slots=True)
class Command:
    """A command that runs to its end, in the folder of the project.

    Attributes:
        name: what it is called in the table.
        line: the program and its arguments.
        removed: what is removed before it runs, so that it begins from nothing.
        env: what is set in its environment.
        touches: a model is changed before it runs.
        accepted: the exit statuses that mean it did its work.
    """

    name: str
    line: tuple[str, ...]
    removed: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    touches: bool = False
    accepted: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Server:
    """A language server.

    Attributes:
        name: what it is called in the table.
        line: the program and its arguments.
        removed: what is removed before it starts.
        env: what is set in its environment.
        on_save: it looks at a file only when it is saved.
    """

    name: str
    line: tuple[str, ...]
    removed: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    on_save: bool = False


Tool = Command | Server


def ours(project: Path) -> list[Tool]:
    """Tidegate, as this interpreter has it installed."""
    env = {"TIDEGATE_CACHE_DIR": str(project / CACHE)}
    check = (sys.executable, "-m", "tidegate_server.main", "check", "--output-file", "../work/findings.txt")
    serve = (sys.executable, "-m", "tidegate_server.main", "server")
    return [
        Command("tidegate check, cold", check, (CACHE,), env, accepted=(0, 1)),
        Command("tidegate check, warm", check, (), env, accepted=(0, 1)),
        Command("tidegate check, warm, 1 model changed", check, (), env, touches=True, accepted=(0, 1)),
        Server("tidegate server, cold", serve, (CACHE,), env),
        Server("tidegate server, warm", serve, (), env),
    ]


def dbt_core(program: str) -> list[Tool]:
    """dbt-core, which has no server."""
    line = (program, "-q", *_DBT[:1], "parse", *_DBT[1:], "--target-path", "../work/core")
    return [
        Command("dbt-core parse, cold", line, ("../work/core",), _QUIET),
        Command("dbt-core parse, warm", line, (), _QUIET),
    ]


def dbt_fusion(program: str) -> list[Tool]:
    """dbt Fusion; `compile` is where it looks into the SQL."""

    def line(*words: str) -> tuple[str, ...]:
        return (program, "-q", _DBT[0], *words, *_DBT[1:], "--target-path", "../work/fusion")

    removed = ("../work/fusion",)
    return [
        Command("dbt Fusion parse, cold", line("parse"), removed, _QUIET),
        Command("dbt Fusion compile, cold", line("compile", "--static-analysis", "baseline"), removed, _QUIET),
        Server("dbt Fusion lsp", (program, "lsp", "--project-dir", ".", *_DBT[1:]), removed, _QUIET, on_save=True),
    ]


def sqlmesh(program: str) -> list[Tool]:
    """SQLMesh's server on the dbt project."""
    return [Server("sqlmesh_lsp", (program,), (), _QUIET, on_save=True)]


def dbt_ls(program: str) -> list[Tool]:
    """dbt-ls, which needs no dbt."""
    line = (program, "--stdio", "--schema-sources", "config,catalog", "--profiles-dir", ".")
    return [Server("dbt-ls", line)]


PEERS: dict[str, Callable[[str], list[Tool]]] = {
    "dbt-core": dbt_core,
    "dbt-fusion": dbt_fusion,
    "sqlmesh": sqlmesh,
    "dbt-ls": dbt_ls,
}
"""The tools of each peer, given its program."""
