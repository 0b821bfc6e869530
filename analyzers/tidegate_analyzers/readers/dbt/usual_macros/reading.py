"""The arguments of a call by the names of its macro's parameters, read as what they have to be."""

from __future__ import annotations

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.syntax.jinja import Given, MacroCall


class Unreadable(Exception):
    """An argument whose value the text does not tell."""


class Arguments:
    """What a call gives to the parameters of its macro.

    Args:
        call: the call.
        parameters: the names of the parameters, in order.

    Raises:
        Unreadable: the call gives what the macro does not take.
    """

    def __init__(self, call: MacroCall, parameters: tuple[str, ...]) -> None:
        if not call.complete or len(call.positional) > len(parameters):
            raise Unreadable
        self._given: dict[str, Given] = dict(zip(parameters, call.positional, strict=False))
        for name, value in call.keywords:
            if name not in parameters or name in self._given:
                raise Unreadable
            self._given[name] = value

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def known(self, name: str, otherwise: object = None) -> object:
        """A literal, or what the macro takes where none is given."""
        given = self._given.get(name)
        if given is None:
            return otherwise
        if not given.known:
            raise Unreadable
        return given.value

    def text(self, name: str, otherwise: str | None = None) -> str:
        """A text; one that is a must where `otherwise` is not given."""
        value = self.known(name, otherwise)
        if not isinstance(value, str):
            raise Unreadable
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A text or number, or a list of these; empty where nothing is given."""
        value = self.known(name, [])
        items = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(item, str | int | float) and not isinstance(item, bool) for item in items):
            raise Unreadable
        return tuple(str(item) for item in items)

    def flag(self, name: str, otherwise: bool) -> bool:
        """Whether something is switched on."""
        value = self.known(name, otherwise)
        if not isinstance(value, bool):
            raise Unreadable
        return value

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """A mapping of texts."""
        value = self.known(name, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise Unreadable
        return tuple(value.items())

    def relation(self, name: str) -> Relation:
        """A `ref`, `source` or `this`, or the name of a table or CTE as a text."""
        if name not in self._given:
            raise Unreadable
        return _relation(self._given[name])

    def relations(self, name: str) -> tuple[Relation, ...]:
        """A list of relations."""
        given = self._given.get(name)
        if given is None or not given.items:
            raise Unreadable
        return tuple(_relation(item) for item in given.items)

    def call(self, name: str) -> MacroCall | None:
        """The call that an argument is."""
        given = self._given.get(name)
        return given.call if given is not None else None


def _relation(given: Given) -> Relation:
    if given.name == "this":
        return Relation("this", ())
    if isinstance(given.value, str) and given.value.strip() and "{" not in given.value:
        return Relation("table", tuple(part.strip('"` ') for part in given.value.split(".")))
    call = given.call
    names = [item.value for item in call.positional] if call is not None else []
    if call is None or not call.complete or not names or not all(isinstance(name, str) for name in names):
        raise Unreadable
    versions = [value.value for keyword, value in call.keywords if keyword in ("v", "version") and value.known]
    if len(versions) != len(call.keywords):
        raise Unreadable
    if (call.name == "ref" and len(names) <= 2) or (call.name == "source" and len(names) == 2):
        return Relation(call.name, tuple(names), str(versions[0]) if versions else "")
    raise Unreadable
