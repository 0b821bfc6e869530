"""Scala sources: definitions and expressions in a few kinds of values, as far as chains of calls need them.

What stands in no kind is `Other`, which keeps what is in it. Types, patterns and implicits are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from tidegate_analyzers.text import Span


@dataclass(frozen=True, slots=True)
class Name:
    """A name."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Select:
    """`base.name`."""

    base: Expression
    name: str
    at: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`function(arguments)`; the name of an argument is empty where it is given by position."""

    function: Expression
    arguments: tuple[tuple[str, Expression], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Literal:
    """A text without holes, a number, or a boolean."""

    value: str | float | bool
    span: Span


@dataclass(frozen=True, slots=True)
class Interpolated:
    """A text with holes, `s"a$b"`: its pieces, literals as they are."""

    pieces: tuple[Expression, ...]
    prefix: str
    span: Span


@dataclass(frozen=True, slots=True)
class Infix:
    """`left + right`."""

    left: Expression
    operator: str
    right: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Function:
    """A definition with parameters, or a function without a name."""

    name: str
    at: Span
    parameters: tuple[str, ...]
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Binding:
    """`val name = value`; `again` where a variable is given another value."""

    name: str
    value: Expression
    span: Span
    again: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Statements in braces: of a class, an object, a branch."""

    body: tuple[Statement, ...]
    span: Span
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """What is none of these, with what is in it."""

    parts: tuple[Statement, ...]
    span: Span


Expression: TypeAlias = Name | Select | Call | Literal | Interpolated | Infix | Function | Block | Other
Statement: TypeAlias = Expression | Binding


@lru_cache(maxsize=1)
def _parser() -> Any:
    # Imported only when a file of Scala comes: most workspaces have none.
    import tree_sitter
    import tree_sitter_scala

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_scala.language()))


def parse_scala(text: str) -> tuple[Statement, ...]:
    """The statements of a file; what can't be parsed of it is left out."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.data = text.encode("utf-8", "surrogatepass")
        self.place = _places(text)

    def read(self) -> tuple[Statement, ...]:
        return self._statements(_parser().parse(self.data).root_node.named_children)

    def span(self, node: Any) -> Span:
        return Span(self.place(node.start_byte), self.place(node.end_byte))

    def slice(self, node: Any) -> str:
        span = self.span(node)
        return self.text[span.start : span.end]

    def _statements(self, nodes: list[Any]) -> tuple[Statement, ...]:
        return tuple(self.statement(node) for node in nodes if "comment" not in node.type)

    def statement(self, node: Any) -> Statement:
        if node.type in ("val_definition", "var_definition"):
            pattern, value = node.child_by_field_name("pattern"), node.child_by_field_name("value")
            if pattern is not None and value is not None and pattern.type == "identifier":
                return Binding(self.slice(pattern), self.expression(value), self.span(node))
        if node.type == "assignment_expression":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and right is not None and left.type == "identifier":
                return Binding(self.slice(left), self.expression(right), self.span(node), again=True)
        if node.type == "function_definition":
            return self._function(node)
        return self.expression(node)

    def expression(self, node: Any) -> Expression:
        make = getattr(self, f"_{node.type}", None)
        if make is not None:
            made: Expression = make(node)
            return made
        if node.type in ("template_body", "block", "indented_block", "block_expression"):
            return Block(self._statements(node.named_children), self.span(node))
        if node.type in ("object_definition", "class_definition", "trait_definition"):
            body = node.child_by_field_name("body")
            inner = self._statements(body.named_children) if body is not None else ()
            return Block(inner, self.span(node), node.type.partition("_")[0])
        return Other(self._statements(node.named_children), self.span(node))

    def _function(self, node: Any) -> Function:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        names = [self.slice(item.child_by_field_name("name")) for item in _all(node, "parameter")]
        inner: tuple[Statement, ...] = ()
        if body is not None:
            held = self.expression(body)
            inner = held.body if isinstance(held, Block) else (held,)
        at = self.span(name) if name is not None else self.span(node)
        return Function(self.text[at.start : at.end], at, tuple(names), inner, self.span(node))

    def _lambda_expression(self, node: Any) -> Expression:
        names = [self.slice(item.named_children[0]) for item in _all(node, "binding") if item.named_children]
        children = node.named_children
        body = self._statements(children[1:]) if len(children) > 1 else ()
        flat = body[0].body if len(body) == 1 and isinstance(body[0], Block) else body
        return Function("", self.span(node), tuple(names), flat, self.span(node))

    def _identifier(self, node: Any) -> Expression:
        return Name(self.slice(node), self.span(node))

    def _field_expression(self, node: Any) -> Expression:
        value, field = node.child_by_field_name("value"), node.child_by_field_name("field")
        if value is None or field is None:
            return Other(self._statements(node.named_children), self.span(node))
        return Select(self.expression(value), self.slice(field), self.span(field), self.span(node))

    def _generic_function(self, node: Any) -> Expression:
        function = node.child_by_field_name("function")
        return self.expression(function) if function is not None else Other((), self.span(node))

    def _parenthesized_expression(self, node: Any) -> Expression:
        children = [child for child in node.named_children if "comment" not in child.type]
        return (
            self.expression(children[0]) if len(children) == 1 else Other(self._statements(children), self.span(node))
        )

    def _call_expression(self, node: Any) -> Expression:
        function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None:
            return Other(self._statements(node.named_children), self.span(node))
        arguments = tuple(self._arguments(given)) if given is not None else ()
        return Call(self.expression(function), arguments, self.span(node))

    def _arguments(self, given: Any) -> Iterator[tuple[str, Expression]]:
        if given.type != "arguments":  # braces
            children = [child for child in given.named_children if "comment" not in child.type]
            if len(children) == 1:
                yield "", self.expression(children[0])
            else:
                yield "", Block(self._statements(children), self.span(given))
            return
        for child in given.named_children:
            if "comment" in child.type:
                continue
            if child.type == "assignment_expression":
                left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
                yield self.slice(left), self.expression(right)
            else:
                yield "", self.expression(child)

    def _infix_expression(self, node: Any) -> Expression:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        if left is None or right is None or operator is None:
            return Other(self._statements(node.named_children), self.span(node))
        return Infix(self.expression(left), self.slice(operator), self.expression(right), self.span(node))

    def _string(self, node: Any) -> Expression:
        written = self.slice(node)
        quotes = 3 if written.startswith('"""') else 1
        return Literal(written[quotes:-quotes].replace('\\"', '"'), self.span(node))

    def _interpolated_string_expression(self, node: Any) -> Expression:
        prefix, inner = self.slice(node.named_children[0]), node.named_children[-1]
        written = self.span(inner)
        quotes = 3 if self.text.startswith('"""', written.start) else 1
        at = written.start + quotes
        pieces: list[Expression] = []
        for hole in (child for child in inner.named_children if child.type == "interpolation"):
            span = self.span(hole)
            if span.start > at:
                pieces.append(Literal(self.text[at : span.start], Span(at, span.start)))
            named = [child for child in hole.named_children if "comment" not in child.type]
            held = self.expression(named[0]) if named else Other((), span)
            if isinstance(held, Block) and len(held.body) == 1 and not isinstance(held.body[0], Binding):
                held = held.body[0]
            pieces.append(held)
            at = span.end
        if written.end - quotes > at:
            pieces.append(Literal(self.text[at : written.end - quotes], Span(at, written.end - quotes)))
        return Interpolated(tuple(pieces), prefix, self.span(node))

    def _boolean_literal(self, node: Any) -> Expression:
        return Literal(self.slice(node) == "true", self.span(node))

    def _integer_literal(self, node: Any) -> Expression:
        written = self.slice(node).rstrip("lL").replace("_", "")
        return Literal(float(written), self.span(node)) if written.isdigit() else Other((), self.span(node))


def _all(node: Any, kind: str) -> Iterator[Any]:
    """The parameters of a definition, not those of what is in its body."""
    for child in node.named_children:
        if child.type == kind:
            yield child
        elif child.type in ("parameters", "bindings"):
            yield from _all(child, kind)


def _places(text: str) -> Callable[[int], int]:
    """From offsets in bytes to offsets in characters."""
    if text.isascii():
        return lambda offset: offset
    places: list[int] = []
    for number, char in enumerate(text):
        places += [number] * len(char.encode("utf-8", "surrogatepass"))
    places.append(len(text))
    return lambda offset: places[min(offset, len(places) - 1)]
