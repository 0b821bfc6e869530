"""Which statement of a Python module a comment speaks of, and what is no comment."""

from __future__ import annotations

import ast

from tidegate_analyzers.readers.airflow.steps import looks_like_sql
from tidegate_analyzers.readers.suppressions import Cover, InString, by_spans
from tidegate_analyzers.syntax.python import PythonFile
from tidegate_analyzers.text import Span


def python_cover(file: PythonFile) -> Cover:
    """Simple statements as a whole, compound ones by their head: a comment on `with DAG(` is about the DAG."""

    def cover(offset: int, alone: bool) -> Span | None:
        spans = []
        for node in ast.walk(file.tree):
            if isinstance(node, ast.stmt):
                span = file.span(node)
                body = getattr(node, "body", None)
                if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                    span = Span(span.start, file.span(body[0]).start)
                decorators = getattr(node, "decorator_list", None)
                if decorators:
                    span = Span(min(file.span(item).start for item in decorators), span.end)
                spans.append(span)
        return by_spans(spans)(offset, alone)

    return cover


def python_strings(file: PythonFile) -> InString:
    """A comment sign in a string is part of its text, unless the text is SQL and the sign is one of SQL."""

    def in_string(offset: int, sign: str) -> bool:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                span = file.span(node)
                if span.start < offset < span.end and (
                    sign == "#" or not looks_like_sql(file.slice(node).strip("'\""))
                ):
                    return True
        return False

    return in_string
