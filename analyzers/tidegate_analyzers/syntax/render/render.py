"""One template rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import CodeType

from jinja2 import TemplateError

from tidegate_analyzers.syntax.jinja import Scan, macro_call
from tidegate_analyzers.syntax.render.bounds import MAX_TEXT, Stop, Undecided
from tidegate_analyzers.syntax.render.names import Returned
from tidegate_analyzers.syntax.render.rendering import Rendering
from tidegate_analyzers.syntax.render.sandbox import compiled, parse
from tidegate_analyzers.syntax.render.source_map import SourceMap, split_marks
from tidegate_analyzers.syntax.render.transform import marked
from tidegate_analyzers.syntax.render.values import Named
from tidegate_analyzers.syntax.render.world import World
from tidegate_analyzers.text import Span

_FAULTS = (
    TemplateError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What a template can raise, by Jinja or by the operations it uses."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The SQL of a template.

    Attributes:
        sql: the SQL, in which words of ours stand for data and for what is not known.
        map: where each piece of it comes from.
        relations: what the words stand for.
        replaced: whether macros were replaced by what they usually produce.
        varies: whether what such a macro gives has other types in other databases.
        assumed: whether conditions on the run's surroundings were decided by an assumption that matters.
        otherwise: what it is with these conditions true, where it is assumed that they are false and both can be had.
    """

    sql: str
    map: SourceMap
    relations: Mapping[str, Named]
    replaced: bool = False
    varies: bool = False
    assumed: bool = False
    otherwise: Rendered | None = None


@dataclass(frozen=True, slots=True)
class Unrendered:
    """Why a template was not rendered; `undecided` where a condition on the run's surroundings is in the way."""

    reason: str
    undecided: bool = False


def render(text: str, scan: Scan, world: World) -> Rendered | Unrendered:
    """The SQL that a template stands for, or why it can't be had.

    Where a condition on the run's surroundings decides, it is rendered with such conditions false and once more with
    them true: what comes out the same is certain.
    """
    code = _read(text, scan)
    if isinstance(code, Unrendered):
        return code
    found = _attempt(code, world)
    if isinstance(found, Rendered) or not found.undecided:
        return found
    without, with_ = (_attempt(code, replace(world, truth=truth)) for truth in (False, True))
    either = without if isinstance(without, Rendered) else with_
    if not isinstance(either, Rendered):
        return either
    if not (isinstance(without, Rendered) and isinstance(with_, Rendered)):
        return replace(either, assumed=True)
    return without if without.sql == with_.sql else replace(without, assumed=True, otherwise=with_)


@dataclass(frozen=True, slots=True)
class _Code:
    """A template compiled, with the spans of its pieces."""

    code: CodeType
    pieces: tuple[tuple[Span, bool], ...]


def _read(text: str, scan: Scan) -> _Code | Unrendered:
    if len(text) > MAX_TEXT // 2 or "\x01" in text:
        return Unrendered("it is too long")
    try:
        plain = _without_config(text.replace("\r\n", " \n").replace("\r", "\n"), scan)
        tree = parse(plain)
        pieces = marked(tree, plain, scan)
        return _Code(compiled(tree), pieces)
    except Stop as stop:
        return Unrendered(str(stop))
    except _FAULTS as fault:
        return _failed(fault)


def _without_config(text: str, scan: Scan) -> str:
    """A template of the same length whose `config()` calls are empty: they print nothing, and are often long."""
    for block in scan.blocks:
        call = macro_call(block) if block.word == "config" else None
        if call is not None and call.name == "config":
            text = f"{text[: block.at]}''{' ' * (len(block.body) - 2)}{text[block.at + len(block.body) :]}"
    return text


def _failed(fault: Exception) -> Unrendered:
    return Unrendered(f"it fails: {' '.join(str(fault).split())[:200] or type(fault).__name__}")


def _attempt(code: _Code, world: World) -> Rendered | Unrendered:
    try:
        rendering = Rendering(world)
        text = rendering.run(code.code)
        sql, places = split_marks(text, code.pieces) if code.pieces else (text, SourceMap())
        return Rendered(sql, places, rendering.words(), rendering.replaced, rendering.varies)
    except Undecided as stop:
        return Unrendered(str(stop), undecided=True)
    except Stop as stop:
        return Unrendered(str(stop))
    except Returned:
        return Unrendered("it returns a value where no macro is")
    except _FAULTS as fault:
        return _failed(fault)
