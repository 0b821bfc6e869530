"""Which data has a contract, and by what it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from tidegate_analyzers.facts import Contract, ContractObject, Relation, Site
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting


@dataclass(frozen=True, slots=True)
class ContractEvidence:
    """What makes a dataset contracted: in words, and where it stands (`path` empty for the configuration)."""

    how: str
    path: str = ""
    site: Site = 0
    inferred: bool = False


def contract_for_node(view: View, key: NodeKey) -> ContractEvidence | None:
    """The contract of a dbt node."""
    enforced = dbt.contract_enforced(view, key)
    if enforced is not None:
        return ContractEvidence("its dbt contract is enforced", enforced[0], enforced[1].site)
    for word in ("contract", "data_contract", "datacontract"):
        linked = dbt.meta(view, key, word)
        if linked:
            return ContractEvidence(f"meta.{word} names '{linked}'")
    physical = _table_name(view, key)
    return contract_for_names(view, {physical.casefold(), key.name.casefold()}, (physical,))


def owner_of_node(view: View, key: NodeKey) -> str:
    """Who owns a dbt node: its group, its meta, or who answers for the ODCS contract that describes it."""
    found = dbt.owner(view, key)
    if found:
        return found
    physical = _table_name(view, key)
    for name in (physical.casefold(), key.name.casefold()):
        for posting, _ in described(view, name, (physical,)):
            contract = contract_of(view, posting)
            if contract is not None and (contract.owner or contract.owner_elsewhere):
                return contract.owner or contract.id
    return ""


def names_of_node(view: View, key: NodeKey) -> tuple[str, ...]:
    """The names by which contracts and SQL outside of dbt may speak of a node's table."""
    return tuple(dict.fromkeys((_table_name(view, key), key.name)))


def _table_name(view: View, key: NodeKey) -> str:
    alias = dbt.config_value(view, key, "alias")
    return alias.value if alias is not None and alias.known and isinstance(alias.value, str) else key.name


def contract_for_relation(view: View, relation: Relation) -> ContractEvidence | None:
    """The contract of a table, topic or path named in a file."""
    if relation.dynamic:
        return None
    name = relation.name.rpartition("/")[2] if relation.kind == "path" else relation.name
    return contract_for_names(view, {name}, relation.parts)


def contract_for_names(view: View, names: Iterable[str], parts: tuple[str, ...]) -> ContractEvidence | None:
    """An ODCS contract, a pipeline's or a configured exception for a dataset of some last names."""
    for name in names:
        for posting, obj in described(view, name, parts):
            return ContractEvidence(
                f"the contract {posting.path} describes '{obj.name}'",
                posting.path,
                obj.site,
                inferred=len(parts) == 1 or ("." not in obj.physical and not obj.schemas),
            )
        for posting in view.find(f"agreed:{name}"):
            if (evidence := _in_pipeline(view, posting, parts)) is not None:
                return evidence
    full = ".".join(parts)
    for pattern in view.layout.options.external_contracts:
        if any(_matches(pattern, text) for text in (full, *names)):
            return ContractEvidence(f"contracts.external holds '{pattern}'")
    return None


def described(view: View, name: str, parts: tuple[str, ...]) -> Iterator[tuple[Posting, ContractObject]]:
    """The objects of contracts that are the dataset of a last name and more parts, as far as both sides tell."""
    for posting in view.find(f"contract:{name}"):
        obj = contract_object(view, posting)
        if obj is not None and agrees(obj, parts):
            yield posting, obj


def last_name(obj: ContractObject) -> str:
    """The last part of an object's physical name, case folded; its own name where it has none."""
    return re.split(r"[./]", obj.physical or obj.name)[-1].casefold()


def may_describe(view: View, obj: ContractObject, key: NodeKey) -> bool:
    """Whether an object of a contract may be the table of a node, as far as names and schemas tell."""
    if not any(agrees(obj, (name,)) for name in names_of_node(view, key)):
        return False
    *schema, _ = re.split(r"[./]", obj.physical or obj.name)
    wanted = (schema[-1].casefold(),) if schema else obj.schemas
    value = dbt.config_value(view, key, "schema")
    if not wanted or value is None or not value.known or not isinstance(value.value, str):
        return True
    # dbt puts the target's schema before that which a model sets.
    own = value.value.casefold()
    return any(item == own or item.endswith(f"_{own}") for item in wanted)


def _in_pipeline(view: View, posting: Posting, parts: tuple[str, ...]) -> ContractEvidence | None:
    """The contract under which a pipeline specification hands the dataset over."""
    facts = view.facts(posting.path)
    if facts is None or posting.number >= len(facts.pipelines):
        return None
    pipeline = facts.pipelines[posting.number]
    end = {"source": pipeline.sources, "target": pipeline.targets, "stage": pipeline.stages}[posting.kind][
        posting.inner
    ]
    contract = end.block("contract")
    for read in end.outputs:
        relation = read.relation
        pairs = zip(reversed(relation.parts), reversed(parts), strict=False)
        if contract is not None and all(left.casefold() == right.casefold() for left, right in pairs):
            return ContractEvidence(
                f"the pipeline '{pipeline.id}' hands '{relation}' over under a contract",
                posting.path,
                contract.site,
                inferred=len(parts) == 1 or len(relation.parts) == 1,
            )
    return None


def contract_object(view: View, posting: Posting) -> ContractObject | None:
    """The object of a contract that a posting is about."""
    contract = contract_of(view, posting)
    return contract.objects[posting.inner] if contract is not None and posting.inner < len(contract.objects) else None


def contract_of(view: View, posting: Posting) -> Contract | None:
    """The contract that a posting is about."""
    facts = view.facts(posting.path)
    return facts.contracts[posting.number] if facts is not None and posting.number < len(facts.contracts) else None


def agrees(obj: ContractObject, parts: tuple[str, ...]) -> bool:
    """True when the names agree in as many parts as both have; the server's schema stands for one left out."""
    physical = tuple(re.split(r"[./]", obj.physical)) if obj.physical else (obj.name,)
    if len(physical) == 1 and len(parts) > 1 and obj.schemas and parts[-2].casefold() not in obj.schemas:
        return False
    for left, right in zip(reversed(physical), reversed(parts), strict=False):
        if left.casefold() != right.casefold() and left and right:
            return len(parts) == 1 and obj.name.casefold() == parts[0].casefold()
    return True


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


def _matches(pattern: str, text: str) -> bool:
    return bool(_compiled(pattern).fullmatch(text))


def uses_tidegate_clauses(view: View) -> bool:
    """True when the workspace states tidegate's own clauses somewhere: then their absence means something."""

    def compute() -> bool:
        if view.find("pipelines:any") or view.layout.options.compatibility:
            return True
        for posting in view.find("contracts:any"):
            contract = contract_of(view, posting)
            if contract is not None and any(setting.name.startswith("tidegate.") for setting in contract.custom):
                return True
        return False

    return view.memo("tidegate clauses", compute)
