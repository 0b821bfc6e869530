"""The words of dbt's Jinja, of its settings and of SQL, from the tables beside this module."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

_COMMA = re.compile(r",(?=(?:[^']*'[^']*')*[^']*\Z)")
"""A comma outside of quotes."""


@dataclass(frozen=True, slots=True)
class Word:
    """A name that is known.

    Attributes:
        name: the name alone.
        signature: the name with its parameters; the name alone where it is not called.
        text: what it is.
    """

    name: str
    signature: str
    text: str

    @property
    def called(self) -> bool:
        """Whether it is called."""
        return "(" in self.signature

    @property
    def parameters(self) -> tuple[str, ...]:
        """Its parameters as written."""
        inner = self.signature.partition("(")[2].removesuffix(")")
        return tuple(part.strip() for part in _COMMA.split(inner)) if inner else ()


@dataclass(frozen=True, slots=True)
class SettingWord:
    """A setting of dbt's nodes, with the kinds of nodes and the adapters that know it; no adapters mean all."""

    name: str
    kinds: frozenset[str]
    adapters: frozenset[str]
    text: str


@lru_cache(maxsize=1)
def jinja_words() -> dict[str, tuple[Word, ...]]:
    """The words of Jinja by where they stand."""
    found: dict[str, list[Word]] = {}
    for where, signature, text in rows("jinja_words.txt"):
        found.setdefault(where, []).append(Word(signature.partition("(")[0], signature, text))
    return {where: tuple(words) for where, words in found.items()}


def jinja_word(where: str, name: str) -> Word | None:
    """A word of Jinja."""
    return next((word for word in jinja_words().get(where, ()) if word.name == name), None)


@lru_cache(maxsize=1)
def settings() -> tuple[SettingWord, ...]:
    """The settings of dbt's nodes, those that are used most first."""
    return tuple(
        SettingWord(name, frozenset(kinds.split()), frozenset(adapters.split()), text)
        for name, kinds, adapters, text in rows("config_words.txt")
    )


def setting_word(name: str) -> SettingWord | None:
    """A setting by its name."""
    return next((setting for setting in settings() if setting.name == name), None)


@lru_cache(maxsize=32)
def sql_functions(dialect: str) -> tuple[Word, ...]:
    """The functions of a SQL dialect; all of them where the dialect is not known."""
    dialect = _DIALECTS.get(dialect, dialect)
    return tuple(
        Word(signature.partition("(")[0], signature, text)
        for signature, dialects, text in rows("sql_functions.txt")
        if not dialects or not dialect or dialect in dialects.split()
    )


_DIALECTS = {"sqlserver": "tsql", "synapse": "tsql", "fabric": "tsql", "glue": "spark", "hive": "spark"}


def sql_function(dialect: str, name: str) -> list[Word]:
    """The forms of a function in a dialect."""
    return [word for word in sql_functions(dialect) if word.name.casefold() == name.casefold()]


def rows(file: str) -> list[list[str]]:
    """The lines of a table, split into cells."""
    text = resources.files("tidegate_analyzers.ide.completion").joinpath(file).read_text("utf-8")
    return [
        [cell.strip() for cell in line.split(" | ")] for line in text.splitlines() if line and not line.startswith("#")
    ]
