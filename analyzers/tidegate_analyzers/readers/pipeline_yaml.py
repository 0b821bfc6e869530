"""`pipeline.yaml`, tidegate's own specification: `apiVersion: tidegate/v1`.

The form is that of `references/schemas/pipeline.schema.json`; what the schema can't say (names that repeat,
strategies that lack what they need) is checked here or by the rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import FileFacts, FileRead, Name, Pipeline, Problem, Read, Relation, Setting, Sites, Stage
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.dbt.selection import selected
from tidegate_analyzers.readers.pipeline_sizes import size_gaps
from tidegate_analyzers.readers.placeholders import placeholders
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.readers.values import yaml_value
from tidegate_analyzers.readers.violations import repeated_keys, violations
from tidegate_analyzers.readers.yaml_cover import yaml_cover, yaml_strings
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, YamlFile, parse_yaml, scalar_value, text_of
from tidegate_analyzers.text import Document, Span

VERSION = "1.2"
_SCHEMAS = {"Pipeline": "pipeline", "OperationRequest": "operation"}
_CODES = {"unknown_key": "TG107.warning"}


def read_pipeline(document: Document, role: Role) -> FileRead:
    """The facts of a pipeline specification."""
    sites = Sites()
    file = parse_yaml(document.text)
    problems = syntax_problems(file.problems, sites)
    problems += placeholders(document.text, sites, "contract")
    pipelines: list[Pipeline] = []
    names: list[Name] = []
    for root in file.documents:
        if not isinstance(root, Mapping) or not (text_of(root.get("apiVersion")) or "").startswith("tidegate/"):
            continue
        problems += _schema_problems(root, document.text, sites, file)
        problems += [Problem("TG107", message, sites.add(span)) for span, message in repeated_keys(root, file)]
        if text_of(root.get("kind")) in (None, "Pipeline"):
            pipelines.append(_pipeline(root, document.text, sites))
            problems += _mixed_state(root, sites)
            problems += [
                Problem("TG107.warning", message, sites.add(span))
                for span, message in (size_gaps(root) if not file.problems else ())
            ]
            names += _runs(root, document.text, sites)
    return sites.finish(
        FileFacts(
            "yaml",
            tuple(problems),
            suppressions(document, sites, yaml_cover(file), yaml_strings(file)),
            is_generated(document),
            pipelines=tuple(pipelines),
            names=tuple(names),
        )
    )


def _mixed_state(root: Mapping, sites: Sites) -> Iterator[Problem]:
    """A migration that keeps its state in what the pipeline gives: one rolled back takes the other along."""
    migration = root.get("migration")
    store = migration.get("state_store") if isinstance(migration, Mapping) else None
    given = [target.get("dataset") for target in _mappings(root.get("target_config"))]
    for stage in _mappings(root.get("stages")):
        outputs = stage.get("outputs")
        given += outputs.items() if isinstance(outputs, Sequence) else ()
    if isinstance(store, Scalar) and text_of(store) and text_of(store) in map(text_of, given):
        message = f"'{text_of(store)}' is an output of this pipeline; the state of a migration is kept apart from it"
        yield Problem("TG107", message, sites.add(store.inner))


def _runs(root: Mapping, text: str, sites: Sites) -> Iterator[Name]:
    """What stages run: `run: {dbt: stg_orders+}`, `run: {airflow: load_orders.copy}`."""
    for stage in _mappings(root.get("stages")):
        run = stage.get("run")
        given = run.get("dbt") if isinstance(run, Mapping) else None
        if isinstance(given, Scalar) and text_of(given):
            yield from selected(text[given.inner.start : given.inner.end], given.inner.start, sites)
        task = run.get("airflow") if isinstance(run, Mapping) else None
        if isinstance(task, Scalar) and text_of(task) == text[task.inner.start : task.inner.end]:
            yield from _task(task, sites)


def _task(node: Scalar, sites: Sites) -> Iterator[Name]:
    """The DAG and the task of `run: {airflow: load_orders.copy}`."""
    dag, dot, task = node.value.partition(".")
    start, end = node.inner
    if dag:
        yield Name("dag", dag, sites.add((start, start + len(dag))))
    if dag and dot and task:
        yield Name("task", task, sites.add((end - len(task.rpartition(".")[2]), end)), False, dag)


def _schema_problems(root: Mapping, text: str, sites: Sites, file: YamlFile) -> list[Problem]:
    kind = root.entry("kind")
    name = _SCHEMAS.get((text_of(kind[1]) or "") if kind else "Pipeline", "")
    if not name:
        where = kind[1].span if kind else root.span
        return [
            Problem(
                "TG107",
                f"unknown kind '{text_of(kind[1]) if kind else ''}'; 'Pipeline' or 'OperationRequest' is expected",
                sites.add(where),
            )
        ]
    return [
        Problem(_CODES.get(violation.kind, "TG107"), violation.message, sites.add(violation.span))
        for violation in violations(root, name, file, text, VERSION)
    ]


def _pipeline(root: Mapping, text: str, sites: Sites) -> Pipeline:
    found = root.entry("pipeline_id") or root.entry("name")
    name = found[1] if found else None
    site = sites.add(name.inner if isinstance(name, Scalar) else root.entries[0][0].span if root.entries else root.span)
    return Pipeline(
        text_of(name) or "",
        site,
        _settings(root, text, sites, skip=("stages", "source_config", "target_config")),
        tuple(_boundary(item, "source", text, sites) for item in _mappings(root.get("source_config"))),
        tuple(_boundary(item, "target", text, sites) for item in _mappings(root.get("target_config"))),
        tuple(_stage(item, text, sites) for item in _mappings(root.get("stages"))),
    )


def _mappings(node: Node | None) -> list[Mapping]:
    return [item for item in node.items() if isinstance(item, Mapping)] if isinstance(node, Sequence) else []


def _settings(node: Mapping, text: str, sites: Sites, skip: tuple[str, ...]) -> tuple[Setting, ...]:
    return tuple(
        Setting(key.value, yaml_value(value, text, sites, version=VERSION), sites.add(key.span))
        for key, value in node.items()
        if key.value not in skip
    )


def _boundary(item: Mapping, kind: str, text: str, sites: Sites) -> Stage:
    dataset = item.get("dataset")
    reads = (_dataset(dataset, sites),) if isinstance(dataset, Scalar) and _is_name(dataset) else ()
    name = item.get("id")
    site = sites.add(
        dataset.inner if isinstance(dataset, Scalar) else item.entries[0][0].span if item.entries else item.span
    )
    return Stage(
        text_of(name) or "", kind, site, reads, reads, _settings(item, text, sites, skip=("id",)), sites.add(item.span)
    )


def _stage(item: Mapping, text: str, sites: Sites) -> Stage:
    name = item.get("id")
    place = (
        name.inner
        if isinstance(name, Scalar) and text_of(name)
        else item.entries[0][0].span
        if item.entries
        else item.span
    )
    return Stage(
        text_of(name) or "",
        text_of(item.get("kind")) or "",
        sites.add(place),
        _datasets(item.get("inputs"), sites),
        _datasets(item.get("outputs"), sites),
        _settings(item, text, sites, skip=("id", "kind", "inputs", "outputs")),
        sites.add(item.span),
    )


def _datasets(node: Node | None, sites: Sites) -> tuple[Read, ...]:
    if not isinstance(node, Sequence):
        return ()
    return tuple(_dataset(item, sites) for item in node.items() if isinstance(item, Scalar) and _is_name(item))


def _is_name(node: Scalar) -> bool:
    """Whether a scalar is the text that a dataset's name has to be; of others the schema speaks."""
    value = scalar_value(node, version=VERSION)
    return isinstance(value, str) and bool(value)


def _dataset(node: Scalar, sites: Sites) -> Read:
    site = sites.add(node.inner)
    return Read(dataset_relation(node.value), site, (site,))


def dataset_relation(name: str) -> Relation:
    """A dataset as pipeline.yaml names it: dotted for tables and topics, a URI for paths."""
    if "://" in name or name.startswith("/"):
        return Relation("path", (name.rstrip("/"),))
    return Relation("table", tuple(part for part in name.split(".") if part))


def contract_span(node: Node | None) -> Span | None:
    """Where a `contract:` names a file, or `None` where it is written inline."""
    if isinstance(node, Scalar):
        return node.inner
    if isinstance(node, Mapping) and isinstance(ref := node.get("ref"), Scalar):
        return ref.inner
    return None
