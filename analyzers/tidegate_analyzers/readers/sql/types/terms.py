"""What comes of types: operations from the types of operands to the type of the result.

A type here is a spelling, or one of these: empty (not known), `null`, `#3` (an integer of three digits written out),
`'` (text written out), `?0.name` (the type of a column elsewhere: a *variable*). An operation on a variable gives a
*term*, `?=sum{?0.name}`, which `evaluate` works out once the variable's type is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tidegate_analyzers.readers.sql.types import operations
from tidegate_analyzers.readers.sql.types.arithmetic import arithmetic
from tidegate_analyzers.readers.sql.types.literals import NULL, settle

_TERM = "?="
_LONGEST = 300

OPERATIONS: dict[str, Callable[..., str]] = {
    "common": operations.common, "+": arithmetic("+"), "-": arithmetic("-"), "*": arithmetic("*"), "/": arithmetic("/"),
    "//": arithmetic("//"), "%": arithmetic("%"), "neg": operations.negated, "abs": operations.absolute, "sum": operations.added_up, "avg": operations.averaged,
    "min": operations.extreme, "mid": operations.middle, "text": operations.text_or_same, "trunc": operations.truncated, "shift": operations.shifted, "zone": operations.in_zone,
    "whole": operations.whole, "round": operations.rounded, "list": operations.listed, "item": operations.held, "moment": operations.moment,
}  # fmt: skip

_UNNAMED = re.compile(r"[{}|]")


def apply(name: str, group: str, *operands: str) -> str:
    """The result of an operation: a type, or a term where an operand is a variable or a term."""
    if not any(operand.startswith("?") for operand in operands):
        return OPERATIONS[name](group, *operands)
    if name == "text":
        told = operations.text_or_same(group, *(operand for operand in operands if not operand.startswith("?")))
        if told:
            return told
    elif "" in operands:
        return ""
    if name == "common":
        operands = tuple(dict.fromkeys(operand for operand in operands if operand != NULL))
        if len(operands) == 1:
            return operands[0]
    if any(_UNNAMED.search(operand) for operand in operands if not operand.startswith(_TERM)):
        return ""
    term = f"{_TERM}{name}{{{'|'.join(operands)}}}"
    return term if len(term) <= _LONGEST else ""


def evaluate(type_: str, group: str, variable: Callable[[str], str]) -> str:
    """A type with its variables replaced: `variable` gives the type of `?0.name`, empty where it is not known."""
    if not type_.startswith("?"):
        return type_
    return settle(_evaluate(type_, group, variable), group)


def _evaluate(type_: str, group: str, variable: Callable[[str], str]) -> str:
    if not type_.startswith(_TERM):
        return variable(type_) if type_.startswith("?") else type_
    name, _, rest = type_.removeprefix(_TERM).partition("{")
    return OPERATIONS[name](group, *(_evaluate(part, group, variable) for part in _parts(rest[:-1])))


def _parts(text: str) -> list[str]:
    found, depth, start = [], 0, 0
    for at, character in enumerate(text):
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        elif character == "|" and depth == 0:
            found.append(text[start:at])
            start = at + 1
    return [*found, text[start:]]
