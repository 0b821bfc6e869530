"""What makes the data that a contract describes, and the columns it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import NOWHERE, Column, ColumnFlow, Contract, ContractObject, Relation, Site, flows
from tidegate_analyzers.facts.columns import EVERY
from tidegate_analyzers.graph import contracts, dbt
from tidegate_analyzers.graph.columns import ColumnKey, made_flow, made_type, node_columns
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View


@dataclass(frozen=True, slots=True)
class Made:
    """A column as it is made: its type as the SQL shows it, empty where it does not, and where it is named."""

    name: str
    type: str
    path: str
    site: Site


@dataclass(frozen=True, slots=True)
class Maker:
    """What makes a dataset, where all columns it gives are known.

    Attributes:
        title: what it is, in words.
        path, site: where it stands.
        dialect: the SQL dialect of its types.
        columns: what it gives, by folded name.
        sure: whether it makes the dataset for certain, and its columns are read from its own text.
        key: the dbt node, if it is one.
    """

    title: str
    path: str
    site: Site
    dialect: str
    columns: dict[str, Made]
    sure: bool
    key: NodeKey | None = None

    def get(self, column: Column) -> Made | None:
        """A column that a contract lists, by its own name or by what the database calls it."""
        names = (column.physical, column.name)
        return next((self.columns[name.casefold()] for name in names if name and name.casefold() in self.columns), None)


def maker_of(view: View, path: str, contract: Contract, obj: ContractObject) -> Maker | None:
    """What makes an object of a contract; `None` where that is unknown, or more than one thing."""
    nodes = nodes_of(view, path, obj)
    if nodes:
        key = nodes[0]
        sure = _is_linked(view, key, contract, path) or _is_placed(view, key, obj)
        return model_maker(view, key, sure=sure) if len(nodes) == 1 else None
    return _table_maker(view, obj)


def nodes_of(view: View, path: str, obj: ContractObject) -> list[NodeKey]:
    """The models, seeds and snapshots that may be an object of a contract, as far as names tell."""
    found: dict[NodeKey, None] = {}
    for name in {obj.name.casefold(), contracts.last_name(obj)} - {""}:
        for posting in view.find(f"name:{name}"):
            facts = view.facts(posting.path) if posting.kind == "node" else None
            project = view.layout.project_of(posting.path)
            if facts is None or project is None or project.installed:
                continue
            node = facts.nodes[posting.number]
            key = NodeKey(posting.path, posting.number, node.name, node.kind)
            if node.kind not in ("model", "seed", "snapshot") or dbt.is_on(view, key) is False:
                continue
            if contracts.may_describe(view, obj, key):
                found[key] = None
    return list(found)


def _is_linked(view: View, key: NodeKey, contract: Contract, path: str) -> bool:
    """Whether the node's `meta` names the contract."""
    named = [dbt.meta(view, key, word) for word in ("contract", "data_contract", "datacontract")]
    texts = {text for text in named if isinstance(text, str) and text}
    return any(text in (contract.id, contract.name) or path.endswith(f"/{text.lstrip('./')}") for text in texts)


def _is_placed(view: View, key: NodeKey, obj: ContractObject) -> bool:
    """Whether both sides say in which schema the table lies."""
    schema = dbt.config_value(view, key, "schema")
    said = "." in obj.physical or bool(obj.schemas)
    return said and schema is not None and schema.known and bool(schema.value)


def model_maker(view: View, key: NodeKey, *, sure: bool = True) -> Maker | None:
    """A dbt node as the maker of its table; `None` where not all of its columns are read from its query."""
    node = dbt.node_of(view, key)
    query = made_flow(view, key)
    if node is None or query is None or node.language == "python":
        return None
    known = node_columns(view, key)
    if not known.complete or known.dated or not all(item.is_made for item in known.items):
        return None
    columns = {
        item.name.casefold(): Made(
            item.name, made_type(view, ColumnKey(key, item.name.casefold()), sure=True), item.path, item.site
        )
        for item in known.items
    }
    role = view.layout.role(key.path)
    return Maker(
        f"the {key.kind} '{key.name}'",
        key.path,
        node.site,
        role.dialect if role is not None else "",
        columns,
        sure and not known.rendered,
        key,
    )


# -- tables of SQL outside of dbt ----------------------------------------------------------------------------------


def _table_maker(view: View, obj: ContractObject) -> Maker | None:
    """The statement that makes the table of an object: the only CREATE, or the INSERTs that name its columns.

    `None` where its columns are changed later on, or something else writes it of which they are not known.
    """
    name = contracts.last_name(obj)
    if not name or any(contracts.agrees(obj, table.parts) for table in _altered(view, name)):
        return None
    texts: dict[tuple[str, int], None] = {}
    for posting in view.find(f"write:{name}"):
        facts = view.facts(posting.path)
        write = facts.sql[posting.number].writes[posting.inner] if facts is not None and posting.kind == "sql" else None
        if write is None or write.target.dynamic:
            return None
        if (
            write.temporary
            or write.mode in ("delete", "truncate", "drop")
            or not contracts.agrees(obj, write.target.parts)
        ):
            continue
        if write.mode not in ("create", "replace", "insert", "append"):
            return None
        texts[posting.path, posting.number] = None
    ways: dict[str, list[tuple[str, ColumnFlow]]] = {"create": [], "insert": [], "": []}
    for path, number in texts:
        facts = view.facts(path)
        for query in flows(facts.sql[number].flows) if facts is not None else ():
            if query.target is not None and contracts.agrees(obj, query.target.parts):
                ways[query.way].append((path, query))
    made = ways["create"] or (ways["insert"] if not ways[""] else [])
    whole = bool(ways["create"])
    if not made or (whole and len(made) > 1):
        return None
    if any(not query.closed or any(output.name == EVERY for output in query.outputs) for _, query in made):
        return None
    return _of_statements(view, obj, made, whole=whole)


def _altered(view: View, name: str) -> Iterator[Relation]:
    for posting in view.find(f"altered:{name}"):
        facts = view.facts(posting.path)
        if facts is not None and posting.number < len(facts.sql):
            yield from facts.sql[posting.number].altered


def _of_statements(view: View, obj: ContractObject, found: list[tuple[str, ColumnFlow]], *, whole: bool) -> Maker:
    path, first = found[0]
    columns: dict[str, Made] = {}
    for where, query in found:
        for output in query.outputs:
            columns.setdefault(output.name.casefold(), Made(output.name, output.type, where, output.site))
    role = view.layout.role(path)
    target = first.target or Relation("table", (obj.name,))
    placed = len(target.parts) > 1 and ("." in obj.physical or bool(obj.schemas))
    title = f"the table '{target}'" if whole else f"what is inserted into '{target}'"
    site = first.outputs[0].site if first.outputs else NOWHERE
    return Maker(title, path, site, role.dialect if role is not None else "", columns, whole and placed)
