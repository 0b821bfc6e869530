"""Values of YAML as an operator gets them, and the places of its arguments."""

from __future__ import annotations

from collections.abc import Callable

from tidegate_analyzers.facts import Setting, Site, Sites
from tidegate_analyzers.readers.python.values import CallOf, Items, Plain, Table, Text, Unknown, Value, fact
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, resolved, scalar_value
from tidegate_analyzers.syntax.yaml.fragment import scalar_fragment

MAX_NODES = 5_000


def argument_value(node: Node, text: str) -> Value:
    """The value of a node; `__type__` makes it an object of Python."""
    left = [MAX_NODES]

    def convert(item: Node) -> Value:
        left[0] -= 1
        item = resolved(item)
        if left[0] < 0:
            return Unknown()
        if isinstance(item, Scalar):
            plain = scalar_value(item)
            return Text(scalar_fragment(item, text)) if isinstance(plain, str) else Plain(plain)
        if isinstance(item, Sequence):
            return Items(tuple(convert(child) for child in item.items()))
        if not isinstance(item, Mapping):
            return Unknown()
        made = item.get("__type__")
        entries = tuple((key.value, convert(value)) for key, value in item.items() if not key.value.startswith("__"))
        if not isinstance(made, Scalar):
            return Table(entries)
        given = item.get("__args__")
        arguments = tuple(convert(child) for child in given.items()) if isinstance(given, Sequence) else ()
        return CallOf(made.value, arguments, entries, made.value)

    return convert(node)


def argument_table(node: Mapping, text: str, leave_out: frozenset[str] = frozenset()) -> Table:
    """The arguments that a mapping gives."""
    return Table(
        tuple((key.value, argument_value(value, text)) for key, value in node.items() if key.value not in leave_out)
    )


def argument_place(node: Mapping, sites: Sites) -> Callable[[tuple[str, ...]], Site]:
    """Where the arguments of a mapping stand."""
    known: dict[tuple[str, ...], Site] = {}

    def place(way: tuple[str, ...]) -> Site:
        if way not in known:
            found: Node | None = node
            for key in way:
                found = found.get(key) if isinstance(found, Mapping) else None
            known[way] = sites.add(inner_span(found)) if found is not None else 0
        return known[way]

    return place


def inner_span(node: Node) -> tuple[int, int]:
    """Where the text of a node stands, without quotes."""
    return node.inner if isinstance(node, Scalar) else node.span


def argument_settings(node: Node | None, names: frozenset[str], text: str, sites: Sites) -> tuple[Setting, ...]:
    """The entries of a mapping that rules read."""
    if not isinstance(node, Mapping):
        return ()
    return tuple(
        Setting(
            key.value,
            fact(argument_value(value, text), text[value.start : value.end][:200], sites.add(value.span)),
            sites.add(key.span),
        )
        for key, value in node.items()
        if key.value in names
    )
