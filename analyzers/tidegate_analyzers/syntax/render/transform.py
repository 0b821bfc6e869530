"""A template's syntax tree made countable: what would run without a call of ours gets one."""

from __future__ import annotations

from typing import Any

from jinja2 import nodes

from tidegate_analyzers.syntax.jinja import Kind, Scan
from tidegate_analyzers.syntax.render.bounds import MAX_NESTING, Stop
from tidegate_analyzers.text import Span

_REFUSED = (
    nodes.Include,
    nodes.Import,
    nodes.FromImport,
    nodes.Extends,
    nodes.Block,
    nodes.EvalContextModifier,
    nodes.OverlayScope,
)
_NESTING = (nodes.For, nodes.If, nodes.Macro, nodes.CallBlock, nodes.AssignBlock, nodes.FilterBlock, nodes.With)
_ASIDE = (nodes.Macro, nodes.CallBlock, nodes.AssignBlock, nodes.FilterBlock)
"""What stands in these is printed elsewhere, or nowhere."""


def countable(tree: nodes.Template) -> nodes.Template:
    """Count the turns of loops, the text of bodies, and what is compared, joined or used as a key."""
    _check_nesting(tree, 0)
    for node in list(tree.find_all(nodes.Node)):
        if isinstance(node, _REFUSED):
            raise Stop("it takes in other templates")
        if isinstance(node, nodes.For):
            if node.recursive:
                raise Stop("it has a recursive loop")
            node.iter = _ours("walk", node.iter, nodes.Const(_text(node.body)))
        elif isinstance(node, nodes.Macro | nodes.CallBlock):
            node.body = [nodes.ExprStmt(_ours("enter", nodes.Const(_text(node.body)))), *node.body]
        elif isinstance(node, nodes.Compare):
            node.expr = _weighed(node.expr)
            for operand in node.ops:
                operand.expr = _weighed(operand.expr)
        elif isinstance(node, nodes.Concat):
            node.nodes = [_ours("joined", *node.nodes)]
        elif isinstance(node, nodes.Dict):
            for pair in node.items:
                pair.key = _weighed(pair.key)
    return tree


def quoted(tree: nodes.Template) -> nodes.Template:
    """Tell what stands alone between quotes: of that nothing need be known."""
    for output in tree.find_all(nodes.Output):
        children = output.nodes
        for at in range(1, len(children) - 1):
            before, after = children[at - 1], children[at + 1]
            if (
                isinstance(before, nodes.TemplateData)
                and isinstance(after, nodes.TemplateData)
                and before.data.endswith("'")
                and after.data.startswith("'")
            ):
                children[at] = _ours("constant", children[at])
    return tree


def marked(tree: nodes.Template, text: str, scan: Scan) -> tuple[tuple[Span, bool], ...]:
    """Set a mark before each piece of the output; gives the span of each in the template.

    Gives nothing, and marks nothing, where the tree has other expressions than the scan.
    """
    outputs = list(_outputs(tree, aside=False))
    blocks = [block for block in scan.blocks if block.kind is Kind.EXPRESSION]
    expressions = sum(not isinstance(node, nodes.TemplateData) for output, _ in outputs for node in output.nodes)
    if expressions != len(blocks):
        return ()
    segments = _segments(text, scan)
    pieces: list[tuple[Span, bool]] = []
    block = segment = 0
    for output, aside in outputs:
        children: list[nodes.Expr] = []
        for node in output.nodes:
            if isinstance(node, nodes.TemplateData):
                while (
                    segment < len(segments) and node.data not in text[segments[segment].start : segments[segment].end]
                ):
                    segment += 1
                if segment == len(segments):
                    return ()
                at = text.index(node.data, segments[segment].start)
                piece = (Span(at, at + len(node.data)), True)
                segment += 1
            else:
                piece = (blocks[block].span, False)
                block += 1
            if not aside:
                children.append(nodes.TemplateData(f"\x01{len(pieces)}\x02"))
                pieces.append(piece)
            children.append(node)
        output.nodes = children
    return tuple(pieces)


def _check_nesting(node: nodes.Node, depth: int) -> None:
    if depth > MAX_NESTING:
        raise Stop("it is nested too deeply")
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Stmt):
            _check_nesting(child, depth + isinstance(child, _NESTING))


def _ours(name: str, *arguments: nodes.Node) -> nodes.Call:
    return nodes.Call(nodes.EnvironmentAttribute(name), list(arguments), [], None, None)


def _weighed(node: nodes.Expr) -> nodes.Expr:
    return node if isinstance(node, nodes.Const) else _ours("weighed", node)


def _text(body: list[nodes.Node]) -> int:
    """The length of the text in a body, without that of loops in it, which count for themselves."""
    length = 0
    rest: list[nodes.Node] = list(body)
    while rest:
        node = rest.pop()
        if isinstance(node, nodes.TemplateData):
            length += len(node.data)
        elif not isinstance(node, nodes.For):
            rest.extend(node.iter_child_nodes())
    return length


def _outputs(node: nodes.Node, *, aside: bool) -> Any:
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Output):
            yield child, aside
        else:
            yield from _outputs(child, aside=aside or isinstance(child, _ASIDE))


def _segments(text: str, scan: Scan) -> list[Span]:
    """What stands between the blocks, and what is raw."""
    found: list[Span] = []
    at = 0
    for block in scan.blocks:
        if block.start > at:
            found.append(Span(at, block.start))
        if block.kind is Kind.RAW:
            start, end = text.find("%}", block.start) + 2, text.rfind("{%", block.start, block.end)
            found.append(Span(start, max(start, end)))
        at = block.end
    found.append(Span(at, len(text)))
    return found
