"""Which statement of a Python module a comment speaks of."""

from __future__ import annotations

import ast

from tidegate_analyzers.readers.suppressions import Cover, by_spans
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
