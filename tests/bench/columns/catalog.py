"""Our columns and types beside those that a warehouse has: a `catalog.json` that `dbt docs generate` wrote."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.columns.figures import Share
from tests.bench.columns.workspace import nodes
from tidegate_analyzers.graph.columns import ColumnKey, column_type, node_columns
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.readers.sql.types import same_type

KINDS = ("model", "seed", "snapshot")


@dataclass
class Held:
    """What a catalog says of us."""

    datasets: Share = field(default_factory=Share)
    """Models, seeds and snapshots whose columns are the catalog's, all of them and no others; of these"""
    said: Share = field(default_factory=Share)
    """those that we say we know whole."""
    columns: Share = field(default_factory=Share)
    """Columns of the catalog that we name."""
    types: Share = field(default_factory=Share)
    """Types that we infer and that are right;"""
    declared: Share = field(default_factory=Share)
    """those that YAML says."""
    silent: Counter[str] = field(default_factory=Counter)
    """Types of columns that we name without one."""
    wrong: list[str] = field(default_factory=list)
    """Columns that the catalog does not have."""
    unknown: list[str] = field(default_factory=list)
    """Entries of the catalog that we found no file for."""


def hold(view: View, file: Path) -> Held:
    """Compare the workspace with a catalog, by the names of project and node."""
    catalog = json.loads(file.read_text("utf-8"))["nodes"]
    known: dict[tuple[str, str, str], NodeKey] = {}
    for key in nodes(view, *KINDS, installed=True):
        project = view.layout.project_of(key.path)
        known.setdefault((key.kind, project.name if project else "", key.name), key)
    found = Held()
    for name, entry in catalog.items():
        kind, project_name, node_name, *version = name.split(".")
        if kind not in KINDS:
            continue
        stem = f"{node_name}_{version[0]}" if version else node_name
        key_ = known.get((kind, project_name, stem)) or known.get((kind, project_name, node_name))
        if key_ is None:
            found.unknown.append(name)
        else:
            _dataset(view, key_, entry["columns"], found)
    return found


def _dataset(view: View, key: NodeKey, theirs: dict[str, Any], found: Held) -> None:
    project = view.layout.project_of(key.path)
    dialect = project.adapter if project is not None else ""
    role = view.layout.role(key.path)
    if role is not None and role.dialect:
        dialect = role.dialect
    columns = node_columns(view, key)
    ours = {column.name.casefold(): column for column in columns.items}
    real = {name.casefold(): column for name, column in theirs.items()}
    lacking, extra = sorted(real.keys() - ours.keys()), sorted(ours.keys() - real.keys())
    equal = not lacking and not extra
    label = f"{key.kind} {key.name} ({'all' if columns.complete else 'some'} known)"
    found.datasets.add(equal, f"{label}: lacks {lacking[:8]}, has too many {extra[:8]}")
    if columns.complete:
        found.said.add(equal, f"{label}: lacks {lacking[:8]}, has too many {extra[:8]}")
    found.wrong += [f"{key.name}.{name}" for name in extra]
    for name, column in real.items():
        found.columns.add(name in ours, f"{key.name}.{name}")
        if name not in ours:
            continue
        type_ = column_type(view, ColumnKey(key, name))
        if not type_:
            found.silent[column["type"].lower()] += 1
            continue
        right = same_type(type_, column["type"], dialect)
        declared = ours[name].declared
        share = found.declared if declared is not None and declared.type == type_ else found.types
        share.add(right, f"{key.path}: {name} is {column['type'].lower()}, we say {type_}")


def report(found: Held, limit: int, show: Callable[[str], None]) -> None:
    """Print what is equal, and every difference."""
    said = found.types.whole + found.declared.whole
    named = said + sum(found.silent.values())
    show(f"{'datasets with the same columns':50} {found.datasets}")
    show(f"{'of those said to be known whole':50} {found.said}")
    show(f"{'columns named':50} {found.columns}")
    show(f"{'types that are right, of those inferred':50} {found.types}")
    show(f"{'types that are right, of those YAML says':50} {found.declared}")
    if named:
        show(f"{'types said':50} {said:,} of {named:,} ({100 * said / named:.2f} %)")
        show(
            f"{'types right, of all columns':50} {100 * (found.types.part + found.declared.part) / max(1, found.columns.whole):.2f} %"
        )
    show(f"\ncolumns that are not there: {len(found.wrong)}")
    for name in found.wrong:
        show(f"    {name}")
    show(f"\ntypes that are wrong: {len(found.types.missing)}")
    for name in found.types.missing:
        show(f"    {name}")
    show(f"\ntypes that YAML has wrong: {len(found.declared.missing)}")
    for name in found.declared.missing[:limit]:
        show(f"    {name}")
    show(f"\nsaid to be whole and not: {len(found.said.missing)}")
    for name in found.said.missing:
        show(f"    {name}")
    show(f"\ndatasets that differ: {len(found.datasets.missing)}")
    for name in found.datasets.missing[:limit]:
        show(f"    {name}")
    show(f"\nno type said: {dict(found.silent.most_common(8))}")
    show(f"in the catalog, not here: {found.unknown[:limit]}")
