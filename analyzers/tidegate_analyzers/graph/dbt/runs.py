"""The nodes of dbt projects that a task runs by a command."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass

from tidegate_analyzers.facts import Task
from tidegate_analyzers.graph.dbt.nodes import NodeKey
from tidegate_analyzers.graph.dbt.selected import nodes_of_project, selected, selects
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.layout import Project

_ENDS = re.compile(r"&&|\|\||;|\n|\|")
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_RUNS = {"run": ("model",), "build": ("model", "snapshot", "seed"), "snapshot": ("snapshot",), "seed": ("seed",)}
_SELECT = frozenset(("--select", "-s", "--models", "--model", "-m"))
_TAKES_ONE = frozenset(
    ("--project-dir", "--profiles-dir", "--profile", "--target", "-t", "--threads", "--vars", "--selector")
)
MAX_TEXT = 400
"""Longer texts are kept in part only."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The nodes that commands of a task run, and whether they are all that it runs."""

    nodes: frozenset[NodeKey] = frozenset()
    known: bool = True


@dataclass(frozen=True, slots=True)
class Command:
    """A command of dbt: the kinds of nodes it runs, of a project or of what is selected there."""

    kinds: tuple[str, ...]
    project: Project
    chosen: str
    without: str


def run_by(view: View, task: Task) -> Runs | None:
    """What the dbt commands of a task run; `None` where it has none."""
    commands = _commands(view, task)
    if commands is None:
        return None
    found = [_nodes(view, command) if command is not None else None for command in commands]
    return Runs(frozenset().union(*(nodes for nodes in found if nodes is not None)), None not in found)


def runs_node(view: View, task: Task, key: NodeKey) -> tuple[bool, bool]:
    """Whether a task is seen to run a node, and whether all that it runs is known; asked of the node alone."""
    commands = _commands(view, task) or ()
    found = [_runs(view, command, key) if command is not None else None for command in commands]
    return True in found, None not in found


def _commands(view: View, task: Task) -> tuple[Command | None, ...] | None:
    """The dbt commands of a task, `None` for one that is not understood; `None` where it has none."""
    steps = tuple(step.text for step in task.steps if step.kind == "dbt")
    whole = task.setting("bash_command")
    if not steps and whole is not None and whole.known and isinstance(whole.value, str):
        steps = (whole.value,)
    return view.memo(("dbt commands", steps, task.mentions), lambda: _read(view, steps, task.mentions))


def _read(view: View, steps: tuple[str, ...], mentions: tuple[str, ...]) -> tuple[Command | None, ...] | None:
    found: list[Command | None] = []
    for text in steps or mentions:
        folder = ""
        for part in _ENDS.split(_JINJA.sub("?", text)) if "dbt" in text else ():
            words = _words(part)
            if words[:1] == ["cd"] and len(words) == 2:
                folder = words[1]
            command = _command(words)
            if command is not None:
                found.append(_parsed(view, *command, folder) if steps or len(text) < MAX_TEXT else None)
    return tuple(found) or None


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=False)
    except ValueError:
        return text.split()


def _command(words: list[str]) -> tuple[str, list[str]] | None:
    """The subcommand of dbt and the words behind it."""
    for number, word in enumerate(words):
        if word.rpartition("/")[2] == "dbt":
            rest = words[number + 1 :]
            sub = next((item for item in rest if item in _RUNS), None)
            return (sub, rest[rest.index(sub) + 1 :]) if sub is not None else None
    return None


def _parsed(view: View, sub: str, words: list[str], folder: str) -> Command | None:
    chosen: list[str] = []
    without: list[str] = []
    into: list[str] | None = None
    at = 0
    while at < len(words):
        name, _, value = words[at].partition("=")
        at += 1
        if name in _SELECT or name == "--exclude":
            into = without if name == "--exclude" else chosen
            if value:
                into.append(value)
        elif name == "--selector":
            return None
        elif name in _TAKES_ONE:
            value = value or (words[at] if at < len(words) else "")
            at += 0 if "=" in words[at - 1] else 1
            folder = value if name == "--project-dir" else folder
            into = None
        elif name.startswith("-"):
            into = None
        elif into is not None:
            into.append(words[at - 1])
    project = _project(view, folder)
    if project is None or any("?" in word for word in (*chosen, *without)):
        return None
    return Command(_RUNS[sub], project, " ".join(chosen), " ".join(without))


def _nodes(view: View, command: Command) -> frozenset[NodeKey] | None:
    project = command.project
    nodes = selected(view, project, command.chosen) if command.chosen else frozenset(nodes_of_project(view, project))
    left_out = selected(view, project, command.without)
    if nodes is None or left_out is None:
        return None
    return frozenset(key for key in nodes - left_out if key.kind in command.kinds)


def _runs(view: View, command: Command, key: NodeKey) -> bool | None:
    def compute() -> bool | None:
        project = command.project
        of_project = view.layout.project_of(key.path) is project
        chosen = selects(view, project, command.chosen, key) if command.chosen else of_project
        left_out = selects(view, project, command.without, key)
        if chosen is None or left_out is None:
            return None
        return chosen and not left_out and key.kind in command.kinds

    return view.memo(("runs", command.kinds, command.project.root, command.chosen, command.without, key), compute)


def _project(view: View, folder: str) -> Project | None:
    """The project a command runs in: the one whose folder ends as that which is named, or the only one there is."""
    projects = [project for project in view.layout.projects if not project.installed]
    tail = posixpath.normpath(folder.replace("?", "")).strip("/") if folder else ""
    if tail and tail != ".":
        named = [item for item in projects if item.root == tail or (tail.endswith(f"/{item.root}") and item.root)]
        named = named or [item for item in projects if f"/{item.root}".endswith(f"/{tail}")]
        if named:
            return named[0] if len(named) == 1 else None
    return projects[0] if len(projects) == 1 else None
