"""Making loads safe to run again: delete the run's window first, or merge by key.

These change what runs, so they are offered, shown and confirmed, never applied by themselves.
"""

from __future__ import annotations

import re

from sqlglot import exp

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.fixes.known import known_dataset
from tidegate_analyzers.fixes.statement import (
    Place,
    before,
    copied,
    indent,
    is_long,
    opening,
    place_of,
    source_span,
    spelled,
)
from tidegate_analyzers.graph.contracts import described
from tidegate_analyzers.readers.sql.inserts import inserted_columns
from tidegate_analyzers.safety.query import by_window
from tidegate_analyzers.text import Change, Span

_WINDOW_TEMPLATE = "{{ ds }}"
_QUALIFIER = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w*\.(?=[A-Za-z_\"`])")
_CONFLICT_DIALECTS = frozenset(("postgres", "duckdb", "sqlite", "cockroach"))


@fix("sql.delete-window")
def delete_window(workspace: Workspace, path: str, text_index: str, order: str) -> Change | None:
    """Delete the rows of the run's window before they are inserted."""
    place = place_of(workspace, path, text_index, order)
    if place is None or place.statement.tree is None or not by_window(place.write):
        return None
    target = _target(place)
    written = copied(place, source_span(place, target), place.sql[target.start : target.end])
    window = _window(workspace, path, place)
    return Change((before(place, f"DELETE FROM {written} WHERE {window}"),)) if written else None


def _target(place: Place) -> Span:
    """Where the statement names its target."""
    start = place.statement.span.start
    match = re.match(
        r"\s*(?:with\b.*?\b)?insert\s+(?:into\s+)?(?:table\s+)?((?:\{\{.*?\}\}|[`\"\w.$\[\]{}-])+)",
        place.sql[place.statement.span.start : place.statement.span.end],
        re.I | re.S,
    )
    return Span(start + match.start(1), start + match.end(1)) if match else Span(start, start)


def _window(workspace: Workspace, path: str, place: Place) -> str:
    """The condition by which the statement takes its window; a placeholder where it takes none."""
    arms = [{r.text: r for r in arm if r.kind in ("window", "wall_clock")} for arm in place.write.arms]
    # What the branches of a union take by different conditions, no single condition deletes.
    conditions = arms[0] if arms and all(arm.keys() == arms[0].keys() for arm in arms) else {}
    plain = [
        copied(place, workspace.span(path, str(restriction.site)), text)
        for text, restriction in conditions.items()
        if "(" not in text.split("=")[0]
    ]
    if plain and all(text and text.count("(") == text.count(")") for text in plain):
        return " AND ".join(_QUALIFIER.sub("", text) for text in plain if text)
    return spelled(place, f"\"<batch_column>\" = '{_WINDOW_TEMPLATE}'")


@fix("sql.merge")
def merge(workspace: Workspace, path: str, text_index: str, order: str) -> Change | None:
    """Turn the INSERT into one that matches by key."""
    place = place_of(workspace, path, text_index, order)
    if place is None or not isinstance(place.statement.tree, exp.Insert):
        return None
    tree = place.statement.tree
    columns = inserted_columns(tree)
    key = _key(workspace, place.write.target, path)
    if not columns:
        return None
    spelled_key = key or ('"<key>"',)
    span = place.statement.span
    rest = [column for column in columns if column not in key]
    original = place.sql[span.start : span.end]
    query_at = re.search(r"\b(?:with|select)\b", original, re.I)
    if query_at is None:
        return None
    dialect = _dialect_of(workspace, place, path)
    target = _target(place)
    end = "\n" + indent(place) if not place.in_python or is_long(place) else " "
    if dialect in _CONFLICT_DIALECTS:
        action = "DO UPDATE SET " + ", ".join(f"{c} = EXCLUDED.{c}" for c in rest) if rest and key else "DO NOTHING"
        target_list = "" if isinstance(tree.this, exp.Schema) else f" ({', '.join(columns)})"
        head = len(original[: query_at.start()].rstrip())
        new = f"{original[:head]}{target_list}{original[head:]}{end}ON CONFLICT ({', '.join(spelled_key)}) {action}"
    else:
        on = " AND ".join(f"target.{c} = source.{c}" for c in spelled_key)
        update = f"{end}WHEN MATCHED THEN UPDATE SET {', '.join(f'{c} = source.{c}' for c in rest)}" if rest else ""
        new = (
            f"MERGE INTO {place.sql[target.start : target.end]} AS target{end}"
            f"USING ({original[query_at.start() :]}) AS source{end}ON {on}{update}{end}"
            f"WHEN NOT MATCHED THEN INSERT ({', '.join(columns)}) VALUES ({', '.join(f'source.{c}' for c in columns)})"
        )
    source = source_span(place, span)
    if "f" in opening(place).lower():
        return None  # the fields of an f-string would have to be written again
    return Change((edit(place.document, source, spelled(place, new)),))


def _key(workspace: Workspace, target: Relation, path: str) -> tuple[str, ...]:
    view = workspace.view
    for _, obj in described(view, target.name, target.parts):
        if obj.key:
            return obj.key
    return known_dataset(view, str(target), path).key


def _dialect_of(workspace: Workspace, place: Place, path: str) -> str:
    """The dialect of a statement: that of the operator that runs it, or of the configuration."""
    from tidegate_analyzers.graph import tasks
    from tidegate_analyzers.readers.airflow.operators import dialect_of

    view = workspace.view
    operators = [task.operator for _, _, task in tasks.runners(view, path)]
    facts = view.facts(path)
    for dag in facts.dags if facts is not None else ():
        operators += [
            task.operator
            for task in dag.tasks
            if any(
                step.kind == "sql" and facts is not None and facts.sql[step.index] is place.text for step in task.steps
            )
        ]
    found = {dialect_of(operator) for operator in operators} - {""}
    return found.pop() if len(found) == 1 else workspace.graph.layout.options.dialect
