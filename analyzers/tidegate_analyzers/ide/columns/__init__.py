"""Columns, CTEs and aliases of a query, where the cursor is: what they are, where they are made and mentioned."""

from tidegate_analyzers.ide.columns.places import ColumnPlace, definitions, references
from tidegate_analyzers.ide.columns.query import query_of
from tidegate_analyzers.ide.columns.sheet import sheet
from tidegate_analyzers.ide.columns.spots import Spot, spot_at
from tidegate_analyzers.ide.columns.table import column_table

__all__ = ["ColumnPlace", "Spot", "column_table", "definitions", "query_of", "references", "sheet", "spot_at"]
