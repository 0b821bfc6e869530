"""What the body of a task's function does: the SQL it sends, the loads it configures, what it clears.

Only the order of statements is followed, not their conditions; a write under a condition counts as possible,
and anything that may clear or merge a target is kept, so that nothing is called unguarded that might be.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass, field

from msgspec.structs import replace

from tidegate_analyzers.facts import (
    BadRecords,
    Gate,
    Inferred,
    Read,
    Relation,
    Setting,
    Site,
    Step,
    Stream,
    Upkeep,
    Write,
    same_name,
)
from tidegate_analyzers.readers.airflow.big_query import table_name
from tidegate_analyzers.readers.airflow.operators import APPENDS, CLEARS, REPLACES, dialect_of
from tidegate_analyzers.readers.airflow.shapes import Function, Functions
from tidegate_analyzers.readers.airflow.steps import ONE_OF_SEVERAL, StepReader, looks_like_sql, table_relation
from tidegate_analyzers.readers.commands import read_command
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.libraries import Call, Place, handlers_for, used
from tidegate_analyzers.readers.python.libraries.base import Effects
from tidegate_analyzers.readers.python.names import Chain, Env, arguments_by_name, bind_parameters, chain_of, dotted
from tidegate_analyzers.readers.python.swallowed import swallowed
from tidegate_analyzers.readers.python.values import CallOf, Choice, FileText, Imported, Items, Text, Unknown, Value
from tidegate_analyzers.syntax.python import PythonFile

_EXECUTE = frozenset(
    (
        "run",
        "execute",
        "executemany",
        "execute_query",
        "query",
        "sql",
        "run_query",
        "exec_driver_sql",
        "execute_async",
        "execute_string",
        "command",
    )
)
_LOADS = frozenset(
    (
        "load_table_from_uri",
        "load_table_from_file",
        "load_table_from_dataframe",
        "load_table_from_json",
        "query",
        "copy_table",
    )
)
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

_READS = re.compile(r"get_(?:records|first|pandas_df|df)|read_sql\w*|fetch\w*")
_JOB_CONFIG = re.compile(r"(?:Load|Query|Copy)JobConfig$")
_FOREIGN = sys.stdlib_module_names | {"airflow", "pandas", "numpy", "pendulum", "requests", "google", "boto3", "sqlalchemy", "psycopg2"}  # fmt: skip
"""Packages that no workspace holds."""

MAX_NESTING = 2


@dataclass(slots=True)
class Body:
    """The effects of a function in the order of its statements."""

    steps: list[Step] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    opaque: bool = False
    reads: list[Read] = field(default_factory=list)
    bad_records: list[BadRecords] = field(default_factory=list)
    schemas: list[Inferred] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    upkeeps: list[Upkeep] = field(default_factory=list)
    notes: list[object] = field(default_factory=list)
    returned: list[Chain] = field(default_factory=list)

    def write(self, write: Write, condition: str = "") -> None:
        """Add an effect at its place among the steps."""
        if write.by and any(same_name(read.relation, write.target) for read in self.reads):
            write = replace(write, reads_target=True)
        self.steps.append(Step("write", index=len(self.writes), site=write.site, condition=condition))
        self.writes.append(write)

    def step(self, step: Step) -> None:
        """Add something else that is run."""
        self.steps.append(step)

    def read(self, read: Read) -> None:
        """Add a use of data."""
        self.reads.append(read)

    def bad(self, found: BadRecords) -> None:
        """Say what becomes of bad records."""
        self.bad_records.append(found)

    def inferred(self, found: Inferred) -> None:
        """Add a schema that is taken from the data."""
        self.schemas.append(found)

    def gate(self, found: Gate) -> None:
        """Add a check of data."""
        self.gates.append(found)

    def stream(self, stream: Stream) -> None:
        """Add a continuous query."""
        self.streams.append(replace(stream, order=len(self.steps)))

    def note(self, note: object) -> None:
        """Keep something until the end of the body."""
        self.notes.append(note)

    def setting(self, setting: Setting) -> None:
        """Add a setting of what runs the body."""
        self.settings.append(setting)

    def upkeep(self, found: Upkeep) -> None:
        """Add something that is done for the files of a table."""
        self.upkeeps.append(found)

    @property
    def says(self) -> bool:
        """Whether anything was found."""
        does = any(step.kind == "sql" for step in self.steps) or any(write.mode != "call" for write in self.writes)
        return does or bool(
            self.reads
            or self.bad_records
            or self.schemas
            or self.gates
            or self.streams
            or self.settings
            or self.upkeeps
        )

    def hand_on(self, effects: Effects) -> None:
        """Give all effects to another collector."""
        for number, step in enumerate(self.steps):
            for stream in self.streams:
                if stream.order == number:
                    effects.stream(stream)
            if step.kind == "write":
                effects.write(self.writes[step.index], step.condition)
            else:
                effects.step(step)
        for read in self.reads:
            effects.read(read)
        for bad in self.bad_records:
            effects.bad(bad)
        for schema in self.schemas:
            effects.inferred(schema)
        for gate in self.gates:
            effects.gate(gate)
        for stream in self.streams:
            if stream.order >= len(self.steps):
                effects.stream(stream)
        for setting in self.settings:
            effects.setting(setting)
        for upkeep in self.upkeeps:
            effects.upkeep(upkeep)
        for note in self.notes:
            effects.note(note)

    def take(self, other: Body) -> None:
        """Add the effects of a function that was called."""
        other.hand_on(self)
        self.mentions += other.mentions
        self.opaque = self.opaque or other.opaque


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
        self.dispositions: dict[str, set[str]] = {}
        self.handlers = handlers_for(evaluator.modules)
        self.libraries = used(evaluator.modules)
        self.returned: list[Chain] = []
        self.given: list[Value] = []
        self.values: dict[int, Value] = {}
        """What calls of functions of the same module are for certain, by the identity of the call."""
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
            self._condition(start, condition, streams)

    def _if(self, statement: ast.If, env: Env) -> None:
        """Both branches, each with what it binds; what they bind differently is one of the two afterwards."""
        self._expression(statement.test, env)
        words = self._words(statement.test)
        ways: list[Env] = []
        for branch, condition in ((statement.body, words), (statement.orelse, f"not ({words})")):
            inner = env.child()
            start, streams = len(self.body.steps), len(self.body.streams)
            self.block(branch, inner)
            self._condition(start, condition, streams)
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

    def _condition(self, start: int, condition: str, streams: int | None = None) -> None:
        """Say of the steps from `start` on, and of streams, under which condition they are done."""
        for number in range(streams, len(self.body.streams)) if streams is not None else ():
            stream = self.body.streams[number]
            both = f"{condition} and {stream.condition}" if stream.condition else condition
            self.body.streams[number] = replace(stream, condition=both)
        steps = self.body.steps
        for number in range(start, len(steps)):
            both = f"{condition} and {steps[number].condition}" if steps[number].condition else condition
            steps[number] = replace(steps[number], condition=both)

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
                    value = self.values.get(id(statement.value)) or self.evaluator.value(statement.value, env)
                    env.bind(target.id, value, statement.value, chain)
            elif (
                isinstance(target, ast.Attribute) and target.attr == "write_disposition" and statement.value is not None
            ):
                self.dispositions.setdefault(dotted(target.value), set()).add(
                    _word(self.evaluator.value(statement.value, env))
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
        if last in _LOADS and self._load(call, last, env):
            return
        if last in _EXECUTE and isinstance(call.func, ast.Attribute):
            self._execute(call, name, env)
            return
        if _READS.match(last):
            self._execute(call, name, env)
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
                self.values[id(call)] = result
        self.body.take(nested.body)

    def _execute(self, call: ast.Call, name: str, env: Env) -> None:
        """A call that sends SQL, if its first argument is SQL; other `run` methods are other things."""
        given = next(
            (
                keyword.value
                for keyword in call.keywords
                if keyword.arg in ("sql", "query", "statement", "operation", "command")
            ),
            None,
        )
        node = given or (call.args[0] if call.args else None)
        if node is None:
            return
        value = self.values.get(id(node)) or self.evaluator.value(node, env)
        site = self.steps.sites.add(self.file.span(node))
        items = value.items if isinstance(value, Items) else (value,)
        for item in items:
            self._send(item, name, site, env)

    def _send(self, value: Value, name: str, site: Site, env: Env) -> None:
        dialect = dialect_of(name) or dialect_of(_origin(name, env))
        if isinstance(value, Text):
            if looks_like_sql(value.text):
                self.body.steps.append(Step("sql", "", self.steps.add(value.fragment, dialect, site, name), site))
            elif value.text.strip().lower().endswith(".sql"):
                self.body.steps += self.steps.steps(value, dialect, site, name)
        elif isinstance(value, Choice):
            start = len(self.body.steps)
            for option in value.options:
                self._send(option, name, site, env)
            self._condition(start, ONE_OF_SEVERAL)
        elif isinstance(value, FileText | Imported):
            self.body.steps += self.steps.steps(value, dialect, site, name)
        elif isinstance(value, CallOf) and CLEARS.search(value.function):
            self.body.write(
                Write(
                    "call",
                    Relation("table", (value.text,)),
                    site,
                    opaque=f"'{value.function}' builds a statement that is not known",
                )
            )
        elif name.rpartition(".")[2] not in ("query", "run", "command") and not _READS.match(name.rpartition(".")[2]):
            self.body.steps.append(Step("unknown", "", site=site))
            self.body.opaque = True

    def _load(self, call: ast.Call, method: str, env: Env) -> bool:
        """A load job of the BigQuery client, whose configuration says how it writes."""
        config_node = next((keyword.value for keyword in call.keywords if keyword.arg == "job_config"), None)
        if config_node is None:
            return False
        config = self.evaluator.value(config_node, env)
        if not (isinstance(config, CallOf) and _JOB_CONFIG.search(config.function)):
            return False
        settings = dict(config.keywords)
        words = {_word(settings["write_disposition"])} if "write_disposition" in settings else set()
        words |= self.dispositions.get(dotted(config_node), set())
        if method == "query":
            if "destination" not in settings:
                return False
            name = settings["destination"].text if isinstance(settings["destination"], Text) else ""
        else:
            name = self._target(call, env)
        relation = table_relation(name) if name else Relation("table", ())
        site = self.steps.sites.add(self.file.span(config_node))
        if words == set(words & APPENDS) and words:
            self.body.write(
                Write(
                    "append",
                    relation,
                    site,
                    rows="file",
                    option=next(iter(words)),
                    partition=relation.name.partition("$")[2],
                )
            )
        elif words & REPLACES:
            self.body.write(Write("replace", relation, site, rows="file", option=", ".join(sorted(words)), whole=True))
        else:
            self.body.write(Write("call", relation, site, rows="file", opaque="how it writes is not known"))
        return True

    def _target(self, call: ast.Call, env: Env) -> str:
        node = next(
            (keyword.value for keyword in call.keywords if keyword.arg in ("destination", "table_id", "table")), None
        )
        if node is None:
            node = call.args[1] if len(call.args) > 1 else None
        return table_name(node, env, self.evaluator) if node is not None else ""


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


def _word(value: Value) -> str:
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Imported):
        return value.name
    return str(getattr(value, "text", "")).rpartition(".")[2]


def _origin(name: str, env: Env) -> str:
    """What the object of a method call was made by: `hook.run` with `hook = PostgresHook(...)`."""
    value = env.get(name.partition(".")[0])
    return value.function if isinstance(value, CallOf) else ""


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
