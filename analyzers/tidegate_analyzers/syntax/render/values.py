"""The values that stand for what is not known, and for the names of data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from tidegate_analyzers.syntax.render.bounds import Stop, Undecided

_PREFIX = "tg__"
UNKNOWN_WORD = f"{_PREFIX}unknown"
"""What is printed for a value of the run's surroundings, such as the name of the schema."""
_NOT_WORD = re.compile(r"\W+")


def is_sentinel(name: str) -> bool:
    """Whether a name in rendered SQL is one of ours."""
    return name.lower().startswith(_PREFIX)


class Named(NamedTuple):
    """The data that a sentinel stands for: `ref`, `source`, `this` or `table`, the parts of its name, its version."""

    kind: str
    parts: tuple[str, ...]
    version: str = ""


class Unknown:
    """What only a run knows.

    It may be handed around, but whoever looks at it ends the rendering. What is `printable` is a single word of the
    run's surroundings: it is printed as `UNKNOWN_WORD`, and a condition on it is `truth` where one is given.
    """

    __slots__ = ("printable", "truth", "why")

    def __init__(self, why: str, *, printable: bool = False, truth: bool | None = None) -> None:
        self.why = why
        self.printable = printable
        self.truth = truth

    def stop(self) -> NoReturn:
        """End the rendering."""
        raise Stop(self.why)

    def __str__(self) -> str:
        if not self.printable:
            self.stop()
        return UNKNOWN_WORD

    def __bool__(self) -> bool:
        if self.truth is None and self.printable:
            raise Undecided(self.why)
        if self.truth is None or not self.printable:
            self.stop()
        return self.truth

    def _compared(self, other: object) -> Any:
        if not self.printable:
            self.stop()
        return self

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _compared

    def _stopped(self, *_: object) -> NoReturn:
        self.stop()

    __hash__ = __iter__ = __len__ = __contains__ = __int__ = __float__ = __index__ = __format__ = _stopped


class Relation:
    """The name of data as a macro sees it; printed as a word that stands for it."""

    __slots__ = ("named", "word")

    def __init__(self, named: Named, number: int) -> None:
        self.named = named
        name = _NOT_WORD.sub("_", named.parts[-1]) if named.parts else named.kind
        self.word = f"{_PREFIX}{number}_{name}"

    def __str__(self) -> str:
        return self.word

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Relation) and other.named == self.named

    def __hash__(self) -> int:
        return hash(self.named)


class Function:
    """A function of ours that templates may call."""

    __slots__ = ("run",)

    def __init__(self, run: Callable[..., Any]) -> None:
        self.run = run

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it."""
        return self.run(*args, **kwargs)


class Names:
    """An object of dbt's: names behind a dot, each looked up when it is asked for; maybe it can be called, too."""

    __slots__ = ("call", "look")

    def __init__(self, look: Callable[[str], Any], call: Callable[..., Any] | None = None) -> None:
        self.look = look
        self.call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object itself."""
        if self.call is None:
            raise Stop("something is called that is no macro")
        return self.call(*args, **kwargs)
