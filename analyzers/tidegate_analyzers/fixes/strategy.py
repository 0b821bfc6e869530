"""How a stage writes, read from the code behind it: the word for it in a `pipeline.yaml`."""

from __future__ import annotations

from tidegate_analyzers.facts import Stage, same_name
from tidegate_analyzers.fixes.known import known_model
from tidegate_analyzers.graph import dbt, tasks
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.safety import loads
from tidegate_analyzers.safety.verdict import Safety

UNKNOWN = "<strategy>"
"""What stands where the code can't be told, or adds rows again: a claim it does not keep would silence the rules."""

_WORDS = {
    Safety.REPLACE: "replace",
    Safety.KEYED: "keyed_merge",
    Safety.PARTITION: "delete_insert",
    Safety.TRANSACTION: "transactional",
    Safety.ENGINE_DEDUP: "dedup_on_read",
}
_OF_MODELS = {"full_refresh": "replace", "keyed_merge": "keyed_merge", "partition_overwrite": "partition_overwrite"}


def strategy_of(view: View, stage: Stage) -> str:
    """The strategy of a stage, or a placeholder."""
    run = stage.block("run")
    named = run.value if run is not None and isinstance(run.value, dict) else {}
    if isinstance(task := named.get("airflow"), str):
        return _of_task(view, task, stage)
    if isinstance(selector := named.get("dbt"), str):
        return _of_model(view, selector.strip("+@").rpartition(":")[2])
    return UNKNOWN


def _of_model(view: View, name: str) -> str:
    for posting in view.find(f"node:{name}"):
        facts = view.facts(posting.path)
        if facts is not None and facts.nodes[posting.number].kind == "model":
            key = NodeKey(posting.path, posting.number, name, "model")
            if dbt.materialization(view, key) in ("table", "view", "incremental"):
                return _OF_MODELS.get(known_model(view, key).strategy, UNKNOWN)
    return UNKNOWN


def _of_task(view: View, name: str, stage: Stage) -> str:
    dag_id, _, task_id = name.partition(".")
    words: set[str] = set()
    for posting in view.find(f"dag:{dag_id}"):
        facts = view.facts(posting.path)
        dag = facts.dags[posting.number] if facts is not None else None
        for index, task in enumerate(dag.tasks if dag is not None else ()):
            if dag is None or task.id != task_id:
                continue
            for effect in tasks.effects(view, posting.path, task):
                if not any(same_name(read.relation, effect.write.target) for read in stage.outputs):
                    continue
                if loads.is_load(effect.write):
                    verdict = loads.judge(view, posting.path, dag, index, effect)
                    words.add(_WORDS.get(verdict.safety, UNKNOWN) if verdict.guard != "G12" else UNKNOWN)
                elif effect.write.mode in ("merge", "replace", "overwrite_partition"):
                    words.add(_WORDS[loads.judge(view, posting.path, dag, index, effect).safety])
    return words.pop() if len(words) == 1 else UNKNOWN
