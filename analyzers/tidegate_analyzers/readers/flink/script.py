"""Files of Flink SQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tidegate_analyzers.facts import NOWHERE, Job, Sites
from tidegate_analyzers.readers.flink.notes import Mark, Program
from tidegate_analyzers.readers.flink.sql import FLINK, read_statements
from tidegate_analyzers.readers.flink.streams import flow_of, site_of


def jobs_of_script(path: str, text: str, sites: Sites) -> Iterator[Job]:
    """The job that a script of Flink SQL is, if it is one."""
    if "'" not in text or not FLINK.search(text):
        return
    program = Program()
    for note in read_statements(text, sites.add):
        program.add(note)
    mode = program.conf.get("execution.runtime-mode")
    if mode is not None and mode.value.casefold() == "batch":
        program.add(Mark("batch", mode.site))
    yield job_of(PurePosixPath(path).stem, program)


def job_of(name: str, program: Program, *, continuous: bool = True) -> Job:
    """A program as a job."""
    flow = flow_of(program)
    return Job(
        name,
        site_of(program),
        "flink",
        "script",
        flow.settings,
        reads=flow.reads,
        streams=flow.streams,
        bad_records=flow.bad_records,
        whole=NOWHERE,
        continuous=continuous and "batch" not in program.marks,
    )
