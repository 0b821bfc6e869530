"""What a name in a text stands for, where it is made, and every place that uses it.

One mechanism serves definition, references, highlights, call hierarchies and renames: `occurrences` lists the names
of a file with their characters, `meaning` says which `Symbol` one of them is, and a search looks at those files alone
that speak of the symbol's name.
"""

from tidegate_analyzers.graph.symbols.meaning import Symbol, meaning, symbol_of, table_of
from tidegate_analyzers.graph.symbols.occurrences import Occurrence, occurrences
from tidegate_analyzers.graph.symbols.search import (
    Place,
    declarations,
    definitions,
    files_of,
    key_of,
    occurrence_at,
    places_in,
    references,
    symbol_at,
    symbol_of_file,
    writes,
)

__all__ = [
    "Occurrence",
    "Place",
    "Symbol",
    "declarations",
    "definitions",
    "files_of",
    "key_of",
    "meaning",
    "occurrence_at",
    "occurrences",
    "places_in",
    "references",
    "symbol_at",
    "symbol_of",
    "symbol_of_file",
    "table_of",
    "writes",
]
