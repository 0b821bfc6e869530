"""What starts flows and assets: deployments of Prefect, jobs and schedules of Dagster that are made by calls.

`flow.serve(name, cron=…)`, `flow.deploy(name, schedules=…)`, `ScheduleDefinition(job=…, cron_schedule=…)`,
`define_asset_job(name, selection=…)`: https://docs.prefect.io/v3/deploy, https://docs.dagster.io/guides/automate/schedules.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Job, Setting, Sites
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.names import Env, dotted
from tidegate_analyzers.readers.python.values import CallOf, Imported, Text, fact
from tidegate_analyzers.syntax.python import PythonFile

_PREFECT = frozenset(("serve", "deploy", "to_deployment", "build_from_flow"))
_DAGSTER = {
    "ScheduleDefinition": "schedule",
    "build_schedule_from_partitioned_job": "schedule",
    "define_asset_job": "job",
}
_WORDS = frozenset(("define_asset_job", "str", "list", "tuple"))
_NAME = re.compile(r"[\w/.-]+\Z")
_ENTRY = re.compile(r"\.py:(?P<name>\w+)\Z")


def read_schedules(file: PythonFile, sites: Sites, evaluator: Evaluator, env: Env) -> Iterator[Job]:
    """The deployments, jobs and schedules of a module."""
    prefect = "prefect" in evaluator.modules
    dagster = "dagster" in evaluator.modules
    if not prefect and not dagster:
        return
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.Call):
            continue
        last = dotted(node.func).rpartition(".")[2]
        if dagster and last in _DAGSTER:
            runs = tuple(dict.fromkeys(_of_dagster(node, evaluator, env)))
            yield _job("dagster", _DAGSTER[last], node, runs, file, sites, evaluator, env)
        elif prefect and last in _PREFECT and isinstance(node.func, ast.Attribute):
            runs = tuple(dict.fromkeys(_of_prefect(node, node.func.value, evaluator, env)))
            if runs:
                yield _job("prefect", "deployment", node, runs, file, sites, evaluator, env)


def _job(
    engine: str,
    kind: str,
    node: ast.Call,
    runs: tuple[str, ...],
    file: PythonFile,
    sites: Sites,
    evaluator: Evaluator,
    env: Env,
) -> Job:
    settings = []
    for keyword in node.keywords:
        if keyword.arg is not None:
            span = file.span(keyword.value)
            value = fact(evaluator.value(keyword.value, env), file.slice(keyword.value), sites.add(span))
            settings.append(Setting(keyword.arg, value, sites.add(file.span(keyword))))
    first = evaluator.value(node.args[0], env) if node.args else None
    given = next((s.value.value for s in settings if s.name == "name" and s.value.known), None)
    name = given if isinstance(given, str) else first.text if isinstance(first, Text) and first.known else ""
    site = sites.add(file.span(node.func))
    return Job(
        name or "_".join(runs[:1]), site, engine, kind, tuple(settings), mentions=runs, whole=sites.add(file.span(node))
    )


def _of_prefect(node: ast.Call, receiver: ast.expr, evaluator: Evaluator, env: Env) -> Iterator[str]:
    """The flow of a deployment: the function it is called on, the argument `flow=`, or an entry point."""
    if isinstance(receiver, ast.Name) and not receiver.id.istitle():
        yield receiver.id
    for inner in ast.walk(node):
        if isinstance(inner, ast.keyword) and inner.arg == "flow" and isinstance(inner.value, ast.Name):
            yield inner.value.id
        if isinstance(inner, ast.keyword) and inner.arg == "entrypoint":
            value = evaluator.value(inner.value, env)
            entry = _ENTRY.search(value.text) if isinstance(value, Text) else None
            if entry is not None:
                yield entry["name"]


def _of_dagster(node: ast.Call, evaluator: Evaluator, env: Env) -> Iterator[str]:
    """The jobs and assets that a schedule or job names."""
    for keyword in node.keywords:
        if keyword.arg in ("job", "target", "selection", "job_name"):
            yield from _named(keyword.value, evaluator, env)
    if dotted(node.func).endswith("build_schedule_from_partitioned_job") and node.args:
        yield from _named(node.args[0], evaluator, env)


def _named(node: ast.expr, evaluator: Evaluator, env: Env) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            text = inner.value.strip("*+")
            if _NAME.match(text):
                yield text.rpartition("/")[2]
        elif isinstance(inner, ast.Name) and not inner.id[:1].isupper() and inner.id not in _WORDS:
            value = evaluator.value(inner, env)
            if isinstance(value, Imported) and not value.name:
                continue
            made = value.arguments[0] if isinstance(value, CallOf) and value.arguments else None
            yield made.text if isinstance(made, Text) else inner.id
