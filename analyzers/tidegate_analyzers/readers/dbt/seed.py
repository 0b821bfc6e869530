"""dbt seeds: a CSV file whose header names the columns."""

from __future__ import annotations

from pathlib import PurePosixPath

from tidegate_analyzers.facts import NOWHERE, DbtNode, FileFacts, FileRead, Output, Packed, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.text import LINE_END, Document


def read_seed(document: Document, role: Role) -> FileRead:
    """The facts of a seed: its name and its header."""
    match = LINE_END.search(document.text)
    header = document.text[: match.start()] if match else document.text
    names = [cell.strip().strip('"') for cell in header.split(",")]
    node = DbtNode(
        "seed",
        PurePosixPath(document.path).stem,
        NOWHERE,
        "csv",
        outputs=Packed.pack(Output(name) for name in names if name),
    )
    return Sites().finish(FileFacts("dbt_seed", nodes=(node,)))
