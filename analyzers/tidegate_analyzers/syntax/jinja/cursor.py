"""The Jinja code that a cursor stands in, told from the text before it: what is typed is rarely whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tidegate_analyzers.syntax.jinja.code import STRING

_OPENING = re.compile(r"\{[{%#]")
_TOKEN = re.compile(
    rf"{STRING}|\{{|\}}|[-+]?%\}}|[()\[\],|]|==|!=|<=|>=|=|[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*|['\"]", re.S
)
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_LOOK_BACK = 8
"""How many opening signs before the cursor are tried: outer ones matter only for Jinja within strings of Jinja."""
_NAME = re.compile(r"[A-Za-z_]")
_CLOSED_INSIDE = re.compile(r"(?:\}\}|%\})[^\n]*\n")


@dataclass(slots=True)
class OpenBracket:
    """A bracket that is open at the cursor.

    Attributes:
        sign: `(`, `[` or `{`.
        name: the dotted name before it, empty where it follows none.
        at: the offset behind it.
        commas: how many arguments are complete.
        keyword: the keyword of the argument at the cursor.
        keywords: the keywords of all arguments.
        strings: the plain string arguments that are complete, by their number.
        argument_at: where the argument at the cursor begins.
    """

    sign: str
    name: str
    at: int
    commas: int = 0
    keyword: str = ""
    keywords: list[str] = field(default_factory=list)
    strings: dict[int, str] = field(default_factory=dict)
    argument_at: int = 0


@dataclass(slots=True)
class OpenCode:
    """Code that is open at the cursor.

    Attributes:
        start: where it begins; of a block, its opening sign.
        kind: `{{`, `{%` or `{#`; empty for code without delimiters.
        at: where the code itself begins.
        brackets: what is open, outermost first.
        quote: the quote of the string at the cursor, empty outside of strings.
        quoted_at: the offset behind that quote.
    """

    start: int
    kind: str
    at: int
    brackets: list[OpenBracket] = field(default_factory=list)
    quote: str = ""
    quoted_at: int = 0

    @property
    def call(self) -> OpenBracket | None:
        """The innermost call, whatever lists and mappings are open inside it."""
        return next((b for b in reversed(self.brackets) if b.sign == "(" and b.name), None)


def open_block(text: str, offset: int) -> OpenCode | None:
    """The Jinja block that is open at an offset."""
    before = offset
    for _ in range(_LOOK_BACK):
        start = max(text.rfind(sign, 0, before) for sign in ("{{", "{%", "{#"))
        if start < 0 or start + 2 > offset:
            return None
        kind = text[start : start + 2]
        if kind == "{#":
            return None if text.find("#}", start + 2, offset) >= 0 else OpenCode(start, kind, start + 2)
        at = start + 3 if text[start + 2 : start + 3] in ("-", "+") and start + 3 <= offset else start + 2
        found = _run(text, OpenCode(start, kind, at), offset)
        if found is not None:
            return found
        before = start
    return None


def open_code(text: str, start: int, offset: int) -> OpenCode:
    """Code without delimiters, such as `ref('orders')` in YAML, from its start to the cursor."""
    code = OpenCode(start, "", start)
    return _run(text, code, offset) or code


def _run(text: str, code: OpenCode, offset: int) -> OpenCode | None:
    """Follow the code to the offset; `None` where it is closed before."""
    name = ""
    at = code.at
    while (match := _TOKEN.search(text, at, offset)) is not None:
        token, at = match.group(), match.end()
        top = code.brackets[-1] if code.brackets else None
        before, name = name, ""
        if token in ("'", '"'):
            code.quote, code.quoted_at = token, at
            return None if _CLOSED_INSIDE.search(text, at, offset) and code.kind else code
        if len(token) > 1 and token[0] in "'\"":
            if code.kind and _CLOSED_INSIDE.search(token):
                return None  # a string that was never closed, and a block that was
            if top is not None and not top.keyword:
                top.strings[top.commas] = token[1:-1]
        elif token == "{" and code.kind and _OPENING.match(text, match.start()) and not _has_mapping(code):
            return None  # another block opens: this one was left open
        elif token in _CLOSERS:
            code.brackets.append(OpenBracket(token, before, at, argument_at=at))
        elif token == "}" and code.kind == "{{" and not _has_mapping(code) and text.startswith("}}", match.start()):
            return None
        elif token in ")]}":
            if top is not None and _CLOSERS[top.sign] == token:
                code.brackets.pop()
        elif token.endswith("%}"):
            if code.kind == "{%":
                return None
        elif token == "," and top is not None:
            top.commas, top.keyword, top.argument_at = top.commas + 1, "", at
        elif token == "=" and top is not None and before and not top.keyword:
            top.keyword = before
            top.keywords.append(before)
        elif _NAME.match(token):
            name = re.sub(r"\s", "", token)
    return code


def _has_mapping(code: OpenCode) -> bool:
    return any(bracket.sign == "{" for bracket in code.brackets)


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not closed behind the cursor.

    Attributes:
        here: the signs to write at once.
        after: signs to write behind a quote that is there already, and
        after_at: where that is.
    """

    here: str = ""
    after: str = ""
    after_at: int = 0


def missing(text: str, at: int, code: OpenCode) -> Missing:
    """The signs that close a string, its brackets and its block, as far as the text from `at` does not close them."""
    quote_closed = bool(code.quote) and text.startswith(code.quote, at)
    rest_at = at + 1 if quote_closed else at
    opened = [bracket.sign for bracket in code.brackets]
    closed = _close(text, rest_at, opened, code.kind)
    signs = "".join(_CLOSERS[sign] for sign in reversed(opened))
    if code.kind and not closed:
        signs += " }}" if code.kind == "{{" else " %}"
    if not code.quote:
        return Missing(signs)
    return Missing("", signs, rest_at) if quote_closed else Missing(code.quote + signs)


def _close(text: str, at: int, opened: list[str], kind: str) -> bool:
    """Take away the brackets that are closed from `at` on; says whether the block is closed too."""
    depth = 0
    end = _end_of_code(text, at, kind)
    for match in _TOKEN.finditer(text, at, end):
        token = match.group()
        if token == "{" and _OPENING.match(text, match.start()):
            return False
        if token in _CLOSERS:
            depth += 1
        elif token == "}" and kind == "{{" and not depth and text.startswith("}}", match.start()) and "{" not in opened:
            return True
        elif token in (")", "]", "}"):
            if depth:
                depth -= 1
            elif opened and _CLOSERS[opened[-1]] == token:
                opened.pop()
        elif token.endswith("%}") and kind == "{%":
            return True
    return False


def _end_of_code(text: str, at: int, kind: str) -> int:
    """How far code can go: to the end of the line where nothing closes the block before another one opens."""
    line = text.find("\n", at)
    line = len(text) if line < 0 else line
    if not kind:
        return line
    close = text.find("}}" if kind == "{{" else "%}", at)
    opening = _OPENING.search(text, at)
    if close >= 0 and (opening is None or close < opening.start()):
        return close + 2
    return line
