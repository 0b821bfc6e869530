"""Where things stand in a workspace: dbt projects, what software runs them, and the role of every path."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tidegate_analyzers.facts import DbtProject, FileRead, Package, Setting
from tidegate_analyzers.readers.packages import is_packages_file
from tidegate_analyzers.readers.roles import Role

IGNORED_FOLDERS = frozenset(
    (
        ".venv",
        "venv",
        "node_modules",
        "target",
        "dbt_packages",
        "dbt_modules",
        "build",
        "site-packages",
        ".git",
        "logs",
        "__pycache__",
        ".tox",
        ".mypy_cache",
    )
)
"""Folders in which nothing is reported (guard G1); installed dbt packages among them are still read."""

FIXTURE = re.compile(
    r"(?:^|/)(?:tests?|integration_tests|fixtures?|seeds?|init|docker-entrypoint-initdb\.d|setup|migrations?|benchmarks?|bench|examples?)/",
    re.I,
)
"""Paths of fixtures, demonstrations and one-time set-up, where loads are not judged (guard G2)."""

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
class Options:
    """What the configuration says to the layers that read and judge; `config.Config` makes it.

    Attributes:
        dialect: the SQL dialect where nothing in the workspace tells it.
        airflow: the Airflow version where nothing in the workspace tells it.
        external_contracts: datasets whose contract is kept elsewhere, as regular expressions.
        compatibility: the versioning rule of contracts that name none.
        load_paths: folders of SQL files that something runs, though nothing in the workspace shows it.
        ignored: further folders in which nothing is reported.
        strict: whether what can't be proved is hinted at.
        contracts_folder: where new contracts are created.
        odcs_version: the ODCS version of new contracts.
    """

    dialect: str = ""
    airflow: str = ""
    external_contracts: tuple[str, ...] = ()
    compatibility: str = ""
    load_paths: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    strict: bool = False
    contracts_folder: str = "contracts"
    odcs_version: str = "v3.1.0"


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
        pairs = [(folder, resource) for resource, folders in self.facts.paths for folder in folders]
        return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))

    def resource(self, path: str) -> tuple[str, str] | None:
        """The resource folder a path of the workspace lies in, as (resource, folder)."""
        inner = self.inner(path)
        for folder, resource in self.folders:
            if folder in ("", ".") or inner.startswith(folder + "/"):
                return resource, folder
        return None

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


def manifest_role(path: str) -> Role | None:
    """The role of a file that tells what others are: it is the same wherever the file lies."""
    if path.rpartition("/")[2] in ("dbt_project.yml", "dbt_project.yaml"):
        return Role("dbt_project")
    return Role("packages") if is_packages_file(path) else None


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
    def _outer_macros(self) -> dict[str, tuple[str, ...]]:
        """Macro folders that lie outside their projects (`../shared`), with the roots of the projects they serve."""
        found: dict[str, tuple[str, ...]] = {}
        for project in self.projects:
            for folder in project.facts.folders("macro"):
                if folder.startswith(".."):
                    inside = posixpath.normpath(posixpath.join(project.root, folder))
                    found[inside] = (*found.get(inside, ()), project.root)
        return found

    def macro_owners(self, path: str) -> tuple[str, ...]:
        """The roots of the projects that a macro file belongs to."""
        owner = self.project_of(path)
        outer = [
            root for folder, roots in self._outer_macros.items() if path.startswith(f"{folder}/") for root in roots
        ]
        return (*((owner.root,) if owner is not None else ()), *outer)

    def role(self, path: str) -> Role | None:
        """The role of a path, or `None` for a file that is not read."""
        manifest = manifest_role(path)
        if manifest is not None:
            return manifest
        suffix = path.rpartition(".")[2].lower()
        if suffix not in ("sql", "yml", "yaml", "py", "csv"):
            return None
        project = self.project_of(path)
        found = project.resource(path) if project is not None else None
        if project is not None and found is not None:
            return self._dbt_role(project, path, suffix, found[0])
        if suffix == "sql" and any(path.startswith(f"{folder}/") for folder in self._outer_macros):
            return Role("dbt_sql", "macro")
        if suffix == "sql":
            return Role("sql", dialect=self.options.dialect)
        if suffix in ("yml", "yaml"):
            return Role("yaml")
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


def make_layout(reads: Mapping[str, FileRead], options: Options) -> Layout:
    """The layout that project files and package files describe.

    Args:
        reads: what was read, by path; files of other roles may be among them.
        options: the configuration.
    """
    packages: list[tuple[str, Package]] = []
    settings: list[tuple[str, Setting]] = []
    found: dict[str, tuple[str, DbtProject]] = {}
    for path in sorted(reads):
        facts = reads[path].facts
        packages += [(path, package) for package in facts.packages]
        if facts.role == "packages":
            settings += [(path, setting) for setting in facts.settings]
        if facts.project is not None:
            found[path.rpartition("/")[0]] = (path, facts.project)
    projects = []
    for root, (path, facts_) in sorted(found.items()):
        host = _host(root, found)
        adapter, source = _adapter(
            root if host is None else host, found[root if host is None else host][1], packages, options
        )
        declared = [
            (p, package) for p, package in packages if p.rpartition("/")[0] == root and package.via.startswith("dbt-")
        ]
        names = tuple(dict.fromkeys(package.name for _, package in declared))
        local = {
            package.name: inside
            for _, package in declared
            if package.via == "dbt-local" and (inside := _inside(root, package.version)) in found
        }
        missing = tuple(name for name in names if name not in local and not _is_installed(name, root, facts_, found))
        projects.append(
            Project(root, facts_, path, adapter, source, host is not None, names, missing, tuple(local.values()))
        )
    return Layout(tuple(projects), tuple(packages), tuple(settings), options)


def _inside(root: str, path: str) -> str:
    """A path relative to a project, as one relative to the workspace."""
    joined = posixpath.normpath(posixpath.join(root, path))
    return "" if joined == "." else joined


def _host(root: str, found: Mapping[str, tuple[str, DbtProject]]) -> str | None:
    """The project in whose package folder a project lies."""
    for other, (_, project) in found.items():
        if other != root and f"{root}/".startswith(f"{other}/{project.packages_path}/".lstrip("/")):
            return other
    parts = root.split("/")
    if any(part in ("dbt_packages", "dbt_modules") for part in parts[:-1]):
        return (
            root
            if root not in found
            else next((other for other in found if root.startswith(f"{other}/") or other == ""), root)
        )
    return None


def _is_installed(name: str, root: str, project: DbtProject, found: Mapping[str, tuple[str, DbtProject]]) -> bool:
    prefix = f"{root}/{project.packages_path}/".lstrip("/")
    folded = name.replace("-", "_")
    for other, (_, facts) in found.items():
        if other.startswith(prefix) and (facts.name == folded or other[len(prefix) :].replace("-", "_") == folded):
            return True
    return any(facts.name in (name, folded) for other, (_, facts) in found.items() if not other.startswith(prefix))


def _adapter(root: str, project: DbtProject, packages: list[tuple[str, Package]], options: Options) -> tuple[str, str]:
    """The adapter of a project and the file that tells it; both empty where files disagree or say nothing."""
    if options.dialect:
        return options.dialect, "configuration"
    by_profile = {
        (package.name[4:], path)
        for path, package in packages
        if package.via == f"profile:{project.profile}" and project.profile
    }
    if (only := _only(by_profile)) is not None:
        return only
    in_manifest = {
        (package.name[4:], path)
        for path, package in packages
        if package.via == "manifest" and path.startswith(f"{root}/".lstrip("/"))
    }
    if (only := _only(in_manifest)) is not None:
        return only
    folder = root
    while True:
        here = {
            (package.name[4:], path)
            for path, package in packages
            if path.rpartition("/")[0] == folder
            and package.name.startswith("dbt-")
            and package.name[4:] in ADAPTERS
            and not package.via.startswith("profile:")
        }
        if here:
            return _only(here) or ("", "")
        if not folder:
            break
        folder = folder.rpartition("/")[0]
    any_requirement = {
        (package.name[4:], path)
        for path, package in packages
        if package.name.startswith("dbt-")
        and package.name[4:] in ADAPTERS
        and package.via in ("requirement", "lock", "image")
    }
    return _only(any_requirement) or ("", "")


def _only(found: set[tuple[str, str]]) -> tuple[str, str] | None:
    names = {name for name, _ in found}
    return min(found) if len(names) == 1 else None
