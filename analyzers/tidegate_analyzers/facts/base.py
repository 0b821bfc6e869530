"""What every fact is made of: sites, values whose certainty is said, settings, problems and suppressions."""

from __future__ import annotations

from typing import Any

import msgspec

Site = int
"""The number of a span in `FileRead.spans`."""

NOWHERE: Site = 0
"""The site of a fact about the file as a whole; it spans the start of the first line."""


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Base of all facts: immutable, compact, without cycles."""


class Value(Fact, frozen=True, array_like=True, gc=False):
    """What is known of a value that somebody wrote.

    Attributes:
        known: whether `value` is the value for certain.
        value: a JSON-like value; `None` where unknown.
        choices: for a conditional expression whose arms are known, the values it may have.
        text: the value as written.
        site: where it stands.
    """

    known: bool
    value: Any = None
    choices: tuple[Any, ...] = ()
    text: str = ""
    site: Site = NOWHERE

    def every(self, test: Any) -> bool:
        """True when `test` holds for the value whichever of its choices it turns out to have."""
        if self.known:
            return bool(test(self.value))
        return bool(self.choices) and all(test(choice) for choice in self.choices)


class Setting(Fact, frozen=True, array_like=True, gc=False):
    """A named value with the site of its name: a dbt config entry, an operator's argument."""

    name: str
    value: Value
    site: Site = NOWHERE


class Problem(Fact, frozen=True, array_like=True, gc=False):
    """A fault met while reading, already in the words of the rule `code` that reports it."""

    code: str
    message: str
    site: Site = NOWHERE


class Suppression(Fact, frozen=True, array_like=True, gc=False):
    """A `tidegate: ignore[...]` comment: what it silences, why, and the span it speaks of."""

    codes: tuple[str, ...]
    reason: str
    site: Site
    covers: Site
