"""From project files and package files to the layout of a workspace."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from tidegate_analyzers.facts import DbtProject, FileRead, Package, Setting
from tidegate_analyzers.layout.options import Options
from tidegate_analyzers.layout.project import ADAPTERS, Project
from tidegate_analyzers.layout.workspace import Layout


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
    """The adapter of a project and the file that tells it; the configured one where files disagree or say nothing."""
    configured = (options.dialect, "configuration" if options.dialect else "")
    by_profile = {
        (package.name[4:], path)
        for path, package in packages
        if package.via == f"profile:{project.profile}" and project.profile
    }
    # dbt takes the profiles of the project's own folder before all others.
    own = {(name, path) for name, path in by_profile if path.rpartition("/")[0] == root}
    if (only := _only(own or by_profile)) is not None:
        return only
    inside, installed = f"{root}/".lstrip("/"), f"{root}/{project.packages_path}/".lstrip("/")
    in_manifest = {
        (package.name[4:], path)
        for path, package in packages
        if package.via == "manifest" and path.startswith(inside) and not path.startswith(installed)
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
            return _only(here) or configured
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
    return _only(any_requirement) or configured


def _only(found: set[tuple[str, str]]) -> tuple[str, str] | None:
    names = {name for name, _ in found}
    return min(found) if len(names) == 1 else None
