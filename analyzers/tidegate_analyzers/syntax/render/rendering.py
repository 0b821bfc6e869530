"""One rendering at work: what the names in templates mean, and the macros that are called."""

from __future__ import annotations

from types import CodeType
from typing import Any

from jinja2 import Template
from jinja2.utils import missing

from tidegate_analyzers.syntax.render.bounds import MAX_TEXT, Budget, Stop
from tidegate_analyzers.syntax.render.names import Returned, about_relation, fixed_names
from tidegate_analyzers.syntax.render.sandbox import MACRO, Lookup, Sandbox, macro_code
from tidegate_analyzers.syntax.render.values import Function, Named, Names, Relation, Unknown
from tidegate_analyzers.syntax.render.world import MacroSource, World

_ADAPTER_ASKS = "it asks the warehouse"

_EXACT = frozenset(
    ("any_value", "bool_or", "cast", "cast_bool_to_text", "concat", "current_timestamp", "date_trunc", "datediff", "except",
     "escape_single_quotes", "hash", "intersect", "length", "position", "replace", "right", "safe_cast", "split_part",
     "string_literal")
)  # fmt: skip
"""dbt's own macros that give one type whatever they are written as."""


class Rendering:
    """One rendering, of one template, with its own budget."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.budget = Budget()
        self.environment = Sandbox(self.budget)
        self.environment.of_relation = (  # type: ignore[method-assign]
            lambda relation, attribute: about_relation(relation, attribute, world.truth)
        )
        self.relations: dict[Named, Relation] = {}
        self.fixed = fixed_names(self.budget, world.truth)
        self.known: dict[tuple[str, str], Any] = {}
        self.loaded: dict[MacroSource, Function] = {}
        self.replaced = False
        self.varies = False

    def run(self, code: CodeType) -> str:
        """The text that compiled code prints."""
        template = Template.from_code(self.environment, code, self.environment.globals)
        out: list[str] = []
        length = 0
        for piece in template.root_render_func(self._context(template, self.world.home)):
            length += len(piece)
            if length > 4 * MAX_TEXT:
                raise Stop("its SQL is too long")
            out.append(piece)
        return "".join(out)

    def words(self) -> dict[str, Named]:
        """What the words for data stand for."""
        return {relation.word: named for named, relation in self.relations.items()}

    def _context(self, template: Template, home: str) -> Lookup:
        context = template.new_context()
        assert isinstance(context, Lookup)
        context.home = home
        context.look = self._look
        return context

    # -- names --------------------------------------------------------------------------------------------------------

    def _look(self, home: str, name: str) -> Any:
        """What a name means in a template of `home`; `missing` where it means nothing."""
        key = (home, name)
        if key not in self.known:
            self.known[key] = self._found(home, name)
        return self.known[key]

    def _found(self, home: str, name: str) -> Any:
        if name == "is_incremental":  # what is told counts, also where a project has a macro of its own for it
            return Function(lambda: self.world.incremental)
        source = self.world.macro(home, "", name)
        if source is not None:
            return self._macro(source)
        if name in self.fixed:
            return self.fixed[name]
        own = getattr(self, f"_name_{name}", None)
        if own is not None:
            return own(home)
        builtin = self._builtin("", name)
        if builtin is not None:
            return builtin
        if self.world.package(home, name):
            return Names(lambda macro: self._of_package(home, name, macro))
        return missing

    def _macro(self, source: MacroSource) -> Function:
        found = self.loaded.get(source)
        if found is None:
            found = self.loaded[source] = Function(lambda *args, **kwargs: self._run(source, args, kwargs))
        return found

    def _run(self, source: MacroSource, args: Any, kwargs: Any) -> Any:
        template = Template.from_code(self.environment, macro_code(source.text), self.environment.globals)
        context = self._context(template, source.home)
        for _ in template.root_render_func(context):
            pass
        macro = context.vars[MACRO]
        self.loaded[source].run = lambda *args, **kwargs: _called(macro, args, kwargs)
        return _called(macro, args, kwargs)

    def _builtin(self, package: str, name: str) -> Function | None:
        found = self.world.builtin(package, name)
        if found is None:
            return None

        exact = package in ("", "dbt", "api") and (name.startswith(("type_", "translate_type")) or name in _EXACT)

        def run(*args: Any, **kwargs: Any) -> Any:
            self.replaced = True
            self.varies = self.varies or not exact
            value = found(*map(_word, args), **{name: _word(given) for name, given in kwargs.items()})
            self.budget.weigh(value)
            return value

        return Function(run)

    def _of_package(self, home: str, package: str, name: str) -> Any:
        builtin = self._builtin(package, name)
        if builtin is not None:
            return builtin
        source = self.world.macro(home, package, name)
        if source is None:
            raise Stop(f"the macro '{package}.{name}' is not known here")
        return self._macro(source)

    # -- dbt's names that depend on where they stand ------------------------------------------------------------------

    def _name_execute(self, home: str) -> Any:
        return self.world.execute

    def _name_this(self, home: str) -> Any:
        return self._relation(Named("this", ()))

    def _name_ref(self, home: str) -> Any:
        def ref(*names: Any, v: Any = None, version: Any = None) -> Relation:
            number = version if v is None else v
            if not 1 <= len(names) <= 2 or not all(isinstance(name, str) for name in names):
                raise Stop("a reference in it is not known")
            return self._relation(Named("ref", names, "" if number is None else str(number)))

        return Function(ref)

    def _name_source(self, home: str) -> Any:
        def source(*names: Any) -> Relation:
            if len(names) != 2 or not all(isinstance(name, str) for name in names):
                raise Stop("a reference in it is not known")
            return self._relation(Named("source", names))

        return Function(source)

    def _name_builtins(self, home: str) -> Any:
        names = {"ref": self._name_ref(home), "source": self._name_source(home), "config": self.fixed["config"]}
        return {**names, "var": self._name_var(home)}

    def _name_var(self, home: str) -> Any:
        def var(name: Any, default: Any = missing) -> Any:
            found = self.world.variable(home, str(name))
            if found:
                return _copy(found[0])
            if found is None and default is not missing:
                return default
            return Unknown(f"the variable '{name}' has no known value")

        def has_var(name: Any) -> bool:
            return self.world.variable(home, str(name)) is not None

        return Names(lambda name: Function(has_var if name == "has_var" else var), var)

    def _name_env_var(self, home: str) -> Any:
        def env_var(name: Any, default: Any = None) -> Any:
            unknown = Unknown(f"'{name}' of the environment is not known", printable=True, truth=self.world.truth)
            return unknown if default is None else default

        return Function(env_var)

    def _name_project_name(self, home: str) -> Any:
        return Unknown("'project_name' is known to a run only", printable=True, truth=self.world.truth)

    def _name_target(self, home: str) -> Any:
        def look(name: str) -> Any:
            if name == "get":
                return Function(lambda key, default=None: self._target(str(key)))
            return self._target(name)

        return Names(look)

    def _target(self, name: str) -> Any:
        if name == "type" and self.world.adapter:
            return self.world.adapter
        return Unknown(f"'target.{name}' is known to a run only", printable=True, truth=self.world.truth)

    def _name_api(self, home: str) -> Any:
        known = {
            "Column.translate_type": self._builtin("api", "translate_type"),
            "Relation.create": Function(self._create),
        }

        def look(kind: str) -> Any:
            return Names(lambda name: known.get(f"{kind}.{name}") or Unknown(f"it uses 'api.{kind}.{name}'"))

        return Names(look)

    def _create(self, database: Any = None, schema: Any = None, identifier: Any = None, **_: Any) -> Any:
        parts = tuple(part for part in (database, schema, identifier) if isinstance(part, str) and part)
        if not isinstance(identifier, str) or not identifier:
            return Unknown("the name of some data is not known", printable=True, truth=self.world.truth)
        return self._relation(Named("table", parts))

    def _name_adapter(self, home: str) -> Any:
        def look(name: str) -> Any:
            if name == "dispatch":
                return Function(lambda *args, **kwargs: self._dispatched(home, *args, **kwargs))
            if name in ("quote", "quote_as_configured"):
                return Function(lambda word, *_: self._quoted(word))
            if name == "get_columns_in_relation":
                return Function(self._columns)
            if name == "type":
                return Function(lambda: self._target("type"))
            return Unknown(_ADAPTER_ASKS)

        return Names(look)

    def _dispatched(self, home: str, macro_name: str, macro_namespace: Any = "", packages: Any = None) -> Any:
        namespace = macro_namespace if isinstance(macro_namespace, str) else ""
        for package in self.world.searched(home, namespace) if namespace else ("",):
            for prefix in self.world.prefixes:
                source = self.world.macro(home, package, f"{prefix}__{macro_name}")
                if source is not None:
                    return self._macro(source)
        builtin = self._builtin(namespace if namespace != "dbt" else "", macro_name)
        if builtin is None:
            raise Stop(f"no macro 'default__{macro_name}' is known here")
        return builtin

    def _quoted(self, word: Any) -> str:
        if not isinstance(word, str):
            raise Stop("a name in it is not known")
        sign = "`" if self.world.adapter in ("bigquery", "databricks", "spark", "clickhouse", "glue") else '"'
        return f"{sign}{word}{sign}"

    def _columns(self, relation: Any) -> Any:
        names = self.world.columns(relation.named) if isinstance(relation, Relation) else None
        if names is None:
            return Unknown(_ADAPTER_ASKS)
        return [self._column(name) for name in names]

    def _column(self, name: str) -> Names:
        def look(attribute: str) -> Any:
            if attribute in ("name", "column"):
                return name
            if attribute == "quoted":
                return self._quoted(name)
            return Unknown(_ADAPTER_ASKS)

        return Names(look)

    def _relation(self, named: Named) -> Relation:
        found = self.relations.get(named)
        if found is None:
            found = self.relations[named] = Relation(named, len(self.relations) + 1)
        return found


def _word(value: Any) -> Any:
    """An argument for a function of ours."""
    return str(value) if isinstance(value, Unknown) else value


def _called(macro: Any, args: Any, kwargs: Any) -> Any:
    try:
        return macro(*args, **kwargs)
    except Returned as returned:
        return returned.value


def _copy(value: Any) -> Any:
    """A value of our own facts, as one that a template may change."""
    if isinstance(value, list):
        return [_copy(item) for item in value]
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return value
