"""Jinja as dbt and Airflow use it: a block scanner that knows every offset, and calls inside the blocks.

The scanner does not evaluate anything. It finds comments, statements and expressions, checks that they are
closed and nested, and reads the calls a pipeline is made of (`ref`, `source`, `config`, macros).
"""

from tidegate_analyzers.syntax.jinja.blocks import Block, Kind, Scan, is_block_set, scan
from tidegate_analyzers.syntax.jinja.calls import Argument, Call, NodeCall, callees, keyword_call, literal, node_calls
from tidegate_analyzers.syntax.jinja.macro_call import Given, MacroCall, macro_call

__all__ = [
    "Argument",
    "Block",
    "Call",
    "Given",
    "Kind",
    "MacroCall",
    "NodeCall",
    "Scan",
    "callees",
    "is_block_set",
    "keyword_call",
    "literal",
    "macro_call",
    "node_calls",
    "scan",
]
