"""The SQL of models that macros make: their templates rendered with the macros of the workspace.

Jinja and the sandbox are imported when the first template is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tidegate_analyzers.facts import Relation, Value
from tidegate_analyzers.graph.dbt.nodes import NodeKey, node_of
from tidegate_analyzers.graph.dbt.references import takes_in
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.told import has_told_package, told_columns
from tidegate_analyzers.layout import Project
from tidegate_analyzers.syntax.jinja import scan

if TYPE_CHECKING:
    from tidegate_analyzers.syntax.render import MacroSource, Named, Rendered, Unrendered

_PARENTS = {
    "databricks": ("spark",),
    "fabricspark": ("spark",),
    "glue": ("spark",),
    "greenplum": ("postgres",),
    "materialize": ("postgres",),
    "redshift": ("postgres",),
    "risingwave": ("postgres",),
    "synapse": ("fabric",),
}
"""The adapters whose macros another adapter takes over."""
_ENVIRONMENT = re.compile(r"""\{\{\s*env_var\(\s*["'][^"']+["']\s*,\s*["']([^"']*)["']\s*\)\s*\}\}""")
_IN_LIST = re.compile(r"(?:\bselect(?:\s+distinct)?|,)\s*\Z", re.I)
_AS_TABLE = re.compile(r"\b(?:from|join)\s*\Z", re.I)
_USUAL = ("dbt", "dbt_utils")


def rendered(view: View, key: NodeKey, *, incremental: bool = False) -> Rendered | None:
    """The SQL of a node that only rendering shows; `None` where it is no such node, or can't be rendered."""
    from tidegate_analyzers.syntax.render import Rendered

    found = rendering(view, key, incremental=incremental)
    return found if isinstance(found, Rendered) else None


def rendering(view: View, key: NodeKey, *, incremental: bool = False) -> Rendered | Unrendered | None:
    """The same with the reason where it can't be rendered."""

    def compute() -> Rendered | Unrendered | None:
        node = node_of(view, key)
        if node is None or not node.template:
            return None
        return render_text(view, key.path, node.template, incremental=incremental)

    return view.memo(("rendered", key.path, key.index, incremental), compute)


def render_text(view: View, path: str, text: str, *, incremental: bool = False) -> Rendered | Unrendered:
    """A template of a dbt project, rendered as dbt would as far as that can be known without a run."""
    from tidegate_analyzers.readers.dbt.usual_macros.sql import Library
    from tidegate_analyzers.syntax.render import Unrendered, World, render

    project = view.layout.project_of(path)
    if project is None:
        return Unrendered("it is in no dbt project")
    names = _Names(view, path, project)
    library = Library(project.adapter, names.columns)

    def builtin(package: str, name: str) -> Callable[..., Any] | None:
        told = told_columns(view, package, name)
        return _yields(text, name, told) if told else library.find(package, name)

    adapter = project.adapter
    return render(
        text,
        scan(text),
        World(
            home=project.root,
            adapter=adapter,
            prefixes=(*((adapter,) if adapter else ()), *_PARENTS.get(adapter, ()), "default"),
            incremental=incremental,
            macro=names.macro,
            package=names.package,
            searched=lambda home, package: (project.name, package),
            variable=names.variable,
            builtin=builtin,
            columns=names.columns,
        ),
    )


def _yields(text: str, name: str, columns: tuple[str, ...]) -> Callable[..., str]:
    """What stands for a macro that is told to yield columns: a list of them where one is called for, else a query."""
    call = re.search(rf"(?P<before>.*?)\{{\{{[-+]?\s*(?:\w+\.)?{re.escape(name)}\s*\(", text, re.S)
    is_list = call is not None and _IN_LIST.search(call["before"]) is not None
    is_table = call is not None and _AS_TABLE.search(call["before"]) is not None
    query = f"select {', '.join(f'null as {column}' for column in columns)}"
    return lambda *_, **__: ", ".join(columns) if is_list else f"({query})" if is_table else query


def _given(value: Value) -> tuple[object, ...]:
    """The value of a variable; one taken from the environment has that of its default."""
    if value.known and isinstance(value.value, str) and "{{" in value.value:
        text = value.value
    elif value.known:
        return (value.value,)
    else:
        text = value.text
    found = _ENVIRONMENT.fullmatch(text.strip().strip("\"'"))
    return (found[1],) if found else ()


class _Names:
    """What names mean in the templates of a project and of its packages."""

    def __init__(self, view: View, path: str, project: Project) -> None:
        self.view = view
        self.path = path
        self.project = project

    def macro(self, home: str, package: str, name: str) -> MacroSource | None:
        """The macro that a name means in the project or package at `home`: its own first, then the project's."""
        from tidegate_analyzers.syntax.render import MacroSource

        if told_columns(self.view, package, name):
            return None
        roots = self._roots(package) if package else (home, self.project.root, *self._above())
        best: tuple[int, MacroSource] | None = None
        for posting in self.view.find(f"macro:{name}"):
            owners = self.view.layout.macro_owners(posting.path)
            rank = min((roots.index(root) for root in owners if root in roots), default=-1)
            if rank < 0 or (best is not None and best[0] <= rank):
                continue
            facts = self.view.facts(posting.path)
            macro = facts.macros[posting.number] if facts is not None and posting.number < len(facts.macros) else None
            if macro is not None and macro.kind == "macro" and macro.body:
                best = (rank, MacroSource(macro.body, roots[rank]))
        return best[1] if best is not None else None

    def package(self, home: str, name: str) -> bool:
        """Whether a name is that of a package."""
        known = name in _USUAL or any(project.name == name for project in self.view.layout.projects)
        return known or has_told_package(self.view, name)

    def variable(self, home: str, name: str) -> tuple[object, ...] | None:
        """The value of a variable: what the project says for the package, for all, and what the package says."""
        owner = self.project
        if home != self.project.root:
            owner = next((project for project in self.view.layout.projects if project.root == home), owner)
        # A project that takes this one in may say otherwise, and then it is not known how this one is run.
        for above in self.view.layout.projects:
            if above is not self.project and takes_in(above, self.project) and _said(above, owner, name) is not None:
                return ()
        for project in (self.project, owner):
            value = _said(project, owner, name)
            if value is not None:
                return _given(value)
        return None

    def columns(self, named: Named) -> tuple[str, ...] | None:
        """The columns of some data, where all are known."""
        from tidegate_analyzers.graph.columns import columns_of

        found = columns_of(self.view, self.path, Relation(named.kind, named.parts, named.version))
        return tuple(column.name for column in found.items) if found.complete else None

    def _roots(self, package: str) -> tuple[str, ...]:
        """The roots of the packages of a name: the project itself, then those that it takes in."""
        if package == self.project.name:
            return (self.project.root,)
        inside = f"{self.project.root}/{self.project.facts.packages_path}/".lstrip("/")
        named = [project.root for project in self.view.layout.projects if project.name == package]
        own = [root for root in named if root in self.project.local or root.startswith(inside)]
        return tuple(own or named)

    def _above(self) -> tuple[str, ...]:
        """The projects that take this one in, which gives it their macros."""
        return tuple(other.root for other in self.view.layout.projects if takes_in(other, self.project))


def _said(project: Project, of: Project, name: str) -> Value | None:
    """What a project says of a variable of a package: for it alone, else for all."""
    said = {setting.name: setting.value for setting in project.facts.vars}
    return said.get(f"{of.name}.{name}") or said.get(name)
