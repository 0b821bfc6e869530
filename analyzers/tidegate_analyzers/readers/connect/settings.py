"""The configuration of one connector, in whatever language it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tidegate_analyzers.syntax.yaml import Mapping, Scalar, resolved
from tidegate_analyzers.text import Span

_LATER = re.compile(
    r"\$\{[\w.\-]+:"  # ${file:/secrets:password}: a configuration provider puts it in
    r"|\{\{|\{%|<[\w .\-]+>|%\(\w+\)s"  # a template, a placeholder
    r"|\A\$\{[A-Z][A-Z0-9_]*\}\Z"  # ${PASSWORD}: a variable of the environment
)
_OF_THE_SHELL = re.compile(r"(?<!\\)\$[\w{(]|`")


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting: what it is called, what it says, and where both stand.

    `known` is false for a value that something else puts in.
    """

    key: str
    key_span: Span
    value: str
    span: Span
    known: bool


@dataclass(slots=True)
class Config:
    """The settings of one connector.

    Attributes:
        name: what the connector is called.
        name_span: where that stands; the class where nothing says it.
        entries: the settings, by key; of a key that stands twice the last counts.
        whole: all of it.
        complete: whether it was read to its end without a fault.
    """

    name: str
    name_span: Span
    whole: Span
    entries: dict[str, Entry] = field(default_factory=dict)
    complete: bool = True

    def get(self, *keys: str) -> Entry | None:
        """The first of some settings that is given."""
        return next((self.entries[key] for key in keys if key in self.entries), None)

    def text(self, key: str, default: str = "") -> str | None:
        """What a setting says; the default where it isn't given, `None` where its value isn't known."""
        entry = self.entries.get(key)
        if entry is None:
            return default
        return entry.value if entry.known else None

    def on(self, *keys: str) -> Entry | None:
        """The first of some settings that is switched on for certain."""
        for key in keys:
            entry = self.entries.get(key)
            if entry is not None and entry.known and entry.value.strip().casefold() == "true":
                return entry
        return None


def entries_of(mapping: Mapping, *, shell: bool = False, quoted: bool = False) -> dict[str, Entry]:
    """The settings a mapping holds; what is nested belongs to no connector and is left out.

    Args:
        mapping: the configuration.
        shell: whether it stands in a command.
        quoted: whether the shell leaves it as it is, but where the quote ends: `'{"password": "'$PASSWORD'"}'`.
    """
    found: dict[str, Entry] = {}
    for key, value in mapping.entries:
        value = resolved(value)
        if isinstance(key, Scalar) and isinstance(value, Scalar) and not key.value.startswith("_comment"):
            text = value.value.replace("\\$", "$") if shell and not quoted else value.value
            known = is_known(value.value, shell=shell and not quoted) and not (quoted and "'" in value.value)
            found[key.value] = Entry(key.value, key.span, text, value.span, known)
    return found


def is_known(value: str, *, shell: bool = False) -> bool:
    """Whether a value is what the connector gets."""
    return not _LATER.search(value) and not (shell and _OF_THE_SHELL.search(value))


def words(entry: Entry | None) -> Iterable[str]:
    """The words of a list such as that of `topics`."""
    return [word.strip() for word in entry.value.split(",") if word.strip()] if entry is not None else []
