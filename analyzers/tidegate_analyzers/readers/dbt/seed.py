"""dbt seeds: a CSV file whose header names the columns."""

from __future__ import annotations

import csv
import re
from pathlib import PurePosixPath

from tidegate_analyzers.facts import NOWHERE, ColumnFlow, DbtNode, FileFacts, FileRead, Output, Packed, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.text import LINE_END, Document, Span

_OTHER_DELIMITER = re.compile(r"[;|\t]")


def read_seed(document: Document, role: Role) -> FileRead:
    """The facts of a seed: its name and its header."""
    sites = Sites()
    match = LINE_END.search(document.text)
    header = document.text[: match.start()] if match else document.text
    names = next(csv.reader([header.removeprefix("\ufeff")]), [])
    outputs = []
    at = 0
    for name in names:
        start = header.find(name, at)
        if start < 0 or not name.strip():
            continue
        at = start + len(name)
        outputs.append(Output(name.strip(), "", sites.add(Span(start, at))))
    # A file with another delimiter looks like one column of a strange name.
    closed = bool(outputs) and not any(_OTHER_DELIMITER.search(output.name) for output in outputs)
    node = DbtNode(
        "seed",
        PurePosixPath(document.path).stem,
        NOWHERE,
        "csv",
        flow=Packed.one(ColumnFlow((), tuple(outputs) if closed else (), (), closed)),
    )
    return sites.finish(FileFacts("dbt_seed", nodes=(node,)))
