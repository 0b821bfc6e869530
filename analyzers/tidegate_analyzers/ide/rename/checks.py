"""Whether something can be renamed, and whether it can have a name."""

from __future__ import annotations

import re

from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.symbols import Symbol
from tidegate_analyzers.graph.symbols.occurrences import PREFIXES
from tidegate_analyzers.ide.rename.common import Refused
from tidegate_analyzers.ide.rename.orchestrated import check_free, check_made
from tidegate_analyzers.readers.dbt.context import builtin_macros
from tidegate_analyzers.readers.dbt.data_tests import BUILT_IN
from tidegate_analyzers.syntax.yaml import Scalar, scalar_value

_RENAMED = {
    "model": "model",
    "seed": "seed",
    "snapshot": "snapshot",
    "source": "source",
    "table": "source table",
    "macro": "macro",
    "test": "test",
    "var": "variable",
    "docs": "docs block",
    "group": "group",
    "exposure": "exposure",
    "metric": "metric",
    "measure": "measure",
    "semantic_model": "semantic model",
    "saved_query": "saved query",
    "unit_test": "unit test",
    "selector": "selector",
    "dag": "DAG",
    "task": "task",
}
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_FILE_NAME = re.compile(r"\w+", re.ASCII)
_TASK = re.compile(r"[\w-]{1,250}", re.ASCII)
_TABLE = re.compile(r"[\w$][\w$\-]*")

_FORMS = {"source": _TABLE, "table": _TABLE, "dag": _TASK, "task": _TASK}


def word_for(symbol: Symbol) -> str:
    """What a symbol is called in a message; empty for what is never renamed."""
    return _RENAMED.get(symbol.kind, "")


def check_symbol(view: View, symbol: Symbol) -> None:
    """Refuse what is not this workspace's to rename.

    Raises:
        Refused: it is somebody else's.
    """
    word = word_for(symbol)
    if not word:
        called = "table" if symbol.kind == "relation" else symbol.kind
        raise Refused(f"a {called} can't be renamed: what runs elsewhere goes by its name")
    project = next((item for item in view.layout.projects if item.root == symbol.root), None)
    if project is not None and project.installed:
        raise Refused(f"the {word} '{symbol.last}' belongs to the installed package '{project.name}'")
    if symbol.kind in ("dag", "task"):
        check_made(view, symbol)
    if symbol.kind == "macro":
        prefix, sign, last = symbol.name.partition("__")
        if sign and prefix in PREFIXES:
            raise Refused(f"'{symbol.name}' is the {prefix} implementation of '{last}'; rename '{last}'")
        if symbol.name in builtin_macros():
            raise Refused(f"dbt calls the macro '{symbol.name}' by this name")


def check_name(view: View, symbol: Symbol, name: str) -> None:
    """Refuse a name that dbt would not take, or that something else has.

    Raises:
        Refused: it can't be called that.
    """
    word = word_for(symbol)
    form = _FILE_NAME if symbol.is_node else _FORMS.get(symbol.kind, _IDENTIFIER)
    if not form.fullmatch(name):
        raise Refused(f"'{name}' is no name for a {word}")
    if symbol.kind in ("dag", "task"):
        check_free(view, symbol, name)
        return
    if not isinstance(scalar_value(Scalar(name, 0, 0)), str):
        raise Refused(f"'{name}' is no name for a {word}: YAML reads it as something else than text")
    if name == symbol.last:
        return
    if symbol.kind == "macro" and name in builtin_macros():
        raise Refused(f"dbt has a macro '{name}' of its own, which this one would replace")
    if symbol.kind == "test" and name in BUILT_IN:
        raise Refused(f"dbt has a test '{name}' of its own, which this one would replace")
    for key in _keys(symbol, name):
        for posting in view.find(key):
            project = view.layout.project_of(posting.path)
            if (project.root if project is not None else "") == symbol.root:
                raise Refused(f"'{name}' exists already: {posting.path}")


def _keys(symbol: Symbol, name: str) -> list[str]:
    """The keys under which something of a name would be in the way."""
    if symbol.is_node:
        entries = [f"props:{kind}:{name}" for kind in ("model", "seed", "snapshot")]
        return [f"node:{name}", f"version:{name}", *entries]
    if symbol.kind == "source":
        return [f"sourcename:{name}"]
    if symbol.kind == "table":
        return [f"source:{symbol.name.partition('.')[0]}.{name}"]
    if symbol.kind in ("macro", "test"):
        return [f"macro:{name}"]
    if symbol.kind == "var":
        return [f"var:{name}", f"uses-var:{name}"]
    return [f"{symbol.kind}:{name}"]
