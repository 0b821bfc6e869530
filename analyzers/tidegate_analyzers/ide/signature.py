"""The parameters of the macro or function that is being called at a cursor, and which of them is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.completion import names
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.documentation import macro_signature
from tidegate_analyzers.ide.completion.jinja import MEMBERS
from tidegate_analyzers.ide.completion.words import Word, jinja_word, sql_function
from tidegate_analyzers.syntax.jinja.cursor import OpenBracket, open_block
from tidegate_analyzers.syntax.sql_cursor import open_frames
from tidegate_analyzers.text import Document, Span
from tidegate_analyzers.workspace import Snapshot

_FILTER = re.compile(r"\|\s*\w+\s*\(\Z")
_TEST = re.compile(r"\bis\s+(?:not\s+)?\w+\s*\(\Z")


@dataclass(frozen=True, slots=True)
class Signature:
    """A way of calling something.

    Attributes:
        label: the name with its parameters.
        text: what it does.
        parameters: each parameter's place in the label, with what is said of it.
        active: the number of the one that is typed, -1 where there is none for it.
    """

    label: str
    text: str
    parameters: tuple[tuple[Span, str], ...]
    active: int


def signatures(view: View, snapshot: Snapshot, document: Document, offset: int) -> tuple[list[Signature], int]:
    """The signatures of the call around an offset, and which of them fits what is typed."""
    suffix = document.path.rpartition(".")[2].lower()
    asked = Asked(view, snapshot, document, offset)
    code = open_block(document.text, offset) if suffix in ("sql", "hql", "yml", "yaml", "md") else None
    if code is not None:
        call = code.call
        if code.kind == "{#" or call is None:
            return [], 0
        found = [_with_active(one, call) for one in _of_jinja(asked, call)]
    elif suffix in ("sql", "hql"):
        found = list(_of_sql(asked))
    else:
        return [], 0
    return found, next((number for number, one in enumerate(found) if one.active >= 0), 0)


def _of_jinja(asked: Asked, call: OpenBracket) -> Iterator[Signature]:
    before = asked.text[max(call.at - 80, 0) : call.at]
    head, _, last = call.name.rpartition(".")
    where = "filter" if _FILTER.search(before) else "test" if _TEST.search(before) else MEMBERS.get(head, "")
    if where or not head:
        word = jinja_word(where or "name", last)
        if word is not None:
            yield _of_word(word)
            return
    for name, macro, posting in names.macros(asked, head):
        if name != last:
            continue
        texts, told = {}, ""
        for _, entry in dbt.properties_of(asked.view, asked.view.layout.project_of(posting.path), "macro", macro.name):
            texts.update({item.name: " ".join((item.type, item.description)).strip() for item in entry.arguments})
            told = told or entry.description
        label = macro_signature(macro)
        given = [f"{p.name}={p.default}" if p.default else p.name for p in macro.parameters]
        spans = _spans(label, given)
        said = [texts.get(parameter.name, "") for parameter in macro.parameters]
        yield Signature(label, told, tuple(zip(spans, said, strict=True)), 0)
        return


def _of_word(word: Word) -> Signature:
    spans = _spans(word.signature, word.parameters)
    return Signature(word.signature, word.text, tuple((span, "") for span in spans), 0)


def _spans(label: str, parameters: tuple[str, ...] | list[str]) -> list[Span]:
    """Where the parameters stand in a label, one after the other."""
    found = []
    at = label.find("(") + 1
    for parameter in parameters:
        start = label.index(parameter, at)
        at = start + len(parameter)
        found.append(Span(start, at))
    return found


def _with_active(one: Signature, call: OpenBracket) -> Signature:
    named = [re.split(r"[=:]", one.label[span.start : span.end])[0].strip() for span, _ in one.parameters]
    active = named.index(call.keyword) if call.keyword in named else -1 if call.keyword else call.commas
    if active < 0 or active >= len(named):
        active = len(named) - 1 if named and named[-1].startswith("*") else -1
    return Signature(one.label, one.text, one.parameters, active)


def _of_sql(asked: Asked) -> Iterator[Signature]:
    for frame in reversed(open_frames(asked.text, asked.offset)):
        if frame.select_at >= 0:
            return
        if frame.call and frame.call != "[":
            for word in sql_function(asked.adapter, frame.call):
                one = _of_word(word)
                active, last = frame.commas, len(word.parameters) - 1
                if active > last:
                    active = last if "..." in word.parameters else -1
                yield Signature(one.label, one.text, one.parameters, active)
            return
