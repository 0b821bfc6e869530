"""A chain of Spark calls as neutral values: `spark.read.json(p).where(c).write.mode("append").save(q)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from tidegate_analyzers import facts
from tidegate_analyzers.facts import Relation, Site
from tidegate_analyzers.readers.airflow.steps import table_relation
from tidegate_analyzers.readers.python.libraries.base import Effects
from tidegate_analyzers.readers.python.values import Plain, Table, Text, Value, fact
from tidegate_analyzers.syntax.fragment import hole
from tidegate_analyzers.text import Span

MakeSite: TypeAlias = Callable[[Span], Site]


def _none() -> Ops:
    return ()


def _no_function(effects: Effects) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument.

    Attributes:
        name: its name; empty where it is given by position.
        value: what it is known to be.
        text: as written.
        span: where it stands.
        plan: the chain that it is, if it is one.
        run: reads it as the body of a function, its effects going to a collector; tells whether it is one.
    """

    name: str
    value: Value
    text: str
    span: Span
    plan: Callable[[], Ops] = _none
    run: Callable[[Effects], bool] = _no_function

    @property
    def word(self) -> str:
        """A text that is known whole, else nothing."""
        return self.value.text if isinstance(self.value, Text) and self.value.known else ""


@dataclass(frozen=True, slots=True)
class Op:
    """A step of a chain.

    Attributes:
        name: the attribute; for the first step the name of a variable or function.
        span: from its name to the end of the call.
        args: its arguments.
        called: whether it is a call.
        spread: whether it may have more arguments than are seen.
        inner: the calls in its arguments, each as a step by itself.
    """

    name: str
    span: Span
    args: tuple[Arg, ...] = ()
    called: bool = False
    spread: bool = False
    inner: Callable[[], Ops] = field(default=_none)

    def arg(self, name: str, position: int = -1) -> Arg | None:
        """An argument by name or position."""
        found = next((item for item in self.args if item.name == name and name), None)
        plain = [item for item in self.args if not item.name]
        return found or (plain[position] if 0 <= position < len(plain) else None)

    def word(self, name: str = "", position: int = 0) -> str:
        """An argument that is a text known whole, else nothing."""
        found = self.arg(name, position)
        return found.word if found is not None else ""


Ops: TypeAlias = tuple[Op, ...]


@dataclass(slots=True)
class Options:
    """The options of a reader or writer by their names, case folded; `closed` when no others can be set."""

    entries: dict[str, Arg] = field(default_factory=dict)
    closed: bool = True

    def word(self, name: str) -> str:
        """The value of an option as a text known whole, else nothing."""
        found = self.entries.get(name.casefold())
        if found is None:
            return ""
        if isinstance(found.value, Plain):
            return str(found.value.value).casefold()
        return found.word

    def text(self, name: str) -> str:
        """The value of an option as a text, with `{{ }}` for what is not known of it."""
        found = self.entries.get(name.casefold())
        return text_of(found) if found is not None else ""

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self.entries


_WITH_OPTIONS = frozenset(("load", "save", "start", "toTable", "saveAsTable", "json", "csv", "parquet", "orc", "text"))
"""Calls whose named arguments are options as well."""


def options(ops: Ops) -> Options:
    """The options that a part of a chain sets."""
    found = Options()
    for op in ops:
        if op.name in ("option", "setOption"):
            key, value = op.arg("key", 0), op.arg("value", 1)
            if key is not None and key.word and value is not None:
                found.entries[key.word.casefold()] = value
            else:
                found.closed = False
        elif op.name == "options":
            found.closed = found.closed and not op.spread
            for item in op.args:
                _spread(found, item)
        elif op.called and op.name in _WITH_OPTIONS:
            found.closed = found.closed and not op.spread
            for item in op.args:
                if item.name:
                    found.entries[item.name.casefold()] = item
    return found


def _spread(found: Options, item: Arg) -> None:
    if item.name:
        found.entries[item.name.casefold()] = item
    elif isinstance(item.value, Table):
        found.closed = found.closed and not item.value.open
        for name, value in item.value.entries:
            found.entries[name.casefold()] = Arg(name, value, item.text, item.span)
    else:
        found.closed = False


def text_of(item: Arg) -> str:
    """An argument as a text, with `{{ }}` for what is not known of it."""
    if isinstance(item.value, Text):
        return item.value.text
    return hole(item.text[:200], item.span).text


def path_relation(item: Arg) -> Relation:
    """A file or folder."""
    return Relation("path", (text_of(item).rstrip("/"),))


def table_of(item: Arg) -> Relation:
    """A table, or the files of one, as `delta.`/path/to/it`` names them."""
    text = text_of(item)
    form, dot, quoted = text.partition(".`")
    if dot and form.casefold() in ("delta", "parquet", "iceberg", "json", "csv", "orc") and "/" in quoted:
        return Relation("path", (quoted.strip("`").rstrip("/"),))
    return table_relation(text.replace("`", ""))


def value_of(item: Arg, site: MakeSite) -> facts.Value:
    """An argument as a fact; what is known of a text that isn't known whole stands in its `text`."""
    made = fact(item.value, item.text, site(item.span))
    if isinstance(item.value, Text) and not made.known:
        return facts.Value(False, None, (), item.value.text[:300], made.site)
    return made


def after(ops: Ops, *names: str) -> tuple[Ops, Ops] | None:
    """What stands before and behind the last step of one of some names."""
    for at in range(len(ops) - 1, -1, -1):
        if ops[at].name in names:
            return ops[:at], ops[at:]
    return None


def nested(ops: Ops) -> Iterator[Op]:
    """The calls in the arguments of a chain's steps."""
    for op in ops:
        yield from op.inner()
