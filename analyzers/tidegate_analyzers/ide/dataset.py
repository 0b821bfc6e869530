"""What there is to say of a dataset: who writes and reads it, its contract, its lineage."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate_analyzers.facts import DbtNode, Relation, SourceTable, Task, same_name
from tidegate_analyzers.graph import dbt, tasks
from tidegate_analyzers.graph.boundaries import boundary_of
from tidegate_analyzers.graph.catalog import Told, told_of
from tidegate_analyzers.graph.contracts import ContractEvidence, contract_for_node, contract_for_relation
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting, write_key

SHOWN = 5
"""How many names a list shows before it counts the rest."""


@dataclass(slots=True)
class Sheet:
    """Facts about a dataset, in the order in which they are shown."""

    title: str
    kind: str
    description: str = ""
    rows: tuple[tuple[str, str], ...] = ()

    def markdown(self) -> str:
        """The sheet as Markdown."""
        head = f"**{self.title}** — {self.kind}"
        body = "\n".join(f"- {name}: {text}" for name, text in self.rows if text)
        return "\n\n".join(part for part in (head, self.description, body) if part)


def model_sheet(view: View, key: NodeKey) -> Sheet:
    """A dbt model, seed or snapshot."""
    node = dbt.node_of(view, key)
    project = view.layout.project_of(key.path)
    entries = dbt.properties_of(view, project, key.kind, node.name if node is not None else key.name)
    description = next((entry.description for _, entry in entries if entry.description), "")
    material = dbt.materialization(view, key)
    boundary = boundary_of(view, key)
    contract = contract_for_node(view, key)
    columns = max((entry.column_count for _, entry in entries), default=0)
    rows = (
        ("file", f"`{key.path}`"),
        ("published", boundary.why if boundary is not None else ""),
        ("contract", contract_words(contract, wanted=boundary is not None)),
        ("owner", dbt.owner(view, key)),
        ("key", ", ".join(dbt.key_columns(view, key))),
        ("columns", _in_words(f"{columns} described" if columns else "", told_of(view, key))),
        ("reads", listed(_upstream(node))),
        ("read by", listed([item.name for item in dbt.consumers(view, key)]) or "no model"),
        ("used by", listed(_exposures(view, key))),
        ("run by", listed(_stages(view, Relation("table", (key.name,))))),
    )
    return Sheet(
        key.name, f"dbt {key.kind}" + (f", {material}" if material not in ("", key.kind) else ""), description, rows
    )


def source_sheet(view: View, posting: Posting, table: SourceTable) -> Sheet:
    """A table of a dbt source."""
    path = posting.path
    described = f"{table.column_count} described, {table.typed_columns} with a type" if table.column_count else ""
    freshness = next((s.value.value for s in table.config if s.name == "freshness"), None)
    rows = (
        ("table", f"`{table.relation}`"),
        ("declared in", f"`{path}`"),
        ("contract", contract_words(contract_for_relation(view, table.relation), wanted=False)),
        ("freshness", _freshness(freshness)),
        ("columns", _in_words(described, told_of(view, posting))),
        ("read by", listed(_source_readers(view, table)) or "no model"),
        ("written by", listed(_writers(view, table.relation))),
    )
    return Sheet(f"{table.source}.{table.name}", "dbt source", table.description, rows)


def _in_words(described: str, told: Told | None) -> str:
    """How many columns are described, and how many a catalog knows."""
    counted = f"{len(told.columns)} in {told.name}" if told is not None else ""
    return ", ".join(part for part in (counted, described) if part)


def relation_sheet(view: View, relation: Relation) -> Sheet:
    """A table, path or asset named in SQL, a DAG or a specification."""
    contract = contract_for_relation(view, relation)
    rows = (
        ("contract", contract_words(contract, wanted=False)),
        ("written by", listed(_writers(view, relation))),
        ("read by", listed([*_readers(view, relation), *_readers_of_sources(view, relation)])),
        ("stages", listed(_stages(view, relation))),
        ("dbt source", listed([f"{table.source}.{table.name}" for table in _sources(view, relation)])),
        ("built by", listed(_models(view, relation))),
    )
    return Sheet(str(relation), {"asset": "asset", "path": "path"}.get(relation.kind, "table"), "", rows)


def contract_words(contract: ContractEvidence | None, *, wanted: bool) -> str:
    """How a contract is known; `wanted` where there should be one."""
    if contract is None:
        return "**none**" if wanted else "none"
    return contract.how + (" (joined by name alone)" if contract.inferred else "")


def _upstream(node: DbtNode | None) -> list[str]:
    refs = node.refs if node is not None else ()
    return list(dict.fromkeys(".".join(ref.names) for ref in refs if ref.names))


def _exposures(view: View, key: NodeKey) -> list[str]:
    found = []
    for posting, kind in dbt.users(view, key):
        facts = view.facts(posting.path)
        if kind == "exposure" and facts is not None:
            found.append(facts.exposures[posting.number].name)
    return found


def _freshness(value: object) -> str:
    if not isinstance(value, dict):
        return "not checked"
    parts = []
    for level in ("warn_after", "error_after"):
        rule = value.get(level)
        if isinstance(rule, dict) and rule.get("count"):
            parts.append(f"{level.partition('_')[0]} after {rule['count']} {rule.get('period', '')}s")
    return ", ".join(parts)


def _stages(view: View, relation: Relation) -> list[str]:
    found = []
    for posting in view.find(f"stage:{relation.name}"):
        facts = view.facts(posting.path)
        if facts is not None and posting.kind == "stage":
            pipeline = facts.pipelines[posting.number]
            stage = pipeline.stages[posting.inner]
            if any(_is_called(read.relation, relation) for read in (*stage.inputs, *stage.outputs)):
                found.append(f"{pipeline.id}.{stage.id}")
    return list(dict.fromkeys(found))


def _sources(view: View, relation: Relation) -> list[SourceTable]:
    """The dbt sources that stand for a table."""
    found = []
    for posting in view.find(f"name:{relation.name}"):
        facts = view.facts(posting.path)
        if facts is not None and posting.kind == "source":
            table = facts.sources[posting.number]
            if _is_called(table.relation, relation):
                found.append(table)
    return found


def _source_readers(view: View, table: SourceTable) -> list[str]:
    return [
        facts.nodes[posting.number].name
        for posting in view.find(f"uses:source:{table.source}.{table.name}")
        if posting.kind == "node" and (facts := view.facts(posting.path)) is not None
    ]


def _readers_of_sources(view: View, relation: Relation) -> list[str]:
    return [name for table in _sources(view, relation) for name in _source_readers(view, table)]


def _models(view: View, relation: Relation) -> list[str]:
    """The models that may build a table: of its name, and in a schema that dbt may make of theirs."""
    found = []
    for posting in view.find(f"name:{relation.name}"):
        facts = view.facts(posting.path)
        if facts is None or posting.kind != "node":
            continue
        node = facts.nodes[posting.number]
        schema = dbt.config_value(view, NodeKey(posting.path, posting.number, node.name, node.kind), "schema")
        if len(relation.parts) < 2 or schema is None or not schema.known or _in_schema(relation, str(schema.value)):
            found.append(f"{node.name} (dbt, joined by name alone)")
    return found


def _in_schema(relation: Relation, schema: str) -> bool:
    """Whether a table may lie in a model's schema: `<the target's schema>_<schema>` as dbt has it, or that alone."""
    return f"_{relation.parts[-2]}".casefold().endswith(f"_{schema}".casefold())


def _writers(view: View, relation: Relation) -> list[str]:
    found = []
    for posting in view.find(write_key(relation)):
        if posting.kind == "sql":
            _, write = view.sql(posting)
            if write is not None and _is_called(write.target, relation):
                found += [f"{label} ({write.mode})" for label in _tasks_of(view, posting)] or [
                    f"{posting.path} ({write.mode})"
                ]
        else:
            facts = view.facts(posting.path)
            if facts is not None:
                found.append(_label(facts.dags[posting.number].id, facts.dags[posting.number].tasks[posting.inner]))
    return list(dict.fromkeys(found))


def _is_called(name: Relation, relation: Relation) -> bool:
    """True when a name stands for a dataset, as far as both say more than the last part."""
    return same_name(name, Relation(name.kind, relation.parts))


def _readers(view: View, relation: Relation) -> list[str]:
    found: list[str] = []
    for posting in view.find(f"read:{relation.name}"):
        facts = view.facts(posting.path)
        if facts is None:
            continue
        is_node = posting.kind == "node"
        reads = facts.nodes[posting.number].tables if is_node else facts.sql[posting.number].reads
        if not _is_called(reads[posting.inner].relation, relation):
            continue
        found += [facts.nodes[posting.number].name] if is_node else _tasks_of(view, posting) or [posting.path]
    return list(dict.fromkeys(found))


def _tasks_of(view: View, posting: Posting) -> list[str]:
    """The tasks that run a SQL text."""
    facts = view.facts(posting.path)
    found = []
    for dag in facts.dags if facts is not None else ():
        for task in dag.tasks:
            if any(step.kind == "sql" and step.index == posting.number for step in task.steps):
                found.append(_label(dag.id, task))
    found += [_label(dag.id, task) for _, dag, task in tasks.runners(view, posting.path)]
    return found


def _label(dag_id: str, task: Task) -> str:
    return f"{dag_id or '?'}.{task.id or task.operator}"


def listed(names: list[str]) -> str:
    """Names in a row; those that are too many are counted."""
    shown = ", ".join(f"`{name}`" for name in names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown
