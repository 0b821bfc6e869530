"""What a parser has to say against a text."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate_analyzers.text import Span


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """One fault: where it is and what is wrong, in the words shown to the user.

    `certain` is false where the text may be right for a newer version of its language than the parser knows.
    """

    span: Span
    message: str
    certain: bool = True
