"""What the usual macros of packages, and dbt's own, produce: read from the call, without the macro's text."""

from tidegate_analyzers.readers.dbt.usual_macros.macros import USUAL, produces
from tidegate_analyzers.readers.dbt.usual_macros.produced import Produced, type_name

__all__ = ["USUAL", "Produced", "produces", "type_name"]
