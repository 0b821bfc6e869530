"""The statements of a DAG file in order: which DAGs and tasks they make and what runs before what."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tidegate_analyzers import facts
from tidegate_analyzers.facts import Setting, Sites
from tidegate_analyzers.readers.airflow.drafts import Bound, DagDraft, Group, Tasks
from tidegate_analyzers.readers.airflow.entries import grown, put, put_call
from tidegate_analyzers.readers.airflow.making import Maker
from tidegate_analyzers.readers.airflow.order import chain, joined
from tidegate_analyzers.readers.airflow.scope import Place
from tidegate_analyzers.readers.airflow.shapes import (
    Function,
    dag_decorator,
    last_name,
    makes_tasks,
    task_decorator,
    taskflow_call,
)
from tidegate_analyzers.readers.airflow.steps import StepReader
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.names import Env, arguments_by_name, bind_imports, bind_parameters
from tidegate_analyzers.readers.python.values import Unknown, Value
from tidegate_analyzers.syntax.python import PythonFile

MAX_INLINED = 400
MAX_NESTING = 6


class DagReader:
    """Reads a module's DAGs."""

    def __init__(self, file: PythonFile, sites: Sites, evaluator: Evaluator, steps: StepReader) -> None:
        self.file = file
        self.evaluator = evaluator
        self.functions: dict[str, Function] = {}
        self.inlined: set[str] = set()
        self.left = MAX_INLINED
        self.maker = Maker(file, sites, evaluator, steps, self.functions.get)

    def read(self, env: Env) -> list[DagDraft]:
        """Every DAG the module makes, at its top level or in its functions."""
        for node in ast.walk(self.file.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.functions.setdefault(node.name, node)
        place = Place(None, "", {}, env, [])
        self._block(self.file.tree.body, place)
        for function in list(self.functions.values()):
            if function.name not in self.inlined and makes_tasks(function):
                self._function(function, place, {})
        return [dag for dag in self.maker.dags if dag.declared or dag.tasks]

    # -- statements ------------------------------------------------------------------------------------------------------

    def _block(self, statements: Iterable[ast.stmt], place: Place) -> None:
        for statement in statements:
            self._statement(statement, place)

    def _statement(self, statement: ast.stmt, place: Place) -> None:
        if isinstance(statement, ast.Assign):
            result = self._expression(statement.value, place)
            for target in statement.targets:
                self._assign(target, statement.value, result, place)
        elif isinstance(statement, ast.AnnAssign | ast.AugAssign) and statement.value is not None:
            result = self._expression(statement.value, place)
            node = grown(statement) if isinstance(statement, ast.AugAssign) else statement.value
            self._assign(statement.target, node, result, place)
        elif isinstance(statement, ast.Expr):
            self._expression(statement.value, place)
            if isinstance(statement.value, ast.Call):
                put_call(statement.value, place.env, self.evaluator, certain=place.certain)
        elif isinstance(statement, ast.With | ast.AsyncWith):
            self._with(statement, place)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            self._definition(statement, place)
        elif isinstance(statement, ast.Return):
            if statement.value is not None and (result := self._expression(statement.value, place)) is not None:
                place.returned.append(result)
        elif isinstance(statement, ast.For | ast.AsyncFor):
            place.forget(statement.target)
            place.loops += 1
            self._block([*statement.body, *statement.orelse], place)
            place.loops -= 1
        elif isinstance(statement, ast.If | ast.While):
            place.conditions.append(self.file.slice(statement.test)[:120])
            self._block([*statement.body, *statement.orelse], place)
            place.conditions.pop()
        elif isinstance(statement, ast.Try):
            self._block([*statement.body, *statement.orelse, *statement.finalbody], place)
            for handler in statement.handlers:
                self._block(handler.body, place)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            bind_imports(statement, place.env)

    def _assign(self, target: ast.expr, node: ast.expr, result: Bound | None, place: Place) -> None:
        if isinstance(target, ast.Name):
            if result is not None:
                place.bind(target.id, result)
            else:
                place.bound.pop(target.id, None)
                place.env.bind(target.id, self.evaluator.value(node, place.env), node)
        elif isinstance(target, ast.Tuple | ast.List):
            if isinstance(node, ast.Tuple | ast.List) and len(node.elts) == len(target.elts):
                for part, item in zip(target.elts, node.elts, strict=True):
                    self._assign(part, item, place.lookup(item), place)
            else:
                place.forget(target)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and result is not None:
            place.bound[target.value.id] = joined([place.bound.get(target.value.id), result], certain=False) or result
        else:
            put(target, node, place.env, self.evaluator, certain=place.certain)

    def _with(self, statement: ast.With | ast.AsyncWith, place: Place) -> None:
        outer_dag, outer_prefix, outer_defaults = place.dag, place.prefix, place.defaults
        groups: list[Group] = []
        for item in statement.items:
            bound = self._expression(item.context_expr, place)
            if isinstance(bound, DagDraft):
                place.dag = bound
            elif isinstance(bound, Group):
                groups.append(bound)
                place.prefix = f"{place.prefix}{bound.id}." if bound.id else place.prefix
                place.defaults = (*place.defaults, *bound.defaults)
            if isinstance(item.optional_vars, ast.Name) and bound is not None:
                place.bind(item.optional_vars.id, bound)
        self._block(statement.body, place)
        for group in groups:
            group.end = len(group.dag.tasks)
        place.dag, place.prefix, place.defaults = outer_dag, outer_prefix, outer_defaults

    def _definition(self, function: Function, place: Place) -> None:
        decorator = dag_decorator(function)
        if decorator is None:
            return
        self.inlined.add(function.name)
        dag = self.maker.dag(decorator if isinstance(decorator, ast.Call) else None, decorator, place, function.name)
        inner = Place(dag, "", dict(place.bound), place.env.child(), [dag], place.depth + 1)
        bind_parameters(function, inner.env, {})
        self._block(function.body, inner)

    # -- expressions -----------------------------------------------------------------------------------------------------

    def _expression(self, node: ast.expr, place: Place) -> Bound | None:
        """What an expression makes or names, among DAGs, groups and tasks; `None` for anything else."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift | ast.LShift):
            return self._shift(node, place)
        if isinstance(node, ast.Call):
            return self._call(node, place)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return joined([self._expression(item, place) for item in node.elts])
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            return self._comprehension(node, node.elt, place)
        if isinstance(node, ast.DictComp):
            return self._comprehension(node, node.value, place)
        if isinstance(node, ast.Dict):
            made = [self._expression(value, place) for value in node.values if isinstance(value, ast.Call)]
            return joined(made, certain=False) if any(made) else None
        if isinstance(node, ast.IfExp):
            return joined([self._expression(node.body, place), self._expression(node.orelse, place)], certain=False)
        if isinstance(node, ast.Starred | ast.Await):
            return self._expression(node.value, place)
        return place.lookup(node)

    def _comprehension(
        self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp, element: ast.expr, place: Place
    ) -> Bound | None:
        for generator in node.generators:
            for name in ast.walk(generator.target):
                if isinstance(name, ast.Name):
                    place.env.bind(name.id, Unknown(name.id))
        return self._expression(element, place)

    def _shift(self, node: ast.BinOp, place: Place) -> Bound | None:
        left = self._expression(node.left, place)
        if isinstance(node.right, ast.Call) and last_name(node.right.func) == "Label":
            return left
        right = self._expression(node.right, place)
        before, after = (left, right) if isinstance(node.op, ast.RShift) else (right, left)
        self.maker.connect(before, after, node, place)
        return right if right is not None else left

    # -- calls ---------------------------------------------------------------------------------------------------------

    def _call(self, call: ast.Call, place: Place) -> Bound | None:
        last = last_name(call.func)
        if last == "DAG":
            return self.maker.dag(call, call, place, "")
        if last == "DbtDag":
            dag = self.maker.dag(call, call, place, "")
            self.maker.group(call, place, dag, opaque=True)
            return dag
        if last in ("TaskGroup", "DbtTaskGroup"):
            return self.maker.group(call, place, opaque=last != "TaskGroup")
        if last in ("chain", "chain_linear"):
            for dag in chain([self._expression(argument, place) for argument in call.args], call.args, place.dag):
                self.maker.note(dag, call)
            return None
        if last == "cross_downstream" and len(call.args) == 2:
            self.maker.connect(
                self._expression(call.args[0], place), self._expression(call.args[1], place), call, place
            )
            return None
        if last in ("set_upstream", "set_downstream") and isinstance(call.func, ast.Attribute) and call.args:
            here, other = self._expression(call.func.value, place), self._expression(call.args[0], place)
            self.maker.connect(*((other, here) if last == "set_upstream" else (here, other)), call, place)
            return here
        if (
            last == "execute"
            and isinstance(call.func, ast.Attribute)
            and isinstance(ran := self._expression(call.func.value, place), Tasks)
        ):
            # The script runs its operators itself: no scheduler repeats them, or tries them again.
            ran.dag.defaults = tuple(s for s in ran.dag.defaults if s.name != "retries")
            ran.dag.settings = (
                *(s for s in ran.dag.settings if s.name != "schedule"),
                Setting("schedule", facts.Value(True, None, (), "None", ran.dag.site)),
            )
            return None
        if (
            last in ("append", "extend", "insert", "add", "update")
            and isinstance(call.func, ast.Attribute)
            and call.args
        ):
            added = self._expression(call.args[-1], place)
            if isinstance(call.func.value, ast.Name) and added is not None:
                existing = place.bound.get(call.func.value.id)
                place.bound[call.func.value.id] = joined([existing, added] if existing else [added]) or added
            return None
        return self._taskflow(call, place) or self.maker.operator(call, place) or self._helper(call, place)

    # -- functions --------------------------------------------------------------------------------------------------------

    def _taskflow(self, call: ast.Call, place: Place) -> Bound | None:
        """A call of a decorated function, which makes a task or a group of them."""
        taskflow = taskflow_call(call)
        function = self.functions.get(taskflow.function) if taskflow is not None else None
        decorator = task_decorator(function) if function is not None else None
        if taskflow is None or function is None or decorator is None:
            return None
        upstream = [self._expression(argument, place) for argument in taskflow.arguments()]
        if last_name(decorator) == "task_group":
            return self._group_call(function, call, upstream, place)
        given = taskflow.options or (decorator if isinstance(decorator, ast.Call) else None)
        made = self.maker.function_task(function, call, given, place)
        for before in upstream:
            if before is not None:
                self.maker.connect(before, made, call, place)
        return made

    def _group_call(self, function: Function, call: ast.Call, upstream: list[Bound | None], place: Place) -> Group:
        dag = self.maker.owner(call, place)
        group = Group(dag, function.name, len(dag.tasks))
        outer_dag, outer_prefix, outer_defaults = place.dag, place.prefix, place.defaults
        place.dag, place.prefix = dag, f"{place.prefix}{function.name}."
        place.defaults = (*outer_defaults, *self.maker.group_defaults(task_decorator(function), place))
        self.inlined.add(function.name)
        if place.depth < MAX_NESTING:
            self._inline_body(function, call, place)
        place.dag, place.prefix, place.defaults = outer_dag, outer_prefix, outer_defaults
        group.end = len(dag.tasks)
        for before in upstream:
            if before is not None:
                self.maker.connect(before, group, call, place)
        return group

    def _helper(self, call: ast.Call, place: Place) -> Bound | None:
        """A call of a function of this module that makes tasks: its body is read in its place."""
        function = self.functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
        if function is None or place.depth >= MAX_NESTING or not makes_tasks(function):
            return None
        if task_decorator(function) is not None or dag_decorator(function) is not None:
            return None
        self.inlined.add(function.name)
        return self._inline_body(function, call, place)

    def _inline_body(self, function: Function, call: ast.Call, place: Place) -> Bound | None:
        self.left -= 1
        if self.left < 0:
            return None
        given: dict[str, tuple[Value, ast.expr]] = {}
        bound: dict[str, Bound] = dict(place.bound)
        for name, node in arguments_by_name(function, call):
            given[name] = (self.evaluator.value(node, place.env), node)
            if (named := place.lookup(node)) is not None:
                bound[name] = named
            else:
                bound.pop(name, None)
        return self._function(function, place, given, bound)

    def _function(
        self,
        function: Function,
        place: Place,
        given: dict[str, tuple[Value, ast.expr]],
        bound: dict[str, Bound] | None = None,
    ) -> Bound | None:
        inner = Place(
            place.dag,
            place.prefix,
            bound if bound is not None else {},
            place.env.child(),
            [*place.implicit] if place.dag else [],
            place.depth + 1,
            [*place.conditions],
            defaults=place.defaults,
            loops=place.loops,
        )
        bind_parameters(function, inner.env, given)
        self._block(function.body, inner)
        dags = [item for item in inner.returned if isinstance(item, DagDraft)]
        return dags[0] if dags else joined(inner.returned) if inner.returned else None
