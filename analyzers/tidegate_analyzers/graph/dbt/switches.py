"""Whether a node is switched on.

`enabled` is often a variable of the project. What `vars:` say of it, or else the default in the call, decides; a
project that takes this one in as a package, and says otherwise, makes it unknown
(https://docs.getdbt.com/docs/build/project-variables).
"""

from __future__ import annotations

import re

from tidegate_analyzers.graph.dbt.configuration import config_value
from tidegate_analyzers.graph.dbt.nodes import NodeKey
from tidegate_analyzers.graph.dbt.references import takes_in
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.layout import Project

_VARIABLE = re.compile(
    r"""["']?\s*(?:\{\{)?\s*(?P<not>not\s+)?var\(\s*["'](?P<name>[\w.]+)["']\s*(?:,\s*(?P<default>\w+)\s*)?\)"""
    r"""\s*(?:\|\s*as_bool\s*)?(?:\}\})?\s*["']?"""
)
_FALSE = frozenset(("false", "no", "off", "0"))
_TRUE = frozenset(("true", "yes", "on", "1"))


def is_on(view: View, key: NodeKey) -> bool | None:
    """Whether a node is switched on, `None` where only a run tells."""
    value = config_value(view, key, "enabled")
    if value is None:
        return True
    if value.known:
        return _truth(value.value) is not False
    variable = _VARIABLE.fullmatch(value.text)
    project = view.layout.project_of(key.path)
    if variable is None or project is None:
        return None
    default = _truth(variable["default"]) if variable["default"] else None
    own = _variable(project, project, variable["name"], default)
    if any(
        _variable(other, project, variable["name"], own) != own
        for other in view.layout.projects
        if other is not project and takes_in(other, project)
    ):
        return None
    return (not own) if variable["not"] and own is not None else own


def _variable(root: Project, package: Project, name: str, otherwise: bool | None) -> bool | None:
    """What a project says of a variable as a package sees it: what is said for the package alone comes first."""
    said = {setting.name: setting.value for setting in root.facts.vars}
    for known in (f"{package.name}.{name}", name):
        if known in said:
            return _truth(said[known].value) if said[known].known else None
    return otherwise


def _truth(value: object) -> bool | None:
    word = str(value).strip().lower()
    return False if word in _FALSE else True if word in _TRUE else None
