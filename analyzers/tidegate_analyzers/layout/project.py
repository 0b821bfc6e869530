"""A dbt project: its folders, its settings, its adapter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tidegate_analyzers.facts import DbtProject, Setting

ADAPTERS = frozenset(
    [
        "athena",
        "bigquery",
        "clickhouse",
        "databricks",
        "duckdb",
        "fabric",
        "fabricspark",
        "glue",
        "mysql",
        "oracle",
        "postgres",
        "redshift",
        "snowflake",
        "spark",
        "sqlite",
        "sqlserver",
        "synapse",
        "trino",
        "dremio",
        "firebolt",
        "impala",
        "hive",
        "materialize",
        "risingwave",
        "starrocks",
        "teradata",
        "vertica",
        "exasol",
        "greenplum",
    ]
)


@dataclass(frozen=True)
class Project:
    """A dbt project.

    Attributes:
        root: its folder, relative to the workspace root.
        facts: its project file.
        path: the path of its project file.
        adapter: the adapter it runs on, empty where that is not known.
        installed: whether it lies in the package folder of another project.
        packages: the packages it declares.
        missing: the declared packages that are not installed.
        local: the roots of projects in this workspace that it takes in as packages by their path.
    """

    root: str
    facts: DbtProject
    path: str
    adapter: str = ""
    adapter_source: str = ""
    installed: bool = False
    packages: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    local: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name by which other projects and configuration speak of it."""
        return self.facts.name

    def inner(self, path: str) -> str:
        """A path relative to the project."""
        return path[len(self.root) + 1 :] if self.root else path

    @cached_property
    def folders(self) -> tuple[tuple[str, str], ...]:
        """(folder, resource), longest folder first."""
        pairs = [
            (folder, resource) for resource, folders in self.facts.paths for folder in folders if resource != "docs"
        ]
        return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))

    def resource(self, path: str) -> tuple[str, str] | None:
        """The resource folder a path of the workspace lies in, as (resource, folder)."""
        inner = self.inner(path)
        for folder, resource in self.folders:
            if folder in ("", ".") or inner.startswith(folder + "/"):
                return resource, folder
        return None

    def holds_docs(self, path: str) -> bool:
        """Whether dbt looks for docs blocks in a Markdown file: in `docs-paths`, by default wherever resources lie."""
        folders = self.facts.folders("docs")
        if not folders:
            return self.resource(path) is not None
        return any(folder in ("", ".") or self.inner(path).startswith(f"{folder}/") for folder in folders)

    def fqn(self, path: str) -> tuple[str, ...]:
        """The project, the folders below the resource folder and the name: what folder settings match."""
        found = self.resource(path)
        inner = self.inner(path)
        below = inner[len(found[1]) :].strip("/") if found else inner
        *folders, file = below.split("/")
        return (self.name, *folders, file.rpartition(".")[0] or file)

    def folder_settings(self, resource: str, fqn: tuple[str, ...]) -> tuple[Setting, ...]:
        """The settings of all folders on the way to a node, innermost first; a folder may be the node itself."""
        key = (resource, fqn if (resource, fqn) in self._own_settings else fqn[:-1])
        found = self._settings_of_folder.get(key)
        if found is None:
            matching = [s for s in self.facts.settings if s.resource == resource and s.folder == fqn[: len(s.folder)]]
            found = tuple(s.setting for s in sorted(matching, key=lambda s: -len(s.folder)))
            self._settings_of_folder[key] = found
        return found

    @cached_property
    def _own_settings(self) -> frozenset[tuple[str, tuple[str, ...]]]:
        return frozenset((setting.resource, setting.folder) for setting in self.facts.settings)

    @cached_property
    def _settings_of_folder(self) -> dict[tuple[str, tuple[str, ...]], tuple[Setting, ...]]:
        return {}
