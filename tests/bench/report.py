"""The measurements as tables."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from tests.bench.latency import Session
from tests.bench.processes import Run
from tests.bench.tools import Command, Server

BASE = "tidegate check, cold"
"""What the other commands are compared with."""


def commands(runs: Sequence[tuple[Command, Sequence[Run]]]) -> str:
    """The table of commands; the ratios are those of the medians."""
    base = next((found for command, found in runs if command.name == BASE), [])
    rows = [("command", "runs", "wall s: min / median / max", "ratio", "CPU s", "ratio", "memory MB", "load", "status")]
    for command, found in runs:
        walls, base_walls = [run.wall for run in found], [run.wall for run in base]
        cpu, base_cpu = [run.cpu for run in found], [run.cpu for run in base]
        rows.append(
            (
                command.name,
                str(len(found)),
                f"{min(walls):.2f} / {statistics.median(walls):.2f} / {max(walls):.2f}",
                _ratio(walls, base_walls),
                f"{statistics.median(cpu):.2f}",
                _ratio(cpu, base_cpu),
                f"{max(run.memory for run in found):.0f}",
                _range([run.load for run in found]),
                _status(command, found),
            )
        )
    return table(rows)


def _ratio(values: Sequence[float], base: Sequence[float]) -> str:
    return f"{statistics.median(values) / statistics.median(base):.2f}" if base else "–"


def _status(command: Command, found: Sequence[Run]) -> str:
    statuses = sorted({run.status for run in found})
    text = ", ".join(map(str, statuses))
    return text if all(status in command.accepted for status in statuses) else f"FAILED ({text})"


def servers(sessions: Sequence[tuple[Server, Sequence[Session]]]) -> str:
    """The table of servers; a median over the sessions, edits and hovers of all sessions together."""
    rows = [
        (
            "server",
            "runs",
            "initialize s",
            "open→diagnostics s, at start",
            "ready s (CPU s)",
            "open→diagnostics ms, ready",
            "edit→diagnostics ms: min / p50 / p95 / max",
            "edits late",
            "hover ms: p50 / p95",
            "completion ms: p50 / p95",
            "memory MB",
            "load",
        )
    ]
    for server, found in sessions:
        edits = [1000 * value for session in found for value in session.edits]
        completions = [1000 * value for session in found for value in session.completions]
        hovers = [1000 * value for session in found for value in session.hovers]
        late = sum(session.late for session in found)
        rows.append(
            (
                server.name + (" (on save)" if server.on_save else ""),
                str(len(found)),
                _seconds([session.initialize for session in found]),
                _seconds([session.first for session in found]),
                f"{_seconds([session.ready for session in found])} ({_seconds([s.ready_cpu for s in found])})",
                _seconds([session.opened for session in found], factor=1000, digits=1),
                " / ".join(
                    f"{v:.1f}" for v in (min(edits), percentile(edits, 0.5), percentile(edits, 0.95), max(edits))
                )
                if edits
                else "–",
                f"{late} of {late + len(edits)}",
                f"{percentile(hovers, 0.5):.1f} / {percentile(hovers, 0.95):.1f}" if hovers else "–",
                f"{percentile(completions, 0.5):.1f} / {percentile(completions, 0.95):.1f}" if completions else "–",
                f"{max(session.memory for session in found):.0f}",
                _range([session.load for session in found]),
            )
        )
    notes = [f"{server.name}: {s.failure}" for server, found in sessions for s in found if s.failure]
    return "\n".join([table(rows), *notes])


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def _seconds(values: Sequence[float | None], *, factor: float = 1, digits: int = 2) -> str:
    known = [value * factor for value in values if value is not None]
    return f"{statistics.median(known):.{digits}f}" if known else "–"


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.1f}–{max(values):.1f}"


def table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])
