"""Where a statement of a DAG file stands, and what the names there stand for."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from tidegate_analyzers.facts import Setting
from tidegate_analyzers.readers.airflow.drafts import Bound, DagDraft
from tidegate_analyzers.readers.python.names import Env
from tidegate_analyzers.readers.python.values import Unknown


@dataclass(slots=True)
class Place:
    """Where a statement stands: its DAG, its group's prefix, and what names are bound to tasks."""

    dag: DagDraft | None
    prefix: str
    bound: dict[str, Bound]
    env: Env
    implicit: list[DagDraft]
    """The DAGs that the current function or module made, the last of which tasks without a DAG belong to."""
    depth: int = 0
    conditions: list[str] = field(default_factory=list)
    returned: list[Bound] = field(default_factory=list)
    defaults: tuple[Setting, ...] = ()
    """What the groups around give to their tasks, the innermost last."""
    loops: int = 0

    @property
    def certain(self) -> bool:
        """Whether a statement here runs once, under no condition."""
        return not self.conditions and not self.loops

    def lookup(self, node: ast.expr) -> Bound | None:
        """What an expression names, among DAGs, groups and tasks."""
        if isinstance(node, ast.Name):
            return self.bound.get(node.id)
        if isinstance(node, ast.Subscript):
            return self.lookup(node.value)
        if isinstance(node, ast.Attribute) and node.attr in ("output", "outputs"):
            return self.lookup(node.value)
        return None

    def bind(self, name: str, made: Bound) -> None:
        """Let a name stand for what an expression made."""
        self.bound[name] = made
        self.env.bind(name, Unknown(name))

    def forget(self, target: ast.expr) -> None:
        """What the names of a target stand for is not known any more."""
        for name in ast.walk(target):
            if isinstance(name, ast.Name):
                self.bound.pop(name.id, None)
                self.env.bind(name.id, Unknown(name.id))
