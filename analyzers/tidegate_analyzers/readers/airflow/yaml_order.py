"""What runs before what, where YAML says it: by the names of tasks, or by an expression as in Python."""

from __future__ import annotations

import ast

from tidegate_analyzers.readers.airflow.drafts import DagDraft, Tasks
from tidegate_analyzers.readers.airflow.order import connect, joined


def connect_by_names(dag: DagDraft, waiting: dict[int, list[str]], named: dict[str, list[int]]) -> None:
    """Let each task run behind those it names.

    Args:
        dag: the DAG.
        waiting: for each task the names of what it waits for.
        named: the tasks that a name stands for: one, or those of a group.
    """
    for index, names in waiting.items():
        for name in names:
            before = named.get(name)
            if before is None:
                dag.incomplete = dag.incomplete or f"'{name}' is no task here"
            dag.tasks[index].upstream.update(other for other in before or () if other != index)


def connect_by_expression(dag: DagDraft, expression: str, named: dict[str, list[int]]) -> None:
    """Let tasks run as `a >> [b, c] >> d` says."""
    try:
        tree = ast.parse(f"({expression.strip()})", mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        dag.incomplete = dag.incomplete or " ".join(expression.split())[:120]
        return

    def tasks(node: ast.expr) -> Tasks | None:
        if isinstance(node, ast.Name):
            found = tuple(named.get(node.id, ()))
            return Tasks(dag, found, found) if found else None
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return joined([tasks(item) for item in node.elts])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift | ast.LShift):
            left, right = tasks(node.left), tasks(node.right)
            before, after = (left, right) if isinstance(node.op, ast.RShift) else (right, left)
            if connect(before, after, dag) is not None:
                dag.incomplete = dag.incomplete or " ".join(expression.split())[:120]
            return right if right is not None else left
        return None

    tasks(tree.body)
