"""Measure Tidegate and its peers in turn: `python -m tests.bench.bench --models 1000 --peer dbt-core=/path/to/dbt`.

Every round runs every tool once, so that what else the machine does falls on all alike.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.bench import report
from tests.bench.generate import generate
from tests.bench.latency import Plan, Session, measure, models
from tests.bench.processes import Run, program, remove, run
from tests.bench.tools import PEERS, Command, Server, Tool, ours

PEERS_VARIABLE = "TIDEGATE_BENCH_PEERS"

LEFT_BEHIND = ("target", "logs", ".cache", "dev.duckdb")
"""What tools leave in the project, though the next one should find it as it was."""


def tools_of(project: Path, peers: Iterable[str], only: str = "") -> list[Tool]:
    """Our tools and those of the peers, each given as NAME=PROGRAM.

    Raises:
        ValueError: a peer is not known.
        FileNotFoundError: there is no such program.
    """
    found = ours(project)
    for peer in peers:
        name, _, path = peer.partition("=")
        if name not in PEERS or not path:
            raise ValueError(f"'{peer}' is not NAME=PROGRAM with a name of {', '.join(PEERS)}")
        found += PEERS[name](program(path))
    return [tool for tool in found if re.search(only, tool.name)]


class Bench:
    """Runs tools on one project, and keeps what was measured.

    Args:
        project: the generated project; it is written to.
        plan: how a session with a server goes.
        timeout: seconds after which a command is killed.
    """

    def __init__(self, project: Path, plan: Plan, timeout: float) -> None:
        self.runs: dict[str, list[Run]] = {}
        self.sessions: dict[str, list[Session]] = {}
        self._project = project
        self._plan = plan
        self._timeout = timeout
        (project.parent / "work").mkdir(exist_ok=True)

    def round(self, tools: Sequence[Tool]) -> None:
        """Run every tool once."""
        for tool in tools:
            remove(self._project, tool.removed)
            if isinstance(tool, Command):
                found = self._command(tool)
                self.runs.setdefault(tool.name, []).append(found)
                _tell(f"{tool.name}: {found.wall:.2f} s, status {found.status}, load {found.load:.1f}")
                if found.status not in tool.accepted:
                    _tell(found.output)
            else:
                session = asyncio.run(measure(tool.line, self._project, tool.env, self._plan_of(tool)))
                self.sessions.setdefault(tool.name, []).append(session)
                _tell(
                    f"{tool.name}: {len(session.edits)} edits, {session.late} late, load {session.load:.1f} {session.failure}"
                )
            remove(self._project, LEFT_BEHIND)

    def _command(self, tool: Command) -> Run:
        changed = models(self._project)[0]
        before = changed.read_text("utf-8")
        if tool.touches:
            changed.write_text(f"{before}-- changed\n", "utf-8")
        with tempfile.TemporaryFile() as log:
            found = run(tool.line, self._project, log, env=tool.env, timeout=self._timeout)
        changed.write_text(before, "utf-8")
        return found

    def _plan_of(self, tool: Server) -> Plan:
        return Plan(self._plan.edits, tool.on_save, self._plan.patience, self._plan.timeout)


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def render(bench: Bench, tools: Sequence[Tool]) -> str:
    """What was measured, as tables."""
    tables = []
    if bench.runs:
        tables.append(report.commands([(t, bench.runs[t.name]) for t in tools if isinstance(t, Command)]))
    if bench.sessions:
        tables.append(report.servers([(t, bench.sessions[t.name]) for t in tools if isinstance(t, Server)]))
    return "\n\n".join(tables)


def to_json(bench: Bench, models: int) -> str:
    """What was measured, number by number."""
    return json.dumps(
        {
            "models": models,
            "machine": {"system": platform.platform(), "python": sys.version, "processors": os.cpu_count()},
            "commands": {name: [asdict(run) for run in runs] for name, runs in bench.runs.items()},
            "servers": {name: [asdict(session) for session in found] for name, found in bench.sessions.items()},
        },
        indent=2,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status is 1 if a command failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench", description="measure Tidegate and its peers")
    parser.add_argument("--models", metavar="N", type=int, default=1_000, help="size of the project (default: 1000)")
    parser.add_argument("--seed", metavar="S", type=int, default=7, help="another seed gives another project")
    parser.add_argument("--rounds", metavar="N", type=int, default=3, help="how often each tool runs (default: 3)")
    parser.add_argument("--edits", metavar="N", type=int, default=60, help="edits in a server's session (default: 60)")
    parser.add_argument("--only", metavar="REGEX", default="", help="run only the tools whose name matches")
    parser.add_argument(
        "--timeout", metavar="S", type=float, default=900, help="longest run of a command (default: 900)"
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every number to a file")
    parser.add_argument(
        "--peer",
        metavar="NAME=PROGRAM",
        action="append",
        default=os.environ.get(PEERS_VARIABLE, "").split(),
        help=f"measure a peer too: {', '.join(PEERS)} (default: those in {PEERS_VARIABLE}, separated by spaces)",
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        project = Path(folder).resolve() / "project"
        generate(project, options.models, options.seed)
        try:
            tools = tools_of(project, options.peer, options.only)
        except (ValueError, FileNotFoundError) as error:
            parser.error(str(error))
        bench = Bench(project, Plan(edits=options.edits), options.timeout)
        for _ in range(options.rounds):
            bench.round(tools)
            if options.json is not None:
                options.json.write_text(to_json(bench, options.models), "utf-8")
    sys.stdout.write(render(bench, tools) + "\n")
    failed = [
        t for t in tools if isinstance(t, Command) and any(r.status not in t.accepted for r in bench.runs[t.name])
    ]
    return 1 if failed or any(s.failure for found in bench.sessions.values() for s in found) else 0


if __name__ == "__main__":
    sys.exit(main())
