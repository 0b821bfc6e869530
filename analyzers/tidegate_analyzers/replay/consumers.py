"""Who else reads what a replay rewrites, and is to be told."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Contract, Relation, same_name
from tidegate_analyzers.graph.contracts import contract_of, described, names_of_node
from tidegate_analyzers.graph.dbt.selected import KINDS as NODES
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.replay.airflow_commands import dags_reached
from tidegate_analyzers.replay.plan import Consumer, Item
from tidegate_analyzers.replay.reach import Reach
from tidegate_analyzers.replay.things import node_key, site_of, written_by


def consumers(view: View, reach: Reach) -> Iterator[Consumer]:
    """Exposures, contracts of what is rewritten, DAGs that wait for its runs, and those that pipelines name."""
    for item in reach.order:
        if item.kind == "exposure":
            facts = view.facts(item.path)
            owner = next((e.owner for e in (facts.exposures if facts else ()) if e.name == item.name), "")
            yield Consumer("exposure", item.name, item.path, site_of(view, item), f"of {owner}" if owner else "")
    data = list(_data(view, reach.order))
    seen: set[tuple[str, int]] = set()
    for name, parts in data:
        for posting, obj in described(view, name, parts):
            contract = contract_of(view, posting)
            if contract is not None and (posting.path, posting.number) not in seen:
                seen.add((posting.path, posting.number))
                yield Consumer("contract", contract.name or contract.id, posting.path, obj.site, _terms(contract))
    yield from _waiting(view, reach)
    exposures = {item.name for item in reach.order if item.kind == "exposure"}
    named = _named(view, [Relation("table", parts) for _, parts in data])
    yield from (consumer for consumer in named if consumer.name not in exposures)


def _data(view: View, items: list[Item]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The last names and the parts of everything that is rewritten."""
    for item in items:
        if item.kind in NODES and (key := node_key(view, item)) is not None:
            yield from ((name.casefold(), (name,)) for name in names_of_node(view, key))
        for relation in written_by(view, item):
            if not relation.dynamic:
                yield relation.name, relation.parts


def _terms(contract: Contract) -> str:
    """Whose contract it is, and what it says of replays."""
    plan = contract.extension("replay")
    notice = plan.value.get("notice") if plan is not None and isinstance(plan.value, dict) else None
    words = [f"of {contract.owner}"] if contract.owner else []
    words += [f"asks for {notice} notice"] if notice else []
    return ", ".join(words)


def _waiting(view: View, reach: Reach) -> Iterator[Consumer]:
    reached = dags_reached(view, reach)
    for _, name in reached:
        for posting in view.find(f"uses-dag:{name}") if name else ():
            facts = view.facts(posting.path)
            dag = facts.dags[posting.number] if facts is not None and posting.kind == "dag" else None
            if dag is None or (posting.path, dag.id) in reached:
                continue
            for task in dag.tasks:
                waits = task.setting("external_dag_id")
                if waits is not None and waits.known and waits.value == name:
                    note = f"its task '{task.id}' waits for runs of '{name}'; it is not run again by itself"
                    yield Consumer("dag", dag.id, posting.path, task.site, note)
                    break


def _named(view: View, data: list[Relation]) -> Iterator[Consumer]:
    for posting in view.find("pipelines:any"):
        facts = view.facts(posting.path)
        pipeline = facts.pipelines[posting.number] if facts is not None else None
        for target in pipeline.targets if pipeline is not None else ():
            named = target.block("consumers")
            outputs = [read.relation for read in target.outputs]
            if named is None or not isinstance(named.value, list) or pipeline is None:
                continue
            if any(same_name(output, table) for output in outputs for table in data):
                for consumer in named.value:
                    note = f"reads '{outputs[0]}', as the pipeline '{pipeline.id}' says"
                    yield Consumer("consumer", str(consumer), posting.path, named.site, note)
