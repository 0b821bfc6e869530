"""Where things stand in a workspace: dbt projects, what software runs them, and the role of every path."""

from tidegate_analyzers.layout.discovery import make_layout
from tidegate_analyzers.layout.folders import FIXTURE, IGNORED_FOLDERS, fixture, is_exhibit
from tidegate_analyzers.layout.manifests import manifest_role
from tidegate_analyzers.layout.options import Options
from tidegate_analyzers.layout.project import ADAPTERS, Project
from tidegate_analyzers.layout.workspace import Layout

__all__ = [
    "ADAPTERS",
    "FIXTURE",
    "IGNORED_FOLDERS",
    "Layout",
    "Options",
    "Project",
    "fixture",
    "is_exhibit",
    "make_layout",
    "manifest_role",
]
