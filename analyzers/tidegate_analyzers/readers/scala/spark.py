"""Spark in Scala: notebooks and applications.

Names are followed by assignment within the file, types and implicits are not; so what is said of a file is likely, and
rules make no error of it. What the chains mean stands in `readers/spark`, as for Python.
"""

from __future__ import annotations

import re

from tidegate_analyzers.facts import FileFacts, FileRead, Job, Relation, Setting, Sites, Step, Upkeep, Write
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.airflow.steps import StepReader, looks_like_sql
from tidegate_analyzers.readers.python.body import Body
from tidegate_analyzers.readers.python.libraries.base import Effects
from tidegate_analyzers.readers.python.values import Text, fact
from tidegate_analyzers.readers.scala.values import Names, calls_in, value
from tidegate_analyzers.readers.spark import tables
from tidegate_analyzers.readers.spark.calls import ENDS, Around, frame_call, remove_call, table_call
from tidegate_analyzers.readers.spark.ops import Arg, Op, Ops
from tidegate_analyzers.readers.suppressions import InString, by_spans, is_generated, suppressions
from tidegate_analyzers.syntax.scala import (
    Binding,
    Block,
    Call,
    Expression,
    Function,
    Name,
    Select,
    Statement,
    parse_scala,
)
from tidegate_analyzers.text import Document, Span

LARGEST = 400_000
"""Characters."""
MAX_DEPTH = 4
_TEST = re.compile(r"(?:^|/)(?:tests?|it)/")
"""Tests of Scala, of which projects have more than of anything else; nothing is reported there."""
_STRING = re.compile(r'"""[\s\S]*?"""|"(?:\\.|[^"\\\r\n])*"')
_CLEARS = re.compile(r"truncate|delete|upsert|merge|overwrite|bulkCopy", re.I)
"""Calls that may clear or merge what a job writes."""
_STATEMENTS = frozenset(("execute", "executeUpdate", "executeBatch", "prepareCall", "prepareStatement"))
"""Calls of JDBC."""


def read_scala(document: Document, role: Role) -> FileRead:
    """The facts of one file."""
    sites = Sites()
    if len(document.text) > LARGEST or _TEST.search(document.path):
        return sites.finish(FileFacts(role.kind))
    steps = StepReader(sites)
    reader = _Reader(document.text, steps)
    jobs = tuple(reader.jobs(parse_scala(document.text)))
    cover = by_spans([Span(0, len(document.text))])
    return sites.finish(
        FileFacts(
            role.kind,
            (),
            suppressions(document, sites, cover, _in_string(document.text)),
            is_generated(document),
            sql=tuple(steps.texts),
            jobs=jobs,
        )
    )


class _Reader:
    def __init__(self, text: str, steps: StepReader) -> None:
        self.text = text
        self.steps = steps
        self.functions: dict[str, Function] = {}
        self.given: set[str] = set()
        """The functions that are read where they are called."""

    def jobs(self, statements: tuple[Statement, ...]) -> list[Job]:
        names = Names({}, {})
        self._find(statements)
        found = [self._job("", Span(0, 0), statements, names, "script")]
        for function in list(self.functions.values()):
            if function.name not in self.given:
                inner = Names(dict(names.values), dict(names.chains))
                found.append(self._job(function.name, function.at, function.body, inner, "function"))
        return [job for job in found if _says(job)]

    def _find(self, statements: tuple[Statement, ...]) -> None:
        """The functions of the file, and which of them others call."""
        for statement in statements:
            if isinstance(statement, Function) and statement.name:
                self.functions[statement.name] = statement
                self._find(statement.body)
            elif isinstance(statement, Block):
                self._find(statement.body)
        for call in calls_in(statements):
            self.given |= {call.function.text} if isinstance(call.function, Name) else set()
            if isinstance(call.function, Select) and call.function.name == "foreachBatch":
                self.given |= {name for _, item in call.arguments for name in _named(item)}

    def _job(self, name: str, at: Span, body: tuple[Statement, ...], names: Names, kind: str) -> Job:
        collected = Body()
        _Run(self, collected, 0).block(body, names)
        return Job(
            name,
            self.steps.site(at),
            "spark",
            kind,
            tuple(collected.settings),
            tuple(collected.steps),
            tuple(collected.writes),
            tuple(collected.reads),
            tuple(collected.streams),
            tuple(collected.bad_records),
            opaque=collected.opaque,
            upkeep=tuple(collected.upkeeps),
        )


def _says(job: Job) -> bool:
    return bool(job.writes or job.streams or job.steps or job.bad_records or job.upkeep or job.settings or job.reads)


def _in_string(text: str) -> InString:
    """Tells comments from what looks like one within a text."""
    strings = [found.span() for found in _STRING.finditer(text)]
    return lambda offset, _: any(start < offset < end for start, end in strings)


def _named(item: Expression) -> list[str]:
    """`function _` or `function`, given as an argument."""
    if isinstance(item, Name):
        return [item.text]
    parts = getattr(item, "parts", ())
    return [part.text for part in parts if isinstance(part, Name)]


class _Run:
    """Reads statements in their order, for their effects."""

    def __init__(self, reader: _Reader, effects: Effects, depth: int) -> None:
        self.reader = reader
        self.effects = effects
        self.depth = depth

    def block(self, statements: tuple[Statement, ...], names: Names) -> None:
        for statement in statements:
            if isinstance(statement, Binding):
                self._calls(statement.value, names)
                names.chains.pop(statement.name, None)
                names.values[statement.name] = value(statement.value, names, self.reader.text)
                names.chains[statement.name] = self.chain(statement.value, names)
            elif isinstance(statement, Function):
                continue
            elif isinstance(statement, Block):
                self.block(statement.body, names)
            else:
                self._calls(statement, names)

    def _calls(self, expression: Expression, names: Names) -> None:
        """The calls of an expression from within, without those in functions that it gives to others."""
        for call in calls_in((expression,), functions=False):
            self._call(call, names)

    def _call(self, call: Call, names: Names) -> None:
        function = call.function
        last = function.name if isinstance(function, Select) else function.text if isinstance(function, Name) else ""
        around = Around(self.reader.text, self.reader.steps.site, self.effects)
        if last in ENDS and frame_call(self.chain(call, names), around):
            return
        if last in tables.CHANGES | tables.KEEPS and table_call(self.chain(call, names), around):
            return
        if last == "rm" and remove_call(self.chain(call, names), around):
            return
        if last == "sql" and call.arguments:
            self._sql(call, names)
        elif last in ("set", "config", "master"):
            self._setting(last, call, names)
        elif isinstance(function, Name) and last in self.reader.functions and self.depth < MAX_DEPTH:
            self._inside(self.reader.functions[last], names, self.effects, call)
        elif last in _STATEMENTS:
            site = self.reader.steps.site(call.span)
            words = f"'{last}' sends a statement that is not known"
            self.effects.write(Write("call", Relation("table", ()), site, opaque=words))
        elif _CLEARS.search(last):
            words = " ".join(self.reader.text[call.span.start : call.span.end].split())[:400]
            site = self.reader.steps.site(call.span)
            why = f"'{last}' may clear or merge what it is given"
            self.effects.write(Write("call", Relation("table", (words,)), site, opaque=why))

    def _inside(self, function: Function, names: Names, effects: Effects, call: Call | None = None) -> bool:
        inner = Names(dict(names.values), dict(names.chains))
        for number, parameter in enumerate(function.parameters):
            inner.values.pop(parameter, None)
            inner.chains.pop(parameter, None)
            if call is not None and number < len(call.arguments):
                given = call.arguments[number][1]
                inner.values[parameter] = value(given, names, self.reader.text)
                inner.chains[parameter] = self.chain(given, names)
        _Run(self.reader, effects, self.depth + 1).block(function.body, inner)
        return True

    def _sql(self, call: Call, names: Names) -> None:
        given = call.arguments[0][1]
        known = value(given, names, self.reader.text)
        if isinstance(known, Text) and looks_like_sql(known.text):
            site = self.reader.steps.site(given.span)
            index = self.reader.steps.add(known.fragment, "spark", site, "sql")
            self.effects.step(Step("sql", "", index, site))

    def _setting(self, last: str, call: Call, names: Names) -> None:
        plain = [item for _, item in call.arguments]
        at = 0 if last == "master" else 1
        key = "spark.master"
        if last != "master":
            named = value(plain[0], names, self.reader.text) if plain else None
            key = named.text if isinstance(named, Text) and named.known else ""
        if not key.startswith("spark.") or len(plain) <= at:
            return
        site = self.reader.steps.site(plain[at].span)
        written = self.reader.text[plain[at].span.start : plain[at].span.end]
        self.effects.setting(Setting(key, fact(value(plain[at], names, self.reader.text), written, site), site))
        if key.endswith("retentionDurationCheck.enabled") and written.strip('"').casefold() == "false":
            self.effects.upkeep(Upkeep("unchecked", None, site, key))

    # -- chains ----------------------------------------------------------------------------------------------------------

    def chain(self, expression: Expression, names: Names, depth: int = 0) -> Ops:
        """The steps by which a value is made, through the names it was bound to."""
        if isinstance(expression, Name):
            known = names.chains.get(expression.text)
            return known if known else (Op(expression.text, expression.span),)
        if isinstance(expression, Select):
            return (*self.chain(expression.base, names, depth), Op(expression.name, expression.at))
        if isinstance(expression, Call):
            return self._chain_of_call(expression, names, depth)
        return ()

    def _chain_of_call(self, call: Call, names: Names, depth: int) -> Ops:
        function = call.function
        if isinstance(function, Call):  # a second list of arguments
            before = self.chain(function, names, depth)
            if not before:
                return ()
            more = tuple(self._arg(name, item, names, depth) for name, item in call.arguments)
            last = before[-1]
            inner = last.inner
            op = Op(last.name, Span(last.span.start, call.span.end), (*last.args, *more), True, last.spread, inner)
            return (*before[:-1], op)
        if not isinstance(function, Select | Name):
            return ()
        args = tuple(self._arg(name, item, names, depth) for name, item in call.arguments)
        base = self.chain(function.base, names, depth) if isinstance(function, Select) else ()
        name = function.name if isinstance(function, Select) else function.text
        at = function.at if isinstance(function, Select) else function.span

        def inner_ops() -> Ops:
            if depth >= MAX_DEPTH:
                return ()
            nested = calls_in(tuple(item for _, item in call.arguments), functions=False)
            return tuple(steps[-1] for item in nested if (steps := self._chain_of_call(item, names, depth + 1)))

        return (*base, Op(name, Span(at.start, call.span.end), args, True, False, inner_ops))

    def _arg(self, name: str, item: Expression, names: Names, depth: int) -> Arg:
        def plan() -> Ops:
            return self.chain(item, names, depth + 1) if depth < MAX_DEPTH else ()

        def run(effects: Effects) -> bool:
            function = item if isinstance(item, Function) else _body(item)
            if function is None:
                function = next((self.reader.functions[n] for n in _named(item) if n in self.reader.functions), None)
            return function is not None and self.depth < MAX_DEPTH and self._inside(function, names, effects)

        written = self.reader.text[item.span.start : item.span.end]
        return Arg(name, value(item, names, self.reader.text), written, item.span, plan, run)


def _body(item: Expression) -> Function | None:
    """The function in braces: `{ (batch, id) => … }`."""
    if isinstance(item, Block) and len(item.body) == 1 and isinstance(item.body[0], Function):
        return item.body[0]
    return None
