"""Jinja out of SQL without moving a character: every block becomes a placeholder of its own length.

The result can be parsed as SQL, and an offset in it is the same offset in the user's text. What a block would
render to is guessed only in its grammatical role (a name, nothing, a type, a star, a query), from the words around it;
which of two roles was wrong is found by parsing again (`syntax.sql.parse_template`).
"""

from tidegate_analyzers.syntax.template.gaps import is_gap
from tidegate_analyzers.syntax.template.neutralise import neutralise
from tidegate_analyzers.syntax.template.placeholders import Placeholder, Role, Template, blank

__all__ = ["Placeholder", "Role", "Template", "blank", "is_gap", "neutralise"]
