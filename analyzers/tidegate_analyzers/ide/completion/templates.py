"""What is offered in the templates that Airflow renders."""

from __future__ import annotations

import re

from tidegate_analyzers.ide.airflow_words import MEMBERS, AirflowWord, major_of, words
from tidegate_analyzers.ide.completion import orchestrated
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Completion, Item, Offer
from tidegate_analyzers.ide.completion.jinja import written
from tidegate_analyzers.syntax.jinja.cursor import OpenCode
from tidegate_analyzers.text import Span

_WORD = re.compile(r"\w*\Z")
_REST = re.compile(r"\w*")
_REST_OF_STRING = re.compile(r"[\w.-]*")
_HEAD = re.compile(r"(?<![\w.])(?P<head>\w+(?:\s*\.\s*\w+)*)\s*\.\s*\Z")
_FILTER = re.compile(r"\|\s*\Z")
_AFTER_VALUE = re.compile(r"[\w)\]}'\"]\s+\Z")
_OPERATOR = re.compile(r"\b(?:and|or|not|in|is|if|elif|else|do|set|for)\s+\Z")


def complete_template(asked: Asked, code: OpenCode, *, formatted: bool = False) -> Completion | None:
    """What is offered in code that is open at the cursor.

    Args:
        asked: the place.
        code: the code.
        formatted: whether it stands in an f-string, whose brackets are left alone.
    """
    if code.kind == "{#":
        return None
    if code.quote:
        return _in_string(asked, code, formatted=formatted)
    text = asked.text
    found = _WORD.search(text, code.at, asked.offset)
    start = found.start() if found is not None else asked.offset
    rest = _REST.match(text, asked.offset)
    span = Span(start, rest.end() if rest is not None else asked.offset)
    if text[start : start + 1].isdigit():
        return None
    before = text[code.at : start]
    offer = Offer(text[start : asked.offset])
    head = _HEAD.search(before)
    if head is not None:
        _members(asked, re.sub(r"\s", "", head["head"]), offer)
    elif before.rstrip().endswith("."):
        return None
    elif _FILTER.search(before):
        _words(asked, "filter", offer)
    elif not _AFTER_VALUE.search(before) or _OPERATOR.search(before):
        _words(asked, "name", offer)
    return Completion(tuple(offer.items), span, asked.offset, (), offer.cut)


def _members(asked: Asked, head: str, offer: Offer) -> None:
    if head in ("var.value", "var.json"):
        offer.extend(orchestrated.used(asked, "variable"))
    elif head == "conn":
        offer.extend(orchestrated.used(asked, "connection"))
    elif head.startswith("conn.") and head.count(".") == 1:
        _words(asked, "conn_member", offer)
    elif head in MEMBERS:
        _words(asked, MEMBERS[head], offer)


def _words(asked: Asked, where: str, offer: Offer) -> None:
    major = major_of(asked.view, asked.path)
    offer.extend(_item(asked, where, item, major) for item in words(where) if item.known_in(major))


def _item(asked: Asked, where: str, found: AirflowWord, major: int | None) -> Item:
    called = "(" in found.signature
    kind = "function" if called or where == "filter" else "variable"
    is_snippet = called and asked.snippets
    insert = f"{found.name}($1)" if is_snippet else found.name
    return Item(
        found.name, kind, insert, found.text(major or 2), is_snippet, ("airflow-word", where, found.name, asked.path)
    )


def _in_string(asked: Asked, code: OpenCode, *, formatted: bool) -> Completion | None:
    call = code.call
    offer = Offer(asked.text[code.quoted_at : asked.offset])
    if call is None or "\n" in offer.typed:
        return None
    name = call.name.replace(" ", "")
    if name.endswith("xcom_pull") and call.keyword in ("", "task_ids") and (call.keyword or call.commas == 0):
        offer.extend(orchestrated.own_tasks(asked) if orchestrated.own_dags(asked) else orchestrated.tasks(asked))
    elif name in ("var.value.get", "var.json.get") and call.commas == 0:
        offer.extend(orchestrated.used(asked, "variable"))
    elif name == "conn.get" and call.commas == 0:
        offer.extend(orchestrated.used(asked, "connection"))
    rest = _REST_OF_STRING.match(asked.text, asked.offset)
    span = Span(code.quoted_at, rest.end() if rest is not None else asked.offset)
    if formatted:
        return Completion(tuple(offer.items), span, asked.offset, (), offer.cut)
    return written(asked, code, offer, span)
