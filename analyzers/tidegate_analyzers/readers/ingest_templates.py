"""Templates of datasets that are taken in: `id`, `ingestion` with its `source`, and the `columns` that are expected."""

from __future__ import annotations

from tidegate_analyzers.facts import FileRead, Job, Read, Relation, Setting, Sites, Value
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.yaml_jobs import read_yaml_jobs
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, Sequence, text_of
from tidegate_analyzers.text import Document

ENGINE = "ingest"
_PLACES = ("url", "key", "path", "dataset", "uid")


def read_template(document: Document, role: Role) -> FileRead:
    """The facts of a template; nothing for other YAML with such a key."""

    def jobs_of(roots: list[Mapping], sites: Sites) -> list[Job]:
        job = _job(roots[0], sites) if roots else None
        return [job] if job is not None else []

    return read_yaml_jobs(document, role, jobs_of)


def _job(root: Mapping, sites: Sites) -> Job | None:
    name, entry = root.get("id"), root.entry("ingestion")
    source = entry[1].get("source") if entry is not None and isinstance(entry[1], Mapping) else None
    if (
        entry is None
        or not isinstance(name, Scalar)
        or not isinstance(source, Mapping)
        or not text_of(source.get("type"))
    ):
        return None
    listed = root.get("columns")
    count = len(list(listed.items())) if isinstance(listed, Sequence) else 0
    unknown = listed is not None and not isinstance(listed, Sequence) and text_of(listed) not in ("", None)
    site = sites.add(entry[0].span)
    place = next((node for key in _PLACES if isinstance(node := source.get(key), Scalar) and node.value), None)
    return Job(
        name.value,
        sites.add(name.inner),
        ENGINE,
        "source",
        settings=(Setting("columns", Value(not unknown, count, (), str(count), site), site),),
        reads=(Read(Relation("path", (place.value,)), sites.add(place.inner)),) if place is not None else (),
        whole=sites.add(root.span),
    )
