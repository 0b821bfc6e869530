"""What each file posts: the keys it is found by, and the places that they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from tidegate_analyzers.facts import FileFacts, NodeRef, Relation, Setting, Upkeep
from tidegate_analyzers.readers.gates import CHECKS_CONTRACTS, GATE, RUNS_DBT


class Posting(NamedTuple):
    """A place that speaks of a key: the file, what kind of fact it is and where in the facts it stands."""

    path: str
    kind: str
    number: int
    inner: int = 0


def postings(path: str, facts: FileFacts) -> Iterator[tuple[str, Posting]]:
    """The keys a file posts."""
    yield f"file:{path.rpartition('/')[2].casefold()}", Posting(path, "file", 0)
    if facts.torn:
        yield f"torn:{facts.role}", Posting(path, "file", 0)
    for i, node in enumerate(facts.nodes):
        # Tests and analyses have names, but no `ref` finds them.
        yield f"{'check' if node.kind in ('test', 'analysis') else 'node'}:{node.name}", Posting(path, "node", i)
        yield f"name:{_alias(node.config) or node.name}".casefold(), Posting(path, "node", i)
        for j, ref in enumerate(node.refs):
            if ref.names:
                yield ref_key(ref), Posting(path, "node", i, j)
        for j, read in enumerate(node.tables):
            yield f"read:{read.relation.name}", Posting(path, "node", i, j)
    for i, entry in enumerate(facts.properties):
        yield f"props:{entry.kind}:{entry.name}", Posting(path, "props", i)
        for j, stem in enumerate(entry.versions):
            yield f"props:{entry.kind}:{stem}", Posting(path, "props", i)
            yield f"version:{entry.name}", Posting(path, "props", i, j)
    for i, table in enumerate(facts.sources):
        yield f"source:{table.source}.{table.name}", Posting(path, "source", i)
        yield f"sourcename:{table.source}", Posting(path, "source", i)
        yield f"name:{table.relation.name}", Posting(path, "source", i)
    for i, exposure in enumerate(facts.exposures):
        yield f"exposure:{exposure.name}", Posting(path, "exposure", i)
        for j, ref in enumerate(exposure.refs):
            if ref.names:
                yield ref_key(ref), Posting(path, "exposure", i, j)
    for i, ref in enumerate(facts.refs):
        if ref.names:
            yield ref_key(ref), Posting(path, "ref", i)
    for i, group in enumerate(facts.groups):
        yield f"group:{group.name}", Posting(path, "group", i)
    for i, macro in enumerate(facts.macros):
        yield f"macro:{macro.name}", Posting(path, "macro", i)
        for ref in macro.refs:
            if ref.names:
                yield ref_key(ref), Posting(path, "macro", i)
        for use in macro.calls:
            yield f"uses-macro:{use.name.rpartition('.')[2]}", Posting(path, "macro", i)
    if facts.catalog is not None:
        for i, held in enumerate(facts.catalog.tables):
            yield f"catalog:{held.id}", Posting(path, "catalog", i)
    for i, told in enumerate(facts.told):
        yield "told:any", Posting(path, "told", i)
        for name in told.about if not told.comment else ():
            yield f"told:{name}", Posting(path, "told", i)
    yield from _names(path, facts)
    yield from _orchestration(path, facts)
    yield from _specifications(path, facts)


def _names(path: str, facts: FileFacts) -> Iterator[tuple[str, Posting]]:
    """The names that no other fact carries, and the groups and macros that nodes use."""
    for i, name in enumerate(facts.names):
        last = name.name.rpartition(".")[2] if name.kind in ("macro", "test") else name.name
        yield f"{'' if name.made else 'uses-'}{name.kind}:{last}", Posting(path, "name", i)
    for i, column in enumerate(facts.column_names):
        yield f"columns-of:{column.of.names[-1]}", Posting(path, "column", i)
    for i, node in enumerate(facts.nodes):
        for called in {use.name.rpartition(".")[2] for use in node.macros}:
            yield f"uses-macro:{called}", Posting(path, "node", i)
        yield from _groups_and_tags(node.config, Posting(path, "node", i))
    for i, entry in enumerate(facts.properties):
        yield from _groups_and_tags(entry.config, Posting(path, "props", i))
    if facts.project is not None:
        settings = [setting.setting for setting in facts.project.settings]
        yield from _groups_and_tags(settings, Posting(path, "project", 0))


def _groups_and_tags(config: Iterable[Setting], posting: Posting) -> Iterator[tuple[str, Posting]]:
    for setting in config:
        if setting.name == "group" and setting.value.known and isinstance(setting.value.value, str):
            yield f"uses-group:{setting.value.value}", posting
        elif setting.name == "tags" and setting.value.known:
            tags = setting.value.value if isinstance(setting.value.value, list) else [setting.value.value]
            for tag in tags:
                if isinstance(tag, str):
                    yield f"tag:{tag}", posting


def ref_key(ref: NodeRef) -> str:
    """The key under which the users of a node or source are found."""
    return f"uses:source:{ref.names[0]}.{ref.names[1]}" if ref.function == "source" else f"uses:{ref.names[-1]}"


def _alias(config: Any) -> str:
    for setting in config:
        if setting.name == "alias" and setting.value.known and isinstance(setting.value.value, str):
            return str(setting.value.value)
    return ""


def _orchestration(path: str, facts: FileFacts) -> Iterator[tuple[str, Posting]]:
    for i, text in enumerate(facts.sql):
        for j, write in enumerate(text.writes):
            yield write_key(write.target), Posting(path, "sql", i, j)
        for j, read in enumerate(text.reads):
            yield f"read:{read.relation.name}", Posting(path, "sql", i, j)
        for table in text.altered:
            yield f"altered:{table.name}", Posting(path, "sql", i)
    for i, component in enumerate(facts.components):
        yield f"{component.kind}:{component.name.casefold()}", Posting(path, "component", i)
        yield f"{component.kind}s:any", Posting(path, "component", i)
    for i, text in enumerate(facts.sql):
        yield from ((_upkeep_key(kept), Posting(path, "sql", i)) for kept in text.upkeep if kept.kind != "unchecked")
    for i, job in enumerate(facts.jobs):
        yield f"job:{job.name}", Posting(path, "job", i)
        yield from ((_upkeep_key(kept), Posting(path, "job", i)) for kept in job.upkeep if kept.kind != "unchecked")
        for name in job.starts:
            yield f"starts:{name}", Posting(path, "job", i)
        for j, write in enumerate(job.writes):
            yield f"job-{write_key(write.target)}", Posting(path, "job", i, j)
        for j, read in enumerate(job.reads):
            yield f"job-read:{read.relation.name}", Posting(path, "job", i, j)
        for j, asset in enumerate(job.makes):
            yield f"job-asset:{asset.name}", Posting(path, "job", i, j)
        for j, read in enumerate(job.comes_of):
            yield f"job-of-asset:{read.relation.name}", Posting(path, "job", i, j)
        for setting in job.settings:
            if setting.name.startswith(("spark.", "execution.", "state.", "table.exec.", "deserialization.")):
                yield f"setting:{setting.name}", Posting(path, "job", i)
            elif setting.name == "@module":
                yield f"module:{setting.value.value}", Posting(path, "job", i)
            elif setting.name == "@environment":
                for made in setting.value.text.split():
                    yield f"environment:{made}", Posting(path, "job", i)
        for j, stream in enumerate(job.streams):
            if stream.checkpoint is not None and stream.checkpoint.known and isinstance(stream.checkpoint.value, str):
                yield f"checkpoint:{stream.checkpoint.value.rstrip('/')}", Posting(path, "job", i, j)
            if stream.target is not None:
                yield f"stream-out:{stream.target.name}", Posting(path, "job", i, j)
            for read in stream.sources:
                yield f"stream-in:{read.relation.name}", Posting(path, "job", i, j)
    if any(setting.name == GATE for setting in facts.settings):
        yield "gate:contracts", Posting(path, "file", 0)
    if any(module.startswith("airflow.listeners") for _, module, _ in facts.imports):
        yield "airflow:listener", Posting(path, "file", 0)
    for i, dag in enumerate(facts.dags):
        if dag.id:
            yield f"dag:{dag.id}", Posting(path, "dag", i)
        if facts.role == "yaml":
            yield f"yaml-dags:{path.rpartition('/')[0]}", Posting(path, "dag", i)
        for j, task in enumerate(dag.tasks):
            for write in task.writes:
                yield write_key(write.target), Posting(path, "task", i, j)
            if any(s.kind == "dbt" for s in task.steps) or any(
                "dbt" in t and RUNS_DBT.search(t) for t in task.mentions
            ):
                yield "runs:dbt", Posting(path, "task", i, j)
            if any("contract" in text and CHECKS_CONTRACTS.search(text) for text in task.mentions):
                yield "gate:contracts", Posting(path, "task", i, j)
            for step in task.steps:
                if step.kind in ("file", "stem"):
                    name = step.text.rpartition("/")[2].casefold()
                    yield f"runs:{name if step.kind == 'file' else name + '.sql'}", Posting(path, "task", i, j)
                elif step.kind == "script":
                    yield f"runs:{_script_name(step.text)}", Posting(path, "task", i, j)
                elif step.kind in ("import", "calls"):
                    name = step.text.partition(":")[2].rpartition(".")[2]
                    yield f"imports:{name}", Posting(path, "task", i, j)
            for read in task.outlets:
                yield f"asset-out:{read.relation.parts[0]}", Posting(path, "task", i, j)
            for read in task.inlets:
                yield f"asset-in:{read.relation.parts[0]}", Posting(path, "task", i, j)
        for read in dag.references:
            if read.relation.kind == "asset":
                yield f"asset-in:{read.relation.parts[0]}", Posting(path, "dag", i)
            elif read.relation.kind == "dag":
                yield f"uses-dag:{read.relation.parts[0]}", Posting(path, "dag", i)
        schedule = dag.setting("schedule")
        if schedule is not None:
            yield "schedule:dags", Posting(path, "dag", i)


def _upkeep_key(kept: Upkeep) -> str:
    """Who looks for what is done for the files of a table finds it here; `any` where the table isn't known."""
    return f"upkeep:{kept.target.name}" if kept.target is not None and not kept.target.dynamic else "upkeep:any"


def _specifications(path: str, facts: FileFacts) -> Iterator[tuple[str, Posting]]:
    for i, contract in enumerate(facts.contracts):
        for j, obj in enumerate(contract.objects):
            for name in {obj.name.casefold(), obj.physical.rpartition(".")[2].rpartition("/")[2].casefold()} - {""}:
                yield f"contract:{name}", Posting(path, "contract", i, j)
        yield "contracts:any", Posting(path, "contract", i)
    for i, pipeline in enumerate(facts.pipelines):
        yield f"pipeline:{pipeline.id}", Posting(path, "pipeline", i)
        yield "pipelines:any", Posting(path, "pipeline", i)
        for j, stage in enumerate(pipeline.stages):
            for read in (*stage.inputs, *stage.outputs):
                yield f"stage:{read.relation.name}", Posting(path, "stage", i, j)
        for j, target in enumerate(pipeline.targets):
            for read in target.outputs:
                yield f"stage:{read.relation.name}", Posting(path, "target", i, j)
        for kind, ends in (("source", pipeline.sources), ("target", pipeline.targets), ("stage", pipeline.stages)):
            for j, end in enumerate(ends):
                if end.block("contract") is not None:
                    for read in end.outputs:
                        yield f"agreed:{read.relation.name}", Posting(path, kind, i, j)


def _script_name(started: str) -> str:
    """The name of the file that a path, or a module behind `-m`, means."""
    module = started[3:].strip().rpartition(".")[2] if started.startswith("-m ") else ""
    return (f"{module}.py" if module else started.replace("\\", "/").rpartition("/")[2].strip()).casefold()


def write_key(relation: Relation) -> str:
    """The key of the writes to a relation: by its last part, templates included."""
    return f"write:{relation.name.partition('$')[0]}"
