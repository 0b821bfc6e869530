"""What the nodes of a YAML document stand for, under YAML 1.1 and 1.2."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from tidegate_analyzers.syntax.yaml.nodes import Mapping, Node, Scalar, Sequence, resolved

_INT_12 = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT_12 = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INT_11 = re.compile(r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)\Z")
_FLOAT_11 = re.compile(r"[-+]?(([0-9][0-9_]*)\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?)\Z")
_SEXAGESIMAL = re.compile(r"[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+\Z")
_TRUE_11 = frozenset(["yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
_FALSE_11 = frozenset(["no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
Plain: TypeAlias = "bool | int | float | str | None"


def scalar_value(node: Scalar, *, version: str = "1.1") -> Plain:
    """The value a scalar stands for under YAML `version`; anything quoted or tagged `!!str` is text."""
    text = node.value
    if node.style or node.tag == "tag:yaml.org,2002:str":
        return text
    if text in _NULL:
        return None
    if version == "1.2":
        if text in ("true", "True", "TRUE"):
            return True
        if text in ("false", "False", "FALSE"):
            return False
        if _INT_12.match(text):
            return int(text) if len(text) < 300 else text
        if text.startswith(("0x", "0o")):
            return _based(text)
        if _FLOAT_12.match(text):
            return float(text)
        return text
    if text in _TRUE_11:
        return True
    if text in _FALSE_11:
        return False
    if _INT_11.match(text):
        return _int_11(text)
    if _FLOAT_11.match(text):
        return float(text.replace("_", ""))
    if _SEXAGESIMAL.match(text):
        return _sexagesimal(text)
    return text


def _based(text: str) -> Plain:
    try:
        return int(text, 0)
    except ValueError:
        return text


def _int_11(text: str) -> Plain:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").replace("_", "")
    if len(digits) > 300:
        return text
    if digits.startswith(("0b", "0x")):
        return sign * int(digits, 0)
    if len(digits) > 1 and digits.startswith("0"):
        return sign * int(digits, 8)
    return sign * int(digits)


def _sexagesimal(text: str) -> int:
    value = 0
    for part in text.lstrip("+-").replace("_", "").split(":"):
        value = value * 60 + int(part)
    return -value if text.startswith("-") else value


def plain(node: Node | None, *, version: str = "1.1", budget: int = 20_000) -> Any:
    """The Python value of a node: dict, list or scalar.

    Args:
        node: what to convert; `None` gives `None`.
        version: the YAML version whose scalars apply.
        budget: how many nodes are unfolded at most, aliases included; beyond it values are `None`.
    """
    left = [budget]

    def convert(item: Node) -> Any:
        left[0] -= 1
        if left[0] < 0:
            return None
        item = resolved(item)
        if isinstance(item, Scalar):
            return scalar_value(item, version=version)
        if isinstance(item, Mapping):
            return {key.value: convert(value) for key, value in item.items()}
        if isinstance(item, Sequence):
            return [convert(child) for child in item.items()]
        return None

    return None if node is None else convert(node)


def text_of(node: Node | None) -> str | None:
    """The text of a scalar that is not null, else `None`."""
    if isinstance(node, Scalar) and (node.style or node.value not in _NULL):
        return node.value
    return None
