"""A Python module of a workspace: its DAGs, and the constants that DAG files import from it."""

from __future__ import annotations

import ast
import re

from msgspec.structs import replace

from tidegate_analyzers.facts import Constant, Dag, FileFacts, FileRead, Job, Problem, Routine, Site, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.airflow.dags import DagReader
from tidegate_analyzers.readers.airflow.entries import keys_of
from tidegate_analyzers.readers.airflow.removed import removed_words
from tidegate_analyzers.readers.airflow.routines import read_routines
from tidegate_analyzers.readers.airflow.selections import selections
from tidegate_analyzers.readers.airflow.steps import StepReader, looks_like_sql
from tidegate_analyzers.readers.airflow.uses import names_used
from tidegate_analyzers.readers.lossy import bad_records_of_module
from tidegate_analyzers.readers.placeholders import placeholders
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.jobs import is_job_module, read_jobs
from tidegate_analyzers.readers.python.names import Env, bind_imports
from tidegate_analyzers.readers.python.schedules import read_schedules
from tidegate_analyzers.readers.python.values import Table, Text, Value, fact
from tidegate_analyzers.readers.python_cover import python_cover, python_strings
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.readers.told import stated, told_in_python
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.text import Document

_AIRFLOW = re.compile(r"^\s*(?:from|import)\s+(?:airflow|cosmos|astronomer)\b", re.M)
_DAG = re.compile(r"\b(?:DAG|DbtDag)\s*\(|@dag\b|@airflow\.dag|\bdag\s*=|@task\b|task_id\s*=")
_SENDS = re.compile(r"insert\s+(?:into|overwrite)|merge\s+into|delete\s+from|truncate|write_disposition", re.I)
MAX_CONSTANTS = 200
LARGEST = 600_000
"""Characters."""


def read_module(document: Document, role: Role) -> FileRead:
    """The facts of one Python module; one too large for people to have written says nothing."""
    if len(document.text) > LARGEST:
        return Sites().finish(FileFacts("python"))
    sites = Sites()
    file = parse_python(document.text)
    evaluator = Evaluator(file)
    steps = StepReader(sites)
    env = module_env(file, evaluator)
    dags: tuple[Dag, ...] = ()
    imports_airflow = bool(_AIRFLOW.search(document.text))
    is_airflow = imports_airflow and bool(_DAG.search(document.text))
    if is_airflow:
        dags = tuple(dag.finish() for dag in DagReader(file, sites, evaluator, steps).read(env))
    routines: tuple[Routine, ...] = ()
    if not is_airflow and _SENDS.search(document.text):
        routines = tuple(read_routines(file, sites, evaluator, steps, env))
    jobs: tuple[Job, ...] = ()
    if is_job_module(evaluator):
        jobs = (
            *read_jobs(file, sites, evaluator, steps, env),
            *read_schedules(file, sites, evaluator, env),
        )
        if is_airflow:  # what its tasks write is theirs
            jobs = tuple(replace(job, writes=(), steps=(), gates=()) for job in jobs)
    constants = tuple(_constants(file, env, evaluator, steps, sites))
    _class_constants(file, env, evaluator, steps, sites)
    # A broken Python file is its language server's business unless it is a DAG file.
    problems: list[Problem] = []
    if is_airflow:
        problems += syntax_problems(file.problems, sites)
        problems += placeholders(document.text, sites, "code")
    cover, in_string = python_cover(file), python_strings(file)
    told = told_in_python(
        stated(document, cover, in_string), sites, file, dags=dags, routines=routines, jobs=jobs, sql=steps.texts
    )
    facts = FileFacts(
        "python",
        tuple(problems),
        suppressions(document, sites, cover, in_string),
        is_generated(document),
        dags=dags,
        sql=tuple(steps.texts),
        constants=constants,
        imports=tuple(_imports(file)),
        routines=routines,
        settings=tuple(removed_words(file, sites)) if is_airflow else (),
        names=(
            *(selections(file, sites) if is_airflow else ()),
            *(names_used(file, sites, dags) if imports_airflow else ()),
        ),
        jobs=jobs,
        bad_records=tuple(bad_records_of_module(file, evaluator, env, sites)),
        told=tuple(told),
    )
    return sites.finish(facts)


def module_env(file: PythonFile, evaluator: Evaluator) -> Env:
    """The names of a module as its top-level statements leave them."""
    env = Env()
    for statement in file.tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            bind_imports(statement, env)
        elif (
            isinstance(statement, ast.Assign)
            and len(statement.targets) == 1
            and isinstance(statement.targets[0], ast.Name)
        ):
            env.bind(statement.targets[0].id, evaluator.value(statement.value, env), statement.value)
        elif (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and statement.value is not None
        ):
            env.bind(statement.target.id, evaluator.value(statement.value, env), statement.value)
        elif isinstance(statement, ast.Try | ast.If):
            for inner in ast.walk(statement):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    bind_imports(inner, env)
    return env


def _keep_sql(name: str, value: Value, steps: StepReader, site: Site) -> None:
    """Parse the SQL of a constant; that of a dictionary's entries is kept as `name.key`."""
    if isinstance(value, Text) and looks_like_sql(value.text):
        steps.add(value.fragment, "", site, name)
    elif isinstance(value, Table):
        for key, entry in value.entries[:MAX_CONSTANTS]:
            if isinstance(entry, Text) and looks_like_sql(entry.text):
                steps.add(entry.fragment, "", site, f"{name}.{key}")


def _class_constants(file: PythonFile, env: Env, evaluator: Evaluator, steps: StepReader, sites: Sites) -> None:
    """The SQL that classes keep in their attributes, as `Class.name`."""
    for statement in file.tree.body:
        if not isinstance(statement, ast.ClassDef):
            continue
        inner = env.child()
        for item in statement.body:
            if isinstance(item, ast.Assign) and len(item.targets) == 1 and isinstance(item.targets[0], ast.Name):
                value = evaluator.value(item.value, inner)
                name = item.targets[0].id
                inner.bind(name, value, item.value)
                _keep_sql(f"{statement.name}.{name}", value, steps, sites.add(file.span(item.value)))


def _constants(file: PythonFile, env: Env, evaluator: Evaluator, steps: StepReader, sites: Sites) -> list[Constant]:
    """Module constants; those that hold SQL are parsed here, so that an importing task can use them."""
    found: list[Constant] = []
    for statement in file.tree.body:
        if (
            not isinstance(statement, ast.Assign)
            or len(statement.targets) != 1
            or not isinstance(statement.targets[0], ast.Name)
        ):
            continue
        name = statement.targets[0].id
        value = env.get(name)
        if value is None or len(found) >= MAX_CONSTANTS:
            continue
        site = sites.add(file.span(statement.value))
        _keep_sql(name, value, steps, site)
        as_fact = fact(value, "", site)
        if as_fact.known or as_fact.choices:
            found.append(Constant(name, as_fact))
        elif isinstance(value, Table) and not value.open:
            keys = keys_of(name, value, file.tree)
            found += [Constant(name, as_fact, keys)] if keys else []
    return found


def _imports(file: PythonFile) -> list[tuple[str, str, str]]:
    found = []
    for statement in file.tree.body:
        if isinstance(statement, ast.ImportFrom):
            module = "." * statement.level + (statement.module or "")
            found += [(alias.asname or alias.name, module, alias.name) for alias in statement.names]
    return found
