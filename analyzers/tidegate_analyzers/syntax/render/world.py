"""What surrounds a template that is rendered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tidegate_analyzers.syntax.render.values import Named


class MacroSource(NamedTuple):
    """The text of one macro, from `{% macro` to `{% endmacro %}`, and what its own names are looked up by."""

    text: str
    home: str


def _nothing(*_: object) -> None:
    return None


@dataclass(frozen=True)
class World:
    """What a template may ask for.

    Attributes:
        home: whose template it is: names are looked up as from there.
        adapter: the adapter, empty where it is not known.
        prefixes: the prefixes under which `adapter.dispatch` looks, in order.
        incremental: what `is_incremental()` says.
        execute: what `execute` is.
        truth: what a condition on the run's surroundings is taken for; `None` ends the rendering.
        macro: (home, package or empty, name) to the macro that is meant.
        package: (home, name) to whether a package has that name.
        searched: (home, package) to the packages where `adapter.dispatch` looks, in order.
        variable: (home, name) to the value of a variable in a tuple; an empty tuple where its value is not
            known, `None` where nothing sets it.
        builtin: (package or empty, name) to a function that stands for a macro of dbt's own or of a usual package.
        columns: the columns of some data, where they are known.
    """

    home: str = ""
    adapter: str = ""
    prefixes: tuple[str, ...] = ("default",)
    incremental: bool = False
    execute: bool = True
    truth: bool | None = None
    macro: Callable[[str, str, str], MacroSource | None] = _nothing
    package: Callable[[str, str], bool] = field(default=lambda home, name: False)
    searched: Callable[[str, str], tuple[str, ...]] = field(default=lambda home, name: ("", name))
    variable: Callable[[str, str], tuple[Any, ...] | None] = _nothing
    builtin: Callable[[str, str], Callable[..., Any] | None] = _nothing
    columns: Callable[[Named], tuple[str, ...] | None] = _nothing
