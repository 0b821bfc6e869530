"""What can be inserted at a cursor. The text before it decides; what the files said last helps."""

from tidegate_analyzers.ide.completion.complete import complete
from tidegate_analyzers.ide.completion.documentation import documentation
from tidegate_analyzers.ide.completion.items import Completion, Item

__all__ = ["Completion", "Item", "complete", "documentation"]
