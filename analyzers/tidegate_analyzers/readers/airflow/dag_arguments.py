"""From the call that makes a DAG to what it says: its id, settings and defaults, and the assets it waits for."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tidegate_analyzers import facts
from tidegate_analyzers.facts import Read, Relation, Setting, Sites
from tidegate_analyzers.readers.airflow.drafts import DagDraft
from tidegate_analyzers.readers.airflow.mentions import asset_uri
from tidegate_analyzers.readers.airflow.operators import NAMED_DAGS
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.names import Entry, Env, entry_nodes
from tidegate_analyzers.readers.python.values import CallOf, Imported, Items, Table, Text, Unknown, Value, fact
from tidegate_analyzers.syntax.python import PythonFile

DAG_SETTINGS = frozenset(
    [
        "schedule",
        "schedule_interval",
        "timetable",
        "start_date",
        "end_date",
        "catchup",
        "max_active_runs",
        "max_active_tasks",
        "template_searchpath",
        "tags",
        "on_failure_callback",
        "dagrun_timeout",
        "sla_miss_callback",
        "deadline",
        "owner",
        "default_args",
        "dag_id",
    ]
)

_SCHEDULES = frozenset(("schedule", "schedule_interval"))
"""Of these the text tells something where parts of it are not known: `{{ minute }} * * * *` runs every hour."""


class DagArguments:
    """Reads the arguments by which DAGs and groups are made and named."""

    def __init__(self, file: PythonFile, sites: Sites, evaluator: Evaluator) -> None:
        self.file = file
        self.sites = sites
        self.evaluator = evaluator

    def draft(self, call: ast.Call | None, node: ast.expr, env: Env, function_name: str) -> DagDraft:
        """The DAG that `DAG(...)` or `@dag(...)` makes; a function's name is its id where none is given."""
        dag = DagDraft(id=function_name)
        dag.whole = self.sites.add(self.file.span(node))
        id_node: ast.expr = node
        if call is not None:
            keywords = self.evaluator.keywords(call, env)
            identity = keywords.get("dag_id") or (self.evaluator.value(call.args[0], env) if call.args else None)
            if isinstance(identity, Text):
                dag.id = identity.text if identity.known else ""
            elif identity is not None:
                dag.id = ""
            id_node = next(
                (k.value for k in call.keywords if k.arg == "dag_id"), call.args[0] if call.args else call.func
            )
            dag.settings = tuple(self._settings(call, keywords))
            dag.references += self._awaited_assets(call, env)
            if len(call.args) > 1 or keywords.open:
                dag.defaults_known = False
            defaults = keywords.get("default_args")
            if isinstance(defaults, Table):
                dag.defaults_known = dag.defaults_known and not defaults.open
                given = next((keyword.value for keyword in call.keywords if keyword.arg == "default_args"), None)
                dag.defaults = tuple(self._defaults(defaults, given, env, dag.whole))
            elif defaults is not None:
                dag.defaults_known = False
                if isinstance(defaults, Imported):
                    dag.defaults = (
                        Setting(
                            "@import",
                            facts.Value(True, f"{defaults.module}:{defaults.name}", (), "", dag.whole),
                            dag.whole,
                        ),
                    )
        span = self.file.span(id_node)
        if isinstance(id_node, ast.Constant):
            span = type(span)(span.start + 1, span.end - 1)
        dag.site = self.sites.add(span)
        return dag

    def _default(self, name: str, value: Value, entry: Entry | None, whole: facts.Site) -> Setting:
        """An entry of `default_args`; one whose place is not known stands for the whole call."""
        site = whole
        if entry is not None:
            site = self.sites.add((self.file.span(entry[0]).start, self.file.span(entry[1]).end))
        written = value.text if isinstance(value, CallOf | Unknown) else ""
        return Setting(name, fact(value, written, site), site)

    def _defaults(self, table: Table, given: ast.expr | None, env: Env, whole: facts.Site) -> Iterable[Setting]:
        places = dict(entry_nodes(given, env)) if given is not None else {}
        for name, value in table.entries:
            yield self._default(name, value, places.get(name), whole)

    def group_defaults(self, call: ast.Call, env: Env) -> Iterable[Setting]:
        """What a task group gives to its tasks: its `default_args`, and a part of their ids that is not known."""
        given = next((keyword.value for keyword in call.keywords if keyword.arg == "default_args"), None)
        value = self.evaluator.value(given, env) if given is not None else None
        whole = self.sites.add(self.file.span(call))
        if isinstance(value, Table):
            yield from self._defaults(value, given, env, whole)
        keywords = self.evaluator.keywords(call, env)
        if keywords.open or (value is not None and (not isinstance(value, Table) or value.open)):
            yield Setting("@open", facts.Value(False))
        identity = keywords.get("group_id") or (self.evaluator.value(call.args[0], env) if call.args else None)
        if identity is not None and not (isinstance(identity, Text) and identity.known):
            yield Setting("@prefix", facts.Value(False))

    def _awaited_assets(self, call: ast.Call, env: Env) -> Iterable[Read]:
        """The assets in a schedule, however they are combined there."""
        schedule = next((keyword.value for keyword in call.keywords if keyword.arg == "schedule"), None)
        for part in ast.walk(schedule) if schedule is not None else ():
            if isinstance(part, ast.Name | ast.Call):
                value = self.evaluator.value(part, env)
                for item in value.items if isinstance(value, Items) else (value,):
                    if isinstance(item, CallOf) and (uri := asset_uri(item)):
                        yield Read(Relation("asset", (uri,)), self.sites.add(self.file.span(part)))

    def _settings(self, call: ast.Call, keywords: Table) -> Iterable[Setting]:
        nodes = {keyword.arg: keyword for keyword in call.keywords if keyword.arg}
        for name, value in keywords.entries:
            if name in DAG_SETTINGS and name != "default_args":
                keyword = nodes.get(name)
                span = self.file.span(keyword) if keyword is not None else self.file.span(call)
                written = self.file.slice(keyword.value) if keyword is not None else ""
                if isinstance(value, CallOf) or (name in _SCHEDULES and isinstance(value, Text) and not value.known):
                    written = value.text
                site = self.sites.add(self.file.span(keyword.value) if keyword is not None else span)
                yield Setting(name, fact(value, written, site), self.sites.add((span.start, span.start + len(name))))

        if keywords.open or len(call.args) > 2:  # the id and the description come first
            yield Setting("@open", facts.Value(False))

    def group_id(self, call: ast.Call, env: Env) -> str:
        """What a task group puts before the ids of its tasks."""
        keywords = self.evaluator.keywords(call, env)
        identity = keywords.get("group_id") or (self.evaluator.value(call.args[0], env) if call.args else None)
        if getattr(keywords.get("prefix_group_id"), "value", True) is False:
            return ""
        return identity.text if isinstance(identity, Text) and identity.known else ""

    def references(self, call: ast.Call, operator: str, env: Env) -> Iterable[Read]:
        """The DAGs that a sensor waits for or a trigger starts."""
        wanted = NAMED_DAGS.get(operator)
        node = next((keyword.value for keyword in call.keywords if keyword.arg == wanted), None) if wanted else None
        value = self.evaluator.value(node, env) if node is not None else None
        if node is not None and isinstance(value, Text) and value.known and "{{" not in value.text:
            span = self.file.span(node)
            if isinstance(node, ast.Constant):
                span = type(span)(span.start + 1, span.end - 1)
            yield Read(Relation("dag", (value.text,)), self.sites.add(span))
