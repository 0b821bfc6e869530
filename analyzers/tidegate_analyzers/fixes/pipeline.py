"""Blocks that a `pipeline.yaml` lacks."""

from __future__ import annotations

from typing import Any

from tidegate_analyzers.facts import Pipeline, Stage
from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.fixes.contract import contract_file
from tidegate_analyzers.fixes.known import Known, known_dataset
from tidegate_analyzers.fixes.strategy import strategy_of
from tidegate_analyzers.fixes.yaml_edit import insert_items, insert_key
from tidegate_analyzers.syntax.yaml import Mapping, Sequence, parse_yaml, text_of
from tidegate_analyzers.text import Change, Document

METADATA = [
    "_quarantined_at",
    "_run_id",
    "_error_rule",
    "_error_message",
    "_contract_version",
    "_source",
    "_raw_record",
]
"""The columns kept beside a record in quarantine."""


def _root(workspace: Workspace, path: str, number: str) -> tuple[Document, Mapping, Pipeline] | None:
    document = workspace.document(path)
    facts = workspace.view.facts(path)
    if document is None or facts is None or int(number) >= len(facts.pipelines):
        return None
    roots = [
        r
        for r in parse_yaml(document.text).documents
        if isinstance(r, Mapping)
        and (text_of(r.get("apiVersion")) or "").startswith("tidegate/")
        and text_of(r.get("kind")) in (None, "Pipeline")
    ]
    return (document, roots[int(number)], facts.pipelines[int(number)]) if int(number) < len(roots) else None


def _item(root: Mapping, section: str, index: str) -> Mapping | None:
    node = root.get(section)
    items = [item for item in node.items() if isinstance(item, Mapping)] if isinstance(node, Sequence) else []
    return items[int(index)] if int(index) < len(items) else None


def _in_stage(workspace: Workspace, path: str, number: str, index: str, key: str, make: Any) -> Change | None:
    found = _root(workspace, path, number)
    if found is None:
        return None
    document, root, pipeline = found
    stage = _item(root, "stages", index)
    if stage is None or int(index) >= len(pipeline.stages):
        return None
    value = make(workspace, path, pipeline, pipeline.stages[int(index)])
    existing = stage.get(key)
    if isinstance(existing, Mapping):
        missing = {name: item for name, item in value.items() if existing.get(name) is None}
        edits = tuple(insert_key(document, existing, name, item) for name, item in missing.items())
        return Change(edits[:1]) if edits else None
    return Change((insert_key(document, stage, key, value),)) if existing is None else None


def _output(workspace: Workspace, path: str, stage: Stage) -> Known:
    name = str(stage.outputs[0].relation) if stage.outputs else stage.id
    return known_dataset(workspace.view, name, path)


@fix("pipeline.idempotency")
def idempotency(workspace: Workspace, path: str, number: str, index: str) -> Change | None:
    """How the stage writes, from the model or table behind it where one is known."""
    return _in_stage(workspace, path, number, index, "idempotency", _idempotency)


def _idempotency(workspace: Workspace, path: str, pipeline: Pipeline, stage: Stage) -> dict[str, Any]:
    known = _output(workspace, path, stage)
    given = stage.block("idempotency")
    declared = given.value.get("strategy") if given is not None and isinstance(given.value, dict) else None
    strategy = declared or strategy_of(workspace.view, stage)
    key: Any = list(known.key) or ["<key>"]
    needs: dict[str, dict[str, Any]] = {
        "keyed_merge": {"key": key},
        "dedup_on_read": {"key": key},
        "partition_overwrite": {"partition_by": known.batch_column or "<batch column>"},
        "delete_insert": {"partition_by": known.batch_column or "<batch column>"},
        "transactional": {"token": "<run id>"},
        "append_only": {"reason": "<why appending is meant>"},
    }
    return {"strategy": strategy, **needs.get(str(strategy), {})}


@fix("pipeline.quarantine")
def quarantine(workspace: Workspace, path: str, number: str, index: str) -> Change | None:
    """Where invalid records go."""
    return _in_stage(workspace, path, number, index, "quarantine", _quarantine)


@fix("pipeline.quarantine-key")
def quarantine_key(workspace: Workspace, path: str, number: str, index: str, key: str) -> Change | None:
    """Something that a quarantine doesn't say; an index of -1 is that of the pipeline as a whole."""
    found = _root(workspace, path, number)
    holder = None if found is None else found[1] if index == "-1" else _item(found[1], "stages", index)
    block = holder.get("quarantine") if holder is not None else None
    if found is None or not isinstance(block, Mapping):
        return None
    value: Any = {"metadata": METADATA, "retention": "30d", "owner": _owner(found[2]), "reprocess": "replay"}[key]
    given = block.get(key)
    if given is None:
        return Change((insert_key(found[0], block, key, value),))
    if key != "metadata" or not isinstance(given, Sequence):
        return None
    there = [text_of(item) or "" for item in given.items()]
    missing = [name for name in METADATA if name not in there]
    if given.flow or not there:
        return Change((edit(found[0], given.span, f"[{', '.join((*there, *missing))}]"),))
    return Change((insert_items(found[0], given, len(there), missing),)) if missing else None


def _quarantine(workspace: Workspace, path: str, pipeline: Pipeline, stage: Stage) -> dict[str, Any]:
    name = stage.outputs[0].relation.name if stage.outputs else stage.id
    return {
        "action": "quarantine",
        "location": f"quarantine.{name.rpartition('/')[2]}",
        "metadata": METADATA,
        "retention": "30d",
        "max_percent": 1,
        "owner": _owner(pipeline),
        "reprocess": "replay",
    }


def _owner(pipeline: Pipeline) -> str:
    owner = pipeline.block("owner")
    return str(owner.value) if owner is not None and isinstance(owner.value, str) else "<team>"


@fix("pipeline.checkpoint")
def checkpoint(workspace: Workspace, path: str, number: str, index: str) -> Change | None:
    """Where progress is kept."""
    return _in_stage(workspace, path, number, index, "checkpoint", _checkpoint)


def _checkpoint(workspace: Workspace, path: str, pipeline: Pipeline, stage: Stage) -> dict[str, Any]:
    processing = pipeline.block("processing")
    model = processing.value.get("model") if processing is not None and isinstance(processing.value, dict) else "batch"
    return {
        "store": _progress_store(pipeline),
        "granularity": "offset" if model == "streaming" else "batch_window",
        "recovery": "resume",
    }


def _progress_store(pipeline: Pipeline) -> str:
    """Where the pipeline keeps progress already: its watermark, or the checkpoint of another stage."""
    watermark = pipeline.block("watermark")
    if watermark is not None and isinstance(watermark.value, dict) and watermark.value.get("store"):
        return str(watermark.value["store"])
    for stage in pipeline.stages:
        block = stage.block("checkpoint")
        if block is not None and isinstance(block.value, dict) and block.value.get("store"):
            return str(block.value["store"])
    return "<progress table>"


@fix("pipeline.replay")
def replay(workspace: Workspace, path: str, number: str) -> Change | None:
    """How a past window is processed again, from the strategies of the stages."""
    found = _root(workspace, path, number)
    if found is None or found[1].get("replay") is not None:
        return None
    document, root, pipeline = found
    strategies = [
        block.value.get("strategy")
        for stage in pipeline.stages
        if (block := stage.block("idempotency")) is not None and isinstance(block.value, dict)
    ]
    strategy = "keyed_merge" if "keyed_merge" in strategies else "partition_overwrite"
    first = next(
        (str(stage.outputs[0].relation) for stage in pipeline.stages if stage.kind == "ingest" and stage.outputs), ""
    )
    source = first or next(
        (str(end.outputs[0].relation) for end in pipeline.sources if end.outputs), "<what is read again>"
    )
    value = {
        "strategy": strategy,
        "source_of_truth": source,
        "window": "30d",
        "batch_window": "1d",
        "isolation": "separate-pool",
        "state": {"live": _progress_store(pipeline), "replay": "<replay progress table>"},
        "validation": ["row_count_delta_pct <= 0.5", "duplicate_count == 0"],
        "rollback": {"trigger": "validation_failed", "action": "drop_target"},
        "consumers": {"notice": "5d"},
    }
    return Change((insert_key(document, root, "replay", value),))


@fix("pipeline.owner")
def owner(workspace: Workspace, path: str, number: str) -> Change | None:
    """Who answers for the pipeline."""
    found = _root(workspace, path, number)
    if found is None or found[1].get("owner") is not None:
        return None
    owners = workspace.graph.layout.owners_of(path)
    return Change(
        (insert_key(found[0], found[1], "owner", owners[0].rpartition("/")[2].lstrip("@") if owners else "<team>"),)
    )


@fix("pipeline.contract")
def contract(workspace: Workspace, path: str, number: str, kind: str, index: str, dataset: str) -> Change | None:
    """A new contract for the dataset, named where it is handed over."""
    found = _root(workspace, path, number)
    if found is None:
        return None
    document, root, _ = found
    item = _item(root, {"source": "source_config", "target": "target_config", "stage": "stages"}[kind], index)
    if item is None or item.get("contract") is not None:
        return None
    file = contract_file(workspace, known_dataset(workspace.view, dataset, path))
    return Change((insert_key(document, item, "contract", _from(path, file.path)),), (file,))


def _from(path: str, target: str) -> str:
    """A path as the specification writes it: from the root of the workspace, or from its own folder where that holds it."""
    folder = path.rpartition("/")[0]
    return target[len(folder) + 1 :] if folder and target.startswith(f"{folder}/") else target
