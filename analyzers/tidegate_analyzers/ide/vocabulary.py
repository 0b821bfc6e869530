"""The vocabulary of `references/vocabulary.md`, for hovers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tidegate_analyzers import reference_files


@dataclass(frozen=True, slots=True)
class Meaning:
    """A word where it is met.

    Attributes:
        term: the term of the vocabulary it stands for.
        definition: what the term means.
        here: what the word means in this place.
        rules: the codes of the rules that guard it.
    """

    term: str
    definition: str
    here: str
    rules: tuple[str, ...]


_ROW = re.compile(r"^\|\s*(?P<where>[^|]+?)\s*\|\s*`(?P<word>[^`]+)`\s*\|\s*(?P<here>[^|]+?)\s*\|$", re.M)
_CODE = re.compile(r"TG\d{3}")


@lru_cache(maxsize=1)
def terms() -> dict[str, str]:
    """Every term with its definition."""
    return {term: definition for term, definition, _, _ in _sections()}


@lru_cache(maxsize=1)
def _sections() -> tuple[tuple[str, str, tuple[str, ...], str], ...]:
    text = (reference_files.root() / "vocabulary.md").read_text("utf-8")
    found = []
    for part in re.split(r"(?m)^## ", text)[1:]:
        title, _, body = part.partition("\n")
        prose = body.partition("| where |")[0].strip()
        definition, _, guarded = prose.partition("Guarded by")
        found.append((title.strip(), " ".join(definition.split()), tuple(_CODE.findall(guarded)), body))
    return tuple(found)


@lru_cache(maxsize=1)
def _words() -> dict[tuple[str, str], Meaning]:
    found: dict[tuple[str, str], Meaning] = {}
    for term, definition, rules, body in _sections():
        for match in _ROW.finditer(body):
            found[match["where"], match["word"]] = Meaning(term, definition, match["here"], rules)
    return found


def meaning(where: str, word: str) -> Meaning | None:
    """What a word means in a place: `pipeline.yaml`, `dbt YAML`, `dbt config`, `dbt SQL`, `ODCS` or `Airflow`."""
    return _words().get((where, word))
