"""Python that is newer than the interpreter tidegate runs on is no fault of the file."""

from __future__ import annotations

import pytest

from tidegate_analyzers.syntax.python import parse_python

NEWER = {
    "3.12: type statement": "type Names = list[str]\n",
    "3.12: type parameters": "def first[T](items: list[T]) -> T:\n    return items[0]\n",
    "3.12: quotes in f-strings": 'name = f"{\', \'.join(["a", "b"])}"\n',
    "3.14: except without parentheses": "try:\n    pass\nexcept ValueError, KeyError:\n    pass\n",
}
BROKEN = {
    "a bracket": "load(1\n",
    "a word too many": "import os from path\n",
    "print without parentheses": "print 'done'\n",
    "a value on the left": "1 = x\n",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in NEWER.items()])
def test_newer_syntax_is_at_most_not_understood(text: str) -> None:
    problems = parse_python(text).problems
    assert not any(problem.certain for problem in problems), problems


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in BROKEN.items()])
def test_broken_syntax_is_a_fault(text: str) -> None:
    (problem,) = parse_python(text).problems
    assert problem.certain, problem
