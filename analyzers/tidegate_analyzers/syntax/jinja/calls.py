"""The calls inside a Jinja block, and what their arguments are known to be."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from tidegate_analyzers.syntax.jinja.blocks import Block
from tidegate_analyzers.syntax.jinja.code import STRING
from tidegate_analyzers.syntax.python import Offsets
from tidegate_analyzers.text import Span


@dataclass(frozen=True, slots=True)
class NodeCall:
    """A `ref(...)` or `source(...)`: what it names, where its parts stand, and the version if one is given.

    `names` is empty where an argument is no plain string: then what it refers to is unknown.
    """

    function: str
    names: tuple[str, ...]
    spans: tuple[Span, ...]
    span: Span
    version: str = ""


_CALL_HEAD = re.compile(r"(?<![\w.])(?:builtins\s*\.\s*)?(ref|source)\s*\(")
_ARGUMENT = re.compile(rf"\s*(?:(\w+)\s*=(?!=)\s*)?({STRING}|[-+]?\d[\w.]*|[^,()'\"]+?)\s*([,)])", re.S)


def node_calls(text: str, at: int = 0) -> list[NodeCall]:
    """The `ref` and `source` calls in a piece of Jinja code whose first character is at offset `at`."""
    found: list[NodeCall] = []
    if "ref" not in text and "source" not in text:
        return found
    for head in _CALL_HEAD.finditer(text):
        if _in_string(text, head.start()):
            continue
        names: list[str] = []
        spans: list[Span] = []
        version = ""
        dynamic = False
        position = head.end()
        while (argument := _ARGUMENT.match(text, position)) is not None:
            keyword, value, sign = argument.groups()
            if keyword in ("v", "version"):
                version = value.strip("'\" ")
            elif keyword:
                dynamic = True
            elif value[0] in "'\"":
                names.append(value[1:-1])
                spans.append(Span(at + argument.start(2) + 1, at + argument.end(2) - 1))
            else:
                dynamic = True
            position = argument.end()
            if sign == ")":
                break
        else:
            dynamic = True
        if dynamic or not names or (head.group(1) == "source" and len(names) != 2):
            names, spans = [], []
        found.append(
            NodeCall(head.group(1), tuple(names), tuple(spans), Span(at + head.start(), at + position), version)
        )
    return found


def _in_string(text: str, offset: int) -> bool:
    before = text[:offset]
    if "'" not in before and '"' not in before:
        return False
    return any(m.start() < offset < m.end() for m in re.finditer(STRING, text[: offset + 200], re.S))


_CALLEE = re.compile(r"(?<![\w.'\"])(\|\s*|\bis\s+(?:not\s+)?)?([A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)\s*\(")


_KEYWORDS = frozenset(("and", "or", "not", "in", "is", "if", "else", "elif"))


def callees(text: str, at: int = 0) -> list[tuple[str, Span]]:
    """The dotted names that are called in a piece of Jinja code, with their places.

    What stands in strings is no call; filters, tests and keywords before a bracket are none of these names.
    """
    if "(" not in text:
        return []
    masked = re.sub(STRING, lambda m: "'" + " " * (len(m.group()) - 2) + "'", text, flags=re.S)
    return [
        (re.sub(r"\s", "", m.group(2)), Span(at + m.start(2), at + m.end(2)))
        for m in _CALLEE.finditer(masked)
        if not m.group(1) and m.group(2) not in _KEYWORDS
    ]


@dataclass(frozen=True, slots=True)
class Argument:
    """A keyword argument of a call in Jinja, with what is known of its value.

    Attributes:
        name: the keyword.
        name_span: where the keyword stands.
        span: where the value stands.
        known: whether `value` is the value for certain.
        value: the literal, or `None`.
        choices: the literals of a conditional expression, one of which it is.
        text: the value as written.
    """

    name: str
    name_span: Span
    span: Span
    known: bool
    value: Any
    choices: tuple[Any, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call with keyword arguments; `complete` is false where some of it can't be read."""

    span: Span
    arguments: tuple[Argument, ...] = ()
    complete: bool = True
    keywords: frozenset[str] = field(default_factory=frozenset)


def keyword_call(block: Block) -> Call:
    """Read a block such as `config(materialized='table', tags=['a'])`."""
    source = block.body.strip()
    shift = block.at + len(block.body) - len(block.body.lstrip())
    tree, offsets = parsed(source)
    if not isinstance(tree, ast.Call):
        return Call(block.span, (), complete=False)
    arguments: list[Argument] = []
    complete = True
    for keyword in tree.keywords:
        if keyword.arg is None:
            complete = False
            continue
        start, end = offsets.span(keyword.value)
        name_at = offsets.offset(keyword.lineno, keyword.col_offset)
        known, value, choices = literal(keyword.value)
        arguments.append(
            Argument(
                keyword.arg,
                Span(name_at + shift, name_at + shift + len(keyword.arg)),
                Span(start + shift, end + shift),
                known,
                value,
                choices,
                source[start:end],
            )
        )
    if tree.args:
        first = tree.args[0]
        if isinstance(first, ast.Dict) and len(tree.args) == 1:
            for key, item in zip(first.keys, first.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    start, end = offsets.span(item)
                    key_start, key_end = offsets.span(key)
                    known, value, choices = literal(item)
                    arguments.append(
                        Argument(
                            key.value,
                            Span(key_start + shift, key_end + shift),
                            Span(start + shift, end + shift),
                            known,
                            value,
                            choices,
                            source[start:end],
                        )
                    )
                else:
                    complete = False
        else:
            complete = False
    return Call(block.span, tuple(arguments), complete, frozenset(a.name for a in arguments))


_NOT_PYTHON = re.compile(rf"{STRING}|#[^\r\n]*|[\r\n~]|\b(?:from|except|class|with|as)(?=\s*=[^=])", re.S)
_LINE_END = re.compile(r"(?<!\\)[\r\n]")
_STAND_INS = {"\r": "\ue000", "\n": "\ue001"}
_ORIGINALS = {ord(stand_in): sign for sign, stand_in in _STAND_INS.items()}


def parsed(code: str) -> tuple[ast.expr | None, Offsets]:
    """Jinja code as a syntax tree, with the places of its nodes; `None` where it can't be read.

    It is parsed as Python of the same length: in Jinja a line may end anywhere, in strings too, `~` joins texts,
    and an argument may be called `from`, which then has a capital letter at its end.
    """
    source = _NOT_PYTHON.sub(_as_python, code)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in the user's string is not our business
            tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None, Offsets(source)
    if "\ue000" in source or "\ue001" in source:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                node.value = node.value.translate(_ORIGINALS)
    return tree, Offsets(source)


def _as_python(token: re.Match[str]) -> str:
    text = token.group()
    if text[0] in "'\"":
        return _LINE_END.sub(lambda match: _STAND_INS[match.group()], text)
    if text[0].isalpha():
        return text[:-1] + text[-1].upper()
    return "+" if text == "~" else " " * len(text)


def literal(node: ast.expr) -> tuple[bool, Any, tuple[Any, ...]]:
    """What an expression is known to be: (known, value, choices of a conditional expression)."""
    try:
        return True, _plain(ast.literal_eval(node)), ()
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        pass
    if isinstance(node, ast.Name) and node.id in ("true", "false", "none"):
        return True, {"true": True, "false": False, "none": None}[node.id], ()
    if isinstance(node, ast.IfExp):
        choices: list[Any] = []
        for arm in (node.body, node.orelse):
            known, value, more = literal(arm)
            if known:
                choices.append(value)
            elif more:
                choices.extend(more)
            else:
                return False, None, ()
        return False, None, tuple(choices)
    if isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys):
        items = [
            (key.value, literal(value))
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
        ]
        if all(read[0] for _, read in items):
            return True, {str(key): read[1] for key, read in items}, ()
    if isinstance(node, ast.List | ast.Tuple):
        read = [literal(item) for item in node.elts]
        if all(item[0] for item in read):
            return True, [item[1] for item in read], ()
    return False, None, ()


def _plain(value: Any) -> Any:
    """The value in the types that facts can hold."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, bytes | complex) or value is Ellipsis:
        raise TypeError("not a value of ours")
    return value
