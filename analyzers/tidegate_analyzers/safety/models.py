"""The verdict on a dbt model: what a second run of an incremental model adds.

What each adapter does when no strategy is named is dbt's documentation of incremental strategies
(https://docs.getdbt.com/docs/build/incremental-strategy); that `merge` without a key inserts everything is
read from the merge macro of dbt-adapters, whose ON clause is then FALSE.
"""

from __future__ import annotations

import re
from typing import Any

from tidegate_analyzers.facts import DbtNode, Relation, Setting, Value, Write
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.safety import guards, query
from tidegate_analyzers.safety.verdict import Chain, Safety, Verdict, verdict

DEFAULTS = {
    "athena": "insert_overwrite",
    "bigquery": "merge",
    "clickhouse": "delete_insert",
    "databricks": "merge",
    "duckdb": "delete+insert",
    "fabric": "delete+insert",
    "postgres": "delete+insert",
    "redshift": "delete+insert",
    "snowflake": "merge",
    "spark": "append",
    "sqlserver": "delete+insert",
    "synapse": "delete+insert",
    "trino": "append",
}
"""The strategy of an adapter when none is named; with a keyed one and no key, rows are only added."""

_KEYED = frozenset(("merge", "delete+insert", "delete_insert", "default", "legacy", "upsert"))
_WINDOWED = frozenset(("insert_overwrite", "microbatch", "replace_where", "dynamic_insert_overwrite"))
_CLEARS = re.compile(r"\b(?:delete|truncate|merge|alter|drop)\b", re.I)
_DEDUP_ENGINE = re.compile(r"replacing|collapsing|aggregating|summing", re.I)


def judge(view: View, key: NodeKey) -> Verdict:
    """What a second run of a model does to its table."""
    return view.memo(("model", key), lambda: _judge(view, key))


def _judge(view: View, key: NodeKey) -> Verdict:
    chain = Chain()
    node = dbt.node_of(view, key)
    if node is None:
        return verdict(Safety.UNKNOWN, chain)
    kind = dbt.config(view, key, "materialized")
    material = dbt.materialization(view, key)
    where = kind or (key.path, Value(True, site=node.site))
    if material != "incremental":
        chain.fact(f"it is materialized as {material or 'something that is not known'}", where[0], where[1].site)
        return verdict(Safety.REPLACE if material else Safety.UNKNOWN, chain)
    chain.fact("it is materialized incrementally", where[0], where[1].site)
    if guards.set_apart(view, (key.path,), chain):
        return verdict(Safety.UNKNOWN, chain)
    if dbt.is_on(view, key) is False:
        chain.held("G7", "it is disabled")
        return verdict(Safety.NO_ROWS, chain)
    if not node.config_complete:
        chain.unknown("G7", "its config() can't be read whole", key.path, node.config_site)
        return verdict(Safety.UNKNOWN, chain)
    settled = _by_config(view, key, chain) or _by_hooks(view, key, node, chain)
    if settled is not None:
        return verdict(settled, chain)
    return _by_query(view, key, node, chain)


def _by_config(view: View, key: NodeKey, chain: Chain) -> Safety | None:
    """What the strategy, the key and the engine settle."""
    full = dbt.config(view, key, "full_refresh")
    if full is not None and full[1].known and full[1].value is True:
        chain.held("G7", "full_refresh is true: every run builds it anew", full[0], full[1].site)
        return Safety.REPLACE
    engine = dbt.config(view, key, "engine")
    if engine is not None and (not engine[1].known or _DEDUP_ENGINE.search(str(engine[1].value))):
        chain.held(
            "G3",
            f"it is stored with {engine[1].value if engine[1].known else engine[1].text}",
            engine[0],
            engine[1].site,
        )
        return Safety.ENGINE_DEDUP if engine[1].known else Safety.UNKNOWN
    strategy = _strategy(view, key, chain)
    if strategy is None:
        return Safety.UNKNOWN
    if strategy == "insert_overwrite" and _adapter(view, key) == "athena" and not _is_set(view, key, "partitioned_by"):
        chain.fact("without partitioned_by, athena appends")
        strategy = "append"
    if strategy in _WINDOWED:
        chain.held("G3", f"the strategy {strategy} replaces the part it writes")
        return Safety.PARTITION
    keyed = _unique_key(view, key)
    if strategy == "append":
        if keyed is not None:
            chain.fact(
                f"unique_key is set to {keyed[1].text or keyed[1].value}, but the strategy append does not use it",
                keyed[0],
                keyed[1].site,
            )
        else:
            chain.failed("G3", "the strategy append matches no keys")
        return None
    if keyed is not None:
        chain.held("G3", f"rows are matched by unique_key {_spelled(keyed[1])}", keyed[0], keyed[1].site)
        return Safety.KEYED
    chain.failed("G3", f"no unique_key is set, so the strategy {strategy} only adds rows")
    return None


def _strategy(view: View, key: NodeKey, chain: Chain) -> str | None:
    """The strategy in effect; `None` where it can't be told or is one of the project's own."""
    given = dbt.config(view, key, "incremental_strategy")
    if given is not None and not (given[1].known and given[1].value is None):
        value = given[1]
        if not value.known:
            if value.choices and all(choice in _WINDOWED | _KEYED for choice in value.choices):
                return next((str(choice) for choice in value.choices if choice in _KEYED), str(value.choices[0]))
            if not (value.choices and all(choice == "append" for choice in value.choices)):
                chain.unknown("G7", f"the strategy {value.text} is not known before a run", given[0], value.site)
                return None
        name = str(value.value if value.known else value.choices[0])
        if name not in _WINDOWED | _KEYED | {"append"} or view.find(
            f"macro:get_incremental_{name.replace('+', '_')}_sql"
        ):
            chain.unknown("G7", f"the strategy {name} is the project's own", given[0], value.site)
            return None
        chain.fact(f"its strategy is {name}", given[0], value.site)
    else:
        project = view.layout.project_of(key.path)
        adapter = _adapter(view, key)
        if adapter not in DEFAULTS:
            chain.unknown("G7", "it names no strategy, and the adapter that would choose one is not known")
            return None
        name = DEFAULTS[adapter]
        chain.fact(
            f"it names no strategy; {adapter} takes {name}", project.adapter_source if project is not None else ""
        )
        if view.find("macro:get_incremental_default_sql") or view.find(f"macro:{adapter}__get_incremental_default_sql"):
            chain.unknown("G7", "the project replaces the default strategy by its own")
            return None
    return None if _overridden(view, chain) else name


def _overridden(view: View, chain: Chain) -> bool:
    for posting in view.find("macro:incremental"):
        facts = view.facts(posting.path)
        if (
            facts is not None
            and posting.number < len(facts.macros)
            and facts.macros[posting.number].kind == "materialization"
        ):
            chain.unknown(
                "G7",
                "the project replaces the incremental materialization by its own",
                posting.path,
                facts.macros[posting.number].site,
            )
            return True
    return False


def strategy_of(view: View, key: NodeKey) -> str:
    """The strategy of an incremental model, empty where it can't be told or is one of the project's own."""
    return _strategy(view, key, Chain()) or ""


def is_keyed(strategy: str) -> bool:
    """Whether a strategy matches rows by `unique_key`."""
    return strategy in _KEYED


def _adapter(view: View, key: NodeKey) -> str:
    project = view.layout.project_of(key.path)
    return project.adapter if project is not None else ""


def _is_set(view: View, key: NodeKey, name: str) -> bool:
    found = dbt.config(view, key, name)
    return found is not None and not (found[1].known and not found[1].value)


def _unique_key(view: View, key: NodeKey) -> tuple[str, Value] | None:
    return dbt.config(view, key, "unique_key") if _is_set(view, key, "unique_key") else None


def _spelled(value: Value) -> str:
    if value.known and isinstance(value.value, list):
        return ", ".join(str(item) for item in value.value)
    return str(value.value) if value.known else value.text


def _by_hooks(view: View, key: NodeKey, node: DbtNode, chain: Chain) -> Safety | None:
    """A hook that clears the table before rows are added, or one that can't be read."""
    for path, setting in dbt.settings_of(view, key):
        if setting.name not in ("pre_hook", "pre-hook", "post_hook", "post-hook"):
            continue
        text = _hook_text(setting)
        if _CLEARS.search(text) and re.search(r"\bthis\b|" + re.escape(key.name), text, re.I):
            chain.held("G3", f"a {setting.name} clears or rewrites it", path, setting.value.site)
            return Safety.PARTITION
        if setting.name.startswith("pre") and re.search(r"\{\{\s*(?!this\b)\w+\s*\(", text):
            chain.unknown("G3", f"a {setting.name} calls a macro that may clear it", path, setting.value.site)
            return Safety.UNKNOWN
    return None


def _hook_text(setting: Setting) -> str:
    value: Any = setting.value.value if setting.value.known else setting.value.text
    return str(value) + " " + setting.value.text


def _by_query(view: View, key: NodeKey, node: DbtNode, chain: Chain) -> Verdict:
    """What the query adds on a second run."""
    load = node.load
    if node.language != "sql" or load is None:
        chain.unknown(
            "G7",
            "what it adds is not written in SQL that can be read"
            if node.language != "sql"
            else "its query could not be followed",
            key.path,
            node.site,
        )
        return verdict(Safety.UNKNOWN, chain)
    if load.opaque:
        made = _rendered_load(view, key)
        if made is None:
            chain.unknown("G7", load.opaque, key.path, node.site)
            return verdict(Safety.UNKNOWN, chain)
        chain.fact(f"{load.opaque}; rendered, it does this", key.path, node.site)
        load = made
    value, everything, clock = query.restrictions(load, key.path, chain)
    if not value.unsafe:
        return verdict(value, chain)
    if load.reads_target and not any(
        r.kind in ("overlap", "high_water", "anti_join") for arm in load.arms for r in arm
    ):
        chain.unknown("G4", "it reads its own table in a way that is not understood", key.path, node.site)
        return verdict(Safety.UNKNOWN, chain)
    if value is not Safety.OVERLAP and guards.audit(Relation("table", (key.name,)), chain):
        return verdict(Safety.UNKNOWN, chain)
    if everything and (doubt := _transient_source(node)):
        chain.unknown("G9", f"'{doubt}' is named as a source that holds only what is new", key.path, node.site)
        return verdict(Safety.UNKNOWN, chain)
    if everything and all(ref.function == "source" for ref in node.refs):
        chain.doubt(
            "whether its source keeps rows it has given before is not visible here",
            key.path,
            node.refs[0].site if node.refs else node.site,
        )
    return verdict(value, chain, everything=everything, clock=clock)


def _rendered_load(view: View, key: NodeKey) -> Write | None:
    """What a second run adds where only rendering shows it."""
    from tidegate_analyzers.graph.rendered_flow import rendered_load  # with Jinja, which few models need

    return rendered_load(view, key)


def _transient_source(node: DbtNode) -> str:
    names = [part for ref in node.refs for part in ref.names] + [read.relation.name for read in node.tables]
    return next((name for name in names if guards.TRANSIENT.search(name)), "")
