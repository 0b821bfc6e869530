"""Tasks that are written as YAML: an operator's name and its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Read, Relation, Setting, Site, Sites, Step
from tidegate_analyzers.readers.airflow.drafts import DagDraft, TaskDraft
from tidegate_analyzers.readers.airflow.effects import Arguments, argument_effects
from tidegate_analyzers.readers.airflow.mentions import asset_uri, mentions
from tidegate_analyzers.readers.airflow.operators import HARMLESS, NAMED_DAGS, SETTINGS
from tidegate_analyzers.readers.airflow.steps import StepReader
from tidegate_analyzers.readers.airflow.yaml_values import (
    argument_place,
    argument_settings,
    argument_table,
    argument_value,
    inner_span,
)
from tidegate_analyzers.readers.python.values import Table, Text
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, text_of

_NOT_ARGUMENTS = frozenset(("operator", "decorator", "dependencies", "task_group_name", "description"))


class YamlTaskReader:
    """Makes tasks of mappings."""

    def __init__(self, text: str, sites: Sites, steps: StepReader) -> None:
        self.text = text
        self.sites = sites
        self.steps = steps

    def task(self, name: str, id_node: Node, operator: str, given: Mapping, whole: tuple[int, int]) -> TaskDraft:
        """The task of an operator with the arguments of a mapping."""
        package, _, operator = operator.rpartition(".")
        draft = TaskDraft(name, self.sites.add(inner_span(id_node)), operator, self.sites.add(whole))
        table = argument_table(given, self.text, _NOT_ARGUMENTS)
        own = bool(package) and not package.startswith("airflow")
        arguments = Arguments(operator, table, draft.site, argument_place(given, self.sites), own)
        body = argument_effects(arguments, self.steps)
        called = self._callable(table, arguments.at("python_callable"))
        if called is not None:
            body.steps.append(called)
        unknown = not body.steps and not HARMLESS.search(operator)
        draft.opaque = body.opaque or unknown or any(step.kind == "unknown" for step in body.steps)
        draft.steps, draft.writes = tuple(body.steps), tuple(body.writes)
        draft.settings = argument_settings(given, SETTINGS, self.text, self.sites)
        draft.outlets = tuple(self.assets(given.get("outlets")))
        draft.inlets = tuple(self.assets(given.get("inlets")))
        draft.mentions = mentions(table, operator, name)
        return draft

    def _callable(self, table: Table, site: Site) -> Step | None:
        """The function that a Python operator calls: `package.module.function`, or a file and a name in it."""
        whole, name, file = (
            value.text if isinstance(value := table.get(key), Text) else ""
            for key in ("python_callable", "python_callable_name", "python_callable_file")
        )
        if file and name:
            module = re.sub(r"^(?:.*\$\{?\w+\}?|/)/?|\.py$", "", file).strip("/").replace("/", ".")
            return Step("import", f"{module}:{name}", site=site)
        module, _, name = whole.rpartition(".")
        return Step("import", f"{module}:{name}", site=site) if module and name else None

    def assets(self, node: Node | None) -> Iterator[Read]:
        """The assets that a value names, however they are combined in it."""
        if isinstance(node, Scalar):
            if (name := text_of(node)) and "://" in name:
                yield Read(Relation("asset", (name,)), self.sites.add(node.inner))
        elif isinstance(node, Sequence):
            for item in node.items():
                yield from self.assets(item)
        elif isinstance(node, Mapping) and (uri := asset_uri(argument_value(node, self.text))):
            yield Read(
                Relation("asset", (uri,)), self.sites.add(inner_span(node.get("uri") or node.get("name") or node))
            )
        elif isinstance(node, Mapping):
            for key, value in node.items():
                if key.value in ("__or__", "__and__", "datasets", "assets"):
                    yield from self.assets(value)

    def references(self, operator: str, given: Mapping) -> Iterator[Read]:
        """The DAG that a sensor waits for or a trigger starts."""
        node = given.get(NAMED_DAGS.get(operator.rpartition(".")[2], ""))
        name = text_of(node)
        if isinstance(node, Scalar) and name and "{{" not in name:
            yield Read(Relation("dag", (name,)), self.sites.add(node.inner))

    def dag(self, name: str, id_node: Node, given: Mapping, whole: tuple[int, int], names: frozenset[str]) -> DagDraft:
        """A DAG with the settings of a mapping."""
        defaults = given.get("default_args")
        dag = DagDraft(name, self.sites.add(inner_span(id_node)), self.sites.add(whole))
        dag.settings = argument_settings(given, names, self.text, self.sites)
        dag.defaults = self.entries(defaults) if isinstance(defaults, Mapping) else ()
        for key in ("schedule", "schedule_interval"):
            dag.references += self.assets(given.get(key))
        return dag

    def entries(self, node: Mapping) -> tuple[Setting, ...]:
        """Every entry of a mapping."""
        return argument_settings(node, frozenset(node.keyed()), self.text, self.sites)
