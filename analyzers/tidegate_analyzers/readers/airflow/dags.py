"""The statements of a DAG file in order: which DAGs and tasks they make and what runs before what."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from tidegate_analyzers import facts
from tidegate_analyzers.facts import Dag, Read, Relation, Setting, Site, Sites
from tidegate_analyzers.readers.airflow.operators import NOT_A_TASK
from tidegate_analyzers.readers.airflow.steps import StepReader
from tidegate_analyzers.readers.airflow.tasks import TaskDraft, TaskReader, asset_uri
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.names import Env, dotted
from tidegate_analyzers.readers.python.values import CallOf, Imported, Items, Table, Text, Unknown, Value, fact
from tidegate_analyzers.syntax.python import PythonFile

_OPERATOR_ENDS = ("Operator", "Sensor", "OperatorAsync", "SensorAsync", "Transfer")
_DAG_SETTINGS = frozenset(
    [
        "schedule",
        "schedule_interval",
        "timetable",
        "start_date",
        "end_date",
        "catchup",
        "max_active_runs",
        "max_active_tasks",
        "template_searchpath",
        "tags",
        "on_failure_callback",
        "owner",
        "default_args",
        "dag_id",
    ]
)
_POSITIONAL = ("dag_id",)
MAX_INLINED = 400
Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"


@dataclass(slots=True)
class DagDraft:
    """A DAG while it is read."""

    id: str = ""
    site: Site = 0
    whole: Site = 0
    settings: tuple[Setting, ...] = ()
    defaults: tuple[Setting, ...] = ()
    defaults_known: bool = True
    tasks: list[TaskDraft] = field(default_factory=list)
    incomplete: str = ""
    declared: bool = True
    references: list[Read] = field(default_factory=list)

    def finish(self) -> Dag:
        """The DAG as a fact."""
        tasks = tuple(task.finish() for task in self.tasks)
        return Dag(
            self.id,
            self.site,
            self.settings,
            self.defaults,
            self.defaults_known,
            tasks,
            self.incomplete,
            self.whole,
            tuple(self.references),
        )


@dataclass(frozen=True, slots=True)
class Tasks:
    """Some tasks of one DAG: the first and the last of what a name stands for."""

    dag: DagDraft
    heads: tuple[int, ...]
    tails: tuple[int, ...]
    certain: bool = True


@dataclass(slots=True)
class _Group:
    """A task group that is open or finished; which of its tasks are first and last shows at the end."""

    dag: DagDraft
    id: str
    start: int
    end: int = -1

    def tasks(self) -> Tasks:
        end = self.end if self.end >= 0 else len(self.dag.tasks)
        members = range(self.start, end)
        inside = set(members)
        after = {before for index in members for before in self.dag.tasks[index].upstream if before in inside}
        heads = tuple(index for index in members if not (self.dag.tasks[index].upstream & inside))
        return Tasks(self.dag, heads, tuple(index for index in members if index not in after))


Bound: TypeAlias = "Tasks | _Group | DagDraft"


@dataclass(slots=True)
class _Place:
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


class DagReader:
    """Reads a module's DAGs."""

    def __init__(self, file: PythonFile, sites: Sites, evaluator: Evaluator, steps: StepReader) -> None:
        self.file = file
        self.sites = sites
        self.evaluator = evaluator
        self.dags: list[DagDraft] = []
        self.functions: dict[str, Function] = {}
        self.inlined: set[str] = set()
        self.left = MAX_INLINED
        self.tasks = TaskReader(file, sites, evaluator, steps, self.functions.get)

    def read(self, env: Env) -> list[DagDraft]:
        """Every DAG the module makes, at its top level or in its functions."""
        for node in ast.walk(self.file.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.functions.setdefault(node.name, node)
        place = _Place(None, "", {}, env, [])
        self._block(self.file.tree.body, place)
        for function in list(self.functions.values()):
            if function.name not in self.inlined and self._makes_tasks(function):
                self._function(function, place, {})
        return [dag for dag in self.dags if dag.declared or dag.tasks]

    # -- statements ------------------------------------------------------------------------------------------------------

    def _block(self, statements: Iterable[ast.stmt], place: _Place) -> None:
        for statement in statements:
            self._statement(statement, place)

    def _statement(self, statement: ast.stmt, place: _Place) -> None:
        if isinstance(statement, ast.Assign):
            result = self._expression(statement.value, place)
            for target in statement.targets:
                self._assign(target, statement.value, result, place)
        elif isinstance(statement, ast.AnnAssign | ast.AugAssign) and statement.value is not None:
            result = self._expression(statement.value, place)
            self._assign(statement.target, statement.value, result, place)
        elif isinstance(statement, ast.Expr):
            self._expression(statement.value, place)
        elif isinstance(statement, ast.With | ast.AsyncWith):
            self._with(statement, place)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            self._definition(statement, place)
        elif isinstance(statement, ast.Return):
            if statement.value is not None and (result := self._expression(statement.value, place)) is not None:
                place.returned.append(result)
        elif isinstance(statement, ast.For | ast.AsyncFor):
            self._bind_unknown(statement.target, place)
            self._block([*statement.body, *statement.orelse], place)
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

    def _assign(self, target: ast.expr, node: ast.expr, result: Bound | None, place: _Place) -> None:
        if isinstance(target, ast.Name):
            if result is not None:
                place.bound[target.id] = result
                place.env.bind(target.id, Unknown(target.id))
            else:
                place.bound.pop(target.id, None)
                place.env.bind(target.id, self.evaluator.value(node, place.env), node)
        elif isinstance(target, ast.Tuple | ast.List):
            if isinstance(node, ast.Tuple | ast.List) and len(node.elts) == len(target.elts):
                for part, item in zip(target.elts, node.elts, strict=True):
                    self._assign(part, item, self._lookup(item, place), place)
            else:
                self._bind_unknown(target, place)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and result is not None:
            place.bound[target.value.id] = (
                self._joined([place.bound.get(target.value.id), result], place, certain=False) or result
            )

    def _bind_unknown(self, target: ast.expr, place: _Place) -> None:
        for name in ast.walk(target):
            if isinstance(name, ast.Name):
                place.bound.pop(name.id, None)
                place.env.bind(name.id, Unknown(name.id))

    def _with(self, statement: ast.With | ast.AsyncWith, place: _Place) -> None:
        outer_dag, outer_prefix = place.dag, place.prefix
        groups: list[_Group] = []
        for item in statement.items:
            bound = self._expression(item.context_expr, place)
            if isinstance(bound, DagDraft):
                place.dag = bound
            elif isinstance(bound, _Group):
                groups.append(bound)
                place.prefix = f"{place.prefix}{bound.id}." if bound.id else place.prefix
            if isinstance(item.optional_vars, ast.Name) and bound is not None:
                place.bound[item.optional_vars.id] = bound
                place.env.bind(item.optional_vars.id, Unknown(item.optional_vars.id))
        self._block(statement.body, place)
        for group in groups:
            group.end = len(group.dag.tasks)
        place.dag, place.prefix = outer_dag, outer_prefix

    def _definition(self, function: Function, place: _Place) -> None:
        decorator = next((d for d in function.decorator_list if dotted(d).rpartition(".")[2] == "dag"), None)
        if decorator is None:
            return
        self.inlined.add(function.name)
        dag = self._dag(decorator if isinstance(decorator, ast.Call) else None, decorator, place, function.name)
        inner = _Place(dag, "", dict(place.bound), place.env.child(), [dag], place.depth + 1)
        self._parameters(function, inner.env, {})
        self._block(function.body, inner)

    def _parameters(self, function: Function, env: Env, given: dict[str, tuple[Value, ast.expr]]) -> None:
        positional = [*function.args.posonlyargs, *function.args.args]
        defaults: dict[str, ast.expr] = {}
        for argument, default in zip(
            positional[len(positional) - len(function.args.defaults) :], function.args.defaults, strict=True
        ):
            defaults[argument.arg] = default
        for argument, kw_default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
            if kw_default is not None:
                defaults[argument.arg] = kw_default
        for argument in (*positional, *function.args.kwonlyargs):
            if argument.arg in given:
                env.bind(argument.arg, *given[argument.arg])
            else:
                env.bind(argument.arg, Unknown(argument.arg))
        for special in (function.args.vararg, function.args.kwarg):
            if special is not None:
                env.bind(special.arg, Unknown(special.arg))

    # -- expressions -----------------------------------------------------------------------------------------------------

    def _expression(self, node: ast.expr, place: _Place) -> Bound | None:
        """What an expression makes or names, among DAGs, groups and tasks; `None` for anything else."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift | ast.LShift):
            return self._shift(node, place)
        if isinstance(node, ast.Call):
            return self._call(node, place)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return self._joined([self._expression(item, place) for item in node.elts], place)
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            return self._comprehension(node, node.elt, place)
        if isinstance(node, ast.DictComp):
            return self._comprehension(node, node.value, place)
        if isinstance(node, ast.Dict):
            made = [self._expression(value, place) for value in node.values if isinstance(value, ast.Call)]
            return self._joined(made, place, certain=False) if any(made) else None
        if isinstance(node, ast.IfExp):
            return self._joined(
                [self._expression(node.body, place), self._expression(node.orelse, place)], place, certain=False
            )
        if isinstance(node, ast.Starred | ast.Await):
            return self._expression(node.value, place)
        return self._lookup(node, place)

    def _lookup(self, node: ast.expr, place: _Place) -> Bound | None:
        if isinstance(node, ast.Name):
            return place.bound.get(node.id)
        if isinstance(node, ast.Subscript):
            found = self._lookup(node.value, place)
            return Tasks(found.dag, found.heads, found.tails, found.certain) if isinstance(found, Tasks) else found
        if isinstance(node, ast.Attribute) and node.attr in ("output", "outputs"):
            return self._lookup(node.value, place)
        return None

    def _comprehension(
        self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp, element: ast.expr, place: _Place
    ) -> Bound | None:
        for generator in node.generators:
            for name in ast.walk(generator.target):
                if isinstance(name, ast.Name):
                    place.env.bind(name.id, Unknown(name.id))
        return self._expression(element, place)

    def _joined(self, parts: Iterable[Bound | None], place: _Place, *, certain: bool = True) -> Tasks | None:
        found = [part.tasks() if isinstance(part, _Group) else part for part in parts]
        tasks = [part for part in found if isinstance(part, Tasks)]
        if not tasks:
            return None
        heads = tuple(dict.fromkeys(index for part in tasks for index in part.heads))
        tails = tuple(dict.fromkeys(index for part in tasks for index in part.tails))
        return Tasks(
            tasks[0].dag, heads, tails, certain and len(tasks) == len(found) and all(part.certain for part in tasks)
        )

    def _shift(self, node: ast.BinOp, place: _Place) -> Bound | None:
        left = self._expression(node.left, place)
        if isinstance(node.right, ast.Call) and dotted(node.right.func).rpartition(".")[2] == "Label":
            return left
        right = self._expression(node.right, place)
        before, after = (left, right) if isinstance(node.op, ast.RShift) else (right, left)
        self._connect(before, after, node, place)
        return right if right is not None else left

    def _connect(self, before: Bound | None, after: Bound | None, node: ast.expr, place: _Place) -> None:
        first = before.tasks() if isinstance(before, _Group) else before
        second = after.tasks() if isinstance(after, _Group) else after
        if isinstance(first, DagDraft) or isinstance(second, DagDraft):
            return  # `dag >> task` is the old way of saying whose task it is
        known = next((side for side in (first, second) if isinstance(side, Tasks)), None)
        dag = known.dag if known is not None else place.dag
        if not (isinstance(first, Tasks) and isinstance(second, Tasks)):
            if dag is not None and not dag.incomplete:
                dag.incomplete = " ".join(self.file.slice(node).split())[:120]
            return
        if first.dag is not second.dag:
            return
        if not (first.certain and second.certain) and not first.dag.incomplete:
            first.dag.incomplete = " ".join(self.file.slice(node).split())[:120]
        for head in second.heads:
            second.dag.tasks[head].upstream.update(tail for tail in first.tails if tail != head)

    # -- calls ---------------------------------------------------------------------------------------------------------

    def _call(self, call: ast.Call, place: _Place) -> Bound | None:
        name = dotted(call.func)
        last = name.rpartition(".")[2]
        if last == "DAG":
            return self._dag(call, call, place, "")
        if last in ("TaskGroup", "DbtTaskGroup", "DbtDag"):
            return self._group(call, place, opaque=last != "TaskGroup")
        if last in ("chain", "chain_linear"):
            self._chain(call, place)
            return None
        if last == "cross_downstream" and len(call.args) == 2:
            self._connect(self._expression(call.args[0], place), self._expression(call.args[1], place), call, place)
            return None
        if last in ("set_upstream", "set_downstream") and isinstance(call.func, ast.Attribute) and call.args:
            here, other = self._expression(call.func.value, place), self._expression(call.args[0], place)
            self._connect(*((other, here) if last == "set_upstream" else (here, other)), call, place)
            return here
        if (
            last == "execute"
            and isinstance(call.func, ast.Attribute)
            and isinstance(ran := self._expression(call.func.value, place), Tasks)
        ):
            # The script runs its operators itself: no scheduler repeats them.
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
                place.bound[call.func.value.id] = (
                    self._joined([existing, added] if existing else [added], place) or added
                )
            return None
        return self._taskflow(call, place) or self._operator(call, last, place) or self._helper(call, place)

    def _chain(self, call: ast.Call, place: _Place) -> None:
        parts = [self._expression(argument, place) for argument in call.args]
        if any(isinstance(argument, ast.Starred) for argument in call.args):
            for part in parts:
                if isinstance(part, Tasks) and not part.dag.incomplete:
                    part.dag.incomplete = " ".join(self.file.slice(call).split())[:120]
        for before, after, left, right in zip(parts, parts[1:], call.args, call.args[1:], strict=False):
            both_lists = (
                isinstance(left, ast.List | ast.Tuple)
                and isinstance(right, ast.List | ast.Tuple)
                and len(left.elts) == len(right.elts)
            )
            if (
                both_lists
                and isinstance(before, Tasks)
                and isinstance(after, Tasks)
                and len(before.tails) == len(after.heads) == len(getattr(left, "elts", ()))
            ):
                for tail, head in zip(before.tails, after.heads, strict=True):
                    after.dag.tasks[head].upstream.add(tail)
            else:
                self._connect(before, after, call, place)

    def _dag(self, call: ast.Call | None, node: ast.expr, place: _Place, function_name: str) -> DagDraft:
        dag = DagDraft(id=function_name)
        dag.whole = self.sites.add(self.file.span(node))
        id_node: ast.expr = node
        if call is not None:
            keywords = self.evaluator.keywords(call, place.env)
            identity = keywords.get("dag_id") or (self.evaluator.value(call.args[0], place.env) if call.args else None)
            if isinstance(identity, Text):
                dag.id = identity.text if identity.known else ""
            elif identity is not None:
                dag.id = ""
            id_node = next(
                (k.value for k in call.keywords if k.arg == "dag_id"), call.args[0] if call.args else call.func
            )
            dag.settings = tuple(self._dag_settings(call, keywords))
            dag.references += self._awaited_assets(call, place)
            if len(call.args) > 1 or keywords.open:
                dag.defaults_known = False
            defaults = keywords.get("default_args")
            if isinstance(defaults, Table):
                dag.defaults_known = dag.defaults_known and not defaults.open
                dag.defaults = tuple(
                    Setting(name, fact(value, "", dag.whole), dag.whole) for name, value in defaults.entries
                )
            elif defaults is not None:
                dag.defaults_known = False
                if isinstance(defaults, Imported):
                    dag.defaults = (
                        Setting(
                            "@import",
                            facts.Value(True, f"{defaults.module}:{defaults.name}", (), "", dag.whole),
                            dag.whole,
                        ),
                    )
        span = self.file.span(id_node)
        if isinstance(id_node, ast.Constant):
            span = type(span)(span.start + 1, span.end - 1)
        dag.site = self.sites.add(span)
        self.dags.append(dag)
        place.implicit.append(dag)
        return dag

    def _awaited_assets(self, call: ast.Call, place: _Place) -> Iterable[Read]:
        """The assets in a schedule, however they are combined there."""
        schedule = next((keyword.value for keyword in call.keywords if keyword.arg == "schedule"), None)
        for part in ast.walk(schedule) if schedule is not None else ():
            if isinstance(part, ast.Name | ast.Call):
                value = self.evaluator.value(part, place.env)
                for item in value.items if isinstance(value, Items) else (value,):
                    if isinstance(item, CallOf) and (uri := asset_uri(item)):
                        yield Read(Relation("asset", (uri,)), self.sites.add(self.file.span(part)))

    def _dag_settings(self, call: ast.Call, keywords: Table) -> Iterable[Setting]:
        nodes = {keyword.arg: keyword for keyword in call.keywords if keyword.arg}
        for name, value in keywords.entries:
            if name in _DAG_SETTINGS and name != "default_args":
                keyword = nodes.get(name)
                span = self.file.span(keyword) if keyword is not None else self.file.span(call)
                written = self.file.slice(keyword.value) if keyword is not None else ""
                site = self.sites.add(self.file.span(keyword.value) if keyword is not None else span)
                yield Setting(name, fact(value, written, site), self.sites.add((span.start, span.start + len(name))))

    def _group(self, call: ast.Call, place: _Place, *, opaque: bool) -> _Group | None:
        dag = self._owner(call, place)
        keywords = self.evaluator.keywords(call, place.env)
        identity = keywords.get("group_id") or (self.evaluator.value(call.args[0], place.env) if call.args else None)
        name = identity.text if isinstance(identity, Text) and identity.known else ""
        prefixed = keywords.get("prefix_group_id")
        if getattr(prefixed, "value", True) is False:
            name = ""
        group = _Group(dag, name, len(dag.tasks))
        if opaque:  # a group whose tasks another package makes
            site = self.sites.add(self.file.span(call.func))
            dag.tasks.append(
                TaskDraft(
                    name, site, dotted(call.func).rpartition(".")[2], self.sites.add(self.file.span(call)), opaque=True
                )
            )
            group.end = len(dag.tasks)
        return group

    def _owner(self, call: ast.Call, place: _Place) -> DagDraft:
        given = next((keyword.value for keyword in call.keywords if keyword.arg == "dag"), None)
        if given is not None and isinstance(named := self._lookup(given, place), DagDraft):
            return named
        if place.dag is not None:
            return place.dag
        if not place.implicit:
            dag = DagDraft(declared=False, defaults_known=False)
            self.dags.append(dag)
            place.implicit.append(dag)
        return place.implicit[-1]

    # -- tasks ------------------------------------------------------------------------------------------------------------

    def _taskflow(self, call: ast.Call, place: _Place) -> Bound | None:
        """`fn(...)`, `fn.expand(...)`, `fn.partial(...).expand(...)`, `fn.override(...)(...)` of a decorated function."""
        options: ast.Call | None = None
        node: ast.expr = call.func
        arguments = [call]
        while True:
            if isinstance(node, ast.Attribute) and node.attr in ("expand", "expand_kwargs", "partial", "override"):
                node = node.value
            elif isinstance(node, ast.Call):
                if isinstance(node.func, ast.Attribute) and node.func.attr == "override":
                    options = node
                arguments.append(node)
                node = node.func
            else:
                break
        if not isinstance(node, ast.Name):
            return None
        function = self.functions.get(node.id)
        decorator = (
            next((d for d in function.decorator_list if _is_task_decorator(d)), None) if function is not None else None
        )
        if function is None or decorator is None:
            return None
        kind = dotted(decorator)
        upstream = [
            self._expression(argument, place)
            for item in arguments
            for argument in (*item.args, *(k.value for k in item.keywords))
        ]
        if kind.rpartition(".")[2] == "task_group":
            return self._group_call(function, call, upstream, place)
        dag = self._owner(call, place)
        given = options or (decorator if isinstance(decorator, ast.Call) else None)
        draft = self.tasks.function_task(call, function, given, place.env, place.prefix)
        draft.condition = " and ".join(place.conditions)
        dag.tasks.append(draft)
        made = Tasks(dag, (len(dag.tasks) - 1,), (len(dag.tasks) - 1,))
        for before in upstream:
            if before is not None:
                self._connect(before, made, call, place)
        return made

    def _group_call(self, function: Function, call: ast.Call, upstream: list[Bound | None], place: _Place) -> _Group:
        dag = self._owner(call, place)
        group = _Group(dag, function.name, len(dag.tasks))
        outer_dag, outer_prefix = place.dag, place.prefix
        place.dag, place.prefix = dag, f"{place.prefix}{function.name}."
        self.inlined.add(function.name)
        if place.depth < 6:
            self._inline_body(function, call, place)
        place.dag, place.prefix = outer_dag, outer_prefix
        group.end = len(dag.tasks)
        for before in upstream:
            if before is not None:
                self._connect(before, group, call, place)
        return group

    def _operator(self, call: ast.Call, last: str, place: _Place) -> Bound | None:
        base: ast.Call = call
        if (
            last in ("expand", "expand_kwargs")
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Call)
        ):
            base = call.func.value  # Operator.partial(...).expand(...)
            last = dotted(base.func).removesuffix(".partial").rpartition(".")[2]
            merged = ast.copy_location(
                ast.Call(func=base.func, args=base.args, keywords=[*base.keywords, *call.keywords]), call
            )
            base = merged
        has_id = any(keyword.arg == "task_id" for keyword in base.keywords)
        if last in NOT_A_TASK or not (last.endswith(_OPERATOR_ENDS) or has_id) or (last[:1].islower() and not has_id):
            return None
        if last[:1].islower() and isinstance(call.func, ast.Name) and call.func.id in self.functions:
            return None
        dag = self._owner(call, place)
        draft = self.tasks.operator_task(base, last, place.env, place.prefix)
        draft.condition = " and ".join(place.conditions)
        dag.tasks.append(draft)
        dag.references += self._references(base, last, place)
        made = Tasks(dag, (len(dag.tasks) - 1,), (len(dag.tasks) - 1,))
        for keyword in base.keywords:
            if keyword.arg in ("op_args", "op_kwargs", "arguments", "params", "templates_dict", "env_vars", "conf"):
                for node in ast.walk(keyword.value):
                    if (
                        isinstance(node, ast.Attribute)
                        and node.attr == "output"
                        and (before := self._lookup(node.value, place)) is not None
                    ):
                        self._connect(before, made, call, place)
        return made

    def _references(self, call: ast.Call, operator: str, place: _Place) -> Iterable[Read]:
        """The DAGs that a sensor waits for or a trigger starts."""
        wanted = {
            "ExternalTaskSensor": "external_dag_id",
            "ExternalTaskMarker": "external_dag_id",
            "TriggerDagRunOperator": "trigger_dag_id",
        }.get(operator)
        node = next((keyword.value for keyword in call.keywords if keyword.arg == wanted), None) if wanted else None
        value = self.evaluator.value(node, place.env) if node is not None else None
        if node is not None and isinstance(value, Text) and value.known and "{{" not in value.text:
            span = self.file.span(node)
            if isinstance(node, ast.Constant):
                span = type(span)(span.start + 1, span.end - 1)
            yield Read(Relation("dag", (value.text,)), self.sites.add(span))

    def _helper(self, call: ast.Call, place: _Place) -> Bound | None:
        """A call of a function of this module that makes tasks: its body is read in its place."""
        function = self.functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
        if function is None or place.depth >= 6 or not self._makes_tasks(function):
            return None
        if any(_is_task_decorator(d) or dotted(d).rpartition(".")[2] == "dag" for d in function.decorator_list):
            return None
        self.inlined.add(function.name)
        return self._inline_body(function, call, place)

    def _inline_body(self, function: Function, call: ast.Call, place: _Place) -> Bound | None:
        self.left -= 1
        if self.left < 0:
            return None
        given: dict[str, tuple[Value, ast.expr]] = {}
        bound: dict[str, Bound] = dict(place.bound)
        names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        pairs = [*zip(names, call.args, strict=False), *((k.arg, k.value) for k in call.keywords if k.arg)]
        for name, node in pairs:
            given[name] = (self.evaluator.value(node, place.env), node)
            if (named := self._lookup(node, place)) is not None:
                bound[name] = named
            else:
                bound.pop(name, None)
        return self._function(function, place, given, bound)

    def _function(
        self,
        function: Function,
        place: _Place,
        given: dict[str, tuple[Value, ast.expr]],
        bound: dict[str, Bound] | None = None,
    ) -> Bound | None:
        inner = _Place(
            place.dag,
            place.prefix,
            bound if bound is not None else {},
            place.env.child(),
            [*place.implicit] if place.dag else [],
            place.depth + 1,
            [*place.conditions],
        )
        self._parameters(function, inner.env, given)
        self._block(function.body, inner)
        dags = [item for item in inner.returned if isinstance(item, DagDraft)]
        return dags[0] if dags else self._joined(inner.returned, place) if inner.returned else None

    def _makes_tasks(self, function: Function) -> bool:
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                last = dotted(node.func).rpartition(".")[2]
                if (
                    last == "DAG"
                    or (last.endswith(_OPERATOR_ENDS) and last not in NOT_A_TASK)
                    or any(k.arg == "task_id" for k in node.keywords)
                ):
                    return True
        return False


def _is_task_decorator(node: ast.expr) -> bool:
    name = dotted(node)
    return name in ("task", "task_group") or name.startswith("task.") or name.endswith((".task", ".task_group"))


def bind_imports(statement: ast.Import | ast.ImportFrom, env: Env) -> None:
    """Bind what an import statement brings in."""
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            local = alias.asname or alias.name.partition(".")[0]
            env.bind(local, Imported(alias.name if alias.asname else local, ""))
        else:
            module = "." * statement.level + (statement.module or "")
            env.bind(alias.asname or alias.name, Imported(module, alias.name))
