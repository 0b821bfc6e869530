"""Which of the places a cursor is in."""

from __future__ import annotations

from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Completion
from tidegate_analyzers.ide.completion.jinja import complete_jinja
from tidegate_analyzers.ide.completion.python import complete_python
from tidegate_analyzers.ide.completion.sql import complete_sql
from tidegate_analyzers.ide.completion.templates import complete_template
from tidegate_analyzers.ide.completion.yaml import complete_yaml
from tidegate_analyzers.syntax.jinja.cursor import open_block
from tidegate_analyzers.text import Document
from tidegate_analyzers.workspace import Snapshot


def complete(
    view: View, snapshot: Snapshot, document: Document, offset: int, *, snippets: bool = True
) -> Completion | None:
    """What can be inserted at an offset.

    Args:
        view: the graph.
        snapshot: the files; what they said last.
        document: the text as it is typed.
        offset: the cursor.
        snippets: whether the client fills in snippets.
    """
    found = _complete(Asked(view, snapshot, document, offset, snippets))
    return found if found is not None and found.items else None


def _complete(asked: Asked) -> Completion | None:
    document, offset = asked.document, asked.offset
    suffix = document.path.rpartition(".")[2].lower()
    if suffix in ("sql", "hql", "md"):
        code = open_block(document.text, offset)
        if code is not None:
            is_script = asked.role is not None and asked.role.kind == "sql"
            return complete_template(asked, code) if is_script else complete_jinja(asked, code)
        return complete_sql(asked) if suffix != "md" else None
    if suffix in ("yml", "yaml"):
        return complete_yaml(asked)
    return complete_python(asked) if suffix == "py" else None
