"""dbt's own names: which node a `ref` means, and what its configuration comes to."""

from tidegate_analyzers.graph.dbt.configuration import (
    config,
    config_value,
    contract_enforced,
    ignored_codes,
    is_enabled,
    key_columns,
    materialization,
    meta,
    owner,
    settings_of,
    unique_key,
)
from tidegate_analyzers.graph.dbt.nodes import NodeKey, node_of, nodes_in, properties_of
from tidegate_analyzers.graph.dbt.references import (
    Resolution,
    consumers,
    resolve_ref,
    source_of,
    source_readers,
    takes_in,
    users,
)
from tidegate_analyzers.graph.dbt.switches import is_on

__all__ = [
    "NodeKey",
    "Resolution",
    "config",
    "config_value",
    "consumers",
    "contract_enforced",
    "ignored_codes",
    "is_enabled",
    "is_on",
    "key_columns",
    "materialization",
    "meta",
    "node_of",
    "nodes_in",
    "owner",
    "properties_of",
    "resolve_ref",
    "settings_of",
    "source_of",
    "source_readers",
    "takes_in",
    "unique_key",
    "users",
]
