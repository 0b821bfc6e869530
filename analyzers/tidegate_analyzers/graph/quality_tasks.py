"""Which tasks of a DAG check data, and which hand it to those who use it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Task
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.readers.airflow.operators import HARMLESS

CHECK_COMMAND = re.compile(
    r"\bdbt\b(?:\s+-{1,2}[\w-]+(?:[ =](?!test\b)\S+)?)*\s+test\b|\bsoda\s+(?:scan|contract\s+verify)\b|"
    r"\b(?:great_expectations|gx)\s+(?:--?[\w-]+\s+)*checkpoint\s+run\b|\bdatacontract\s+test\b"
)
"""Commands that check data and fail by their exit status."""

_CHECK_OPERATOR = re.compile(
    r"(?:SQL|Sql|BigQuery|Snowflake|Redshift|Druid|Presto|Trino|Athena)?(?:Column|Table|Value|Interval|Threshold|Thresholds)?Check(?:Async)?Operator|"
    r"GreatExpectations\w*Operator|GXValidate\w*Operator|Soda\w*(?:Scan|Check|Verif)\w*|DbtTest\w*Operator|bigquery_dq_check"
)
_COMMANDS = re.compile(r"Bash|Pod|Docker|SSH|Kubernetes|Ecs|Batch", re.I)
_PUBLISH = re.compile(
    r"(?:^|[_.\- ])(?:publish|promote|go_?live|release|expose|deliver|reverse_?etl|swap)(?:$|[_.\- ]|ing|ed)", re.I
)
_ABOUT_SOMETHING_ELSE = re.compile(
    r"clean|notif|alert|report|delete|terminate|teardown|stop|slack|e?mail|(?:^|[_.])(?:log|end|finish|done|status|metrics|docs?|artifacts?)(?:$|[_.])|watcher|cluster|release_(?:lock|slot)|post_mortem|failure",
    re.I,
)


def check_of(task: Task) -> str:
    """What makes a task a check of data, in words; empty for any other task."""
    name = task.operator.removeprefix("@task ")
    if _CHECK_OPERATOR.fullmatch(name):
        return f"'{name}' checks data"
    if _COMMANDS.search(task.operator):
        for text in commands(task):
            if (found := CHECK_COMMAND.search(text)) is not None:
                return f"it runs '{' '.join(found.group().split())}'"
    return ""


def commands(task: Task) -> Iterator[str]:
    """The command lines of a task, with what is not known of them in braces."""
    given = task.setting("bash_command")
    if given is not None:
        yield given.text
        return
    if _COMMANDS.search(task.operator):
        yield from task.mentions
        yield " ".join(reversed(task.mentions))  # the words of a list come last first


def publishes(task: Task) -> str:
    """What makes a task one that hands data to those who use it, in words; empty for any other task."""
    if HARMLESS.search(task.operator) or check_of(task) or _ABOUT_SOMETHING_ELSE.search(task.id):
        return ""
    found = _PUBLISH.search(task.id)
    return f"its name says '{found.group().strip('_.- ')}'" if found is not None else ""


def writes(view: View, path: str, task: Task) -> bool:
    """Whether a task writes data for certain, and is no errand after the work."""
    if HARMLESS.search(task.operator) or _ABOUT_SOMETHING_ELSE.search(task.id) or check_of(task):
        return False
    modes = ("insert", "append", "merge", "replace", "overwrite_partition", "swap", "create")
    return any(effect.write.mode in modes for effect in tasks.effects(view, path, task))


def names(view: View, path: str, task: Task) -> set[str]:
    """The tables that a task reads or writes, by the last part of their names."""
    found = {
        effect.write.target.name for effect in tasks.effects(view, path, task) if effect.write.target.kind == "table"
    }
    for place, index in tasks.texts(view, path, task):
        facts = view.facts(place)
        if facts is not None and index < len(facts.sql):
            found |= {read.relation.name for read in facts.sql[index].reads}
    table = task.setting("table")
    if table is not None and table.known and isinstance(table.value, str):
        found.add(table.value.rpartition(".")[2].casefold())
    return {name for name in found if name and "{" not in name}


def before(dag: Dag, index: int) -> set[int]:
    """The tasks that run before a task."""
    return {number for number, _ in tasks.upstream(dag, index)}
