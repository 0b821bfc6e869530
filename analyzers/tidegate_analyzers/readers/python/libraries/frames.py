"""What libraries of data frames have in common: a mode that is one of a few words, a target by name or path."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from tidegate_analyzers.facts import BadRecords, Relation, Write
from tidegate_analyzers.readers.airflow.steps import table_relation
from tidegate_analyzers.readers.python.libraries.base import Call, is_false, is_true
from tidegate_analyzers.readers.python.values import Choice, Plain, Text, Unknown, Value

_HOLES = re.compile(r"(?:\{\{[^{}]*\}\}[./]?)+")


def table_named(*names: Value | None) -> Relation | None:
    """A table by the values that name it, outermost first; `None` where its own name is not known."""
    if not names or not isinstance(names[-1], Text) or _HOLES.fullmatch(names[-1].text):
        return None
    parts = [part for name in names if isinstance(name, Text) for part in table_relation(name.text).parts]
    return Relation("table", tuple(parts))


def path_named(value: Value | None) -> Relation | None:
    """A path; `None` where it is not known."""
    if not isinstance(value, Text) or _HOLES.fullmatch(value.text):
        return None
    return Relation("path", (value.text.rstrip("/"),))


def is_given(value: Value | None) -> bool:
    """Whether something other than `None` is given, or may be."""
    return value is not None and not (isinstance(value, Plain) and value.value is None)


def writes(
    call: Call,
    target: Relation | None,
    word: str,
    modes: Mapping[str, str],
    *,
    position: int = -1,
    default: str = "",
    opaque: str = "",
) -> None:
    """Say how a call writes its target.

    Args:
        call: the call.
        target: what it writes; nothing is said where that isn't known.
        word: the argument that says how.
        modes: what its words mean; those that are left out write nothing over anything.
        position: where the argument stands.
        default: the word that counts if none is given.
        opaque: why it can't be judged what is added.
    """
    if target is None:
        return
    given = call.given(word, position)
    node = call.argument(word, position)
    known = default if given is None else given.text if isinstance(given, Text) else ""
    site = call.add(node if node is not None else call.node.func)
    option = f"{call.method}({word}='{known}')" if node is not None else f"{call.method}() without {word}="
    if given is not None and not isinstance(given, Text):
        words = {item.text for item in given.options if isinstance(item, Text)} if isinstance(given, Choice) else set()
        if isinstance(given, Plain) or (words and not any(modes.get(item) == "append" for item in words)):
            return
        call.effects.write(
            Write("append", target, site, rows="file", opaque="how it writes is not known", by="dataframe")
        )
        return
    mode = modes.get(known)
    if mode is None:
        return
    call.effects.write(
        Write(
            mode,
            target,
            site,
            rows="file",
            whole=mode == "replace",
            opaque=opaque if mode == "append" else "",
            option=option,
            by="dataframe",
        )
    )


def ignores(call: Call, name: str, engine: str, outcome: str, *, unless: tuple[str, ...] = ()) -> None:
    """Say that a reader goes on over what it can't read, if an argument says so."""
    if not is_true(call.given(name)):
        return
    if any((value := call.given(other)) is not None and not is_false(value) for other in unless):
        return
    node = call.argument(name)
    shown = node if node is not None else call.node.func
    note = "" if node is not None else "among the options it is given"
    call.effects.bad(BadRecords(outcome, engine, f"{name}=True", call.add(shown), outside=True, note=note))


def made_by(call: Call, makers: frozenset[str], node: ast.expr | None = None) -> Value | None:
    """The first argument of the call that made what a method is called on, if it is one of some calls."""
    receiver = node if node is not None else call.receiver
    if receiver is None:
        return None
    for link in reversed(call.chain(receiver)):
        if link.call is not None and link.name in makers:
            return call.value(link.call.args[0], link.env) if link.call.args else Unknown()
    return None
