"""What an orchestrator knows by a name, as items: DAGs, tasks, connections, variables, pools and assets."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Dag
from tidegate_analyzers.ide.airflow_words import words
from tidegate_analyzers.ide.completion import names
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Item


def dags(asked: Asked) -> Iterator[Item]:
    """The DAGs: those of other files first, which is what a DAG names."""
    own = {dag.id for dag in own_dags(asked)}
    for name in sorted(names.names(asked.view, "dag"), key=lambda name: name in own):
        yield Item(name, "value", name, "DAG", about=("airflow", "dag", name))


def own_dags(asked: Asked) -> tuple[Dag, ...]:
    """The DAGs of the file, as it was read last."""
    read = asked.snapshot.read(asked.path)
    return read.facts.dags if read is not None else ()


def tasks(asked: Asked, dag_id: str = "") -> Iterator[Item]:
    """The tasks of a DAG; of every one where none of that name is known."""
    known = names.names(asked.view, "dag")
    for name in (dag_id,) if dag_id in known else known:
        for posting in asked.view.find(f"dag:{name}"):
            facts = asked.view.facts(posting.path)
            if facts is not None and posting.kind == "dag":
                yield from _of(facts.dags[posting.number], posting.path)


def own_tasks(asked: Asked) -> Iterator[Item]:
    """The tasks of the file's own DAGs."""
    for dag in own_dags(asked):
        yield from _of(dag, asked.path)


def _of(dag: Dag, path: str) -> Iterator[Item]:
    for task in dag.tasks:
        if task.id:
            about = ("airflow", "task", task.id, dag.id, "" if dag.id else path)
            yield Item(task.id, "value", task.id, f"task of {dag.id or 'this file'}", about=about)


def used(asked: Asked, kind: str) -> Iterator[Item]:
    """The names of a kind that files use, those with most uses first."""
    counts = {
        name: len(asked.view.find(f"uses-{kind}:{name}")) + len(asked.view.find(f"{kind}:{name}"))
        for name in (*names.names(asked.view, f"uses-{kind}"), *names.names(asked.view, kind))
    }
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        yield Item(name, "value", name, kind, about=("airflow", kind, name))


def fixed(where: str) -> Iterator[Item]:
    """The values that Airflow has names for: schedules, rules that trigger a task."""
    for word in words(where):
        yield Item(word.name, "value", word.name, word.two, about=("airflow-word", where, word.name))
