"""What is offered in the code of Jinja: names that can be referred to, macros, keywords, filters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.ide.completion import config, names
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Completion, Item, Offer, escaped
from tidegate_analyzers.ide.completion.jinja_statements import statements
from tidegate_analyzers.ide.completion.words import Word, jinja_words
from tidegate_analyzers.syntax.jinja import Kind, scan
from tidegate_analyzers.syntax.jinja.cursor import OpenBracket, OpenCode, missing
from tidegate_analyzers.text import Edit, Span

_WORD = re.compile(r"\w*\Z")
_REST = re.compile(r"\w*")
_REST_OF_STRING = re.compile(r"[\w.+/-]*")
_HEAD = re.compile(r"([A-Za-z_]\w*)\s*\.\s*\Z")
_AFTER_VALUE = re.compile(r"(?:[\w)\]}'\"])\s+\Z")
_OPERATOR = re.compile(
    r"\b(?:and|or|not|in|is|if|elif|else|do|set|call|print|return|for|filter)\s+\Z|[=+\-*/%~<>,(\[{:]\s*\Z"
)
_TEST = re.compile(r"\bis\s+(?:not\s+)?\Z")
_FILTER = re.compile(r"\|\s*\Z|\{%[-+]?\s*filter\s+\Z")
_LOOP_HEAD = re.compile(r"\{%[-+]?\s*for\s+[\w\s,()]*\Z")
_NEW_NAME = re.compile(
    r"\{%[-+]?\s*(?:set|macro|test|data_test|materialization|snapshot|docs|for|block|endset|end\w+)\s+[\w\s,]*\Z"
)
_BOUND = re.compile(
    r"\s*(?:set\s+([\w\s,]+?)\s*(?:=|\Z)|for\s+([\w\s,()]+?)\s+in\b|(?:macro|test|data_test|call)\s+\w*\s*\(([^)]*)\))"
)
_NAME = re.compile(r"[A-Za-z_]\w*")
MEMBERS = {
    "target": "target", "this": "relation", "adapter": "adapter", "exceptions": "exceptions", "flags": "flags",
    "graph": "graph", "model": "model", "config": "config", "modules": "modules", "builtins": "builtins", "api": "api",
    "loop": "loop", "relation": "relation",
}  # fmt: skip


def complete_jinja(asked: Asked, code: OpenCode) -> Completion | None:
    """What is offered in code that is open at the cursor."""
    if code.kind == "{#":
        return None
    return _in_string(asked, code) if code.quote else _in_code(asked, code)


# -- strings ----------------------------------------------------------------------------------------------------------


def _in_string(asked: Asked, code: OpenCode) -> Completion | None:
    call, bracket = code.call, code.brackets[-1] if code.brackets else None
    end = _end_of_string(asked.text, asked.offset, code.quote)
    offer = Offer(asked.text[code.quoted_at : asked.offset])
    if bracket is not None and bracket.sign == "[" and bracket.name in MEMBERS:
        offer.extend(_words(MEMBERS[bracket.name], calls=False))
    elif call is not None:
        _arguments(asked, call, offer)
    return written(asked, code, offer, Span(code.quoted_at, end)) if "\n" not in offer.typed else None


def _arguments(asked: Asked, call: OpenBracket, offer: Offer) -> None:
    """The values of a string argument of a call."""
    name, first = call.name.rpartition(".")[2], call.strings.get(0, "")
    if name == "ref" and not call.keyword:
        if call.commas == 0:
            names.nodes(asked, offer)
            offer.extend(names.packages(asked))
        elif call.commas == 1 and first:
            names.nodes(asked, offer, package=first)
    elif name == "source":
        if call.keyword == "source_name" or (call.commas == 0 and not call.keyword):
            offer.extend(names.sources(asked))
        elif first and (call.keyword == "table_name" or not call.keyword):
            offer.extend(names.tables(asked, first))
    elif name == "var" and call.commas == 0:
        offer.extend(names.variables(asked))
    elif name == "doc" and call.commas == 0:
        offer.extend(names.docs(asked))
    elif call.name == "config" and call.keyword:
        config.values(asked, call.keyword, offer)
    elif call.name in ("config.get", "config.require") and call.commas == 0:
        offer.extend(config.keys(asked, set()))
    elif name == "dispatch" and call.commas == 0 and not call.keyword:
        offer.extend(Item(macro, "macro", macro) for macro in names.names(asked.view, "macro") if "__" not in macro)
    elif call.keyword == "macro_namespace" or (name == "dispatch" and call.commas == 1):
        offer.extend(names.packages(asked))


def _end_of_string(text: str, at: int, quote: str) -> int:
    """Where the word at the cursor ends: at its quote, if only what names are made of lies between."""
    whole = _REST_OF_STRING.match(text, at)
    if whole is not None and text.startswith(quote, whole.end()):
        return whole.end()
    rest = _REST.match(text, at)
    return rest.end() if rest is not None else at


# -- code -------------------------------------------------------------------------------------------------------------


def _in_code(asked: Asked, code: OpenCode) -> Completion | None:
    text = asked.text
    word = _WORD.search(text, code.start, asked.offset)
    start = word.start() if word is not None else asked.offset
    if text[start : start + 1].isdigit():
        return None
    rest = _REST.match(text, asked.offset)
    span = Span(start, rest.end() if rest is not None else asked.offset)
    before = text[code.start : start]
    offer = Offer(text[start : asked.offset])
    called = text[span.end : span.end + 1] == "("
    if (head := _HEAD.search(before)) is not None:
        offer.extend(_members(asked, head.group(1), called=called))
    elif before.endswith("."):
        return None
    elif _FILTER.search(before):
        offer.extend(_words("filter", calls=not called, snippets=asked.snippets))
    elif _TEST.search(before):
        offer.extend(_words("test", calls=not called, snippets=asked.snippets))
    elif code.kind == "{%" and start == _first(text, code, asked.offset):
        offer.extend(statements(asked, code, span))
        return _finished(asked, offer, span)
    elif _LOOP_HEAD.search(before) and before.split()[-1] != "for":
        offer.extend([Item("in", "keyword", "in ")])
    elif code.kind == "{%" and _NEW_NAME.search(before):
        return None
    elif _AFTER_VALUE.search(before) and not _OPERATOR.search(before):
        offer.extend(_words("operator", kind="keyword"))
    elif (call := _takes_name(asked, code)) is not None and not called:
        named = Offer(offer.typed)
        _arguments(asked, call, named)
        offer.items = [Item(i.label, i.kind, f"'{i.insert}'", i.detail, about=i.about) for i in named.items]
        return written(asked, code, offer, span)
    else:
        _expression(asked, code, offer, called=called)
        if code.brackets or code.kind != "{{" or before.strip("{-+ \n\t"):
            return _finished(asked, offer, span)
        return written(asked, code, offer, span)
    whole = code.kind == "{{" and not code.brackets and not called
    return written(asked, code, offer, span) if whole else _finished(asked, offer, span)


def _takes_name(asked: Asked, code: OpenCode) -> OpenBracket | None:
    """The call at the cursor, if what is typed is the beginning of a name without its quotes."""
    call = code.brackets[-1] if code.brackets else None
    if call is None or call.name not in _QUOTED or call.keyword or not _argument_begins(asked, call):
        return None
    return call if call.commas == 0 or 0 in call.strings else None


def _first(text: str, code: OpenCode, offset: int) -> int:
    """Where the first word of a block stands, or will stand."""
    at = code.at
    while at < offset and text[at].isspace():
        at += 1
    return at


def _members(asked: Asked, head: str, *, called: bool) -> Iterator[Item]:
    if head in MEMBERS:
        yield from _words(MEMBERS[head], calls=not called, snippets=asked.snippets, kind="member")
        return
    yield from _macros(asked, head, called=called)
    if head == "dbt":
        for name in sorted(_dbt_macros()):
            yield Item(name, "macro", name if called else f"{name}(", "macro of dbt")


def _dbt_macros() -> frozenset[str]:
    from tidegate_analyzers.readers.dbt.context import builtin_macros

    return frozenset(name for name in builtin_macros() if "__" not in name and not name.startswith("_"))


def _macros(asked: Asked, package: str = "", *, called: bool = False) -> Iterator[Item]:
    for name, macro, posting in names.macros(asked, package):
        owner = name.rpartition(".")[0] or package
        detail = f"macro of {owner}" if owner else "macro"
        shown = f"({', '.join(parameter.name for parameter in macro.parameters)})"
        yield _call(name, "macro", detail if called else f"{shown} {detail}", asked.snippets, called=called, takes=bool(macro.parameters), about=("macro", posting.path, posting.number))  # fmt: skip


def _call(
    name: str, kind: str, detail: str, snippets: bool, *, called: bool, takes: bool, about: tuple[str | int, ...] = ()
) -> Item:
    """Something that is called; the brackets are written unless they are there."""
    if called:
        return Item(name, kind, name, detail, about=about)
    if not takes:
        return Item(name, kind, f"{name}()", detail, about=about)
    return Item(name, kind, f"{escaped(name)}($1)" if snippets else f"{name}()", detail, snippets, about)


def _words(where: str, *, calls: bool = True, snippets: bool = False, kind: str = "") -> Iterator[Item]:
    kind = kind or {"filter": "function", "test": "function"}.get(where, "member")
    for word in jinja_words().get(where, ()):
        yield _word(word, where, kind, calls=calls, snippets=snippets)


def _word(word: Word, where: str, kind: str, *, calls: bool, snippets: bool) -> Item:
    about = ("word", where, word.name)
    needs = any("=" not in parameter for parameter in word.parameters)
    if not calls or not word.called or (where in ("filter", "test") and not needs):
        return Item(word.name, kind, word.name, word.text, about=about)
    return _call(word.name, kind, word.text, snippets, called=False, takes=bool(word.parameters), about=about)


_QUOTED = frozenset(("ref", "source", "var", "env_var", "doc"))


def _expression(asked: Asked, code: OpenCode, offer: Offer, *, called: bool) -> None:
    """The names that a value can begin with."""
    call = code.brackets[-1] if code.brackets and code.brackets[-1].sign == "(" else None
    found: list[Item] = []
    if call is not None and not call.keyword and _argument_begins(asked, call):
        if call.name == "config":
            offer.extend(config.keys(asked, set(call.keywords), write="{}=", snippets=asked.snippets))
            return
        found += _parameters(asked, call)
    if call is not None and call.name == "config" and call.keyword:
        config.values(asked, call.keyword, offer, quote="'")
        return
    found += [Item(name, "variable", name, "of this file") for name in _bound_names(asked)]
    common = [_common(word, asked.snippets, called=called) for word in jinja_words()["name"]]
    found += [*common[:8], *_macros(asked, called=called), *common[8:], *_words("literal", kind="keyword")]
    if offer.typed:
        found += [Item(name, "package", name, "package") for name in _packages(asked)]
    offer.extend(found)


def _common(word: Word, snippets: bool, *, called: bool) -> Item:
    """One of dbt's own names; those that take the name of something get its quotes too."""
    if word.name not in _QUOTED or called:
        return _word(word, "name", "function" if word.called else "variable", calls=not called, snippets=snippets)
    insert = f"{word.name}('$1')" if snippets else f"{word.name}('')"
    return Item(word.name, "function", insert, word.text, snippets, ("word", "name", word.name))


def _packages(asked: Asked) -> list[str]:
    found = [item.label for item in names.packages(asked) if asked.project is None or item.label != asked.project.name]
    return [*found, "dbt"]


def _argument_begins(asked: Asked, call: OpenBracket) -> bool:
    return not asked.text[call.argument_at : asked.offset].strip().removesuffix(_typed(asked))


def _typed(asked: Asked) -> str:
    found = _WORD.search(asked.text, 0, asked.offset)
    return found.group() if found is not None else ""


def _parameters(asked: Asked, call: OpenBracket) -> Iterator[Item]:
    """The parameters of the macro that is called."""
    package, _, last = call.name.rpartition(".")
    for name, macro, _ in names.macros(asked, package):
        if name == last:
            for parameter in macro.parameters[call.commas :]:
                if parameter.name not in call.keywords:
                    yield Item(f"{parameter.name}=", "variable", f"{parameter.name}=", f"parameter of {last}")
            return


def _bound_names(asked: Asked) -> list[str]:
    """The names that `set`, `for` and `macro` bind above the cursor, the nearest first."""
    found: dict[str, None] = {}
    for block in reversed([block for block in scan(asked.text[: asked.offset]).blocks if block.kind is Kind.STATEMENT]):
        match = _BOUND.match(block.body)
        if match is not None:
            group = next((group for group in match.groups() if group is not None), "")
            for part in group.split(",") if block.word not in ("for", "set") else [group]:
                for name in _NAME.findall(part.partition("=")[0]):
                    found.setdefault(name)
    return list(found)


# -- what is written ------------------------------------------------------------------------------------------------------


def written(asked: Asked, code: OpenCode, offer: Offer, span: Span) -> Completion:
    """Items that close what is open behind them."""
    left = missing(asked.text, span.end, code)
    items = [
        Item(i.label, i.kind, i.insert + left.here, i.detail, i.snippet, i.about)
        if left.here and not i.insert.endswith(".")
        else i
        for i in offer.items
    ]
    also = (Edit(asked.path, Span(left.after_at, left.after_at), left.after),) if left.after else ()
    return Completion(tuple(items), span, asked.offset, also, offer.cut)


def _finished(asked: Asked, offer: Offer, span: Span) -> Completion:
    return Completion(tuple(offer.items), span, asked.offset, (), offer.cut)
