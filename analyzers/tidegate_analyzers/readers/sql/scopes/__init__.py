"""Scopes of a query: one pass over the tree says which relation and column every name in it stands for.

The result is rich (spans, scopes, columns with the columns they are made of) and is thrown away after the facts
are taken from it (`readers.sql.flow`); for an open document the editor's features make it anew and ask it directly.
Nothing is copied or changed in the tree, and no schema is needed: what a relation outside of the file holds is left
open, as an *input*, and looked up in the graph.
"""

from tidegate_analyzers.readers.sql.scopes.names import Found, Mention
from tidegate_analyzers.readers.sql.scopes.shapes import Bound, Col, Cte, Input, Scope, Shape, Star
from tidegate_analyzers.readers.sql.scopes.walk import QueryMap, query_map

__all__ = ["Bound", "Col", "Cte", "Found", "Input", "Mention", "QueryMap", "Scope", "Shape", "Star", "query_map"]
