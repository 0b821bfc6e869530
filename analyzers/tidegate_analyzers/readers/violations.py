"""What a schema has against a YAML document, as far as the document could be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers import reference_files
from tidegate_analyzers.readers.placeholders import is_placeholder
from tidegate_analyzers.syntax.json_schema import Violation, check
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, YamlFile
from tidegate_analyzers.text import Span


def violations(root: Mapping, schema: str, file: YamlFile, text: str, version: str) -> Iterator[Violation]:
    """The violations that are the author's.

    In a broken file, what is missing or of another type may be so because of the fault, and so may all that
    reaches to it or follows it. A placeholder is reported as one.

    Args:
        root: the document.
        schema: the name of the schema.
        file: the file it stands in.
        text: the file's text.
        version: the version of YAML its values are read by.
    """
    fault = min((problem.span.start for problem in file.problems), default=None)
    limit = len(text) if fault is None else text.rfind("\n", 0, fault) + 1
    for violation in check(root, reference_files.schema(schema), version=version):
        if fault is not None and (violation.kind not in ("unknown_key", "value") or violation.span.end > limit):
            continue
        written = text[slice(*violation.span)]
        if not is_placeholder(written) and not _PUT_IN.fullmatch(written):
            yield violation


_PUT_IN = re.compile(
    r"""["']?[^\r\n]*(?:\$\{[^}\r\n]*\}|\$\(\w+\)|\{\{[^\r\n]*\}\}|\b__[A-Z][A-Z0-9_]*__\b)[^\r\n]*["']?"""
)
"""A value that something else puts in before the file is used."""


def repeated_keys(root: Mapping, file: YamlFile) -> Iterator[tuple[Span, str]]:
    """Keys that stand twice in one mapping; where a line of a broken file was left out, two mappings may look like one."""
    todo: list[Node] = [root] if not file.problems else []
    while todo:
        node = todo.pop()
        if isinstance(node, Sequence):
            todo += node.entries
        elif isinstance(node, Mapping):
            seen: set[str] = set()
            for key, value in node.entries:
                todo.append(value)
                if not isinstance(key, Scalar) or (key.value == "<<" and not key.style):
                    continue
                if key.value in seen:
                    yield key.span, f"the key '{key.value}' stands twice; what it says above is lost"
                seen.add(key.value)
