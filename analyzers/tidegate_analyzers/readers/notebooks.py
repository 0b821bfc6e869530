"""Jupyter notebooks: the Python of their cells is read like a module, and what is found stands in the notebook."""

from __future__ import annotations

from array import array

from msgspec.structs import replace

from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.airflow.module import read_module
from tidegate_analyzers.syntax.notebook import read_notebook as code_of
from tidegate_analyzers.text import Document


def read_notebook(document: Document, role: Role) -> FileRead:
    """The facts of the module that a notebook's cells make; what is broken in it is the notebook's business."""
    notebook = code_of(document.text)
    read = read_module(Document(document.path, notebook.code), role)
    flat = array("I", read.spans)
    for site in range(2, len(flat), 2):
        flat[site], flat[site + 1] = notebook.span(flat[site], flat[site + 1])
    return FileRead(replace(read.facts, problems=()), flat.tobytes())
