"""dbt models in Python: what `model(dbt, session)` refers to, read from its calls."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

from tidegate_analyzers.facts import NOWHERE, DbtNode, FileFacts, FileRead, NodeRef, Setting, Sites, Value
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.dbt.python_writes import python_writes
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.python_cover import python_cover, python_strings
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.syntax.jinja import literal
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.text import Document, Span

_MODEL = re.compile(r"\bdef model ?\(")


def read_python_model(document: Document, role: Role) -> FileRead:
    """The facts of a Python model; a script that happens to lie among the models says nothing."""
    if not _MODEL.search(document.text):
        return Sites().finish(FileFacts("python"))
    sites = Sites()
    file = parse_python(document.text)
    refs: list[NodeRef] = []
    config: list[Setting] = []
    name_site = NOWHERE
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef) and node.name == "model" and not name_site:
            start = file.span(node).start
            at = document.text.find("model", start)
            name_site = sites.add(Span(at, at + 5))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("ref", "source"):
                refs.append(_ref(node, node.func.attr, file, sites))
            elif node.func.attr == "config":
                config += [_setting(keyword, file, sites) for keyword in node.keywords if keyword.arg]
    model = DbtNode(
        "model",
        PurePosixPath(document.path).stem,
        name_site,
        "python",
        tuple(config),
        refs=tuple(refs),
        parsed=False,
        writes=tuple(python_writes(file, sites)),
    )
    problems = tuple(syntax_problems(file.problems, sites))
    cover = python_cover(file)
    return sites.finish(
        FileFacts(
            "dbt_python",
            problems,
            suppressions(document, sites, cover, python_strings(file)),
            is_generated(document),
            (model,),
        )
    )


def _ref(call: ast.Call, function: str, file: PythonFile, sites: Sites) -> NodeRef:
    names: list[str] = []
    spans: list[int] = []
    for argument in call.args:
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            return NodeRef(function, (), sites.add(file.span(call)))
        span = file.span(argument)
        names.append(argument.value)
        spans.append(sites.add(Span(span.start + 1, span.end - 1)))
    return NodeRef(function, tuple(names), sites.add(file.span(call)), tuple(spans))


def _setting(keyword: ast.keyword, file: PythonFile, sites: Sites) -> Setting:
    known, value, choices = literal(keyword.value)
    span = file.span(keyword)
    name = keyword.arg or ""
    return Setting(
        name,
        Value(known, value, choices, file.slice(keyword.value), sites.add(file.span(keyword.value))),
        sites.add(Span(span.start, span.start + len(name))),
    )
