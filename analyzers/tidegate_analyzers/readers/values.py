"""From syntax nodes to fact values."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tidegate_analyzers.facts import NodeRef, Setting, Sites, Value
from tidegate_analyzers.syntax.jinja import Argument, NodeCall, node_calls
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, plain, resolved
from tidegate_analyzers.text import Span

_JINJA = re.compile(r"\{\{|\{%")


def yaml_value(node: Node, text: str, sites: Sites, *, version: str = "1.1", budget: int = 2_000) -> Value:
    """What a YAML node says. A value with Jinja in it is unknown before dbt renders it."""
    node = resolved(node)
    value = plain(node, version=version, budget=budget)
    written = text[node.start : node.end] if node.end - node.start <= 500 else ""
    if "{" in written and _holds_jinja(value):
        return Value(False, None, (), written, sites.add(node.span))
    return Value(True, value, (), written if isinstance(node, Scalar) else "", sites.add(node.span))


def _holds_jinja(value: object) -> bool:
    if isinstance(value, str):
        return bool(_JINJA.search(value))
    if isinstance(value, dict):
        return any(_holds_jinja(item) for item in value.values())
    return isinstance(value, list) and any(_holds_jinja(item) for item in value)


def yaml_settings(
    node: Node | None, text: str, sites: Sites, *, version: str = "1.1", skip: Iterable[str] = ()
) -> tuple[Setting, ...]:
    """The entries of a mapping as settings; a leading `+` is not part of a name."""
    if not isinstance(node, Mapping):
        return ()
    left_out = frozenset(skip)
    return tuple(
        Setting(key.value.lstrip("+"), yaml_value(value, text, sites, version=version), sites.add(key.span))
        for key, value in node.items()
        if key.value not in left_out
    )


def jinja_settings(arguments: Iterable[Argument], sites: Sites) -> tuple[Setting, ...]:
    """The keyword arguments of a call in Jinja as settings."""
    return tuple(
        Setting(a.name, Value(a.known, a.value, a.choices, a.text, sites.add(a.span)), sites.add(a.name_span))
        for a in arguments
    )


def node_ref(call: NodeCall, sites: Sites, *, conditional: bool = False) -> NodeRef:
    """A `ref` or `source` call as a fact."""
    parts = tuple(sites.add(span) for span in call.spans)
    return NodeRef(call.function, call.names, sites.add(call.span), parts, call.version, conditional)


def refs_in_scalar(node: Node | None, text: str, sites: Sites) -> list[NodeRef]:
    """The `ref` and `source` calls in a YAML scalar such as `ref('orders')`."""
    if not isinstance(node, Scalar):
        return []
    inner = node.inner
    written = text[inner.start : inner.end]
    at = inner.start if node.style in ("", "'", '"') else node.start
    return [
        node_ref(call, sites) for call in node_calls(written if at == inner.start else text[node.start : node.end], at)
    ]


def find_span(text: str, words: str, within: Span) -> Span:
    """Where some words stand inside a span; the whole span where they don't."""
    at = text.find(words, within.start, within.end)
    return Span(at, at + len(words)) if at >= 0 else within
