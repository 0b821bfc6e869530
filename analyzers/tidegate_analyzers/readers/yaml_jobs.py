"""YAML files whose documents are jobs: the frame around what each format makes of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tidegate_analyzers.facts import FileFacts, FileRead, Job, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.readers.yaml_cover import yaml_cover, yaml_strings
from tidegate_analyzers.syntax.yaml import Mapping, parse_yaml
from tidegate_analyzers.text import Document


def read_yaml_jobs(
    document: Document, role: Role, jobs_of: Callable[[list[Mapping], Sites], Iterable[Job]], *, sure: bool = False
) -> FileRead:
    """The jobs of a file; its faults in syntax are told where it has any, or where its format is `sure`."""
    sites = Sites()
    file = parse_yaml(document.text)
    jobs = tuple(jobs_of([root for root in file.documents if isinstance(root, Mapping)], sites))
    return sites.finish(
        FileFacts(
            role.kind,
            tuple(syntax_problems(file.problems, sites)) if jobs or sure else (),
            suppressions(document, sites, yaml_cover(file), yaml_strings(file)),
            is_generated(document),
            jobs=jobs,
        )
    )
