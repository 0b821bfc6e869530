"""DAGs in the form of dag-factory: each top key but `default` is one, with tasks by their ids or in a list."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Setting, Value
from tidegate_analyzers.readers.airflow.dag_arguments import DAG_SETTINGS
from tidegate_analyzers.readers.airflow.drafts import DagDraft
from tidegate_analyzers.readers.airflow.operators import SETTINGS
from tidegate_analyzers.readers.airflow.yaml_order import connect_by_names
from tidegate_analyzers.readers.airflow.yaml_tasks import YamlTaskReader
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, resolved, text_of

Entry = tuple[str, Node, Mapping]
"""A task or group: its name, the node of the name, and what is said of it."""


def is_factory(root: Mapping) -> bool:
    """Whether some top key has tasks with operators."""
    return any(
        isinstance(task.get("operator") or task.get("decorator"), Scalar)
        for _, body in root.items()
        if isinstance(body, Mapping)
        for _, _, task in _entries(body.get("tasks"), "task_id")
    )


def read_factory(root: Mapping, reader: YamlTaskReader) -> Iterator[DagDraft]:
    """The DAGs of a file."""
    default = root.get("default")
    base = default if isinstance(default, Mapping) else Mapping()
    for key, body in root.items():
        if key.value == "default" or not isinstance(body, Mapping) or body.get("tasks") is None:
            continue
        name = body.get("dag_id") or key
        dag = reader.dag(text_of(name) or key.value, name, body, (key.start, body.end), DAG_SETTINGS)
        shared = reader.dag("", key, base, key.span, DAG_SETTINGS)
        dag.settings, dag.defaults = _with(dag.settings, shared.settings), _with(dag.defaults, shared.defaults)
        dag.references = dag.references or shared.references
        # A file of defaults in the folder above may say more.
        dag.defaults_known = False
        dag.settings = (*dag.settings, Setting("@open", Value(False)))
        _tasks(dag, body, reader)
        yield dag


def _with(own: tuple[Setting, ...], base: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """Settings with those of a base that they don't set themselves."""
    names = {setting.name for setting in own}
    return (*own, *(setting for setting in base if setting.name not in names))


def _entries(node: Node | None, key: str) -> Iterator[Entry]:
    """The tasks or groups of a DAG: a mapping by name, or a list in which `key` names them."""
    if isinstance(node, Mapping):
        for name, body in node.items():
            if isinstance(body, Mapping):
                yield name.value, name, body
    elif isinstance(node, Sequence):
        for item in node.items():
            if isinstance(item, Mapping) and (found := item.get(key)) is not None:
                yield text_of(found) or "", found, item


def _tasks(dag: DagDraft, body: Mapping, reader: YamlTaskReader) -> None:
    groups = {name: group for name, _, group in _entries(body.get("task_groups"), "group_name")}
    named: dict[str, list[int]] = {}
    waiting: dict[int, list[str]] = {}
    inherited = tuple(setting for setting in dag.defaults if setting.name in SETTINGS)
    for name, node, task in _entries(body.get("tasks"), "task_id"):
        operator = text_of(task.get("operator"))
        around = _around(text_of(task.get("task_group_name")), groups)
        whole = (node.start if isinstance(body.get("tasks"), Mapping) else task.start, task.end)
        prefix = "".join(f"{group}." for group in reversed(around))
        draft = reader.task(f"{prefix}{name}", node, operator or "@task", task, whole)
        draft.settings = (*_with(draft.settings, inherited), Setting("@open", Value(False)))
        number = len(dag.tasks)
        dag.tasks.append(draft)
        dag.references += reader.references(operator or "", task)
        named.setdefault(name, []).append(number)
        waiting[number] = [*_names(task.get("dependencies")), *_taken(task)]
        for group in around:
            named.setdefault(group, []).append(number)
            waiting[number] += _names(groups[group].get("dependencies")) if group in groups else []
    for group in groups:
        named.setdefault(group, [])
    connect_by_names(dag, waiting, named)


def _around(name: str | None, groups: dict[str, Mapping]) -> list[str]:
    """The groups that a task stands in, the innermost first."""
    found: list[str] = []
    while name and name not in found:
        found.append(name)
        name = text_of(groups[name].get("parent_group_name")) if name in groups else None
    return found


def _names(node: Node | None) -> list[str]:
    if isinstance(node, Sequence):
        return [name for item in node.items() if (name := text_of(item))]
    name = text_of(node)
    return [name] if name else []


def _taken(task: Mapping) -> Iterator[str]:
    """The tasks whose results a task takes: `number: +some_number`, `op_args: request.output`."""
    todo = [value for _, value in task.items()]
    while todo:
        node = resolved(todo.pop())
        if isinstance(node, Mapping):
            todo += (value for key, value in node.items() if not key.value.startswith("__"))
        elif isinstance(node, Sequence):
            todo += node.items()
        elif (
            isinstance(node, Scalar) and not node.style and node.value.startswith("+") and node.value[1:].isidentifier()
        ):
            yield node.value[1:]
        elif isinstance(node, Scalar) and not node.style and node.value.endswith(".output"):
            yield node.value.removesuffix(".output").strip()
