"""Open Data Contract Standard files: `kind: DataContract`.

https://bitol-io.github.io/open-data-contract-standard/ . The official JSON Schema of the contract's own
`apiVersion` decides what is an error; beyond it come faults that the schema can't see: names that repeat,
keys that point nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import (
    NOWHERE,
    Column,
    Contract,
    ContractObject,
    FileFacts,
    FileRead,
    Packed,
    Problem,
    Setting,
    Sites,
    Sla,
    Value,
)
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.classes import words_of
from tidegate_analyzers.readers.placeholders import is_placeholder, placeholders
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.readers.values import yaml_value
from tidegate_analyzers.readers.violations import repeated_keys, violations
from tidegate_analyzers.readers.yaml_cover import yaml_cover, yaml_strings
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, YamlFile, parse_yaml, scalar_value, text_of
from tidegate_analyzers.text import Document, Span

VERSION = "1.2"
_VERSION = re.compile(r"v\d+\.\d+\.\d+")
_PLAIN_NAME = re.compile(r"\w+")
SCHEMAS = {
    "v3.0.0": "odcs/odcs-v3.0.2",
    "v3.0.1": "odcs/odcs-v3.0.2",
    "v3.0.2": "odcs/odcs-v3.0.2",
    "v3.1.0": "odcs/odcs-v3.1.0",
    "v3.2.0": "odcs/odcs-v3.2.0",
}
"""The schema for each `apiVersion`; contracts of other versions are read, but their form is not judged."""
_DATABASE_IS_SCHEMA = frozenset(("clickhouse", "glue", "hive", "impala", "mysql"))
"""The types of servers whose databases hold tables, with no schema between."""
_OWNER = re.compile(r"owner|steward|producer", re.I)


def read_odcs(document: Document, role: Role) -> FileRead:
    """The facts of a contract file."""
    sites = Sites()
    file = parse_yaml(document.text)
    problems = syntax_problems(file.problems, sites)
    problems += placeholders(document.text, sites, "contract")
    contracts: list[Contract] = []
    for root in file.documents:
        if not isinstance(root, Mapping) or text_of(root.get("kind")) != "DataContract":
            continue
        problems += _problems(root, document.text, sites, file)
        contracts.append(_contract(root, document.text, sites))
    return sites.finish(
        FileFacts(
            "yaml",
            tuple(problems),
            suppressions(document, sites, yaml_cover(file), yaml_strings(file)),
            is_generated(document),
            contracts=tuple(contracts),
        )
    )


# -- faults ----------------------------------------------------------------------------------------------------------


def _problems(root: Mapping, text: str, sites: Sites, file: YamlFile) -> Iterator[Problem]:
    version = root.get("apiVersion")
    schema = SCHEMAS.get(text_of(version) or "")
    if schema is not None:
        for violation in violations(root, schema, file, text, VERSION):
            if violation.kind != "missing_key" or violation.key != "rule" or not _says_metric(root, violation.path):
                yield Problem("TG107", violation.message, sites.add(violation.span))
    elif (fault := _version_fault(root, version)) is not None and not (file.problems and version is None):
        yield Problem("TG107", fault[1], sites.add(fault[0]))
    for span, message in (*repeated_keys(root, file), *_dangling(root)):
        yield Problem("TG107.loose", message, sites.add(span))


def _says_metric(root: Mapping, path: tuple[str | int, ...]) -> bool:
    """Whether a rule of quality goes by `metric`, as v3.1.0 has it and the standard's examples before it."""
    node: Node | None = root
    for step in path:
        if isinstance(step, int):
            node = node.entries[step] if isinstance(node, Sequence) and step < len(node.entries) else None
        else:
            node = node.get(step) if isinstance(node, Mapping) else None
    return isinstance(node, Mapping) and node.get("metric") is not None


def _version_fault(root: Mapping, version: Node | None) -> tuple[Span, str] | None:
    """An `apiVersion` that can be no version of the standard; one that is only unknown here is left alone."""
    if version is None:
        return root.entries[0][0].span, "'apiVersion' is missing"
    written = text_of(version) or ""
    if _VERSION.fullmatch(written) or is_placeholder(written):
        return None
    return version.span, f"'{written}' is no version of the standard; a form such as v3.1.0 is expected"


def _dangling(root: Mapping) -> Iterator[tuple[Span, str]]:
    objects = _mappings(root.get("schema"))
    names = {text_of(item.get("name")) for item in objects}
    columns = {(text_of(item.get("name")) or ""): _property_names(item) for item in objects}
    for item in objects:
        yield from _object_faults(item)
    for sla in _mappings(root.get("slaProperties")):
        element = sla.get("element")
        if not isinstance(element, Scalar) or not text_of(element):
            continue
        for one in (part.strip() for part in element.value.split(",")):
            table, _, column = one.partition(".")
            if column and table in names and column.split(".")[0] not in columns.get(table, set()):
                yield element.inner, f"'{one}' is no property of '{table}'"
            elif column and table not in names and names - {None}:
                yield element.inner, f"'{table}' is no object of this contract; it has {_listed(names)}"


def _object_faults(item: Mapping) -> Iterator[tuple[Span, str]]:
    seen: dict[str, Scalar] = {}
    positions: dict[int, Scalar] = {}
    for prop in _mappings(item.get("properties")):
        name = prop.get("name")
        if isinstance(name, Scalar) and text_of(name):
            if name.value in seen:
                yield name.inner, f"the property '{name.value}' is declared twice"
            seen[name.value] = name
        position = prop.get("primaryKeyPosition")
        value = scalar_value(position, version=VERSION) if isinstance(position, Scalar) else None
        if isinstance(position, Scalar) and isinstance(value, int) and not isinstance(value, bool) and value > 0:
            if value in positions:
                yield position.span, f"another property has primaryKeyPosition {value} already"
            positions[value] = position
    for number, expected in zip(sorted(positions), range(1, len(positions) + 1), strict=False):
        if number != expected:
            yield positions[number].span, f"primaryKeyPosition {number} leaves a gap; {expected} is expected"
            break


def _property_names(item: Mapping) -> set[str]:
    return {name for prop in _mappings(item.get("properties")) if (name := text_of(prop.get("name")))}


def _listed(names: set[str | None]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(name for name in names if name))


# -- facts ------------------------------------------------------------------------------------------------------------


def _contract(root: Mapping, text: str, sites: Sites) -> Contract:
    identity = root.entry("id") or root.entry("name")
    site = sites.add(_inner(identity[1]) if identity else root.entries[0][0].span)
    objects = _mappings(root.get("schema"))
    schemas = _schemas(root)
    quality = [*_rules(root), *(item for one in objects for item in _all_quality(one))]
    version = root.entry("version")
    description = root.get("description")
    purpose = text_of(description.get("purpose")) if isinstance(description, Mapping) else text_of(description)
    return Contract(
        text_of(root.get("id")) or "",
        text_of(root.get("name")) or text_of(root.get("dataProduct")) or "",
        site,
        text_of(root.get("apiVersion")) or "",
        yaml_value(version[1], text, sites, version=VERSION) if version else Value(True),
        text_of(root.get("status")) or "",
        text_of(root.get("domain")) or "",
        tuple(_object(item, sites, schemas) for item in objects),
        tuple(_sla(item, text, sites) for item in _mappings(root.get("slaProperties"))),
        _owner(root),
        any(
            text_of(item.get("type")) in ("ownership", "canonical")
            for item in _mappings(root.get("authoritativeDefinitions"))
        ),
        _custom(root, text, sites),
        len(quality),
        sum(1 for item in quality if text_of(item.get("severity")) == "error"),
        (purpose or "")[:400],
    )


def _inner(node: Node) -> Span:
    return node.inner if isinstance(node, Scalar) else node.span


def _mappings(node: Node | None) -> list[Mapping]:
    return [item for item in node.items() if isinstance(item, Mapping)] if isinstance(node, Sequence) else []


def _rules(node: Mapping) -> list[Mapping]:
    """The quality rules that a machine can run; those in words are for people."""
    return [item for item in _mappings(node.get("quality")) if text_of(item.get("type")) != "text"]


def _all_quality(item: Mapping) -> list[Mapping]:
    return [*_rules(item), *(rule for prop in _mappings(item.get("properties")) for rule in _rules(prop))]


def _object(item: Mapping, sites: Sites, schemas: tuple[str, ...]) -> ContractObject:
    name = item.get("name")
    physical = item.get("physicalName")
    columns = [column for prop in _mappings(item.get("properties")) if (column := _column(prop, sites)) is not None]
    keyed = [
        (
            scalar_value(position, version=VERSION)
            if isinstance(position := prop.get("primaryKeyPosition"), Scalar)
            else 0,
            text_of(prop.get("name")) or "",
        )
        for prop in _mappings(item.get("properties"))
        if _true(prop.get("primaryKey"))
    ]
    place = name if isinstance(name, Scalar) and text_of(name) else physical
    site = sites.add(_inner(place) if place is not None else item.entries[0][0].span if item.entries else item.span)
    key = tuple(name for _, name in sorted(keyed, key=lambda pair: pair[0] if isinstance(pair[0], int) else 0) if name)
    return ContractObject(
        text_of(name) or "",
        text_of(physical) or "",
        site,
        Packed.pack(columns),
        len(columns),
        key,
        len(_all_quality(item)),
        schemas,
        sites.add(physical.inner) if isinstance(physical, Scalar) and text_of(physical) else NOWHERE,
    )


def _schemas(root: Mapping) -> tuple[str, ...]:
    """The schemas of the servers; none unless every server says one in plain words."""
    found = []
    for server in _mappings(root.get("servers")):
        schema = text_of(server.get("schema")) or text_of(server.get("dataset")) or ""
        if (text_of(server.get("type")) or "").casefold() in _DATABASE_IS_SCHEMA:
            schema = text_of(server.get("database")) or ""
        if not schema or not _PLAIN_NAME.fullmatch(schema):
            return ()
        found.append(schema.casefold())
    return tuple(dict.fromkeys(found))


def _column(prop: Mapping, sites: Sites) -> Column | None:
    name = prop.get("name")
    if not isinstance(name, Scalar) or not text_of(name):
        return None
    return Column(
        name.value,
        sites.add(name.inner),
        text_of(prop.get("physicalType")) or text_of(prop.get("logicalType")) or "",
        (text_of(prop.get("description")) or "")[:300],
        _true(prop.get("required")),
        _true(prop.get("unique")),
        _true(prop.get("primaryKey")),
        classes=words_of(prop),
        physical=text_of(prop.get("physicalName")) or "",
    )


def _true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and scalar_value(node, version=VERSION) is True


def _sla(item: Mapping, text: str, sites: Sites) -> Sla:
    prop = item.get("property")
    value = item.get("value")
    return Sla(
        text_of(prop) or "",
        yaml_value(value, text, sites, version=VERSION) if value is not None else Value(True),
        text_of(item.get("unit")) or "",
        text_of(item.get("element")) or "",
        sites.add(_inner(prop) if prop is not None else item.span),
    )


def _owner(root: Mapping) -> str:
    """Who answers for the data: an owner among the members, else the team, a role or a support channel."""
    team = root.get("team")
    members = _mappings(team.get("members")) if isinstance(team, Mapping) else _mappings(team)
    for member in members:
        if _OWNER.search(text_of(member.get("role")) or ""):
            return text_of(member.get("username")) or text_of(member.get("name")) or "owner"
    if isinstance(team, Mapping) and (name := text_of(team.get("name"))):
        return name
    for section, word in (("support", "channel"), ("roles", "role")):
        for item in _mappings(root.get(section)):
            if name := text_of(item.get(word)):
                return name
    return ""


def _custom(root: Mapping, text: str, sites: Sites) -> tuple[Setting, ...]:
    found = []
    for item in _mappings(root.get("customProperties")):
        name = item.get("property")
        value = item.get("value")
        if isinstance(name, Scalar) and text_of(name) and value is not None:
            found.append(Setting(name.value, yaml_value(value, text, sites, version=VERSION), sites.add(name.inner)))
    return tuple(found)
