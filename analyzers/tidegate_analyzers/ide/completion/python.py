"""What is offered in the strings of Python: names an orchestrator knows, templates, selections of dbt, SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tidegate_analyzers.ide.completion import names, orchestrated
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Completion, Item, Offer
from tidegate_analyzers.ide.completion.sql import complete_sql
from tidegate_analyzers.ide.completion.templates import complete_template
from tidegate_analyzers.ide.sql_strings import sql_at
from tidegate_analyzers.syntax.jinja.cursor import open_block
from tidegate_analyzers.syntax.python_cursor import PythonCall, PythonPlace, PythonString, python_place
from tidegate_analyzers.text import Span

_NEAR = 600
"""How many characters around the cursor are looked at."""
_LONGEST = 200
"""No name is longer."""
_COMMAND = re.compile(
    r"\bdbt\b[^\n\"']*\s(?:--select|-s|--models|-m|--exclude)[\s=]+(?:[\w.+@:*/]+[\s,]+)*[+@\d]*(?P<word>\w*)\Z"
)
_SELECTED = re.compile(r"[+@\d]*(?P<word>\w*)\Z")
_DBT = re.compile(r"\b(?:dbt|cosmos)", re.I)
_BEHIND = re.compile(r"\s*,\s*external_dag_id\s*=\s*[\"']([\w.-]+)[\"']")
_OF_DAG = frozenset(("external_dag_id", "trigger_dag_id"))
_OF_TASK = frozenset(("external_task_id", "external_task_ids"))
_OWN_TASKS = frozenset(("follow_task_ids_if_true", "follow_task_ids_if_false"))
_REST = re.compile(r"[\w./:@-]*")


def complete_python(asked: Asked) -> Completion | None:
    """What is offered in a string of Python."""
    place = python_place(asked.text, asked.offset)
    string = place.string
    if string is None or "b" in string.prefix.lower():
        return None
    code = open_block(asked.text, asked.offset)
    if code is not None and code.start >= string.start and _is_template(asked.text, code.start, string):
        return complete_template(asked, code, formatted=string.formatted)
    typed = asked.text[string.start : asked.offset]
    offer = Offer(typed)
    if place.call is not None and len(typed) < _LONGEST and "\n" not in typed:
        offer.extend(_argument(asked, place, place.call))
    if offer.items:
        return _completion(asked, offer, string)
    dbt = _dbt(asked, place, typed)
    if dbt is not None:
        names.nodes(asked, dbt, own=True)
        return _completion(asked, dbt, string)
    sql = sql_at(asked.document, place)
    if sql is not None:
        return complete_sql(replace(asked, document=sql.document, dialect=sql.dialect))
    return None


def _is_template(text: str, start: int, string: PythonString) -> bool:
    """Whether brackets begin a template; in an f-string those stand twice."""
    return not string.formatted or text[start - 2 : start] == "{{"


def _dbt(asked: Asked, place: PythonPlace, typed: str) -> Offer | None:
    """What is typed of a model that dbt is told to select."""
    command = _COMMAND.search(typed[-_NEAR:])
    if command is not None:
        return Offer(command["word"])
    call = place.call
    if call is None or call.keyword not in ("select", "models", "exclude") or not _DBT.search(asked.text):
        return None
    selected = _SELECTED.fullmatch(typed)
    return Offer(selected["word"]) if selected is not None else None


def _argument(asked: Asked, place: PythonPlace, call: PythonCall) -> Iterator[Item]:
    """What an argument names."""
    keyword, last = call.keyword, call.name.rpartition(".")[2]
    first = not keyword and not call.commas
    if place.brackets and place.brackets[-1].sign == "{":
        return
    if keyword in _OF_DAG or (last == "get_dag" and (first or keyword == "dag_id")):
        yield from orchestrated.dags(asked)
    elif keyword in _OF_TASK:
        yield from orchestrated.tasks(asked, call.strings.get("external_dag_id", "") or _behind(asked))
    elif last == "xcom_pull" and keyword == "dag_id":
        yield from orchestrated.dags(asked)
    elif last == "xcom_pull" and (first or keyword == "task_ids"):
        yield from orchestrated.tasks(asked, call.strings["dag_id"]) if "dag_id" in call.strings else _own(asked)
    elif keyword in _OWN_TASKS or (last in ("get_task", "has_task") and first):
        yield from _own(asked)
    elif keyword.endswith("conn_id") or (last == "get_connection" and first):
        yield from orchestrated.used(asked, "connection")
    elif call.name.endswith("Variable.get") and (first or keyword == "key"):
        yield from orchestrated.used(asked, "variable")
    elif keyword == "pool" or (last == "get_pool" and first):
        yield from orchestrated.used(asked, "pool")
    elif last in ("Asset", "Dataset") and (first or keyword == "uri"):
        yield from orchestrated.used(asked, "asset")
    elif keyword in ("schedule", "schedule_interval") and last in ("DAG", "dag"):
        yield from orchestrated.fixed("schedule")
    elif keyword == "trigger_rule":
        yield from orchestrated.fixed("trigger_rule")


def _own(asked: Asked) -> Iterator[Item]:
    return orchestrated.own_tasks(asked) if orchestrated.own_dags(asked) else orchestrated.tasks(asked)


def _behind(asked: Asked) -> str:
    """The DAG that is named behind the cursor's argument."""
    quote = re.search(r"[\"']\s*[\])]?", asked.text[asked.offset : asked.offset + _NEAR])
    found = _BEHIND.match(asked.text, asked.offset + quote.end()) if quote is not None else None
    return found[1] if found is not None else ""


def _completion(asked: Asked, offer: Offer, string: PythonString) -> Completion:
    rest = _REST.match(asked.text, asked.offset, string.end)
    end = rest.end() if rest is not None else asked.offset
    quote = "" if string.closed else string.quote
    items = [replace(item, insert=item.insert + quote) for item in offer.items]
    return Completion(tuple(items), Span(asked.offset - len(offer.typed), end), asked.offset, (), offer.cut)
