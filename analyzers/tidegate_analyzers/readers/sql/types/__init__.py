"""The SQL type of an expression: a table by the expression's class, and operations on types.

`type_of` never walks a tree twice and never copies one: it runs for every output column of a workspace.
"""

from tidegate_analyzers.readers.sql.types.comparison import clash, differ, same_type
from tidegate_analyzers.readers.sql.types.expressions import type_of, united, with_variables

__all__ = ["clash", "differ", "same_type", "type_of", "united", "with_variables"]
