"""DAGs written as YAML.

Three forms are read, told apart by what they hold: that of dag-factory (https://astronomer.github.io/dag-factory/),
whose top keys are DAGs with `tasks:`; one with `dag:`, `tasks:` and `graph_paths:` that a script turns into Python; and
that of gusty, where a file is a task with `operator:` at its top.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import FileFacts, FileRead, Problem, Read, Relation, Setting, Sites, Value
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.airflow.dag_arguments import DAG_SETTINGS
from tidegate_analyzers.readers.airflow.dag_factory import is_factory, read_factory
from tidegate_analyzers.readers.airflow.drafts import DagDraft
from tidegate_analyzers.readers.airflow.steps import StepReader
from tidegate_analyzers.readers.airflow.yaml_order import connect_by_expression
from tidegate_analyzers.readers.airflow.yaml_tasks import YamlTaskReader
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.readers.yaml_cover import yaml_cover, yaml_strings
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, Sequence, parse_yaml, text_of
from tidegate_analyzers.text import Document


def read_yaml_dags(document: Document, role: Role) -> FileRead:
    """The facts of a YAML file with DAGs or tasks of Airflow."""
    sites = Sites()
    file = parse_yaml(document.text)
    steps = StepReader(sites)
    reader = YamlTaskReader(document.text, sites, steps)
    drafts = [dag for root in file.documents if isinstance(root, Mapping) for dag in _dags(root, reader)]
    # A file that is a template itself is no YAML before it is rendered.
    problems: list[Problem] = [] if "{%" in document.text else syntax_problems(file.problems, sites)
    return sites.finish(
        FileFacts(
            "yaml",
            tuple(problems),
            suppressions(document, sites, yaml_cover(file), yaml_strings(file)),
            is_generated(document),
            dags=tuple(dag.finish() for dag in drafts),
            sql=tuple(steps.texts),
        )
    )


def _dags(root: Mapping, reader: YamlTaskReader) -> Iterator[DagDraft]:
    described = root.get("dag")
    if isinstance(described, Mapping) and isinstance(described.get("tasks"), Sequence):
        yield _described(described, reader)
    elif isinstance(root.get("operator"), Scalar):
        yield _task_file(root, reader)
    elif is_factory(root):
        yield from read_factory(root, reader)


def _described(described: Mapping, reader: YamlTaskReader) -> DagDraft:
    """`dag: {initialize: …, tasks: […], graph_paths: […]}`."""
    settings = described.get("initialize")
    settings = settings if isinstance(settings, Mapping) else Mapping()
    id_node = settings.get("dag_id") or described
    dag = reader.dag(text_of(id_node) or "", id_node, settings, described.span, DAG_SETTINGS)
    named: dict[str, list[int]] = {}
    tasks = described.get("tasks")
    for item in tasks.items() if isinstance(tasks, Sequence) else ():
        given = item.get("args") if isinstance(item, Mapping) else None
        operator = text_of(item.get("operator")) if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not isinstance(given, Mapping) or not operator:
            dag.incomplete = dag.incomplete or "a task of it can't be read"
            continue
        name = given.get("task_id")
        named[text_of(name) or ""] = [len(dag.tasks)]
        dag.tasks.append(reader.task(text_of(name) or "", name or item, operator, given, item.span))
        dag.references += reader.references(operator, given)
    paths = described.get("graph_paths")
    for path in paths.items() if isinstance(paths, Sequence) else ():
        if expression := text_of(path):
            connect_by_expression(dag, expression, named)
    return dag


def _task_file(root: Mapping, reader: YamlTaskReader) -> DagDraft:
    """A task whose DAG is its folder: what the files beside it do is not known here."""
    operator = root.get("operator")
    assert isinstance(operator, Scalar)
    dag = DagDraft(defaults_known=False, incomplete="its other tasks are the files beside it", declared=False)
    dag.settings = (Setting("@open", Value(False)),)
    dag.site = reader.sites.add(operator.span)
    name = root.get("task_id")
    dag.tasks.append(reader.task(text_of(name) or "", name or operator, operator.value, root, root.span))
    dag.references += reader.references(operator.value, root)
    awaited = root.get("external_dependencies")
    for item in awaited.items() if isinstance(awaited, Sequence) else ():
        for key, _ in item.items() if isinstance(item, Mapping) else ():
            dag.references.append(Read(Relation("dag", (key.value,)), reader.sites.add(key.inner)))
    return dag
