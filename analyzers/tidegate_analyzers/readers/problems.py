"""What a parser has to say against a text, in the words of the rules that report it."""

from __future__ import annotations

from collections.abc import Iterable

from tidegate_analyzers.facts import Problem, Sites
from tidegate_analyzers.syntax.problem import SyntaxProblem


def syntax_problems(found: Iterable[SyntaxProblem], sites: Sites) -> list[Problem]:
    """Faults as facts: errors, or hints where the text may be right for a newer version of its language."""
    return [
        Problem("TG002" if problem.certain else "TG003", problem.message, sites.add(problem.span)) for problem in found
    ]
