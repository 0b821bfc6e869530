"""dbt properties files: models, seeds, snapshots, sources, exposures, groups, in old and new spellings.

Since dbt 1.8 `tests` may be called `data_tests`; since 1.10 `freshness`, `meta` and `tags` may stand under
`config`, and test arguments under `arguments` (https://docs.getdbt.com/reference/configs-and-properties).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import (
    Argument,
    Column,
    ColumnName,
    DbtProperties,
    Exposure,
    FileFacts,
    FileRead,
    Group,
    Name,
    NodeRef,
    Packed,
    Relation,
    Setting,
    Sites,
    SourceTable,
)
from tidegate_analyzers.facts.data_tests import DataTest
from tidegate_analyzers.facts.dbt import Constraint
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.classes import words_of
from tidegate_analyzers.readers.dbt.data_tests import BUILT_IN, columns_of_test, name_of_test, test_name, tests_of
from tidegate_analyzers.readers.dbt.jinja_names import names_in_code, names_in_yaml
from tidegate_analyzers.readers.dbt.semantic import SemanticReader
from tidegate_analyzers.readers.dbt.test_settings import constraints, data_test, ends_of_versions
from tidegate_analyzers.readers.placeholders import placeholders
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.readers.values import refs_in_scalar, yaml_settings, yaml_value
from tidegate_analyzers.readers.yaml_cover import yaml_cover, yaml_strings
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, parse_yaml, text_of
from tidegate_analyzers.text import Document, Span

RESOURCES = {"models": "model", "seeds": "seed", "snapshots": "snapshot", "analyses": "analysis", "macros": "macro"}
_NODES = frozenset(("model", "seed", "snapshot"))
_TOP_LEVEL_CONFIG = (
    "access",
    "group",
    "meta",
    "tags",
    "freshness",
    "loaded_at_field",
    "loaded_at_query",
    "deprecation_date",
    "latest_version",
    "docs",
    "enabled",
    "loader",
)
_VERSION = re.compile(r"\w[\w.]*")
_BUDGET = 60_000


def read_properties(document: Document, role: Role) -> FileRead:
    """The facts of a properties file."""
    sites = Sites()
    file = parse_yaml(document.text)
    reader = _Properties(document.text, sites)
    for root in file.documents:
        if isinstance(root, Mapping):
            reader.document(root)
    problems = syntax_problems(file.problems, sites)
    problems += placeholders(document.text, sites, "dbt")
    return sites.finish(
        FileFacts(
            "dbt_yaml",
            tuple(problems),
            suppressions(document, sites, yaml_cover(file), yaml_strings(file)),
            generated=is_generated(document),
            properties=tuple(reader.properties),
            sources=tuple(reader.sources),
            exposures=tuple(reader.exposures),
            groups=tuple(reader.groups),
            refs=tuple(reader.refs),
            names=(*reader.names, *names_in_yaml(document.text, sites)),
            column_names=tuple(reader.column_names),
        )
    )


class _Properties:
    def __init__(self, text: str, sites: Sites) -> None:
        self.text = text
        self.sites = sites
        self.properties: list[DbtProperties] = []
        self.sources: list[SourceTable] = []
        self.exposures: list[Exposure] = []
        self.groups: list[Group] = []
        self.refs: list[NodeRef] = []
        self.names: list[Name] = []
        self.column_names: list[ColumnName] = []
        self.semantic = SemanticReader(text, sites, self.names, self.column_names)
        self._semantic = {
            "semantic_models": self.semantic.semantic_model,
            "unit_tests": self.semantic.unit_test,
            "metrics": self.semantic.metric,
            "saved_queries": self.semantic.saved_query,
        }
        self.tests: list[DataTest] = []
        self.constraints: list[Constraint] = []
        """Those of the entry that is being read."""
        self.left = _BUDGET

    def document(self, root: Mapping) -> None:
        for key, value in root.items():
            word = key.value
            if word in RESOURCES:
                for entry, name in self._named(value):
                    self.properties.append(self._resource(RESOURCES[word], entry, name))
            elif word == "sources":
                for entry, name in self._named(value):
                    self._source(entry, name)
            elif word == "exposures":
                for entry, name in self._named(value):
                    self._exposure(entry, name)
            elif word == "groups":
                for entry, name in self._named(value):
                    self.groups.append(Group(name.value, self.sites.add(name.inner), _owner(entry.get("owner"))))
            elif word in self._semantic:
                for entry, name in self._named(value):
                    self._refs_under(entry)
                    self._semantic[word](entry, name)

    def _named(self, node: Node) -> Iterator[tuple[Mapping, Scalar]]:
        """The entries of a list that are mappings with a name."""
        if not isinstance(node, Sequence):
            return
        for item in node.items():
            self.left -= 1
            if self.left < 0:
                return  # aliases of aliases: what has been read so far must do
            if isinstance(item, Mapping) and isinstance(name := item.get("name"), Scalar) and text_of(name):
                yield item, name

    def _resource(self, kind: str, entry: Mapping, name: Scalar) -> DbtProperties:
        site = self.sites.add(name.inner)
        owner = NodeRef("ref", (name.value,), site, (site,)) if kind in _NODES else None
        self.tests, self.constraints = [], list(constraints(entry, None, self.sites))
        columns = list(self._columns(entry.get("columns"), owner))
        key = self._key(entry, columns)
        tests = sum(column.tests for column in columns) + len(list(tests_of(entry)))
        for test in tests_of(entry):
            self._test(test, owner)
        versions = entry.get("versions")
        relation = refs_in_scalar(entry.get("relation"), self.text, self.sites) if kind == "snapshot" else []
        self.refs += relation
        return DbtProperties(
            kind,
            name.value,
            site,
            self._config(entry),
            Packed.pack(columns),
            len(columns),
            sum(1 for column in columns if column.type),
            key,
            tests,
            tuple(_version_names(name.value, versions)),
            _version_numbers(versions),
            text_of(entry.get("description")) or "",
            tuple(self._arguments(entry.get("arguments"))),
            tuple(self.constraints),
            ends_of_versions(versions),
            Packed.pack(self.tests),
            relation[0] if len(relation) == 1 else None,
        )

    def _arguments(self, node: Node | None) -> Iterator[Argument]:
        for entry, name in self._named(node) if node is not None else ():
            described = text_of(entry.get("description")) or ""
            yield Argument(name.value, self.sites.add(name.inner), text_of(entry.get("type")) or "", described[:300])

    def _test(self, test: Node, owner: NodeRef | None, column: str = "") -> None:
        """The names, references and columns of a test's entry."""
        if (name := name_of_test(test, self.sites)) is not None:
            if name.name not in BUILT_IN:
                self.names.append(name)
            self.tests.append(data_test(test, name.site, column, self.text, self.sites))
        if not isinstance(test, Scalar):
            self._refs_under(test)
            self.column_names += columns_of_test(test, owner, self.text, self.sites)

    def _config(self, entry: Mapping) -> tuple[Setting, ...]:
        """What is set under `config`, then what is set beside it."""
        settings = list(yaml_settings(entry.get("config"), self.text, self.sites))
        present = {setting.name for setting in settings}
        for word in _TOP_LEVEL_CONFIG:
            found = entry.entry(word)
            if found is not None and word not in present:
                settings.append(
                    Setting(word, yaml_value(found[1], self.text, self.sites), self.sites.add(found[0].span))
                )
        return tuple(settings)

    def _columns(self, node: Node | None, owner: NodeRef | None) -> Iterator[Column]:
        for entry, name in self._named(node) if node is not None else ():
            keyed = entry.keyed()
            tests: list[str] = []
            declared: list[str] = []
            bare, place = _bare(name)
            if len(keyed) > 1:
                for test in tests_of(entry):
                    tests.append(test_name(test))
                    self._test(test, owner, bare)
                if "constraints" in keyed:
                    found = list(constraints(entry, name, self.sites))
                    declared = [constraint.kind for constraint in found]
                    self.constraints += found
            yield Column(
                bare,
                self.sites.add(place),
                text_of(keyed["data_type"][1]) or "" if "data_type" in keyed else "",
                (text_of(keyed["description"][1]) or "")[:300] if "description" in keyed else "",
                "not_null" in tests or "not_null" in declared or "primary_key" in declared,
                "unique" in tests or "unique" in declared or "primary_key" in declared,
                "primary_key" in declared,
                len(tests),
                words_of(entry) if len(keyed) > 1 else (),
            )

    def _key(self, entry: Mapping, columns: list[Column]) -> tuple[str, ...]:
        for constraint in _mappings(entry.get("constraints")):
            if text_of(constraint.get("type")) == "primary_key" and (names := _texts(constraint.get("columns"))):
                return tuple(names)
        declared = tuple(column.name for column in columns if column.primary_key)
        if declared:
            return declared
        for test in tests_of(entry):
            if test_name(test).rpartition(".")[2] == "unique_combination_of_columns" and isinstance(test, Mapping):
                body = next((value for _, value in test.items() if isinstance(value, Mapping)), None)
                inner = body.get("arguments") if body else None
                names = (
                    _texts((inner if isinstance(inner, Mapping) else body).get("combination_of_columns"))
                    if body
                    else []
                )
                if names:
                    return tuple(names)
        tested = [column.name for column in columns if column.unique and column.not_null]
        return (tested[0],) if len(tested) == 1 else ()

    def _source(self, entry: Mapping, name: Scalar) -> None:
        schema = text_of(entry.get("schema")) or name.value
        database = text_of(entry.get("database")) or ""
        inherited = self._config(entry)
        site = self.sites.add(name.inner)
        tables = entry.get("tables")
        for table, table_name in self._named(tables) if tables is not None else ():
            table_site = self.sites.add(table_name.inner)
            owner = NodeRef("source", (name.value, table_name.value), table_site, (site, table_site))
            self.tests = []
            columns = list(self._columns(table.get("columns"), owner))
            own = self._config(table)
            present = {setting.name for setting in own}
            identifier = text_of(table.get("identifier")) or table_name.value
            for test in tests_of(table):
                self._test(test, owner)
            self.sources.append(
                SourceTable(
                    name.value,
                    table_name.value,
                    table_site,
                    site,
                    Relation("table", tuple(_name_part(part) for part in (database, schema, identifier) if part)),
                    own + tuple(setting for setting in inherited if setting.name not in present),
                    Packed.pack(columns),
                    len(columns),
                    sum(1 for column in columns if column.type),
                    sum(column.tests for column in columns) + len(list(tests_of(table))),
                    text_of(table.get("description")) or text_of(entry.get("description")) or "",
                    Packed.pack(self.tests),
                )
            )

    def _exposure(self, entry: Mapping, name: Scalar) -> None:
        depends = entry.get("depends_on")
        refs = (
            [ref for item in depends.items() for ref in refs_in_scalar(item, self.text, self.sites)]
            if isinstance(depends, Sequence)
            else []
        )
        for item in depends.items() if isinstance(depends, Sequence) else ():
            if isinstance(item, Scalar) and "metric" in item.value:
                self.names += names_in_code(self.text[item.start : item.end], item.start, self.sites)
        self.exposures.append(Exposure(name.value, self.sites.add(name.inner), tuple(refs), _owner(entry.get("owner"))))

    def _refs_under(self, node: Node) -> None:
        """References anywhere below a node: arguments of tests, inputs of unit tests, semantic models."""
        todo = [node]
        while todo and self.left > 0:
            item = todo.pop()
            self.left -= 1
            if isinstance(item, Scalar):
                if "ref" in item.value or "source" in item.value:
                    self.refs += refs_in_scalar(item, self.text, self.sites)
            elif isinstance(item, Mapping):
                todo += [value for _, value in item.items()]
            elif isinstance(item, Sequence):
                todo += list(item.items())


def _mappings(node: Node | None) -> list[Mapping]:
    return [item for item in node.items() if isinstance(item, Mapping)] if isinstance(node, Sequence) else []


def _texts(node: Node | None) -> list[str]:
    return [item.value for item in node.items() if isinstance(item, Scalar)] if isinstance(node, Sequence) else []


def _bare(name: Scalar) -> tuple[str, Span]:
    """The name of a column that may be written in SQL's quotes (`'"Id"'`), as dbt puts it into a contract, and its place."""
    word, place = name.value, name.inner
    if len(word) > 2 and word[0] == word[-1] and word[0] in '"`' and place.end - place.start == len(word):
        return word[1:-1], Span(place.start + 1, place.end - 1)
    return word, place


def _owner(node: Node | None) -> str:
    if isinstance(node, Mapping):
        return text_of(node.get("name")) or text_of(node.get("email")) or ""
    return text_of(node) or ""


def _version_names(name: str, versions: Node | None) -> Iterator[str]:
    """The file stems that hold the versions of a model."""
    for version in _mappings(versions):
        number = text_of(version.get("v"))
        if number:
            yield text_of(version.get("defined_in")) or f"{name}_v{number}"


def _version_numbers(versions: Node | None) -> tuple[str, ...]:
    """The names of all versions of a model, or none."""
    items = versions.entries if isinstance(versions, Sequence) else []
    numbers = [text_of(version.get("v")) or "" for version in _mappings(versions)]
    return tuple(numbers) if len(numbers) == len(items) and all(map(_VERSION.fullmatch, numbers)) else ()


def _name_part(part: str) -> str:
    return "{{ " + " ".join(part.split()) + " }}" if "{" in part else part
