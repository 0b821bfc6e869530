"""Jinja's sandbox, closed further: only methods that are named here, and every operation is counted."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice
from types import BuiltinMethodType, CodeType
from typing import Any

from jinja2 import Undefined, nodes, pass_context
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace, missing

from tidegate_analyzers.syntax.render.bounds import MAX_BLOCKS, MAX_DEPTH, MAX_RANGE, Budget, Stop
from tidegate_analyzers.syntax.render.filters import filters_of, format_is_small, replaced, tests_of
from tidegate_analyzers.syntax.render.transform import countable, quoted
from tidegate_analyzers.syntax.render.values import UNKNOWN_WORD, Function, Names, Relation, Unknown

_METHODS: tuple[tuple[type, frozenset[str]], ...] = tuple(
    (kind, frozenset(names.split()))
    for kind, names in (
        (
            str,
            "capitalize casefold count endswith find format index isalnum isalpha isdecimal isdigit isidentifier islower "
            "isnumeric isspace istitle isupper join lower lstrip partition removeprefix removesuffix replace rfind "
            "rindex rpartition rsplit rstrip split splitlines startswith strip swapcase title upper",
        ),
        (list, "append clear copy count extend index insert pop remove reverse sort"),
        (dict, "copy get items keys pop setdefault update values"),
        (set, "add copy difference discard intersection isdisjoint issubset issuperset remove union update"),
        (tuple, "count grouper index list"),
        (LoopContext, "changed cycle depth depth0 first index index0 last length nextitem previtem revindex revindex0"),
        (Macro, "name arguments"),
        (Cycler, "current next reset"),
    )
)
MACRO = "tg_macro"
_CALLABLE = (BuiltinMethodType, Function, Names, Macro, Joiner)


class NotDefined(Undefined):
    """A name that nothing defines: false as a condition, printed as nothing, and the end where it is used."""

    def _stop(self, *_: Any, **__: Any) -> Any:
        raise Stop(f"'{self._undefined_name}' is not defined")

    __iter__ = __len__ = __call__ = __getitem__ = __hash__ = _stop
    __add__ = __radd__ = __mul__ = __rmul__ = __lt__ = __le__ = __gt__ = __ge__ = _stop

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Undefined)


class Lookup(Context):
    """Looks up what a template does not define itself: first as a macro, then among dbt's own names."""

    home = ""
    look: Callable[[str, str], Any] = staticmethod(lambda home, name: missing)

    def resolve_or_missing(self, key: str) -> Any:
        """The value of a name."""
        if key in self.vars:
            return self.vars[key]
        found = self.look(self.home, key)
        return super().resolve_or_missing(key) if found is missing else found


@pass_context
def _printed(context: Context, value: Any) -> Any:
    """What a value is printed as."""
    environment = context.environment
    if isinstance(environment, Sandbox):
        if value is None:
            environment.budget.spend(1)
            return "None"
        if not isinstance(value, str | Unknown | Relation | int | float):
            if not isinstance(value, list | tuple | dict | set | Undefined):
                raise Stop("something is printed that has no text")
            environment.budget.weigh(value)
        text = str(value)
        environment.budget.text(len(text))
        return text
    return value


class Sandbox(SandboxedEnvironment):
    """One rendering's environment."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))
    context_class = Lookup

    def __init__(self, budget: Budget) -> None:
        super().__init__(
            undefined=NotDefined,
            extensions=["jinja2.ext.do"],
            finalize=_printed,
            optimized=False,
            keep_trailing_newline=True,
            cache_size=0,
        )
        self.budget = budget
        self.filters = {**filters_of(budget)}
        self.tests = {**tests_of(budget)}
        self.globals = {
            "range": Function(self._range),
            "namespace": Function(Namespace),
            "cycler": Function(Cycler),
            "joiner": Function(Joiner),
            "dict": Function(dict),
        }

    # -- what the transformed templates call ----------------------------------------------------------------------

    def walk(self, items: Any, length: int) -> list[Any]:
        """What a loop goes over, whose body has a text of some length."""
        if isinstance(items, Unknown):
            items.stop()
        if not isinstance(items, Iterable) or isinstance(items, Undefined | Names):
            raise Stop("a loop goes over what is no list")
        found = list(islice(items, MAX_RANGE + 1))
        if len(found) > MAX_RANGE:
            raise Stop("a loop in it is too long")
        self.budget.spend(len(found))
        self.budget.text(len(found) * length)
        return found

    def enter(self, length: int) -> None:
        """The body of a macro is run, which has a text of some length."""
        self.budget.text(length)

    def constant(self, value: Any) -> Any:
        """What is printed between quotes: a constant, whatever it is."""
        return UNKNOWN_WORD if isinstance(value, Unknown) else value

    def weighed(self, value: Any) -> Any:
        """A value that is compared."""
        self.budget.weigh(value)
        return value

    def joined(self, *values: Any) -> str:
        """Texts joined by `~`."""
        self.budget.weigh(values)
        texts = [str(value) for value in values]
        self.budget.text(sum(map(len, texts)))
        return "".join(texts)

    # -- Jinja's own hooks ----------------------------------------------------------------------------------------

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """An operation between two values."""
        for value in (left, right):
            if isinstance(value, Unknown):
                if not value.printable:
                    value.stop()
                return value
        self.budget.weigh(left, right)
        if operator == "*":
            self.budget.product(left, right)
        elif operator == "**":
            self.budget.power(left, right)
        elif operator == "%" and isinstance(left, str):
            format_is_small(left)
        found = self.binop_table[operator](left, right)
        if isinstance(found, str):
            self.budget.text(len(found))
        return found

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What stands behind a dot."""
        if isinstance(obj, Unknown):
            return obj
        if isinstance(obj, Undefined):
            raise Stop(f"'{obj._undefined_name}' is not defined")
        if isinstance(obj, Names):
            return obj.look(attribute)
        if isinstance(obj, Relation):
            return self.of_relation(obj, attribute)
        for kind, names in _METHODS:
            if isinstance(obj, kind) and attribute in names:
                return getattr(obj, attribute)
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, Namespace) and not attribute.startswith("_"):
            return getattr(obj, attribute, self.undefined(name=attribute))
        return self.undefined(obj=None, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """What stands in square brackets."""
        if isinstance(obj, Unknown):
            return obj
        self.budget.weigh(argument)
        if isinstance(obj, str | list | tuple | dict):
            try:
                return obj[argument]
            except (TypeError, LookupError):
                pass
        return self.getattr(obj, argument) if isinstance(argument, str) else self.undefined(name=str(argument))

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """A call; the names are Jinja's, which keep clear of those of arguments."""
        self, obj = __self, __obj
        self.budget.spend(1)
        for internal in ("_loop_vars", "_block_vars"):
            kwargs.pop(internal, None)
        if isinstance(obj, Unknown):
            return obj
        if isinstance(obj, Undefined):
            raise Stop(f"'{obj._undefined_name}' is not defined")
        own = getattr(obj, "__self__", None)
        if own is self:
            return obj(*args, **kwargs)
        if not isinstance(obj, _CALLABLE) and not isinstance(own, LoopContext | Cycler):
            raise Stop("something is called that is no macro")
        self.budget.weigh(args, kwargs)
        if isinstance(obj, BuiltinMethodType):
            return self._method(own, obj, args, kwargs)
        if self.budget.depth >= MAX_DEPTH:
            raise Stop("its macros call each other too deeply")
        self.budget.depth += 1
        try:
            return obj(*args, **kwargs)
        finally:
            self.budget.depth -= 1

    def of_relation(self, relation: Relation, attribute: str) -> Any:
        """What a macro may ask of the name of data; the rendering sets it."""
        raise Stop(f"'{attribute}' of {relation} is not known")

    def _method(self, own: Any, method: BuiltinMethodType, args: Any, kwargs: Any) -> Any:
        for value in (*args, *kwargs.values()):
            if isinstance(value, Unknown) and not isinstance(own, list | dict):
                value.stop()
        name = method.__name__
        if isinstance(own, str):
            if name == "format":
                return self._format(own, args, kwargs)
            if name == "replace":
                return replaced(self.budget, own, *args, **kwargs)
            if name == "join":
                texts = [str(text) for text in args[0]]
                self.budget.text(sum(map(len, texts)) + len(own) * len(texts))
                return own.join(texts)
            self.budget.text(len(own))
        elif name in ("copy", "sort", "index", "count", "remove", "union", "difference", "intersection", "update"):
            self.budget.weigh(own)
        return method(*args, **kwargs)

    def _format(self, text: str, args: Any, kwargs: Any) -> str:
        format_is_small(text)
        if "." in text or "[" in text:
            for field in text.split("{")[1:]:
                name = field.partition("}")[0].partition(":")[0].partition("!")[0]
                if "." in name or "[" in name:
                    raise Stop("a format in it looks into a value")
        given = [self._plain(value) for value in args]
        found = text.format(*given, **{key: self._plain(value) for key, value in kwargs.items()})
        self.budget.text(len(found))
        return found

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str | int | float) or value is None:
            return value
        if isinstance(value, Unknown | Relation | list | tuple | dict):
            return str(value)
        raise Stop("something is printed that has no text")

    def _range(self, *bounds: int) -> list[int]:
        numbers = range(*bounds)
        if len(numbers) > MAX_RANGE:
            raise Stop("a loop in it is too long")
        self.budget.spend(len(numbers) // 8)
        return list(numbers)


@lru_cache(maxsize=1)
def _compiler() -> Sandbox:
    return Sandbox(Budget())


def parse(text: str) -> Any:
    """A template's tree."""
    if text.count("{{") + text.count("{%") > MAX_BLOCKS:
        raise Stop("it has too many blocks")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape in the user's string is not our business
        return quoted(_compiler().parse(text))


def compiled(tree: Any) -> CodeType:
    """A tree, made countable, as code."""
    return _compiler().compile(countable(tree))


@lru_cache(maxsize=256)
def macro_code(text: str) -> CodeType:
    """The code of a macro's text, in which the macro has the name `MACRO`: its own name is looked up like any other."""
    tree = parse(text)
    macros = [node for node in tree.body if isinstance(node, nodes.Macro)]
    if len(macros) != 1:
        raise Stop("a macro in it can't be read")
    macros[0].name = MACRO
    return compiled(tree)
