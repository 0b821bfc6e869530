"""The projects of a workspace, what software runs them, and the role of every path."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import cached_property

from tidegate_analyzers.facts import Package, Setting
from tidegate_analyzers.layout.manifests import CATALOG, manifest_role
from tidegate_analyzers.layout.options import Options
from tidegate_analyzers.layout.project import Project
from tidegate_analyzers.layout.roles import Role

PROGRAMS = {
    "json": "json",
    "properties": "properties",
    "sh": "shell",
    "scala": "scala",
    "java": "java",
    "ipynb": "notebook",
}
"""The roles of files that are read if they hold a connector, a stream or a load, by how they end."""


@dataclass(frozen=True)
class Layout:
    """The projects of a workspace and what is known of the software around them."""

    projects: tuple[Project, ...] = ()
    packages: tuple[tuple[str, Package], ...] = ()
    """(path of the file that names it, package)."""
    settings: tuple[tuple[str, Setting], ...] = ()
    options: Options = field(default_factory=Options)

    @cached_property
    def _by_folder(self) -> dict[str, Project | None]:
        """The project of every folder that was asked for."""
        found: dict[str, Project | None] = {"": None}
        found.update({project.root: project for project in self.projects})
        return found

    def project_of(self, path: str) -> Project | None:
        """The innermost dbt project that holds a path."""
        folder = path.rpartition("/")[0]
        known = self._by_folder
        if folder not in known:
            known[folder] = self.project_of(folder)
        return known[folder]

    @cached_property
    def _catalogs(self) -> frozenset[str]:
        """Where the projects have the catalog that dbt writes."""
        return frozenset(
            posixpath.normpath(posixpath.join(project.root, project.facts.target_path, CATALOG))
            for project in self.projects
            if not project.installed
        )

    @cached_property
    def _outer(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Folders that lie outside their projects (`../shared`), by resource, with the roots of the projects they serve."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for project in self.projects:
            for resource, folders in project.facts.paths:
                for folder in folders:
                    if folder.startswith(".."):
                        key = (resource, posixpath.normpath(posixpath.join(project.root, folder)))
                        found[key] = (*found.get(key, ()), project.root)
        return found

    def owners(self, path: str, resource: str = "") -> tuple[str, ...]:
        """The roots of the projects that a file belongs to, as a resource of a kind or as any."""
        owner = self.project_of(path)
        outer = [
            root
            for (kind, folder), roots in self._outer.items()
            if resource in ("", kind) and path.startswith(f"{folder}/")
            for root in roots
        ]
        return tuple(dict.fromkeys([*([owner.root] if owner is not None else []), *outer]))

    def macro_owners(self, path: str) -> tuple[str, ...]:
        """The roots of the projects that a macro file belongs to."""
        return self.owners(path, "macro")

    def _is_outer(self, path: str, resource: str = "") -> bool:
        return any(resource in ("", kind) and path.startswith(f"{folder}/") for kind, folder in self._outer)

    def role(self, path: str) -> Role | None:
        """The role of a path, or `None` for a file that is not read."""
        manifest = manifest_role(path)
        if manifest is not None:
            return manifest
        if path in self._catalogs:
            return Role("dbt_catalog")
        suffix = path.rpartition(".")[2].lower()
        if suffix in PROGRAMS:
            return Role(PROGRAMS[suffix])
        if suffix not in ("sql", "hql", "yml", "yaml", "py", "csv", "md"):
            return None
        project = self.project_of(path)
        if suffix == "md":
            return Role("dbt_docs") if project is not None and project.holds_docs(path) else None
        found = project.resource(path) if project is not None and suffix != "hql" else None
        if project is not None and found is not None:
            return self._dbt_role(project, path, suffix, found[0])
        if suffix == "sql" and self._is_outer(path, "macro"):
            return Role("dbt_sql", "macro")
        if suffix in ("yml", "yaml") and self._is_outer(path):
            return Role("dbt_yaml")
        if suffix in ("sql", "hql"):
            return Role("sql", dialect="hive" if suffix == "hql" else self.options.dialect)
        if suffix in ("yml", "yaml"):
            selectors = project is not None and project.inner(path) in ("selectors.yml", "selectors.yaml")
            return Role("dbt_selectors" if selectors else "yaml")
        return Role("python") if suffix == "py" else None

    def _dbt_role(self, project: Project, path: str, suffix: str, resource: str) -> Role | None:
        outline = project.installed
        if suffix in ("yml", "yaml"):
            return Role("dbt_yaml")
        if suffix == "csv":
            return Role("dbt_seed") if resource == "seed" else None
        if suffix == "py":
            return Role("dbt_python", "model") if resource == "model" else Role("python")
        if resource == "seed":
            return None
        if resource == "test" and "/generic/" in f"/{project.inner(path)}":
            resource = "macro"
        dialect = project.adapter or self.options.dialect
        materialized = ""
        if resource == "model" and not outline:
            setting = next(
                (s for s in project.folder_settings("model", project.fqn(path)) if s.name == "materialized"), None
            )
            if setting is not None:
                materialized = str(setting.value.value) if setting.value.known else "?"
        return Role("dbt_sql", resource, dialect, materialized, outline)

    def airflow_major(self) -> int | None:
        """The major version of Airflow, if everything that names one agrees."""
        if self.options.airflow:
            return _major(self.options.airflow)
        majors = {
            major
            for _, package in self.packages
            if package.name == "apache-airflow" and (major := _major(package.version)) is not None
        }
        return majors.pop() if len(majors) == 1 else None

    def setting(self, name: str) -> Setting | None:
        """A setting of the environment, such as `airflow.default_task_retries`."""
        return next((setting for _, setting in self.settings if setting.name == name), None)

    def owners_of(self, path: str) -> list[str]:
        """Who owns a path by CODEOWNERS, where the last matching pattern counts."""
        owners: list[str] = []
        for _, setting in self.settings:
            if setting.name.startswith("codeowners:") and _owned(setting.name[len("codeowners:") :], path):
                owners = list(setting.value.value)
        return owners


def _owned(pattern: str, path: str) -> bool:
    anchored = pattern.startswith("/") or "/" in pattern.rstrip("/")
    body = re.escape(pattern.strip("/")).replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    start = "" if anchored else "(?:.*/)?"
    return bool(re.fullmatch(f"{start}{body}(?:/.*)?", path)) if pattern not in ("*", "/") else True


def _major(version: str) -> int | None:
    """The major version that a requirement fixes; `>=2` alone fixes none above it, but says 2 was meant."""
    pinned = re.search(r"(?:==|~=|\^|^)\s*v?(\d+)", version)
    bounded = re.search(r">=?\s*(\d+)[\d.]*,?<\s*(\d+)", version)
    if bounded and int(bounded.group(2)) <= int(bounded.group(1)) + 1:
        return int(bounded.group(1))
    return int(pinned.group(1)) if pinned else None
