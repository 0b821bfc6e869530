"""What is offered in the strings of DAG files: models that dbt is told to select, DAGs and tasks that others wait for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.ide.completion import names
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Completion, Item, Offer
from tidegate_analyzers.text import Span

_NEAR = 600
"""How many characters around the cursor are looked at."""
_DAG = re.compile(r"\b(?:external_dag_id|trigger_dag_id)\s*=\s*(?P<quote>[\"'])(?P<word>[\w.-]*)\Z")
_TASK = re.compile(r"\bexternal_task_id\s*=\s*(?P<quote>[\"'])(?P<word>[\w.-]*)\Z")
_DAG_NEARBY = re.compile(r"\bexternal_dag_id\s*=\s*[\"']([\w.-]+)[\"']")
_COMMAND = re.compile(
    r"\bdbt\b[^\n\"']*\s(?:--select|-s|--models|-m|--exclude)[\s=]+(?:[\w.+@:*/]+[\s,]+)*[+@\d]*(?P<word>\w*)\Z"
)
_ARGUMENT = re.compile(
    r"\b(?:select|models|exclude)\s*=\s*[\[(]?\s*(?:[\"'][^\"'\n]*[\"']\s*,\s*)*(?P<quote>[\"'])[+@\d]*(?P<word>\w*)\Z"
)
_REST = re.compile(r"[\w.-]*")
_DBT = re.compile(r"\b(?:dbt|cosmos)", re.I)


def complete_python(asked: Asked) -> Completion | None:
    """What is offered in a string of a DAG file."""
    before = asked.text[max(asked.offset - _NEAR, 0) : asked.offset]
    for pattern, source in ((_DAG, _dags), (_TASK, _tasks), (_COMMAND, None), (_ARGUMENT, None)):
        match = pattern.search(before)
        if match is None or (pattern is _ARGUMENT and not _DBT.search(asked.text)):
            continue
        offer = Offer(match["word"])
        if source is not None:
            offer.extend(source(asked))
        else:
            names.nodes(asked, offer, own=True)
        return _completion(asked, offer, match.groupdict().get("quote") or "")
    return None


def _completion(asked: Asked, offer: Offer, quote: str) -> Completion:
    rest = _REST.match(asked.text, asked.offset)
    end = rest.end() if rest is not None else asked.offset
    line = asked.document.lines.line_span(asked.document.lines.position(asked.offset).line)
    closed = not quote or quote in asked.text[asked.offset : line.end]
    items = [
        item if closed else Item(item.label, item.kind, item.insert + quote, item.detail, item.snippet, item.about)
        for item in offer.items
    ]
    return Completion(tuple(items), Span(asked.offset - len(offer.typed), end), asked.offset, (), offer.cut)


def _dags(asked: Asked) -> Iterator[Item]:
    yield from names.values(names.names(asked.view, "dag"), "value", "DAG")


def _tasks(asked: Asked) -> Iterator[Item]:
    """The tasks of the DAG that is named beside, or of all."""
    near = asked.text[max(asked.offset - _NEAR, 0) : asked.offset + _NEAR]
    found = _DAG_NEARBY.search(near)
    for name in (found.group(1),) if found is not None else names.names(asked.view, "dag"):
        for posting in asked.view.find(f"dag:{name}"):
            facts = asked.view.facts(posting.path)
            for task in facts.dags[posting.number].tasks if facts is not None else ():
                if task.id:
                    yield Item(task.id, "value", task.id, f"task of {name}")
