"""What an operator starts: commands, scripts, and the statements of a job that a cluster runs."""

from __future__ import annotations

import re

from tidegate_analyzers.facts import Site, Step
from tidegate_analyzers.readers.airflow.steps import StepReader
from tidegate_analyzers.readers.commands import read_arguments, read_command, words_of
from tidegate_analyzers.readers.commands.programs import CLIENTS
from tidegate_analyzers.readers.python.body import Body
from tidegate_analyzers.readers.python.values import Items, Plain, Table, Text, Value
from tidegate_analyzers.text import Span

_SHELL = ("bash_command", "command", "ssh_command")
"""Arguments that hold the text of a shell, or the words of a command."""

_JOBS = (
    "overrides",
    "steps",
    "job",
    "json",
    "tasks",
    "job_driver",
    "job_flow_overrides",
    "spark_python_task",
    "notebook_task",
    "spark_submit_task",
    "task_config",
    "notebook_params",
    "query_list",
)
"""Arguments that describe what a cluster runs."""

_SCRIPTS = frozenset(
    (
        "application",
        "py_file",
        "main",
        "python_file",
        "main_python_file_uri",
        "mainPythonFileUri",
        "entryPoint",
        "entry_point",
        "script_location",
        "ScriptLocation",
        "notebook_path",
    )
)
_WORDS = frozenset(("Args", "command"))
_PROGRAM = re.compile(rf"bq|dbt|python[\d.]*|spark-submit|(?:ba|z)?sh|{'|'.join(map(re.escape, CLIENTS))}")
MAX_NESTED = 500


def given_commands(given: Table, steps: StepReader, site: Site, body: Body) -> None:
    """Add what the commands and scripts in an operator's arguments do."""
    for name in _SHELL:
        value = given.get(name)
        if value is not None and not (isinstance(value, Plain) and value.value is None):
            read_command(value, steps, site, body)
    _container(given, steps, site, body)
    for name in _JOBS:
        if (value := given.get(name)) is not None:
            body.opaque = True
            _described(name, value, steps, site, body)
    for name, value in given.entries:
        if name in _SCRIPTS:
            _script(name, value, steps, body)


def _container(given: Table, steps: StepReader, site: Site, body: Body) -> None:
    """The program of a container, `cmds`, with its `arguments`; without the first it is that of the image."""
    program, arguments = given.get("cmds"), given.get("arguments")
    words = [*words_of(program), *words_of(arguments)]
    if words and (words_of(program) or _PROGRAM.fullmatch(words[0].text)):
        read_arguments(words, steps, site, body)
        body.opaque = body.opaque or not words_of(program)
    elif program is not None or arguments is not None:
        body.opaque = True


def _described(name: str, value: Value, steps: StepReader, site: Site, body: Body) -> None:
    """Scripts, words and statements within the description of a job, in order."""
    todo: list[tuple[str, Value]] = [(name, value)]
    for _ in range(MAX_NESTED):
        if not todo:
            return
        key, item = todo.pop(0)
        if key in _SCRIPTS:
            _script(key, item, steps, body)
        elif key in _WORDS and isinstance(item, Items) and words_of(item):
            read_arguments(words_of(item), steps, site, body)
        elif key == "queries" and isinstance(item, Items):
            for query in item.items:
                body.steps += steps.steps(query, "", _place(query, steps, site), key)
        elif key == "query_file_uri" and isinstance(item, Text):
            body.steps.append(Step("file", item.text.rpartition("}}")[2].strip("/ "), site=_place(item, steps, site)))
        elif isinstance(item, Table):
            todo = [*item.entries, *todo]
        elif isinstance(item, Items):
            todo = [*((key, inner) for inner in item.items), *todo]


def _script(key: str, value: Value, steps: StepReader, body: Body) -> None:
    if not isinstance(value, Text):
        return
    text = value.text.strip()
    if key == "notebook_path" and text and not text.endswith((".py", ".ipynb")):
        text += ".py"
    if text.endswith(".py"):
        body.steps.append(Step("script", text, site=_place(value, steps, 0)))
    else:
        body.opaque = True


def _place(value: Value, steps: StepReader, site: Site) -> Site:
    if not isinstance(value, Text):
        return site
    return steps.sites.add(value.fragment.source_span(Span(0, len(value.text))))
