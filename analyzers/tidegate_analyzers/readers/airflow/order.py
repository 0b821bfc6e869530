"""What runs before what, among the tasks that names and expressions stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tidegate_analyzers.readers.airflow.drafts import Bound, DagDraft, Group, Tasks


def joined(parts: Iterable[Bound | None], *, certain: bool = True) -> Tasks | None:
    """The tasks of all parts together."""
    found = [part.tasks() if isinstance(part, Group) else part for part in parts]
    tasks = [part for part in found if isinstance(part, Tasks)]
    if not tasks:
        return None
    heads = tuple(dict.fromkeys(index for part in tasks for index in part.heads))
    tails = tuple(dict.fromkeys(index for part in tasks for index in part.tails))
    return Tasks(
        tasks[0].dag, heads, tails, certain and len(tasks) == len(found) and all(part.certain for part in tasks)
    )


def connect(before: Bound | None, after: Bound | None, dag: DagDraft | None) -> DagDraft | None:
    """Let `before` run before `after`; returns the DAG whose order is not wholly known by that.

    Args:
        before: the side that runs first.
        after: the side that waits for it.
        dag: the DAG that is being read, for sides that are not known.
    """
    first = before.tasks() if isinstance(before, Group) else before
    second = after.tasks() if isinstance(after, Group) else after
    if isinstance(first, DagDraft) or isinstance(second, DagDraft):
        return None  # `dag >> task` is the old way of saying whose task it is
    if not (isinstance(first, Tasks) and isinstance(second, Tasks)):
        known = next((side for side in (first, second) if isinstance(side, Tasks)), None)
        return known.dag if known is not None else dag
    if first.dag is not second.dag:
        return None
    for head in second.heads:
        second.dag.tasks[head].upstream.update(tail for tail in first.tails if tail != head)
    return None if first.certain and second.certain else first.dag


def chain(parts: list[Bound | None], written: list[ast.expr], dag: DagDraft | None) -> Iterator[DagDraft]:
    """Let the arguments of `chain(...)` run in turn; two lists of one length pair up.

    Yields the DAGs whose order is not wholly known by that.
    """
    if any(isinstance(argument, ast.Starred) for argument in written):
        yield from (part.dag for part in parts if isinstance(part, Tasks))
    for before, after, left, right in zip(parts, parts[1:], written, written[1:], strict=False):
        if (
            isinstance(left, ast.List | ast.Tuple)
            and isinstance(right, ast.List | ast.Tuple)
            and isinstance(before, Tasks)
            and isinstance(after, Tasks)
            and len(left.elts) == len(right.elts) == len(before.tails) == len(after.heads)
        ):
            for tail, head in zip(before.tails, after.heads, strict=True):
                after.dag.tasks[head].upstream.add(tail)
        elif (unclear := connect(before, after, dag)) is not None:
            yield unclear
