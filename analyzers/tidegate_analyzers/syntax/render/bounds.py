"""What a rendering may cost: every step is counted before it is taken.

The counts are of steps and sizes, not of time, so that the same template always ends in the same way.
"""

from __future__ import annotations

from typing import Any

MAX_STEPS = 60_000
"""Calls, turns of loops, and texts by their length: about a tenth of a second at the worst."""
MAX_TEXT = 1_000_000
"""The length of one text."""
MAX_DEPTH = 40
"""Macros that call each other."""
MAX_BLOCKS = 1_000
MAX_NESTING = 20
"""Of one template: what its compilation takes grows faster than its length."""
MAX_RANGE = 10_000
MAX_BITS = 4_096
_CHARACTERS = 256
"""So many characters of a text count as one step."""


class Stop(Exception):
    """The rendering can't go on; the text says why."""


class Undecided(Stop):
    """A condition on the run's surroundings, of which nothing is assumed."""


class Budget:
    """Counts what a rendering does and stops it when that is too much."""

    __slots__ = ("depth", "steps")

    def __init__(self) -> None:
        self.steps = 0
        self.depth = 0

    def spend(self, steps: int) -> None:
        """Count some steps."""
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise Stop("it takes too many steps")

    def text(self, length: int) -> None:
        """Count a text that is to be made."""
        if length > MAX_TEXT:
            raise Stop("a text in it is too long")
        self.spend(1 + length // _CHARACTERS)

    def weigh(self, *values: Any) -> None:
        """Count everything in some values, each as often as it is found: what would be printed or compared.

        A list may hold the same list many times over, so that what is small in memory is huge when it is walked.
        """
        rest = list(values)
        seen = 0
        while rest:
            value = rest.pop()
            seen += 1
            if isinstance(value, str):
                seen += len(value) // _CHARACTERS
            elif isinstance(value, list | tuple | set | frozenset):
                rest.extend(value)
                seen += len(value) // 8
            elif isinstance(value, dict):
                rest.extend(value.keys())
                rest.extend(value.values())
                seen += len(value) // 8
            if seen > MAX_STEPS or len(rest) > MAX_STEPS:
                raise Stop("a value in it is too large")
        self.spend(seen // 8)

    def product(self, left: Any, right: Any) -> None:
        """Count what a multiplication makes."""
        if isinstance(left, int) and isinstance(right, int):
            if left.bit_length() + right.bit_length() > MAX_BITS:
                raise Stop("a number in it is too large")
            return
        for many, times in ((left, right), (right, left)):
            if isinstance(times, int) and isinstance(many, str):
                self.text(len(many) * max(times, 0))
            elif isinstance(times, int) and isinstance(many, list | tuple):
                self.spend(len(many) * max(times, 0))

    def power(self, left: Any, right: Any) -> None:
        """Count what an exponentiation makes."""
        if isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > MAX_BITS:
            raise Stop("a number in it is too large")
