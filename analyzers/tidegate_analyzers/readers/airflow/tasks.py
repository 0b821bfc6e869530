"""From the call that makes a task to its facts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from tidegate_analyzers import facts
from tidegate_analyzers.facts import Act, Read, Relation, Setting, Site, Sites, Step, WallClock
from tidegate_analyzers.readers.airflow.acts import acts_of, progress_of
from tidegate_analyzers.readers.airflow.clock import clock_use
from tidegate_analyzers.readers.airflow.drafts import TaskDraft
from tidegate_analyzers.readers.airflow.effects import Arguments, argument_effects
from tidegate_analyzers.readers.airflow.mentions import MAX_MENTIONS, asset_uri, mentions, texts_within
from tidegate_analyzers.readers.airflow.operators import (
    CLOCK_ARGUMENTS,
    HARMLESS,
    SETTINGS,
    SQL_ARGUMENTS,
)
from tidegate_analyzers.readers.airflow.shapes import Function, Functions
from tidegate_analyzers.readers.airflow.steps import StepReader
from tidegate_analyzers.readers.python.body import Body
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.functions import read_body
from tidegate_analyzers.readers.python.names import Env, dotted
from tidegate_analyzers.readers.python.values import Imported, Items, Table, Text, Value, fact
from tidegate_analyzers.syntax.python import PythonFile


class TaskReader:
    """Makes tasks of operator calls and of decorated functions."""

    def __init__(
        self, file: PythonFile, sites: Sites, evaluator: Evaluator, steps: StepReader, functions: Functions
    ) -> None:
        self.file = file
        self.sites = sites
        self.evaluator = evaluator
        self.steps = steps
        self.functions = functions

    def operator_task(self, call: ast.Call, operator: str, env: Env, prefix: str) -> TaskDraft:
        """The task that `SomeOperator(task_id=..., ...)` makes."""
        keywords = self._keywords(call, env)
        id_node = self._node(call, "task_id") or (call.args[0] if call.args else None)
        identity = keywords.get("task_id")
        if identity is None and call.args:
            identity = self.evaluator.value(call.args[0], env)
        draft = self._draft(call, operator, identity, id_node, prefix)
        draft.settings = tuple(self._settings(call, keywords))
        body, opaque = self._effects(call, operator, keywords, draft.site, env)
        draft.steps, draft.writes = tuple(body.steps), tuple(body.writes)
        if (function := self._callable(call)) is not None:
            draft.acts = self._acts(function, body, env)
        draft.opaque = opaque or keywords.open
        draft.outlets = tuple(self._assets(call, keywords, "outlets"))
        draft.inlets = tuple(self._assets(call, keywords, "inlets"))
        draft.clocks = tuple(self._clocks(call, env))
        draft.mentions = mentions(keywords, operator, draft.id)
        return draft

    def function_task(
        self,
        call: ast.Call,
        function: Function,
        options: ast.Call | None,
        env: Env,
        prefix: str,
    ) -> TaskDraft:
        """The task that calling a `@task` function makes."""
        keywords = self._keywords(options, env) if options is not None else Table(())
        identity: Value | None = keywords.get("task_id")
        id_node = self._node(options, "task_id") if options is not None else None
        draft = self._draft(call, f"@task {function.name}", identity, id_node or call.func, prefix)
        if identity is None:
            draft.id = f"{prefix}{function.name}"
        draft.settings = tuple(self._settings(options, keywords)) if options is not None else ()
        body = read_body(function, self.file, self.evaluator, self.steps, env, self.functions, draft.site)
        draft.acts = self._acts(function, body, env)
        self._take(draft, body)
        draft.outlets = tuple(self._assets(options, keywords, "outlets")) if options is not None else ()
        draft.inlets = tuple(self._assets(options, keywords, "inlets")) if options is not None else ()
        draft.clocks = tuple(self._argument_clocks(call, env))
        draft.mentions = (*mentions(keywords, function.name, draft.id), *body.mentions)[:MAX_MENTIONS]
        return draft

    def _take(self, draft: TaskDraft, body: Body) -> None:
        draft.steps = tuple(body.steps)
        draft.writes = tuple(body.writes)
        draft.opaque = body.opaque

    def _acts(self, function: Function, body: Body, env: Env) -> tuple[Act, ...]:
        progress = progress_of(function, self.file, self.sites, body.steps, self.functions)
        return (*acts_of(function, self.file, self.sites, env), *progress)

    def _draft(
        self, call: ast.Call, operator: str, identity: Value | None, id_node: ast.expr | None, prefix: str
    ) -> TaskDraft:
        known = isinstance(identity, Text) and identity.known
        name = f"{prefix}{identity.text}" if isinstance(identity, Text) and known else ""
        span = self.file.span(id_node) if id_node is not None and known else self.file.span(call.func)
        if known and isinstance(id_node, ast.Constant):
            span = type(span)(span.start + 1, span.end - 1)
        return TaskDraft(name, self.sites.add(span), operator, self.sites.add(self.file.span(call)))

    # -- arguments ---------------------------------------------------------------------------------------------------

    def _keywords(self, call: ast.Call, env: Env) -> Table:
        return self.evaluator.keywords(call, env)

    def _node(self, call: ast.Call | None, name: str) -> ast.expr | None:
        return (
            next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
            if call is not None
            else None
        )

    def _settings(self, call: ast.Call, keywords: Table) -> Iterable[Setting]:
        nodes = {keyword.arg: keyword for keyword in call.keywords if keyword.arg}
        for name, value in keywords.entries:
            if name not in SETTINGS:
                continue
            keyword = nodes.get(name)
            written = self.file.slice(keyword.value) if keyword is not None else ""
            site = self.sites.add(self.file.span(keyword.value)) if keyword is not None else 0
            name_span = self.file.span(keyword) if keyword is not None else None
            yield Setting(
                name,
                fact(value, written, site) if name != "bash_command" else _command(value, site),
                self.sites.add((name_span.start, name_span.start + len(name))) if name_span else 0,
            )
        if keywords.open:
            taken = [f"{item.module}:{item.name}" for item in keywords.spread]
            yield Setting("@open", facts.Value(bool(taken), taken or None))

    # -- what it does ----------------------------------------------------------------------------------------------------

    def _effects(self, call: ast.Call, operator: str, keywords: Table, site: Site, env: Env) -> tuple[Body, bool]:
        places: dict[tuple[str, ...], Site] = {}

        def place(way: tuple[str, ...]) -> Site:
            if way not in places:
                node = self._node(call, way[0])
                for key in way[1:]:
                    node = _entry(node, key)
                places[way] = self.sites.add(self.file.span(node)) if node is not None else 0
            return places[way]

        body = argument_effects(Arguments(operator, keywords, site, place, self._is_own(call, env)), self.steps)
        function = self._callable(call)
        opaque = body.opaque
        if function is not None:
            body.take(read_body(function, self.file, self.evaluator, self.steps, env, self.functions, site))
            opaque = body.opaque
        elif (imported := self._imported_callable(call, env)) is not None:
            body.steps.append(imported)
        elif not body.steps:
            opaque = opaque or not HARMLESS.search(operator)
        return body, opaque or any(step.kind == "unknown" for step in body.steps)

    def _is_own(self, call: ast.Call, env: Env) -> bool:
        """Whether an operator is defined here, or imported from elsewhere than Airflow."""
        made = self.evaluator.value(call.func, env)
        if isinstance(made, Imported):
            return not made.module.startswith(("airflow.", "astronomer.", "cosmos"))
        name = dotted(call.func)
        return any(isinstance(item, ast.ClassDef) and item.name == name for item in self.file.tree.body)

    def _callable(self, call: ast.Call) -> Function | None:
        node = self._node(call, "python_callable")
        return self.functions(node.id) if isinstance(node, ast.Name) else None

    def _imported_callable(self, call: ast.Call, env: Env) -> Step | None:
        node = self._node(call, "python_callable")
        called = self.evaluator.value(node, env) if node is not None else None
        if node is None or not isinstance(called, Imported) or not called.name:
            return None
        return Step("import", f"{called.module}:{called.name}", site=self.sites.add(self.file.span(node)))

    # -- data, assets, clocks --------------------------------------------------------------------------------------------

    def _assets(self, call: ast.Call, keywords: Table, name: str) -> list[Read]:
        value = keywords.get(name)
        node = self._node(call, name)
        if value is None or node is None:
            return []
        found = []
        values = value.items if isinstance(value, Items) else (value,)
        nodes = node.elts if isinstance(node, ast.List | ast.Tuple) else [node] * len(values)
        for item, place in zip(values, nodes, strict=False):
            uri = asset_uri(item)
            if uri:
                found.append(Read(Relation("asset", (uri,)), self.sites.add(self.file.span(place))))
        return found

    def _clocks(self, call: ast.Call, env: Env) -> Iterable[WallClock]:
        for keyword in call.keywords:
            if keyword.arg in CLOCK_ARGUMENTS:
                yield from self._clock(keyword.value, keyword.arg, env)

    def _argument_clocks(self, call: ast.Call, env: Env) -> Iterable[WallClock]:
        for argument in call.args:
            yield from self._clock(argument, "an argument", env)
        for keyword in call.keywords:
            yield from self._clock(keyword.value, keyword.arg or "an argument", env)

    def _chooses_rows(self, node: ast.expr, use: ast.expr, into: str, env: Env) -> bool:
        """In SQL the clock matters where it chooses rows; as a value that is written it is a timestamp."""
        if into not in (*SQL_ARGUMENTS, "configuration"):
            return True
        word = self.file.slice(use)
        for text in texts_within(self.evaluator.value(node, env)):
            for match in re.finditer(r"\{\{\s*([^}]*?)\s*\}\}", text):
                if word.split("(")[0].strip() in match.group(1) or match.group(1) in word:
                    clauses = re.findall(
                        r"\b(select|values|where|having|qualify|on|set|from|into)\b", text[: match.start()], re.I
                    )
                    if clauses and clauses[-1].lower() in ("where", "having", "qualify", "on", "from", "into"):
                        return True
        return False

    def _clock(self, node: ast.expr, into: str, env: Env) -> Iterable[WallClock]:
        found = clock_use(node, env)
        if found is not None:
            use, origin = found
            if not self._chooses_rows(node, use, into, env):
                return
            origin_site = self.sites.add(self.file.span(origin)) if origin is not use else 0
            yield WallClock(
                self.sites.add(self.file.span(use)), " ".join(self.file.slice(origin).split())[:120], into, origin_site
            )


def _command(value: Value, site: Site) -> facts.Value:
    """A command line, with what is not known of it in braces."""
    text = value.text if isinstance(value, Text) else ""
    return facts.Value(isinstance(value, Text) and value.known, text or None, (), text[:4_000], site)


def _entry(node: ast.expr | None, name: str) -> ast.expr | None:
    """The value of a key in a dictionary that is written out."""
    if not isinstance(node, ast.Dict):
        return None
    pairs = zip(node.keys, node.values, strict=True)
    return next((value for key, value in pairs if isinstance(key, ast.Constant) and key.value == name), None)
