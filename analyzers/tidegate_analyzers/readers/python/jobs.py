"""The jobs of a Python module: flows, assets and resources by their decorators, else functions and the script itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from msgspec.structs import replace

from tidegate_analyzers.facts import Job, Read, Relation, Setting, Site, Sites, Value
from tidegate_analyzers.readers.airflow.shapes import Function
from tidegate_analyzers.readers.airflow.steps import StepReader
from tidegate_analyzers.readers.python.assets import AssetReader
from tidegate_analyzers.readers.python.body import Body
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.functions import read_body
from tidegate_analyzers.readers.python.libraries import Call, Place, used
from tidegate_analyzers.readers.python.names import Env, chain_of, dotted
from tidegate_analyzers.readers.python.partitions import partition_settings
from tidegate_analyzers.readers.python.units import UNITS, Unit
from tidegate_analyzers.readers.python.values import Value as Evaluated
from tidegate_analyzers.readers.python.values import fact
from tidegate_analyzers.syntax.python import PythonFile

MAX_JOBS = 300
_GIVEN = frozenset(("foreachBatch",))
"""Methods that call the function they are given: it is read in its place there."""


def is_job_module(evaluator: Evaluator) -> bool:
    """Whether a module imports anything whose calls are known, or that makes jobs."""
    return bool(used(evaluator.modules)) or bool(UNITS.keys() & evaluator.modules)


def read_jobs(file: PythonFile, sites: Sites, evaluator: Evaluator, steps: StepReader, env: Env) -> Iterator[Job]:
    """The jobs of a module.

    A function that others of the module call is read in their place, and is no job unless a decorator makes it one.
    """
    reader = _JobReader(file, sites, evaluator, steps, env)
    yield from reader.read()


_BATCH_IDS = frozenset(("batch_id", "batchid", "epoch_id", "epochid", "micro_batch_id"))


def _takes_batches(function: Function) -> bool:
    """Whether a function's arguments are those of `foreachBatch`: a frame and the number of its batch."""
    names = [argument.arg for argument in function.args.args if argument.arg not in ("self", "cls")]
    return len(names) == 2 and names[1].casefold() in _BATCH_IDS


class _JobReader:
    def __init__(self, file: PythonFile, sites: Sites, evaluator: Evaluator, steps: StepReader, env: Env) -> None:
        self.file = file
        self.sites = sites
        self.evaluator = evaluator
        self.steps = steps
        self.env = env
        self.functions: dict[str, Function] = {}
        self.methods: dict[ast.ClassDef, dict[str, Function]] = {}
        for statement in file.tree.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self.functions[statement.name] = statement
            elif isinstance(statement, ast.ClassDef):
                self.methods[statement] = {
                    item.name: item
                    for item in statement.body
                    if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
                }

    def read(self) -> Iterator[Job]:
        left = MAX_JOBS
        called = self._called()
        self.steps.entered = set()
        later: list[tuple[Function, ast.ClassDef | None]] = []
        for function, owner in self._all():
            unit, decorator = self._unit(function)
            if unit is None and (function.name in called if owner is None else f"self.{function.name}" in called):
                later.append((function, owner))
                continue
            body = self._body(function, owner)
            if decorator is not None:
                self._declared(decorator, function, body)
            if unit is None and not body.says:
                continue
            left -= 1
            if left < 0:
                return
            yield self._job(_name(function, owner), self._name_site(function), body, unit, function, decorator)
        script = self._script()
        if script is not None:
            body = self._body(script, None)
            if body.says:
                yield self._job("", self.sites.add((0, 0)), body, None, None, None)
        # Calls are followed a few levels deep; what lies deeper is read by itself.
        for function, owner in later:
            if self.file.span(function).start not in self.steps.entered:
                body = self._body(function, owner)
                left -= 1
                if body.says and left >= 0:
                    yield self._job(_name(function, owner), self._name_site(function), body, None, function, None)

    def _all(self) -> Iterator[tuple[Function, ast.ClassDef | None]]:
        for function in self.functions.values():
            yield function, None
            # Flows, resources and tasks are often written inside of the function that makes them.
            for inner in ast.walk(function):
                if (
                    inner is not function
                    and isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
                    and self._unit(inner)[0] is not None
                ):
                    yield inner, None
        for owner, methods in self.methods.items():
            for function in methods.values():
                yield function, owner

    def _called(self) -> set[str]:
        """What the module calls by name, itself: those functions are read where they are called."""
        calls = [node for node in ast.walk(self.file.tree) if isinstance(node, ast.Call)]
        found = {dotted(node.func) for node in calls}
        for node in calls:
            if isinstance(node.func, ast.Attribute) and node.func.attr in _GIVEN:
                found |= {dotted(item) for item in (*node.args, *(keyword.value for keyword in node.keywords))}
        return found

    def _script(self) -> Function | None:
        """The top level of the module as a function."""
        statements = [
            item
            for item in self.file.tree.body
            if not isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)
        ]
        if not statements:
            return None
        made = ast.parse("def _(): pass").body[0]
        assert isinstance(made, ast.FunctionDef)
        made.body = statements
        return made

    def _unit(self, function: Function) -> tuple[Unit | None, ast.expr | None]:
        """What a decorator makes of a function."""
        for decorator in function.decorator_list:
            name = dotted(decorator)
            for module, units in UNITS.items():
                unit = units.get(name.rpartition(".")[2])
                if module in self.evaluator.modules and unit is not None and unit.fits(name):
                    return unit, decorator
        return None, None

    def _body(self, function: Function, owner: ast.ClassDef | None) -> Body:
        site = self._name_site(function) if function.name != "_" else 0
        methods = self.methods.get(owner, {}) if owner is not None else {}

        def find(name: str) -> Function | None:
            first, _, last = name.rpartition(".")
            return methods.get(last) if first in ("self", "cls") else self.functions.get(name)

        body = read_body(function, self.file, self.evaluator, self.steps, self.env, find, site)
        if _takes_batches(function):
            # Given to foreachBatch elsewhere: it is run again for a batch that failed.
            body.writes[:] = [replace(w, by="foreach_batch") if w.by == "spark" else w for w in body.writes]
        return body

    def _declared(self, decorator: ast.expr, function: Function, body: Body) -> None:
        """What the decorator of a job says by itself."""
        made = (
            decorator if isinstance(decorator, ast.Call) else ast.copy_location(ast.Call(decorator, [], []), decorator)
        )
        place = Place(
            self.env,
            self.file,
            self.evaluator,
            body,
            self._site,
            self.functions.get,
            chain_of,
            mark=self.steps.site,
            returned=tuple(body.returned),
        )
        call = Call.at(place, made, dotted(made.func))
        for library in used(self.evaluator.modules):
            declare = library.decorators.get(call.method)
            if declare is not None:
                declare(call, function)

    def _site(self, node: ast.AST) -> Site:
        return self.steps.site(self.file.span(node))  # type: ignore[arg-type]  # nodes with a place

    def _name_site(self, function: Function) -> Site:
        start = self.file.text.find(function.name, self.file.span(function).start)
        return self.sites.add((start, start + len(function.name)))

    def _job(
        self,
        name: str,
        site: Site,
        body: Body,
        unit: Unit | None,
        function: Function | None,
        decorator: ast.expr | None,
    ) -> Job:
        settings = tuple(self._settings(decorator)) if isinstance(decorator, ast.Call) else ()
        settings += tuple(body.settings)
        if unit is not None and unit.engine == "dagster" and isinstance(decorator, ast.Call) and function is not None:
            settings += tuple(partition_settings(decorator, function, self._value, site))
        given = next((s.value.value for s in settings if s.name == "name" and s.value.known), None)
        made: tuple[Relation, ...] = ()
        comes_of: tuple[Read, ...] = ()
        if unit is not None and unit.engine == "dagster" and decorator is not None and function is not None:
            assets = AssetReader(self._value, self._site)
            made, comes_of = assets.made(decorator, function), assets.used(decorator, function)
        whole = self.sites.add(self.file.span(function)) if function is not None else 0
        if given and function is not None and given != function.name:
            settings = (*settings, Setting("@function", Value(True, function.name, (), function.name, site), site))
        return Job(
            given if isinstance(given, str) and given else name,
            site,
            unit.engine if unit is not None else "python",
            unit.kind if unit is not None else ("function" if function is not None else "script"),
            settings,
            tuple(body.steps),
            tuple(body.writes),
            tuple(body.reads),
            tuple(body.streams),
            tuple(body.bad_records),
            tuple(body.gates),
            (),
            tuple(body.mentions),
            body.opaque,
            whole,
            inferred=tuple(body.schemas),
            upkeep=tuple(body.upkeeps),
            makes=made,
            comes_of=comes_of,
        )

    def _value(self, node: ast.expr) -> Evaluated:
        return self.evaluator.value(node, self.env)

    def _settings(self, decorator: ast.Call) -> Iterator[Setting]:
        for keyword in decorator.keywords:
            if keyword.arg is not None:
                value = self.evaluator.value(keyword.value, self.env)
                written = self.file.slice(keyword.value)
                yield Setting(
                    keyword.arg,
                    fact(value, written, self.sites.add(self.file.span(keyword.value))),
                    self.sites.add(self.file.span(keyword)),
                )


def _name(function: Function, owner: ast.ClassDef | None) -> str:
    return f"{owner.name}.{function.name}" if owner is not None else function.name
