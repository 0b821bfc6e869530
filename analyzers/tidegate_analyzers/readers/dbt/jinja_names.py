"""The names that Jinja code uses besides `ref` and `source`: variables, docs blocks, metrics, macros."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Name, Parameter, Sites
from tidegate_analyzers.readers.dbt.context import CONTEXT, builtin_macros
from tidegate_analyzers.syntax.jinja import Block, callees
from tidegate_analyzers.syntax.jinja.code import STRING
from tidegate_analyzers.text import Span

_KINDS = {"var": "var", "doc": "docs", "metric": "metric", "Metric": "metric", "dispatch": "macro"}
_HEAD = re.compile(r"(?<![\w])(?P<word>var|doc|[mM]etric|(?<=adapter\.)dispatch)\s*\(\s*(?:(?:macro_)?name\s*=\s*)?")
_STRINGS = re.compile(rf"(?P<one>{STRING})(?:\s*,\s*(?P<two>{STRING}))?\s*(?P<end>[,)])", re.S)
_BLOCK = re.compile(r"\{\{(?P<code>.*?)\}\}|\{%-?\s*(?!-?\s*docs\b)(?P<statement>.*?)%\}", re.S)
_COMMENT = re.compile(r"[^\S\r\n]*#")
_PARAMETER = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)\s*(?::[^=,]*)?(?P<sign>=)?\s*")
_TOKEN = re.compile(rf"{STRING}|[()\[\]{{}},]", re.S)


def names_in_code(code: str, at: int, sites: Sites) -> Iterator[Name]:
    """The variables, docs blocks, metrics and dispatched macros that a piece of Jinja code names in plain strings."""
    for head in _HEAD.finditer(code):
        given = _STRINGS.match(code, head.end())
        if given is None or (head.start() and code[head.start() - 1] == "." and head["word"] != "dispatch"):
            continue
        # `doc('package', 'name')`: the package comes first. Behind a variable stands its default.
        last = "two" if head["word"] == "doc" and given["two"] else "one"
        name = given[last][1:-1]
        if name:
            site = sites.add(Span(at + given.start(last) + 1, at + given.end(last) - 1))
            of = given["one"][1:-1] if last == "two" else ""
            yield Name(_KINDS[head["word"]], name, site, of=of)


def names_in_yaml(text: str, sites: Sites) -> list[Name]:
    """What the Jinja in a YAML text names, macros that it calls included."""
    found: list[Name] = []
    for block in _BLOCK.finditer(text) if "{{" in text or "{%" in text else ():
        line = max(text.rfind("\n", 0, block.start()), text.rfind("\r", 0, block.start())) + 1
        if _COMMENT.match(text, line):
            continue
        group = "code" if block["code"] is not None else "statement"
        code, at = block[group], block.start(group)
        found += names_in_code(code, at, sites)
        found += _macros(code, at, sites)
    return found


def names_in_block(block: Block, sites: Sites) -> Iterator[Name]:
    """What a block of a SQL file names; macros in it are told elsewhere, but for those in a string to be rendered."""
    yield from names_in_code(block.body, block.at, sites)
    if "{{" in block.body:
        for inner in _BLOCK.finditer(block.body):
            if inner["code"] is not None:
                yield from _macros(inner["code"], block.at + inner.start("code"), sites)


def _macros(code: str, at: int, sites: Sites) -> Iterator[Name]:
    for name, span in callees(code, at):
        head, _, rest = name.partition(".")
        if head not in CONTEXT and (rest or name not in builtin_macros()):
            last = name.rpartition(".")[2]
            yield Name("macro", name, sites.add(Span(span.end - len(last), span.end)))


def parameters(block: Block, start: int, sites: Sites) -> tuple[Parameter, ...]:
    """The parameters in a macro's head; `start` is where in the block's body its name ends."""
    body = block.body
    opening = re.compile(r"\s*\(").match(body, start)
    if opening is None:
        return ()
    found: list[Parameter] = []
    at = opening.end()
    while (head := _PARAMETER.match(body, at)) is not None:
        end = _argument_end(body, head.end())
        default = " ".join(body[head.end() : end].split()) if head["sign"] else ""
        site = sites.add(Span(block.at + head.start("name"), block.at + head.end("name")))
        found.append(Parameter(head["name"], site, default))
        if end >= len(body) or body[end] != ",":
            break
        at = end + 1
    return tuple(found)


def _argument_end(code: str, at: int) -> int:
    """Where an argument ends: at its comma, or at the bracket that closes the list."""
    depth = 0
    for token in _TOKEN.finditer(code, at):
        sign = token.group()
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            if not depth:
                return token.start()
            depth -= 1
        elif sign == "," and not depth:
            return token.start()
    return len(code)
