"""`dbt_project.yml`: names, folders and the configuration of folders.

What dbt accepts is documented at https://docs.getdbt.com/reference/dbt_project.yml; `data-paths` and
`source-paths` are the names before dbt 1.0.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import DbtProject, FileFacts, FileRead, FolderSetting, Name, Setting, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.dbt.jinja_names import names_in_yaml
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.suppressions import suppressions
from tidegate_analyzers.readers.values import yaml_value
from tidegate_analyzers.readers.yaml_cover import yaml_cover, yaml_strings
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, parse_yaml, text_of
from tidegate_analyzers.text import Document

_PATHS = {
    "model": (("model-paths", "source-paths"), ("models",)),
    "seed": (("seed-paths", "data-paths"), ("seeds",)),
    "snapshot": (("snapshot-paths",), ("snapshots",)),
    "macro": (("macro-paths",), ("macros",)),
    "test": (("test-paths",), ("tests",)),
    "analysis": (("analysis-paths",), ("analyses",)),
    "docs": (("docs-paths",), ()),
}
_SECTIONS = {
    "models": "model",
    "seeds": "seed",
    "snapshots": "snapshot",
    "sources": "source",
    "exposures": "exposure",
    "tests": "test",
    "data_tests": "test",
}
_MAPPING_SETTINGS = frozenset(
    (
        "meta",
        "persist_docs",
        "partition_by",
        "contract",
        "freshness",
        "docs",
        "grants",
        "labels",
        "column_types",
        "query_tag",
        "options",
        "properties",
        "table_properties",
        "tblproperties",
        "vars",
    )
)
"""Settings whose value may be a mapping; any other mapping without a `+` is a folder."""
_SCALAR_SETTINGS = frozenset(
    [
        "materialized",
        "enabled",
        "schema",
        "database",
        "alias",
        "tags",
        "unique_key",
        "incremental_strategy",
        "on_schema_change",
        "group",
        "access",
        "full_refresh",
        "pre-hook",
        "post-hook",
        "pre_hook",
        "post_hook",
        "quote_columns",
        "delimiter",
        "strategy",
        "updated_at",
        "check_cols",
        "target_schema",
        "target_database",
        "invalidate_hard_deletes",
        "store_failures",
        "severity",
        "event_time",
        "batch_size",
        "lookback",
        "begin",
        "file_format",
        "location_root",
        "engine",
        "order_by",
        "cluster_by",
        "partitions",
        "bind",
        "transient",
        "copy_grants",
        "incremental_predicates",
        "sql_header",
        "loaded_at_field",
        "format",
        "table_type",
        "partitioned_by",
        "external_location",
        "dist",
        "sort",
        "sort_type",
        "auto_refresh",
        "secure",
        "warehouse",
        "snowflake_warehouse",
    ]
)


def read_project(document: Document, role: Role) -> FileRead:
    """The facts of a project file."""
    sites = Sites()
    file = parse_yaml(document.text)
    root = file.documents[0] if file.documents else None
    problems = tuple(syntax_problems(file.problems, sites))
    project: DbtProject | None = None
    if isinstance(root, Mapping):
        name = root.get("name")
        project = DbtProject(
            text_of(name) or "",
            sites.add(name.inner if isinstance(name, Scalar) else name.span) if name is not None else 0,
            text_of(root.get("profile")) or "",
            tuple((resource, _paths(root, keys, default)) for resource, (keys, default) in _PATHS.items()),
            tuple(_folder_settings(root, document.text, sites)),
            tuple(_strings(root.get("require-dbt-version"))),
            text_of(root.get("packages-install-path")) or text_of(root.get("modules-path")) or "dbt_packages",
            tuple(_variables(root, document.text, sites)),
            _target_path(root),
        )
    facts = FileFacts(
        "dbt_project",
        problems,
        suppressions(document, sites, yaml_cover(file), yaml_strings(file)),
        project=project,
        names=(*_variable_names(root, sites), *names_in_yaml(document.text, sites)),
    )
    return sites.finish(facts)


def _target_path(root: Mapping) -> str:
    """The folder that dbt writes to; its default where an expression tells."""
    found = text_of(root.get("target-path")) or ""
    return found if found and "{" not in found else "target"


def _variable_names(root: Node | None, sites: Sites) -> Iterator[Name]:
    """The variables that `vars` sets; those under the name of a package are for that package."""
    given = root.get("vars") if isinstance(root, Mapping) else None
    for name, value in given.items() if isinstance(given, Mapping) else ():
        yield Name("var", name.value, sites.add(name.inner), made=True)
        for inner, _ in value.items() if isinstance(value, Mapping) else ():
            yield Name("var", inner.value, sites.add(inner.inner), made=True, of=name.value)


def _variables(root: Mapping, text: str, sites: Sites) -> Iterator[Setting]:
    given = root.get("vars")
    for name, value in given.items() if isinstance(given, Mapping) else ():
        yield Setting(name.value, yaml_value(value, text, sites), sites.add(name.span))
        for inner, of_package in value.items() if isinstance(value, Mapping) else ():
            yield Setting(f"{name.value}.{inner.value}", yaml_value(of_package, text, sites), sites.add(inner.span))


def _strings(node: Node | None) -> list[str]:
    if isinstance(node, Sequence):
        return [item.value for item in node.items() if isinstance(item, Scalar)]
    value = text_of(node)
    return [value] if value is not None else []


def _paths(root: Mapping, keys: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
    for key in keys:
        given = _strings(root.get(key))
        if given:
            return tuple(path.strip("/").removeprefix("./") for path in given)
    return default


def _folder_settings(root: Mapping, text: str, sites: Sites) -> list[FolderSetting]:
    found: list[FolderSetting] = []
    for key, value in root.items():
        resource = _SECTIONS.get(key.value)
        if resource is None or not isinstance(value, Mapping):
            continue
        todo: list[tuple[tuple[str, ...], Mapping]] = [((), value)]
        while todo:
            folder, mapping = todo.pop()
            for name, node in mapping.items():
                plus = name.value.startswith("+")
                setting = name.value.lstrip("+").replace("-hook", "_hook")
                if (
                    plus
                    or (setting in _MAPPING_SETTINGS and not _is_folder(node))
                    or (name.value in _SCALAR_SETTINGS and not isinstance(node, Mapping))
                ):
                    entry = Setting(setting, yaml_value(node, text, sites), sites.add(name.span))
                    found.append(FolderSetting(resource, folder, entry))
                elif isinstance(node, Mapping) and len(folder) < 30:
                    todo.append(((*folder, name.value), node))
    return found


def _is_folder(node: Node) -> bool:
    """True for a mapping that can only be a folder: it sets something with a `+`."""
    return isinstance(node, Mapping) and any(key.value.startswith("+") for key, _ in node.items())
