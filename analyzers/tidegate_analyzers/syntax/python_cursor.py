"""Where a cursor is in Python, told from the text before it: what is typed rarely parses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<comment>#[^\n]*)|(?P<string>[rbfuRBFU]{0,2}(?:\"\"\"|'''|\"|'))|(?P<head>^(?:def|class|with|for|if|import|from|@)\b)"
    r"|(?P<name>[A-Za-z_]\w*(?:[ \t]*\.[ \t]*[A-Za-z_]\w*)*)|(?P<sign>==|!=|<=|>=|[()\[\]{},=])",
    re.M,
)
_ENDS = {
    '"': re.compile(r"(?:[^\"\\\n]|\\.)*+(?P<quote>\")?", re.S),
    "'": re.compile(r"(?:[^'\\\n]|\\.)*+(?P<quote>')?", re.S),
    '"""': re.compile(r"(?:[^\"\\]|\\.|\"(?!\"\"))*+(?P<quote>\"\"\")?", re.S),
    "'''": re.compile(r"(?:[^'\\]|\\.|'(?!''))*+(?P<quote>''')?", re.S),
}
_CLOSERS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class PythonString:
    """A string of a Python text.

    Attributes:
        start, end: its characters, without quotes; an open one goes to the end of its line, or of the text.
        quote: the quote it begins with.
        prefix: the letters before that.
        closed: whether it ends with its quote.
    """

    start: int
    end: int
    quote: str
    prefix: str = ""
    closed: bool = True

    @property
    def formatted(self) -> bool:
        """Whether brackets in it hold expressions of Python."""
        return "f" in self.prefix.lower()


@dataclass(slots=True)
class PythonCall:
    """A bracket that is open at the cursor.

    Attributes:
        sign: `(`, `[` or `{`.
        name: the dotted name before it.
        at: the offset behind it.
        commas: how many items are complete.
        keyword: the keyword of the argument at the cursor.
        strings: the arguments that are plain strings, by their keyword.
    """

    sign: str
    name: str
    at: int
    commas: int = 0
    keyword: str = ""
    strings: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class PythonPlace:
    """A place: the string it is in, and the brackets around it, outermost first."""

    string: PythonString | None = None
    brackets: list[PythonCall] = field(default_factory=list)

    @property
    def call(self) -> PythonCall | None:
        """The innermost call, whatever lists are open inside it."""
        return next((item for item in reversed(self.brackets) if item.sign == "(" and item.name), None)


def python_place(text: str, offset: int) -> PythonPlace:
    """Where an offset is."""
    place = PythonPlace()
    name, at = "", 0
    while (match := _TOKEN.search(text, at)) is not None and match.start() < offset:
        top = place.brackets[-1] if place.brackets else None
        before, name, at = name, "", match.end()
        if match["comment"] is not None:
            if offset <= at:
                return PythonPlace()
        elif match["string"] is not None:
            string = _string(text, match)
            at = string.end + (len(string.quote) if string.closed else 0)
            if string.start <= offset <= string.end:
                place.string = string
                return place
            if top is not None and top.keyword:
                top.strings.setdefault(top.keyword, text[string.start : string.end])
        elif match["head"] is not None:
            place.brackets.clear()  # a statement begins: what was open before was never closed
        elif match["name"] is not None:
            name = re.sub(r"\s", "", match["name"])
        else:
            _sign(match["sign"], before, at, place)
    return place


def _string(text: str, match: re.Match[str]) -> PythonString:
    opening = match["string"]
    quote = opening.lstrip("rbfuRBFU")
    ended = _ENDS[quote].match(text, match.end())
    end, closed = (ended.end(), ended["quote"] is not None) if ended is not None else (match.end(), False)
    return PythonString(match.end(), end - len(quote) if closed else end, quote, opening[: -len(quote)], closed)


def _sign(sign: str, before: str, at: int, place: PythonPlace) -> None:
    top = place.brackets[-1] if place.brackets else None
    if sign in "([{":
        place.brackets.append(PythonCall(sign, before, at))
    elif sign in _CLOSERS:
        if top is not None and top.sign == _CLOSERS[sign]:
            place.brackets.pop()
    elif top is not None and sign == ",":
        top.commas, top.keyword = top.commas + 1, ""
    elif top is not None and sign == "=" and top.sign == "(" and before:
        top.keyword = before
