"""JSON Schema (draft 2019-09) checked on YAML nodes, so that every fault has its exact place.

The usual validators work on plain values and lose the positions. This one knows the keywords that the schemas
shipped with tidegate use; a test compares its verdicts with those of the `jsonschema` package, and fails when
a shipped schema uses a keyword that is not known here.
"""

from tidegate_analyzers.syntax.json_schema.checker import check
from tidegate_analyzers.syntax.json_schema.violation import Violation
from tidegate_analyzers.syntax.json_schema.vocabulary import ANNOTATIONS, KEYWORDS, Schema

__all__ = ["ANNOTATIONS", "KEYWORDS", "Schema", "Violation", "check"]
