"""Words in the templates of a DAG file that Airflow 3 does not know any more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Setting, Sites, Value
from tidegate_analyzers.syntax.python import PythonFile
from tidegate_analyzers.text import Span

REMOVED = "airflow.removed"
"""The setting that stands for such a word; its value is the word as it is looked up."""

_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}|\{%[^%]*%\}")
_TEMPLATE_IN_F = re.compile(r"\{\{\{\{[^{}]*\}\}\}\}|\{\{%[^%]*%\}\}")
_WORD = re.compile(
    r"(?<![\w.'\"])(?:(?P<owner>dag_run|ti|task_instance)\.(?P<attribute>execution_date)|"
    r"(?P<name>execution_date|(?:next|prev)_execution_date|prev_execution_date_success|(?:next|prev|yesterday|tomorrow)_ds(?:_nodash)?))(?![\w'\"])"
)


def removed_words(file: PythonFile, sites: Sites) -> Iterator[Setting]:
    """Each such word, in the strings of a DAG file; docstrings and words that the file defines itself are left out."""
    inner = {id(part) for node in ast.walk(file.tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inner.add(id(node.value))
    for node in ast.walk(file.tree):
        if isinstance(node, ast.JoinedStr):
            pattern = _TEMPLATE_IN_F
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            pattern = _TEMPLATE
        else:
            continue
        span = file.span(node)
        for template in pattern.finditer(file.text, span.start, span.end):
            for found in _WORD.finditer(template.group()):
                part = "attribute" if found["owner"] else "name"
                word = found[part]
                if f"set {word}" in file.text or re.search(rf"[\"']{word}[\"']\s*:", file.text):
                    continue
                start, end = template.start() + found.start(part), template.start() + found.end(part)
                yield Setting(REMOVED, Value(True, word, (), word), sites.add(Span(start, end)))
