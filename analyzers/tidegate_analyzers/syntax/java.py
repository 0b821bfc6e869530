"""Java: the calls of a file with their arguments, what its variables begin as, the bodies of its methods."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tidegate_analyzers.syntax.fragment import Fragment, constant, hole
from tidegate_analyzers.text import Span


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument: where it stands, and its text if it is one, with `{{ x }}` for what isn't known of it."""

    span: Span
    text: Fragment | None = None


@dataclass(frozen=True, slots=True)
class JavaCall:
    """A call of a method or constructor.

    Attributes:
        name: of the method or class.
        span: all of it, with what it is called on.
        at: the name.
        receiver: what it is called on.
        arguments: what it is given.
    """

    name: str
    span: Span
    at: Span
    receiver: Span | None
    arguments: tuple[Argument, ...]


@dataclass(slots=True)
class JavaFile:
    """A file of Java.

    Attributes:
        text: the file.
        code: the file with comments as blanks.
        calls: its calls in the order in which they end.
        variables: what variables and fields begin as; those that begin as several things are left out.
        bodies: the bodies of methods by name, where one has it.
        name: the first class, with its place.
        statements: its statements, outer ones first.
        strings: its literals.
    """

    text: str
    code: str
    calls: list[JavaCall] = field(default_factory=list)
    variables: dict[str, Span] = field(default_factory=dict)
    bodies: dict[str, Span] = field(default_factory=dict)
    name: tuple[str, Span] | None = None
    statements: list[Span] = field(default_factory=list)
    strings: list[Span] = field(default_factory=list)

    def slice(self, span: Span) -> str:
        """The code of a span."""
        return self.code[span.start : span.end]


@lru_cache(maxsize=1)
def _parser() -> Any:
    # Imported only when a file of Java comes: most workspaces have none.
    import tree_sitter
    import tree_sitter_java

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_java.language()))


def parse_java(text: str) -> JavaFile:
    """Read a file; what can't be parsed of it is left out."""
    place = _places(text)
    root = _parser().parse(text.encode("utf-8", "surrogatepass")).root_node
    code = list(text)
    found = JavaFile(text, "")
    again: set[str] = set()
    texts: dict[str, Fragment] = {}

    def span(node: Any) -> Span:
        return Span(place(node.start_byte), place(node.end_byte))

    def read(span_of: Any) -> str:
        inner = span(span_of)
        return text[inner.start : inner.end]

    def once(names: dict[str, Span], name: str, node: Any) -> None:
        if name in names or name in again:
            names.pop(name, None)
            again.add(name)
        else:
            names[name] = span(node)

    for node in _nodes(root):
        kind = node.type
        if kind.endswith("_statement") or kind in ("local_variable_declaration", "field_declaration"):
            found.statements.append(span(node))
        if kind in ("line_comment", "block_comment"):
            inner = span(node)
            code[inner.start : inner.end] = (
                " " if char not in "\r\n" else char for char in text[inner.start : inner.end]
            )
        elif kind == "string_literal":
            found.strings.append(span(node))
        elif kind == "class_declaration" and found.name is None:
            name = node.child_by_field_name("name")
            found.name = (read(name), span(name)) if name is not None else None
        elif kind == "method_declaration":
            name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
            if name is not None and body is not None:
                once(found.bodies, read(name), body)
        elif kind == "variable_declarator":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name is not None and value is not None:
                once(found.variables, read(name), value)
                if (known := _text_of(value, text, span, texts)) is not None:
                    texts[read(name)] = known
        elif kind in ("method_invocation", "object_creation_expression"):
            found.calls.append(_call(node, read, span, lambda item: _text_of(item, text, span, texts)))
    found.code = "".join(code)
    return found


def _places(text: str) -> Callable[[int], int]:
    """From offsets in bytes to offsets in characters."""
    if text.isascii():
        return lambda offset: offset
    places: list[int] = []
    for number, char in enumerate(text):
        places += [number] * len(char.encode("utf-8", "surrogatepass"))
    places.append(len(text))
    return lambda offset: places[min(offset, len(places) - 1)]


def _nodes(root: Any) -> Iterator[Any]:
    """All nodes, each after those that stand before it and in front of its own."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(node.named_children)


def _call(
    node: Any, read: Callable[[Any], str], span: Callable[[Any], Span], text_of: Callable[[Any], Fragment | None]
) -> JavaCall:
    created = node.type == "object_creation_expression"
    name = node.child_by_field_name("type" if created else "name")
    if name is not None and name.type == "generic_type":
        name = name.named_children[0]
    given = node.child_by_field_name("arguments")
    receiver = None if created else node.child_by_field_name("object")
    items = given.named_children if given is not None else ()
    return JavaCall(
        read(name).rpartition(".")[2] if name is not None else "",
        span(node),
        span(name) if name is not None else span(node),
        span(receiver) if receiver is not None else None,
        tuple(
            Argument(span(item), text_of(item)) for item in items if item.type not in ("line_comment", "block_comment")
        ),
    )


def _text_of(node: Any, text: str, span: Callable[[Any], Span], known: dict[str, Fragment]) -> Fragment | None:
    """The text that an expression of literals, names and `+` gives."""
    if node.type == "string_literal":
        found = Fragment("", ())
        for part in node.named_children:
            at = span(part)
            if part.type == "escape_sequence":
                found += constant(
                    {"\\n": "\n", "\\t": "\t", '\\"': '"', "\\'": "'"}.get(text[at.start : at.end], " "), at
                )
            else:
                length = at.end - at.start
                found += Fragment(text[at.start : at.end], ((0, at.start, length, length),))
        return found
    if node.type == "identifier":
        at = span(node)
        held = known.get(text[at.start : at.end])
        return constant(held.text, at) if held is not None else None
    if node.type == "parenthesized_expression" and node.named_children:
        return _text_of(node.named_children[0], text, span, known)
    if node.type == "binary_expression" and len(node.named_children) == 2:
        sides = [(_text_of(child, text, span, known), child) for child in node.named_children]
        if all(side is None for side, _ in sides):
            return None
        first, second = (
            side if side is not None else hole(text[span(child).start : span(child).end], span(child))
            for side, child in sides
        )
        return first + second
    return None
