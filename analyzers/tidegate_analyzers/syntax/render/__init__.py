"""Jinja rendered to SQL, bounded and without a warehouse: for templates whose SQL a macro makes.

The user's templates are run by Jinja's sandbox with names of ours: nothing of Python, of the machine or of a database
can be reached, every call, every turn of a loop and every character is counted, and what only a run could know ends
the rendering with a reason. A map leads from the SQL back to the template.
"""

from tidegate_analyzers.syntax.render.bounds import Stop
from tidegate_analyzers.syntax.render.render import Rendered, Unrendered, render
from tidegate_analyzers.syntax.render.source_map import SourceMap
from tidegate_analyzers.syntax.render.values import UNKNOWN_WORD, Named, Relation, is_sentinel
from tidegate_analyzers.syntax.render.world import MacroSource, World

__all__ = [
    "UNKNOWN_WORD",
    "MacroSource",
    "Named",
    "Relation",
    "Rendered",
    "SourceMap",
    "Stop",
    "Unrendered",
    "World",
    "is_sentinel",
    "render",
]
