"""What every renamer speaks of."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate_analyzers.text import Note, Span


class Refused(Exception):
    """A name can't be changed, or not to that; the text says why, and is for the user."""


@dataclass(frozen=True, slots=True)
class Renamable:
    """A name that can be changed: its characters, and what the user starts from."""

    span: Span
    name: str


PROJECT = Note("dbt project")
ELSEWHERE = Note("Selections", "Models that DAGs, pipelines and selectors run by name")
CONTRACTS = Note("Contracts", "Joined to the model by the name of its table alone", confirm=True)
DAGS = Note("DAG files", "Airflow keeps the history of what ran under the old id")
