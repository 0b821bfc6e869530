"""The names of the project that a key of YAML takes as its value."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, pairwise

from tidegate_analyzers.facts import NodeRef
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.ide.completion import columns, config, names
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import LIMIT, Item, Offer, fitting
from tidegate_analyzers.ide.completion.yaml_code import takes_calls
from tidegate_analyzers.syntax.yaml.cursor import ITEM, YamlPlace

BUILTIN_TESTS = ("not_null", "unique", "accepted_values", "relationships")
_CALL = re.compile(r"""\s*(ref|source)\s*\(\s*["']([^"']+)["'](?:\s*,\s*["']([^"']+)["'])?""")
_RESOURCES = {"models": "model", "seeds": "seed", "snapshots": "snapshot"}


def values(asked: Asked, place: YamlPlace, sort: str) -> Iterator[Item]:
    """The values that the project knows for a place."""
    if sort == "properties":
        yield from _properties(asked, place)
    elif sort == "dbt_project":
        yield from _settings(asked, place)
    elif sort == "pipeline":
        yield from _pipeline(asked, place)
    elif sort == "selectors":
        yield from _selectors(asked, place)


def names_of_keys(asked: Asked, place: YamlPlace, sort: str) -> Iterator[Item]:
    """The keys that are names of the project: folders below `models:`, variables."""
    if sort != "dbt_project" or not place.path:
        return
    if place.path == ("vars",):
        for name in names.names(asked.view, "uses-var"):
            yield Item(name, "variable", name, "used, not set")
    elif place.path[0] in ("models", "seeds", "snapshots", "data_tests", "tests", "sources"):
        yield from _folders(asked, place.path)


# -- properties -------------------------------------------------------------------------------------------------------


def _properties(asked: Asked, place: YamlPlace) -> Iterator[Item]:
    path = place.path
    last = path[-1] if path else ""
    if takes_calls(path):
        yield from _calls(asked, place)
    elif path[-2:] in (("tests", ITEM), ("data_tests", ITEM)):
        yield from _tests(asked)
    elif last == "name" and len(path) == 3 and path[0] in _RESOURCES:
        yield from _undescribed(asked, place, _RESOURCES[path[0]])
    elif path == ("macros", ITEM, "name"):
        yield from (Item(name, "macro", name) for name, _, _ in names.macros(asked) if "." not in name)
    elif path == ("macros", ITEM, "arguments", ITEM, "name"):
        yield from _macro_arguments(asked, place)
    elif path == ("sources", ITEM, "tables", ITEM, "name"):
        yield from _tables_in_use(asked, _scalar(place, -4))
    elif path[-3:] == ("columns", ITEM, "name") or last == "column_name":
        yield from _columns(asked, place)
    elif last == "field":
        yield from _columns_of_call(asked, place.own.scalars.get("to", ""))
    elif path == ("unit_tests", ITEM, "model"):
        yield from _nodes(asked, place)
    elif last == "data_type":
        yield from config.types(asked)
    elif last == "group":
        yield from names.values(names.names(asked.view, "group"), "value", "group")
    elif last == "measure" or path[-2:] == ("measures", ITEM):
        yield from names.values(names.names(asked.view, "measure"), "value", "measure")
    elif last == "metric" or path[-2:] == ("metrics", ITEM):
        yield from names.values(names.names(asked.view, "metric"), "value", "metric")
    elif path[-2:] == ("tags", ITEM) or last == "tags":
        yield from names.values(names.tags(asked.view), "value", "tag")
    else:
        key = path[-2] if last == ITEM and len(path) > 1 else last
        yield from config.texts(asked, key, Offer(place.typed))


def _scalar(place: YamlPlace, back: int, key: str = "name") -> str:
    """A scalar of one of the mappings around the place, counted from the innermost."""
    return place.levels[back + 1].scalars.get(key, "") if len(place.levels) >= -back else ""


def _outer(place: YamlPlace, step: str) -> dict[str, str]:
    """The scalars of the innermost item of the list called `step`."""
    for outer, level in reversed(list(pairwise(place.levels))):
        if level.step == ITEM and outer.step == step:
            return level.scalars
    return {}


def _calls(asked: Asked, place: YamlPlace) -> Iterator[Item]:
    """`ref('…')` for each node, or those that the model of a unit test reads."""
    if place.path[:1] == ("unit_tests",) and (model := _outer(place, "unit_tests").get("model")):
        found = dbt.resolve_ref(asked.view, asked.path, NodeRef("ref", (model,), 0)).node
        node = dbt.node_of(asked.view, found) if found is not None else None
        given = {str(item.get("input")) for item in [level.scalars for level in place.levels] if item.get("input")}
        for ref in node.refs if node is not None else ():
            inner = "'" if place.quote != "'" else '"'
            text = f"{ref.function}({', '.join(inner + name + inner for name in ref.names)})"
            if ref.names and text not in given:
                yield Item(text, "reference", text, f"read by {model}")
        yield Item("this", "reference", "this", "the table of an incremental model")
        return
    inner = '"' if place.quote == "'" else "'"
    offer = Offer(re.sub(r"^(?:ref|source)\b\W*|\W+\Z", "", place.typed))
    names.nodes(asked, offer, write=f"ref({inner}{{}}{inner})", own=True)
    nodes = len(offer.items)
    if place.path[-1] in (ITEM, "to") and place.path[0] != "semantic_models":
        names.every_table(asked, offer, f"source({inner}{{}}{inner}, {inner}{{}}{inner})")
    for number, item in enumerate(offer.items):
        kind = item.detail if number < nodes else "source"
        yield Item(item.insert, "reference", item.insert, kind, about=item.about)


def _nodes(asked: Asked, place: YamlPlace) -> Iterator[Item]:
    offer = Offer(place.typed)
    names.nodes(asked, offer, own=True)
    yield from offer.items


def _tests(asked: Asked) -> Iterator[Item]:
    for name in BUILTIN_TESTS[:2]:
        yield Item(name, "test", name, "data test of dbt")
    column = " " * (asked.document.lines.position(asked.offset).column)
    newline = asked.document.newline
    yield Item("accepted_values", "test", f"accepted_values:{newline}{column}    values: []", "data test of dbt")
    arguments = f"{newline}{column}    to: ref(''){newline}{column}    field: "
    yield Item("relationships", "test", f"relationships:{arguments}", "data test of dbt")
    for name in names.definitions(asked.view, "test"):
        yield Item(name.removeprefix("dbt."), "test", name, "data test")


def _undescribed(asked: Asked, place: YamlPlace, kind: str) -> Iterator[Item]:
    """The nodes of the project, those first that no YAML speaks of; what has an entry in this file is left out."""
    here = asked.snapshot.read(asked.path)
    listed = {entry.name for entry in here.facts.properties if entry.kind == kind} if here is not None else set()
    described = set(names.names(asked.view, "props"))
    fit = [name for name in fitting(names.names(asked.view, "node"), place.typed) if name not in listed]
    told = [name for name in fit if f"{kind}:{name}" in described]
    untold = [name for name in fit if f"{kind}:{name}" not in described]
    count = 0
    for name, detail in chain(((n, f"{kind}, not described yet") for n in untold), ((n, kind) for n in told)):
        for posting in asked.view.find(f"node:{name}"):
            facts = asked.view.facts(posting.path)
            if facts is None or asked.view.layout.project_of(posting.path) is not asked.project:
                continue
            if posting.number < len(facts.nodes) and facts.nodes[posting.number].kind == kind:
                count += 1
                yield Item(name, "model", name, detail, about=("node", posting.path, posting.number))
        if count > LIMIT:
            return


def _macro_arguments(asked: Asked, place: YamlPlace) -> Iterator[Item]:
    wanted = _outer(place, "macros").get("name")
    for name, macro, _ in names.macros(asked):
        if name == wanted:
            yield from (Item(parameter.name, "variable", parameter.name) for parameter in macro.parameters)


def _tables_in_use(asked: Asked, source: str) -> Iterator[Item]:
    """The tables of a source that SQL reads, and no YAML declares."""
    prefix = f"source:{source}."
    for key in names.names(asked.view, "uses"):
        if source and key.startswith(prefix) and not asked.view.find(key):
            name = key.removeprefix(prefix)
            yield Item(name, "table", name, "read, not declared")


def _columns(asked: Asked, place: YamlPlace) -> Iterator[Item]:
    """The columns that the SQL of the resource gives and the entry does not list yet."""
    listed = _listed(asked, place)
    source = _outer(place, "sources")
    if source:
        ref = NodeRef("source", (source.get("name", ""), _outer(place, "tables").get("name", "")), 0)
    else:
        kind = place.path[0]
        ref = NodeRef("ref", (_outer(place, kind).get("name", ""),), 0)
    if all(ref.names):
        yield from (item for item in columns.of_ref(asked, ref) if item.label.casefold() not in listed)


def _listed(asked: Asked, place: YamlPlace) -> set[str]:
    """The names of the items beside the one at the cursor: lines with as much before their `name:`."""
    lines = asked.document.lines
    line = lines.position(asked.offset).line
    beginning = re.compile(rf" {{{max(place.column - 2, 0)}}}(?:- |  )name:\s*[\"']?([^\"'\s#]+)")
    found: set[str] = set()
    for step in (-1, 1):
        number = line + step
        while 0 <= number < lines.line_count:
            text = lines.line_text(number)
            if text.strip() and len(text) - len(text.lstrip()) < place.column - 2:
                break
            if match := beginning.match(text):
                found.add(match.group(1).casefold())
            number += step
    return found


def _columns_of_call(asked: Asked, text: str) -> Iterator[Item]:
    call = _CALL.match(text)
    if call is not None:
        given = tuple(name for name in call.groups()[1:] if name)
        yield from columns.of_ref(asked, NodeRef(call.group(1), given, 0))


# -- other files of dbt -------------------------------------------------------------------------------------------------


def _settings(asked: Asked, place: YamlPlace) -> Iterator[Item]:
    last = place.path[-1] if place.path else ""
    key = (place.path[-2] if last == ITEM and len(place.path) > 1 else last).lstrip("+")
    yield from config.texts(asked, key, Offer(place.typed))
    if last == "profile":
        yield from names.values(
            sorted({p.facts.profile for p in asked.view.layout.projects if p.facts.profile}), "value"
        )


def _folders(asked: Asked, path: tuple[str, ...]) -> Iterator[Item]:
    """The projects below `models:`, and the folders below each."""
    if len(path) == 1:
        yield from names.packages(asked)
        return
    project = next((project for project in asked.view.layout.projects if project.name == path[1]), None)
    resource = {"data_tests": "test", "tests": "test", "sources": "model"}.get(path[0], _RESOURCES.get(path[0], ""))
    found: dict[str, None] = {}
    for folder in project.facts.folders(resource) if project is not None else ():
        inside = "/".join((*((project.root,) if project is not None and project.root else ()), folder, *path[2:])) + "/"
        for file in asked.view.graph.files:
            if file.startswith(inside) and "/" in file[len(inside) :]:
                found.setdefault(file[len(inside) :].partition("/")[0])
    yield from names.values(sorted(found), "value", "folder")


def _selectors(asked: Asked, place: YamlPlace) -> Iterator[Item]:
    if place.path[-1:] == ("value",):
        method = place.own.scalars.get("method", "fqn")
        found: dict[str, Callable[[], Iterable[str]]] = {
            "tag": lambda: names.tags(asked.view),
            "group": lambda: names.names(asked.view, "group"),
            "fqn": lambda: [item.label for item in _nodes(asked, place)],
            "exposure": lambda: names.names(asked.view, "exposure"),
            "metric": lambda: names.names(asked.view, "metric"),
            "source": lambda: names.names(asked.view, "sourcename"),
            "resource_type": lambda: ("model", "seed", "snapshot", "source", "test", "exposure", "metric"),
            "config.materialized": lambda: ("table", "view", "incremental", "ephemeral"),
        }
        if method in found:
            yield from names.values(found[method](), "value", method)
    elif place.path[-1:] == ("method",):
        methods = "fqn tag source exposure metric resource_type path file package config.materialized test_type test_name state group access"
        yield from names.values(methods.split(), "value", "method")


# -- pipelines --------------------------------------------------------------------------------------------------------


def _pipeline(asked: Asked, place: YamlPlace) -> Iterator[Item]:
    path, last = place.path, place.path[-1] if place.path else ""
    if last == "contract" or path[-2:] == ("contract", "ref"):
        yield from _contracts(asked)
    elif path[-2:] == ("run", "dbt"):
        yield from _nodes(asked, place)
    elif path[-2:] == ("run", "airflow"):
        yield from _tasks(asked)
    elif path[-2:] in (("inputs", ITEM), ("outputs", ITEM)) or last == "dataset":
        written = asked.document.slice(place.span)  # the file itself knows what is half-typed as a dataset
        yield from names.values((name for name in names.datasets(asked) if name != written), "table", "dataset")
    elif last == "owner":
        yield from names.values(_owners(asked), "value", "owner")


def _contracts(asked: Asked) -> Iterator[Item]:
    here = asked.path.rpartition("/")[0]
    for posting in asked.view.find("contracts:any"):
        facts = asked.view.facts(posting.path)
        name = facts.contracts[posting.number].name if facts is not None else ""
        path = posixpath.relpath(posting.path, here or ".")
        yield Item(path, "reference", path, name)


def _tasks(asked: Asked) -> Iterator[Item]:
    for name in names.names(asked.view, "dag"):
        for posting in asked.view.find(f"dag:{name}"):
            facts = asked.view.facts(posting.path)
            for task in facts.dags[posting.number].tasks if facts is not None else ():
                if task.id:
                    yield Item(f"{name}.{task.id}", "value", f"{name}.{task.id}", "task")


def _owners(asked: Asked) -> list[str]:
    found: dict[str, None] = {}
    for posting in (*asked.view.find("contracts:any"), *asked.view.find("pipelines:any")):
        facts = asked.view.facts(posting.path)
        for owner in [contract.owner for contract in facts.contracts] if facts is not None else ():
            found.setdefault(owner)
    for name in names.names(asked.view, "group"):
        found.setdefault(name)
    return [owner for owner in found if owner]
