"""What the words of Airflow's templates are when a task runs, in the version that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.completion.words import rows

MEMBERS = {"task_instance": "ti", "ti": "ti", "macros": "macros", "dag_run": "dag_run", "dag": "dag", "task": "task", "var": "var"}  # fmt: skip
"""The words with members, and where these are found."""


@dataclass(frozen=True, slots=True)
class AirflowWord:
    """A word.

    Attributes:
        name: the name alone.
        signature: the name with its parameters; the name alone where it is not called.
        two, three: what it is in Airflow 2 and 3; empty where the version has no such word.
    """

    name: str
    signature: str
    two: str
    three: str

    def text(self, major: int | None) -> str:
        """What it is in a version, or in both."""
        if self.two == self.three:
            return self.two
        if major is not None:
            here, there = (self.three, f"2: {self.two}") if major >= 3 else (self.two, f"3: {self.three}")
            return here or f"Airflow {major} has no such word. In Airflow {there}"
        told = {"Airflow 2": self.two, "Airflow 3": self.three}
        return "\n\n".join(f"*{version}:* {text or 'there is no such word.'}" for version, text in told.items())

    def known_in(self, major: int | None) -> bool:
        """Whether a version has it."""
        return bool(self.three if (major or 2) >= 3 else self.two)


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, AirflowWord]]:
    found: dict[str, dict[str, AirflowWord]] = {}
    for where, signature, two, *more in rows("airflow_words.txt"):
        name = signature.partition("(")[0]
        three = more[0] if more else two
        found.setdefault(where, {})[name] = AirflowWord(
            name, signature, two if two != "-" else "", three if three != "-" else ""
        )
    return found


def words(where: str) -> tuple[AirflowWord, ...]:
    """The words that can stand somewhere: `name`, `filter`, or among the members of another."""
    return tuple(_words().get(where, {}).values())


def airflow_word(where: str, name: str) -> AirflowWord | None:
    """A word by its name."""
    return _words().get(where, {}).get(name)


def major_of(view: View, path: str) -> int | None:
    """The major version of Airflow that a file is written for: by its imports, else by what the workspace requires."""
    facts = view.facts(path)
    if facts is not None and any(module.startswith("airflow.sdk") for _, module, _ in facts.imports):
        return 3
    return view.layout.airflow_major()


def word_page(found: AirflowWord, major: int | None) -> str:
    """A word with its parameters, and what it is."""
    return f"```jinja\n{found.signature}\n```\n\n{found.text(major)}"
