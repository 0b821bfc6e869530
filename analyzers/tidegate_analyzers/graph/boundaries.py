"""Where data passes from those who make it to those who use it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate_analyzers.facts import Site
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting

_PUBLISHED_FOLDER = re.compile(r"(?:^|/)(?:marts?|publish(?:ed)?|gold|serving|reporting|exposures?)(?:/|$)", re.I)
_PUBLISHED_NAME = re.compile(r"^(?:fct|dim|rpt|mart|fact)_", re.I)
_INNER_FOLDER = re.compile(
    r"(?:^|/)(?:staging|stage|stg|intermediate|int|base|bronze|silver|raw|landing|tmp|temp|scratch|quarantine)(?:/|$)",
    re.I,
)
_INNER_NAME = re.compile(r"^_*(?:stg|int|base|tmp|raw|src)_", re.I)


@dataclass(frozen=True, slots=True)
class Boundary:
    """Why a dataset is one that others rely on.

    `certain` is false where a naming habit tells it rather than a declaration.
    """

    why: str
    certain: bool
    path: str = ""
    site: Site = 0


def boundary_of(view: View, key: NodeKey) -> Boundary | None:
    """The reason why a dbt model is a boundary, or `None`."""
    return view.memo(("boundary", key), lambda: _boundary(view, key))


def _boundary(view: View, key: NodeKey) -> Boundary | None:
    if key.kind != "model" or not dbt.is_on(view, key):
        return None
    access = dbt.config(view, key, "access")
    word = access[1].value if access is not None and access[1].known else ""
    if word in ("private",) or dbt.materialization(view, key) in ("ephemeral", ""):
        return None
    if access is not None and word == "public":
        return Boundary("its access is public", True, access[0], access[1].site)
    project = view.layout.project_of(key.path)
    read_by_models = False
    group = dbt.config_value(view, key, "group")
    for posting, kind in dbt.users(view, key):
        if kind == "exposure":
            facts = view.facts(posting.path)
            exposure = facts.exposures[posting.number] if facts is not None else None
            if exposure is not None:
                return Boundary(f"the exposure '{exposure.name}' depends on it", True, posting.path, exposure.site)
        if kind in ("model", "snapshot"):
            read_by_models = True
            other = view.layout.project_of(posting.path)
            if other is not project and other is not None and (project is None or project.root not in other.local):
                return Boundary(f"the project '{other.name}' refers to it", True, posting.path)
            if (
                group is not None
                and group.known
                and group.value
                and (crossing := _other_group(view, posting, str(group.value)))
            ):
                return Boundary(crossing, True, posting.path)
    if read_by_models or project is None:
        return None
    inner = project.inner(key.path)
    if _INNER_NAME.match(key.name) or _INNER_FOLDER.search(inner.rpartition("/")[0]):
        return None
    if match := _PUBLISHED_NAME.match(key.name):
        return Boundary(f"no model reads it and its name says it is published ('{match.group()}')", False)
    if match := _PUBLISHED_FOLDER.search(inner.rpartition("/")[0]):
        return Boundary(f"no model reads it and it lies in '{match.group().strip('/')}'", False)
    return None


def _other_group(view: View, posting: Posting, group: str) -> str:
    facts = view.facts(posting.path)
    if facts is None or posting.number >= len(facts.nodes):
        return ""
    node = facts.nodes[posting.number]
    other = dbt.config_value(view, NodeKey(posting.path, posting.number, node.name, node.kind), "group")
    if other is not None and other.known and other.value and other.value != group:
        return f"the group '{other.value}' reads it"
    return ""
