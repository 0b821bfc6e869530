"""Functions of modules that hold no DAG: tasks of other modules run them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tidegate_analyzers.facts import Routine, Sites
from tidegate_analyzers.readers.airflow.shapes import Function
from tidegate_analyzers.readers.airflow.steps import StepReader
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.functions import read_body
from tidegate_analyzers.readers.python.names import Env
from tidegate_analyzers.syntax.python import PythonFile

MAX_ROUTINES = 200


def read_routines(
    file: PythonFile, sites: Sites, evaluator: Evaluator, steps: StepReader, env: Env
) -> Iterator[Routine]:
    """The functions at the top of a module that do something to data."""
    functions: dict[str, Function] = {
        statement.name: statement
        for statement in file.tree.body
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for name, function in list(functions.items())[:MAX_ROUTINES]:
        site = sites.add((file.span(function).start, file.span(function).start))
        body = read_body(function, file, evaluator, steps, env, functions.get, site)
        if body.steps:
            yield Routine(name, site, tuple(body.steps), tuple(body.writes), body.opaque)
