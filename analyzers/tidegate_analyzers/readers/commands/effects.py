"""What the effects of commands are given to."""

from __future__ import annotations

from typing import Protocol

from tidegate_analyzers.facts import Step, Write


class Effects(Protocol):
    """What takes the effects of commands, in their order."""

    steps: list[Step]
    opaque: bool

    def write(self, write: Write, condition: str = "") -> None:
        """Add an effect on data."""
