"""The statements that can stand in a block of Jinja."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Item
from tidegate_analyzers.ide.completion.words import jinja_words
from tidegate_analyzers.syntax.jinja import Kind, scan
from tidegate_analyzers.syntax.jinja.blocks import is_block_set
from tidegate_analyzers.syntax.jinja.code import PAIRED
from tidegate_analyzers.syntax.jinja.cursor import OpenCode, missing
from tidegate_analyzers.text import Span

_BODIES = {
    "if": ("if ${1:condition} %}$0{% endif %}", "if "),
    "for": ("for ${1:item} in ${2:items} %}$0{% endfor %}", "for "),
    "set": ("set ${1:name} = $0 %}", "set "),
    "macro": ("macro ${1:name}($2) %}$0{% endmacro %}", "macro "),
    "call": ("call ${1:name}($2) %}$0{% endcall %}", "call "),
    "snapshot": ("snapshot ${1:name} %}$0{% endsnapshot %}", "snapshot "),
    "test": ("test ${1:name}(model, column_name) %}$0{% endtest %}", "test "),
    "docs": ("docs ${1:name} %}$0{% enddocs %}", "docs "),
    "raw": ("raw %}$0{% endraw %}", "raw"),
    "do": ("do $0 %}", "do "),
    "elif": ("elif ${1:condition} %}$0", "elif "),
}


def statements(asked: Asked, code: OpenCode, span: Span) -> Iterator[Item]:
    """The statements that can stand here, what is open first."""
    closed = not missing(asked.text, span.end, code).here
    opened = _opened(asked.text[: code.start])
    usual = ["if", "for", "set", "do", "macro", "call"]
    if opened:
        usual = [f"end{opened[-1]}", *(["else", "elif"] if opened[-1] == "if" else []), *usual]
    words = {word.name: word for word in jinja_words()["statement"]}
    ends = {f"end{name}" for name in opened}
    for name in (*usual, *words):
        word = words.get(name)
        if word is None or (name.startswith("end") and name not in ends) or (name in ("else", "elif") and not opened):
            continue
        whole, begun = _BODIES.get(name, (f"{name} %}}", name))
        snippet = asked.snippets and not closed and "$" in whole
        insert = whole if snippet else begun if closed or "$" in whole else f"{name} %}}"
        yield Item(name, "keyword", insert, word.text, snippet, ("word", "statement", name))


def _opened(before: str) -> list[str]:
    """The statements that are open, outermost first."""
    stack: list[str] = []
    for block in scan(before).blocks:
        if block.kind is not Kind.STATEMENT:
            continue
        if block.word in PAIRED or is_block_set(block):
            stack.append(block.word)
        elif block.word.startswith("end") and block.word[3:] in stack:
            while stack.pop() != block.word[3:]:
                pass
    return stack
