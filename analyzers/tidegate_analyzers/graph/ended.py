"""Which datasets are at their end: by the date that dbt's YAML gives, or by their data contracts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate_analyzers.facts import Contract, NodeRef, Relation, Site
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.contracts import contract_of, described
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.versions import latest_version, versioned
from tidegate_analyzers.graph.index import View

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ENDS = frozenset(("endofsupport", "endoflife", "end_of_support", "end_of_life"))


@dataclass(frozen=True, slots=True)
class End:
    """Why a dataset is at its end, where that is said, and the version that takes its place."""

    why: str
    path: str
    site: Site
    certain: bool = True
    successor: str = ""


def over(view: View, date: object) -> bool:
    """Whether a date has passed; unknown dates have not."""
    text = str(date)[:10]
    today = view.layout.options.today
    return bool(today and _DATE.fullmatch(text) and text <= today)


def end_of_ref(view: View, path: str, ref: NodeRef) -> End | None:
    """The end of what a `ref` or `source` means."""
    resolution = dbt.resolve_ref(view, path, ref)
    if resolution.state != "found":
        return None
    if resolution.source is not None:
        table = dbt.source_of(view, resolution.source)
        return end_by_contract(view, table.relation) if table is not None else None
    return end_of_node(view, resolution.node, ref.version) if resolution.node is not None else None


def end_of_node(view: View, key: NodeKey, version: str = "") -> End | None:
    """The end of a model, or of one of its versions."""
    project = view.layout.project_of(key.path)
    found = versioned(view, project, key.name)
    if found is not None:
        path, entry = found
        latest = latest_version(entry)
        wanted = version or latest
        number = entry.numbers.index(wanted) if wanted in entry.numbers else -1
        date = entry.ends[number] if 0 <= number < len(entry.ends) else ""
        if over(view, date):
            at = entry.numbers.index(latest) if latest in entry.numbers else -1
            lives = at >= 0 and latest != wanted and not over(view, entry.ends[at] if at < len(entry.ends) else "")
            why = f"version {wanted} of '{key.name}' is deprecated since {date[:10]}"
            return End(why, path, entry.site, True, latest if lives else "")
    setting = dbt.config(view, key, "deprecation_date")
    if setting is not None and setting[1].known and over(view, setting[1].value):
        return End(f"'{key.name}' is deprecated since {str(setting[1].value)[:10]}", setting[0], setting[1].site)
    alias = dbt.config_value(view, key, "alias")
    table = alias.value if alias is not None and alias.known and isinstance(alias.value, str) else key.name
    return end_by_contract(view, Relation("table", (table,)))


def end_by_contract(view: View, relation: Relation) -> End | None:
    """The end of a dataset by its data contract, where every contract that describes it is at its end."""
    if relation.dynamic:
        return None
    ends: list[End] = []
    for posting, obj in described(view, relation.name, relation.parts):
        contract = contract_of(view, posting)
        why = _why(view, contract) if contract is not None else ""
        if not why:
            return None
        ends.append(End(f"the contract of '{obj.name}' is {why}", posting.path, obj.site, len(relation.parts) > 1))
    return ends[0] if ends else None


def _why(view: View, contract: Contract) -> str:
    if contract.status in ("deprecated", "retired"):
        return contract.status
    for sla in contract.slas:
        if sla.property.casefold() in _ENDS and sla.value.known and over(view, sla.value.value):
            return f"over since {str(sla.value.value)[:10]}"
    return ""
