"""The filters and tests that templates may use, each counted before it runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from jinja2 import filters
from jinja2.filters import FILTERS
from jinja2.tests import TESTS

from tidegate_analyzers.syntax.render.bounds import MAX_RANGE, Budget, Stop
from tidegate_analyzers.syntax.render.values import Unknown

_PLAIN = """
abs capitalize count dictsort first float groupby int items last length list lower map max min reject rejectattr
reverse select selectattr sort string sum title trim truncate unique upper wordcount
""".split()  # noqa: SIM905
_FORMAT = re.compile(r"%[^a-zA-Z%]*(?:\d{4}|\*)|\{[^{}]*(?:\{|\d{4})")
_ONLY_A_LOOK = frozenset(("defined", "undefined"))


def format_is_small(text: str) -> None:
    """Refuse a format that asks for very wide fields."""
    if _FORMAT.search(text):
        raise Stop("a format in it is too wide")


def filters_of(budget: Budget) -> dict[str, Callable[..., Any]]:
    """The filters, which count for `budget`."""

    def join(value: Any, d: str = "", attribute: str | None = None) -> str:
        items = [_attribute(item, attribute) if attribute else item for item in value]
        texts = [str(item) for item in items]
        budget.text(sum(map(len, texts)) + len(str(d)) * len(texts))
        return str(d).join(texts)

    def replace(value: Any, old: str, new: str, count: int | None = None) -> str:
        return replaced(budget, str(value), str(old), str(new), -1 if count is None else count)

    def indent(value: Any, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
        space = width if isinstance(width, str) else " " * min(width, 200)
        text = str(value)
        budget.text(len(text) + len(space) * (text.count("\n") + 1))
        lines = [space + line if line.strip() or blank else line for line in text.split("\n")]
        return (
            "\n".join(lines)
            if first
            else "\n".join(lines)[len(space) :]
            if lines[0].strip() or blank
            else "\n".join(lines)
        )

    def formatted(value: str, *args: Any, **kwargs: Any) -> str:
        format_is_small(value)
        return value % (kwargs or args)

    def rounded(value: Any, precision: int = 0, method: str = "common") -> Any:
        if abs(precision) > 20:
            raise Stop("a number in it is too large")
        return filters.do_round(value, precision, method)  # type: ignore[arg-type]

    def batch(value: Any, linecount: int, fill_with: Any = None) -> Any:
        if linecount > MAX_RANGE:
            raise Stop("a list in it is too long")
        return list(filters.do_batch(value, linecount, fill_with))

    def otherwise(value: Any, default_value: Any = "", boolean: bool = False) -> Any:
        return filters.do_default(value, default_value, boolean)

    own: dict[str, Callable[..., Any]] = {
        "as_bool": _same,
        "as_native": _same,
        "as_number": _same,
        "as_text": _same,
        "batch": batch,
        "e": str,
        "escape": str,
        "format": formatted,
        "indent": indent,
        "join": join,
        "replace": replace,
        "round": rounded,
        "safe": str,
        "tojson": lambda value, indent=None: json.dumps(value, sort_keys=True),
    }
    plain = {name: FILTERS[name] for name in _PLAIN}
    counted = {name: _counted(budget, run) for name, run in {**plain, **own}.items()}
    return {**counted, "default": otherwise, "d": otherwise}


def tests_of(budget: Budget) -> dict[str, Callable[..., Any]]:
    """The tests, which count for `budget`."""
    tests: dict[str, Any] = dict(TESTS)
    return {name: run if name in _ONLY_A_LOOK else _counted(budget, run) for name, run in tests.items()}


def replaced(budget: Budget, text: str, old: str, new: str, count: int = -1) -> str:
    """`str.replace`, counted."""
    times = text.count(old) if count < 0 else min(count, text.count(old))
    budget.text(len(text) + times * len(new))
    return text.replace(old, new, count)


def _same(value: Any) -> Any:
    return value


def _attribute(item: Any, name: str) -> Any:
    if isinstance(item, dict):
        return item[name]
    raise Stop("an attribute of something unknown is joined")


def _counted(budget: Budget, run: Any) -> Callable[..., Any]:
    def counted(*args: Any, **kwargs: Any) -> Any:
        # Jinja hands over its own environment or context first where a filter asks for it.
        given = args[1:] if hasattr(run, "jinja_pass_arg") else args
        for value in given:
            if isinstance(value, Unknown):
                if not value.printable:
                    value.stop()
                return value
        budget.weigh(given, kwargs)
        found = run(*args, **kwargs)
        if isinstance(found, str):
            budget.text(len(found))
        return found

    if hasattr(run, "jinja_pass_arg"):
        counted.jinja_pass_arg = run.jinja_pass_arg  # type: ignore[attr-defined]
    return counted
