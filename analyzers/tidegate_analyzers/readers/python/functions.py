"""What the body of a function does: the SQL it sends, the loads it configures, what it clears.

Only the order of statements is followed, not their conditions; a write under a condition counts as possible,
and anything that may clear or merge a target is kept, so that nothing is called unguarded that might be.
"""

from __future__ import annotations

import ast
import sys

from tidegate_analyzers.facts import (
    Relation,
    Site,
    Step,
    Write,
)
from tidegate_analyzers.readers.airflow.operators import CLEARS
from tidegate_analyzers.readers.airflow.shapes import Function, Functions
from tidegate_analyzers.readers.airflow.steps import StepReader, looks_like_sql
from tidegate_analyzers.readers.commands import read_command
from tidegate_analyzers.readers.python.body import Body
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.libraries import Call, Place, handlers_for, used
from tidegate_analyzers.readers.python.libraries.base import Effects
from tidegate_analyzers.readers.python.names import Chain, Env, arguments_by_name, bind_parameters, chain_of, dotted
from tidegate_analyzers.readers.python.sent import Sent, word_of
from tidegate_analyzers.readers.python.swallowed import swallowed
from tidegate_analyzers.readers.python.values import Choice, Imported, Text, Unknown, Value
from tidegate_analyzers.syntax.python import PythonFile

_OF_FRAMES = {
    "merge": frozenset(("on", "how", "left_on", "right_on", "left_index", "right_index", "suffixes")),
    "drop": frozenset(("columns", "axis", "labels")),
}
"""Arguments by which a method is that of a data frame, which changes no table."""
_OF_VALUES = frozenset(
    (
        "replace",
        "clear",
        "remove",
        "removeprefix",
        "removesuffix",
        "drop_duplicates",
        "dropDuplicates",
        "dropDuplicatesWithinWatermark",
        "dropTempView",
        "dropGlobalTempView",
        "createOrReplaceTempView",
        "createOrReplaceGlobalTempView",
        "dropna",
        "reset_index",
        "rollback",
    )
)
"""Methods of texts, lists and data frames, and of connections that give up what they have not committed."""

_TAKE_COLUMNS = frozenset(
    ("withColumn", "withColumns", "select", "agg", "filter", "where", "groupBy", "orderBy", "sort")
)
"""Methods of frames that are given columns."""

_COMMANDS = frozenset(
    (
        "subprocess.run",
        "subprocess.check_call",
        "subprocess.check_output",
        "subprocess.call",
        "subprocess.Popen",
        "os.system",
    )
)
"""Calls that start a program."""

_FOREIGN = sys.stdlib_module_names | {"airflow", "pandas", "numpy", "pendulum", "requests", "google", "boto3", "sqlalchemy", "psycopg2"}  # fmt: skip
"""Packages that no workspace holds."""

MAX_NESTING = 2


def read_body(
    function: Function,
    file: PythonFile,
    evaluator: Evaluator,
    steps: StepReader,
    env: Env,
    functions: Functions,
    site: Site,
    depth: int = 0,
) -> Body:
    """Read a function's body; functions of the same module that it calls are read in their place."""
    reader = _BodyReader(file, evaluator, steps, functions, depth)
    inner = env.child()
    bind_parameters(function, inner, {})
    reader.block(function.body, inner)
    reader.body.returned = reader.returned
    if reader.body.notes and not depth:
        for library in reader.libraries:
            if library.finish is not None:
                library.finish(tuple(reader.body.notes), reader.body)
    return reader.body


class _BodyReader:
    def __init__(
        self, file: PythonFile, evaluator: Evaluator, steps: StepReader, functions: Functions, depth: int
    ) -> None:
        self.file = file
        self.evaluator = evaluator
        self.steps = steps
        self.functions = functions
        self.depth = depth
        self.body = Body()
        self.sent = Sent(file, evaluator, steps, self.body)
        self.handlers = handlers_for(evaluator.modules)
        self.libraries = used(evaluator.modules)
        self.returned: list[Chain] = []
        self.given: list[Value] = []
        self.results: dict[int, Chain] = {}
        """What calls of functions of the same module give, by the identity of the call."""
        self.local: dict[str, Function] = {}
        """The functions that are defined in the body itself."""

    def block(self, statements: list[ast.stmt], env: Env) -> None:
        left: list[tuple[int, int, str]] = []
        for statement in statements:
            self._statement(statement, env)
            if isinstance(statement, ast.If) and _leaves(statement.body) and not statement.orelse:
                words = f"not ({self._words(statement.test)})"
                left.append((len(self.body.steps), len(self.body.streams), words))
        for start, streams, condition in left:
            self.body.under(start, condition, streams)

    def _if(self, statement: ast.If, env: Env) -> None:
        """Both branches, each with what it binds; what they bind differently is one of the two afterwards."""
        self._expression(statement.test, env)
        words = self._words(statement.test)
        ways: list[Env] = []
        for branch, condition in ((statement.body, words), (statement.orelse, f"not ({words})")):
            inner = env.child()
            start, streams = len(self.body.steps), len(self.body.streams)
            self.block(branch, inner)
            self.body.under(start, condition, streams)
            if not (branch and isinstance(branch[-1], ast.Raise | ast.Return | ast.Continue | ast.Break)):
                ways.append(inner)
        for name in {name: None for way in ways for name in way.values}:
            values: list[Value] = []
            for way in ways:
                value = way.get(name) or Unknown(name)
                values += value.options if isinstance(value, Choice) else (value,)
            alike = all(value == values[0] for value in values)
            env.bind(name, values[0] if alike else Choice(tuple(values)), ways[0].node(name) if alike else None)

    def _words(self, node: ast.expr) -> str:
        return " ".join(self.file.slice(node).split())[:120]

    def _statement(self, statement: ast.stmt, env: Env) -> None:
        if isinstance(statement, ast.If):
            self._if(statement, env)
            return
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            if not statement.decorator_list:
                self.local[statement.name] = statement
            return
        if isinstance(statement, ast.ClassDef):
            return
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
            if statement.value is not None:
                self._expression(statement.value, env)
                self._bind(statement, env)
            return
        if isinstance(statement, ast.Return):
            if statement.value is not None:
                self._expression(statement.value, env)
                self.returned.append(self.chain(statement.value, env))
                self.given.append(self.evaluator.value(statement.value, env))
            return
        if isinstance(statement, ast.For | ast.AsyncFor):
            self._expression(statement.iter, env)
            for name in ast.walk(statement.target):
                if isinstance(name, ast.Name):
                    env.bind(name.id, Unknown(name.id))
        if isinstance(statement, ast.For | ast.AsyncFor | ast.While):
            self.body.bad_records += swallowed(statement, self._place(env))
            for library in self.libraries:
                if library.loops is not None:
                    library.loops(statement, self._place(env))
        for node in ast.iter_child_nodes(statement):
            if isinstance(node, ast.expr):
                self._expression(node, env)
            elif isinstance(node, ast.withitem):
                self._expression(node.context_expr, env)
                if isinstance(node.optional_vars, ast.Name):
                    env.bind(node.optional_vars.id, self.evaluator.value(node.context_expr, env), node.context_expr)
            elif isinstance(node, ast.stmt):
                self._statement(node, env)
            elif isinstance(node, ast.ExceptHandler | ast.match_case):
                self.block(node.body, env)

    def _bind(self, statement: ast.Assign | ast.AnnAssign | ast.AugAssign, env: Env) -> None:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            if isinstance(target, ast.Name) and statement.value is not None:
                if isinstance(statement, ast.AugAssign):
                    whole = ast.BinOp(
                        left=ast.Name(id=target.id, ctx=ast.Load()), op=statement.op, right=statement.value
                    )
                    value = self.evaluator.value(
                        ast.copy_location(ast.fix_missing_locations(ast.copy_location(whole, statement)), statement),
                        env,
                    )
                    env.bind(target.id, value)
                else:
                    chain = self.chain(statement.value, env) if self.handlers else None
                    value = self.sent.values.get(id(statement.value)) or self.evaluator.value(statement.value, env)
                    env.bind(target.id, value, statement.value, chain)
            elif (
                isinstance(target, ast.Attribute) and target.attr == "write_disposition" and statement.value is not None
            ):
                self.sent.dispositions.setdefault(dotted(target.value), set()).add(
                    word_of(self.evaluator.value(statement.value, env))
                )

    # -- expressions -----------------------------------------------------------------------------------------------------

    def _expression(self, node: ast.expr, env: Env) -> None:
        calls = _calls(node)
        columns = _of_columns(calls)
        for call in calls:
            self._call(call, env, column=id(call) in columns)

    def chain(self, node: ast.expr, env: Env) -> Chain:
        """The calls by which a value is made, through functions of the same module."""
        links = chain_of(node, env)
        made = self.results.get(id(links[0].call)) if links and links[0].call is not None else None
        return (*made, *links[1:]) if made else links

    def _known(self, call: ast.Call, name: str, last: str, env: Env) -> bool:
        """Whether a library's own module knows the call, and has said what it does."""
        handlers = self.handlers.get(last)
        if not handlers:
            return False
        seen = Call.at(self._place(env), call, name)
        return any(handler(seen) for handler in handlers)

    def _place(self, env: Env) -> Place:
        def site(node: ast.AST) -> Site:
            return self.steps.site(self.file.span(node))  # type: ignore[arg-type]  # nodes with a place

        return Place(
            env,
            self.file,
            self.evaluator,
            self.body,
            site,
            self._function,
            self.chain,
            inside=self._inside,
            mark=self.steps.site,
        )

    def _function(self, name: str) -> Function | None:
        return self.local.get(name) or self.functions(name)

    def _inside(self, node: ast.expr, env: Env, effects: Effects) -> bool:
        """Read the body of a function that is given to another as an argument."""
        called = _of_lambda(node) if isinstance(node, ast.Lambda) else self._function(dotted(node))
        if called is None or self.depth > MAX_NESTING:
            return False
        inner = env.child()
        bind_parameters(called, inner, {})
        if not isinstance(node, ast.Lambda):
            self.steps.entered.add(self.file.span(called).start)
        depth = self.depth if isinstance(node, ast.Lambda) else self.depth + 1
        nested = _BodyReader(self.file, self.evaluator, self.steps, self._function, depth)
        nested.block(called.body, inner)
        nested.body.hand_on(effects)
        self.body.mentions += nested.body.mentions
        self.body.opaque = self.body.opaque or nested.body.opaque
        return True

    def _call(self, call: ast.Call, env: Env, *, column: bool = False) -> None:
        name = dotted(call.func)
        last = name.rpartition(".")[2]
        if self._known(call, name, last, env):
            return
        if name in _COMMANDS:
            node = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "args"), None)
            value = self.evaluator.value(node, env) if node is not None else None
            read_command(value, self.steps, self.steps.sites.add(self.file.span(call)), self.body)
            return
        if self.sent.takes(call, last, name, env):
            return
        if isinstance(call.func, ast.Name) or name.startswith(("self.", "cls.")):
            called = self._function(name)
            if called is not None and self.depth < MAX_NESTING:
                self._inline(called, call, env)
                return
        self._foreign(call, env)
        of_value = isinstance(call.func, ast.Attribute) and _of_value(call, last)
        if CLEARS.search(last) and not of_value and not column:
            words = " ".join(self.file.slice(call).split())[:400]
            site = self.steps.sites.add(self.file.span(call))
            self.body.write(
                Write("call", Relation("table", (words,)), site, opaque=f"'{name}' may clear or merge what it is given")
            )

    def _foreign(self, call: ast.Call, env: Env) -> None:
        """A function of another module, which may be one of the workspace."""
        called = self.evaluator.value(call.func, env)
        if isinstance(called, Imported) and called.name and called.module.partition(".")[0] not in _FOREIGN:
            site = self.steps.sites.add(self.file.span(call.func))
            self.body.steps.append(Step("calls", f"{called.module}:{called.name}", site=site))

    def _inline(self, called: Function, call: ast.Call, env: Env) -> None:
        inner = env.child()
        arguments = arguments_by_name(called, call, bound=isinstance(call.func, ast.Attribute))
        given = {name: (self.evaluator.value(node, env), node) for name, node in arguments}
        bind_parameters(called, inner, given)
        for name, (_, node) in given.items():
            inner.chains[name] = self.chain(node, env)
        self.steps.entered.add(self.file.span(called).start)
        nested = _BodyReader(self.file, self.evaluator, self.steps, self._function, self.depth + 1)
        nested.block(called.body, inner)
        if len(nested.returned) == 1:
            self.results[id(call)] = nested.returned[0]
            result = nested.given[0]
            if isinstance(result, Text) and (result.known or looks_like_sql(result.text)):
                self.sent.values[id(call)] = result
        self.body.take(nested.body)


def _of_value(call: ast.Call, method: str) -> bool:
    """Whether a method is one of texts, lists and frames."""
    named = {keyword.arg for keyword in call.keywords}
    return method in _OF_VALUES or bool(named & _OF_FRAMES.get(method, frozenset()))


def _leaves(statements: list[ast.stmt]) -> bool:
    """True for a block that skips what follows it."""
    last = statements[-1] if statements else None
    if isinstance(last, ast.Raise):
        return last.exc is not None and "skip" in ast.unparse(last.exc).casefold()
    return isinstance(last, ast.Return | ast.Continue | ast.Break)


def _of_lambda(node: ast.Lambda) -> Function:
    """A lambda as a function."""
    made = ast.parse("def _(): pass").body[0]
    assert isinstance(made, ast.FunctionDef)
    made.args = node.args
    made.body = [ast.copy_location(ast.Expr(node.body), node)]
    return made


def _of_columns(calls: list[ast.Call]) -> set[int]:
    """The calls that make columns for methods of a frame: they say what its values are, and change no table."""
    return {
        id(inner)
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in _TAKE_COLUMNS
        for argument in call.args
        for inner in ast.walk(argument)
        if isinstance(inner, ast.Call)
    }


def _calls(node: ast.expr) -> list[ast.Call]:
    """The calls in an expression, in the order in which they are made."""
    found: list[ast.Call] = []

    def visit(item: ast.AST) -> None:
        if isinstance(item, ast.Lambda):
            return
        for child in ast.iter_child_nodes(item):
            visit(child)
        if isinstance(item, ast.Call):
            found.append(item)

    visit(node)
    return found
