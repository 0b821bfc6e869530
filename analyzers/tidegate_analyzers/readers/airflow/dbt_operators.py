"""Operators and groups that run dbt, as the command they come to.

Those of airflow-dbt, airflow-dbt-python and Cosmos (https://astronomer.github.io/astronomer-cosmos/).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from tidegate_analyzers import facts
from tidegate_analyzers.facts import Setting, Site, Step
from tidegate_analyzers.readers.python.values import CallOf, Items, Plain, Table, Text, Value, fact

_OPERATOR = re.compile(
    r"Dbt(?P<verb>Run|Build|Seed|Snapshot|Test)(?:Local|Docker|Kubernetes|VirtualEnv|Virtualenv)?Operator\Z"
)
_FOLDERS = ("project_dir", "dir")


def dbt_step(operator: str, given: Table, site: Site) -> Step | None:
    """What an operator of dbt runs; `None` for any other operator."""
    match = _OPERATOR.match(operator)
    if match is None:
        return None
    folder = next((value for name in _FOLDERS if (value := given.get(name)) is not None), None)
    chosen = given.get("select") or given.get("models")
    return _step(match["verb"].lower(), folder, chosen, given.get("exclude"), site)


def dbt_group_step(given: Table, site: Site) -> Step:
    """What the tasks of `DbtDag` or `DbtTaskGroup` run, together."""
    project, render = given.get("project_config"), given.get("render_config")
    folder = _argument(project, "dbt_project_path", 0)
    return _step("build", folder, _argument(render, "select"), _argument(render, "exclude"), site)


def dbt_group_settings(given: Table, site: Site) -> Iterator[Setting]:
    """The arguments that the tasks of a group get: those in `operator_args`."""
    arguments = given.get("operator_args")
    if isinstance(arguments, Table):
        yield from (Setting(name, fact(value, "", site), site) for name, value in arguments.entries)
    if given.open or (arguments is not None and (not isinstance(arguments, Table) or arguments.open)):
        yield Setting("@open", facts.Value(False))


def _step(verb: str, folder: Value | None, select: Value | None, exclude: Value | None, site: Site) -> Step:
    words = ["dbt", verb]
    for option, value in (("--project-dir", folder), ("--select", select), ("--exclude", exclude)):
        found = _words(value)
        if found:
            words += [option, *found]
    return Step("dbt", shlex.join(words), site=site)


def _words(value: Value | None) -> list[str]:
    """The words of a value; a hole for what is not known of it."""
    if value is None or (isinstance(value, Plain) and value.value is None):
        return []
    if isinstance(value, Text):
        return [value.text] if "{{" in value.text else value.text.split()
    if isinstance(value, Items) and not value.open:
        return [word for item in value.items for word in _words(item)]
    if (
        isinstance(value, CallOf)
        and value.function.rpartition(".")[2] in ("Path", "PurePath", "str")
        and value.arguments
    ):
        return _words(value.arguments[0])
    return ["{{ unknown }}"]


def _argument(made: Value | None, name: str, position: int = -1) -> Value | None:
    if not isinstance(made, CallOf):
        return made
    found = dict(made.keywords).get(name)
    return made.arguments[position] if found is None and 0 <= position < len(made.arguments) else found
