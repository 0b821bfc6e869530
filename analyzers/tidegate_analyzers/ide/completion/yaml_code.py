"""Code in the values of YAML: `ref('orders')` in tests, exposures and unit tests, and Jinja between braces."""

from __future__ import annotations

import re

from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Completion, Item
from tidegate_analyzers.ide.completion.jinja import complete_jinja
from tidegate_analyzers.syntax.jinja.cursor import open_block, open_code
from tidegate_analyzers.syntax.yaml.cursor import ITEM, YamlPlace

_CALL = re.compile(r"(?:ref|source)\s*\(")
_PLACES = {
    ("depends_on", ITEM): ("exposures",),
    ("to",): (),
    ("arguments", "to"): (),
    ("model",): ("semantic_models",),
    ("input",): ("unit_tests",),
    ("relation",): ("snapshots",),
}
"""The last steps to values that are `ref` or `source` calls, with the first step they need, if any."""


def takes_calls(path: tuple[str, ...]) -> bool:
    """Whether the value at a path is a `ref` or `source` call."""
    return any(
        path[-len(last) :] == last and (not first or path[:1] == first) for last, first in _PLACES.items() if path
    )


def complete_code(asked: Asked, place: YamlPlace | None, sort: str) -> Completion | None:
    """What is offered in Jinja, or in the string of a call; `None` where there is no code."""
    code = open_block(asked.text, asked.offset)
    line = asked.document.lines.line_span(asked.document.lines.position(asked.offset).line)
    if code is not None and code.start >= line.start:
        return complete_jinja(asked, code)
    if place is None or sort != "properties" or not takes_calls(place.path):
        return None
    begin = place.text_at + len(place.quote)
    if _CALL.match(asked.text, begin, asked.offset) is None:
        return None
    found = complete_jinja(asked, open_code(asked.text, begin, asked.offset))
    if found is None or not place.quote or place.quote in asked.text[asked.offset : line.end]:
        return found
    items = tuple(Item(i.label, i.kind, i.insert + place.quote, i.detail, i.snippet, i.about) for i in found.items)
    return Completion(items, found.span, found.cursor, found.also, found.cut)
