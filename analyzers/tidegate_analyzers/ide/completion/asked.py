"""Where completion is asked for, and what is known of the place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tidegate_analyzers.graph.index import View
from tidegate_analyzers.layout import Project
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.text import Document
from tidegate_analyzers.workspace import Snapshot


@dataclass(frozen=True)
class Asked:
    """A question about a cursor.

    Attributes:
        view: the graph.
        snapshot: the files; what they said last, which may be a keystroke behind the text.
        document: the text as it is typed.
        offset: the cursor.
        snippets: whether what is inserted may have places to fill in.
        dialect: the SQL dialect, where the place tells more than the file.
    """

    view: View
    snapshot: Snapshot
    document: Document
    offset: int
    snippets: bool = True
    dialect: str = ""

    @property
    def text(self) -> str:
        """The text."""
        return self.document.text

    @property
    def path(self) -> str:
        """The path of the file."""
        return self.document.path

    @cached_property
    def project(self) -> Project | None:
        """The dbt project the file belongs to."""
        return self.view.layout.project_of(self.path)

    @cached_property
    def role(self) -> Role | None:
        """The file's part in the workspace."""
        return self.view.layout.role(self.path)

    @cached_property
    def adapter(self) -> str:
        """The adapter or dialect, empty where it is not known."""
        if self.dialect:
            return self.dialect
        if self.project is not None and self.project.adapter:
            return self.project.adapter
        return (self.role.dialect if self.role is not None else "") or self.view.layout.options.dialect
