"""Makes the DAGs, groups and tasks that calls stand for."""

from __future__ import annotations

import ast

from tidegate_analyzers.facts import Setting, Sites
from tidegate_analyzers.readers.airflow.dag_arguments import DagArguments
from tidegate_analyzers.readers.airflow.dbt_operators import dbt_group_settings, dbt_group_step
from tidegate_analyzers.readers.airflow.drafts import Bound, DagDraft, Group, TaskDraft, Tasks
from tidegate_analyzers.readers.airflow.order import connect
from tidegate_analyzers.readers.airflow.scope import Place
from tidegate_analyzers.readers.airflow.shapes import Function, Functions, last_name, operator_call, outputs_taken
from tidegate_analyzers.readers.airflow.steps import StepReader
from tidegate_analyzers.readers.airflow.tasks import TaskReader
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.syntax.python import PythonFile


class Maker:
    """What the calls of one module have made so far."""

    def __init__(
        self, file: PythonFile, sites: Sites, evaluator: Evaluator, steps: StepReader, functions: Functions
    ) -> None:
        self.file = file
        self.sites = sites
        self.functions = functions
        self.dags: list[DagDraft] = []
        self._arguments = DagArguments(file, sites, evaluator)
        self._tasks = TaskReader(file, sites, evaluator, steps, functions)

    def dag(self, call: ast.Call | None, node: ast.expr, place: Place, function_name: str) -> DagDraft:
        """The DAG that `DAG(...)` or `@dag` makes."""
        dag = self._arguments.draft(call, node, place.env, function_name)
        self.dags.append(dag)
        place.implicit.append(dag)
        return dag

    def group(self, call: ast.Call, place: Place, dag: DagDraft | None = None, *, opaque: bool) -> Group:
        """The group that `TaskGroup(...)` makes; an opaque one has its tasks from another package."""
        name = self._arguments.group_id(call, place.env) if dag is None else ""
        dag = dag or self.owner(call, place)
        group = Group(dag, name, len(dag.tasks), defaults=tuple(self._arguments.group_defaults(call, place.env)))
        if opaque:
            site, whole = self.sites.add(self.file.span(call.func)), self.sites.add(self.file.span(call))
            given = self._arguments.evaluator.keywords(call, place.env)
            settings = (*group.defaults, *dbt_group_settings(given, site))
            draft = TaskDraft(name, site, last_name(call.func), whole, settings, opaque=True)
            draft.steps = (dbt_group_step(given, site),)
            dag.tasks.append(draft)
            group.end = len(dag.tasks)
        return group

    def owner(self, call: ast.Call, place: Place) -> DagDraft:
        """The DAG that a call adds to."""
        given = next((keyword.value for keyword in call.keywords if keyword.arg == "dag"), None)
        if given is not None and isinstance(named := place.lookup(given), DagDraft):
            return named
        if place.dag is not None:
            return place.dag
        if not place.implicit:
            dag = DagDraft(declared=False, defaults_known=False)
            self.dags.append(dag)
            place.implicit.append(dag)
        return place.implicit[-1]

    def function_task(self, function: Function, call: ast.Call, options: ast.Call | None, place: Place) -> Tasks:
        """The task that calling a decorated function makes."""
        dag = self.owner(call, place)
        return self._task(dag, self._tasks.function_task(call, function, options, place.env, place.prefix), place)

    def operator(self, call: ast.Call, place: Place) -> Tasks | None:
        """The task that a call of an operator makes; `None` for any other call."""
        found = operator_call(call)
        if found is None:
            return None
        whole, operator = found
        if operator[:1].islower() and isinstance(call.func, ast.Name) and self.functions(call.func.id) is not None:
            return None
        dag = self.owner(call, place)
        made = self._task(dag, self._tasks.operator_task(whole, operator, place.env, place.prefix), place)
        dag.references += self._arguments.references(whole, operator, place.env)
        for task in outputs_taken(whole):
            if (before := place.lookup(task)) is not None:
                self.connect(before, made, call, place)
        return made

    def _task(self, dag: DagDraft, draft: TaskDraft, place: Place) -> Tasks:
        draft.condition = " and ".join(place.conditions)
        for given in reversed(place.defaults):
            if all(setting.name != given.name for setting in draft.settings):
                draft.settings = (*draft.settings, given)
        dag.tasks.append(draft)
        return Tasks(dag, (len(dag.tasks) - 1,), (len(dag.tasks) - 1,))

    def connect(self, before: Bound | None, after: Bound | None, node: ast.expr, place: Place) -> None:
        """Let `before` run before `after`, as `node` says."""
        unclear = connect(before, after, place.dag)
        self.note(unclear, node)
        if unclear is None and not (place.conditions or place.loops or _picks(node)):
            first, second = (side.tasks() if isinstance(side, Group) else side for side in (before, after))
            if isinstance(first, Tasks) and isinstance(second, Tasks) and first.dag is second.dag:
                first.dag.certain |= {(tail, head) for tail in first.tails for head in second.heads}

    def group_defaults(self, call: ast.expr | None, place: Place) -> tuple[Setting, ...]:
        """What the `@task_group(...)` of a function gives to its tasks."""
        return tuple(self._arguments.group_defaults(call, place.env)) if isinstance(call, ast.Call) else ()

    def note(self, dag: DagDraft | None, node: ast.expr) -> None:
        """Say by which expression the order of a DAG's tasks is not wholly known."""
        if dag is not None and not dag.incomplete:
            dag.incomplete = " ".join(self.file.slice(node).split())[:120]


def _picks(node: ast.expr) -> bool:
    """Whether an expression picks tasks out of others, so that which they are is not seen."""
    return any(isinstance(part, ast.Subscript | ast.Starred | ast.IfExp) for part in ast.walk(node))
