"""The colours of Jinja: delimiters, keywords, calls, the names of datasets, variables."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.ide.tokens.token import Token
from tidegate_analyzers.syntax.jinja import Block, Kind, node_calls
from tidegate_analyzers.syntax.sql_words import Word, sql_words

_KEYWORDS = frozenset(("and", "or", "not", "in", "is", "if", "else", "elif", "true", "false", "none", "True", "False", "None", "recursive"))  # fmt: skip
_OWN = frozenset(("ref", "source", "config", "var", "env_var", "is_incremental", "doc", "log", "run_query", "return", "dbt"))  # fmt: skip
"""What dbt itself gives to templates."""
_DECLARES = {"macro": "macro", "test": "macro", "data_test": "macro", "materialization": "macro", "set": "variable", "for": "variable"}  # fmt: skip


def jinja_tokens(text: str, block: Block) -> Iterator[Token]:
    """The tokens of one block."""
    if block.kind is Kind.COMMENT:
        yield Token(block.start, block.end, "comment")
        return
    if block.kind is Kind.RAW:
        return
    inner_end = block.at + len(block.body)
    yield Token(block.start, block.at, "operator")
    if inner_end < block.end:
        yield Token(inner_end, block.end, "operator")
    names = dict(_datasets(block))
    words = [w for w in sql_words(text, "mysql", block.at, inner_end) if w.kind != "comment"]
    statement = block.word if block.kind is Kind.STATEMENT else ""
    for number, word in enumerate(words):
        if word.kind == "string":
            inner = (word.start + 1, word.end - 1)
            yield Token(*inner, names[inner]) if inner in names else Token(word.start, word.end, "string")
        elif word.kind == "number":
            yield Token(word.start, word.end, "number")
        elif word.kind == "name":
            yield _name(text, words, number, statement)


def _datasets(block: Block) -> Iterator[tuple[tuple[int, int], str]]:
    for call in node_calls(block.body, block.at):
        for number, span in enumerate(call.spans):
            is_last = number == len(call.spans) - 1
            yield (span.start, span.end), "class" if is_last else "namespace"


def _name(text: str, words: list[Word], number: int, statement: str) -> Token:
    word = words[number]
    name = text[word.start : word.end]
    before = _text(text, words, number - 1)
    after = _text(text, words, number + 1)
    if number == 0 and statement:
        return Token(word.start, word.end, "keyword")
    if number == 1 and statement in _DECLARES:
        return Token(word.start, word.end, _DECLARES[statement], ("declaration",))
    if name in _KEYWORDS and before != ".":
        return Token(word.start, word.end, "keyword")
    if after == "=" and _text(text, words, number + 2) != "=" and before in ("(", ","):
        declares = ("declaration",) if statement in ("macro", "test") else ()
        return Token(word.start, word.end, "parameter", declares)
    if statement in ("macro", "test") and before in ("(", ","):
        return Token(word.start, word.end, "parameter", ("declaration",))
    if before == "|" or (before == "is" or (before == "not" and _text(text, words, number - 2) == "is")):
        return Token(word.start, word.end, "function")
    if after == "(":
        own = name in _OWN and before != "."
        return Token(word.start, word.end, "function" if own else "macro", ("defaultLibrary",) if own else ())
    if after == "." and before != "." and _text(text, words, number + 3) == "(":
        return Token(word.start, word.end, "namespace")
    return Token(word.start, word.end, "property" if before == "." else "variable")


def _text(text: str, words: list[Word], number: int) -> str:
    return text[words[number].start : words[number].end] if 0 <= number < len(words) else ""
