"""The settings that fixes give connectors are those that Kafka Connect documents, with values it takes."""

from __future__ import annotations

import json

import pytest

from tests.support.workspace import Workspace
from tidegate_analyzers.fixes.base import build

DOCUMENTED = {
    "errors.tolerance": ("none", "all"),
    "errors.log.enable": ("true", "false"),
    "errors.log.include.messages": ("true", "false"),
    "errors.deadletterqueue.topic.name": (),
    "errors.deadletterqueue.topic.replication.factor": (),
    "errors.deadletterqueue.context.headers.enable": ("true", "false"),
}
"""https://kafka.apache.org/documentation/#sinkconnectconfigs: names, and the values where there is a list of them."""
OF_JDBC = {
    "insert.mode": ("insert", "upsert", "update"),
    "pk.mode": ("none", "kafka", "record_key", "record_value"),
}
"""https://docs.confluent.io/kafka-connectors/jdbc/current/sink-connector/sink_config_options.html."""
OF_DEBEZIUM = {
    "insert.mode": ("insert", "upsert", "update"),
    "primary.key.mode": ("none", "kafka", "record_key", "record_value", "record_header"),
}
"""https://debezium.io/documentation/reference/stable/connectors/jdbc.html#debezium-jdbc-connector-connector-configuration."""

SINK = {"connector.class": "com.example.IndexSinkConnector", "topics": "orders"}
SOURCE = {"connector.class": "com.example.FileSourceConnector", "errors.tolerance": "all"}
KEPT = {"errors.tolerance": "all", "errors.deadletterqueue.topic.name": "dlq"}
JDBC = {"connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector", "topics": "orders", **KEPT}
DEBEZIUM = {
    "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
    "topics": "orders",
    "primary.key.mode": "none",
    **KEPT,
}


@pytest.mark.parametrize(
    ("config", "documented"),
    [
        (SINK, DOCUMENTED),
        ({**SINK, "errors.tolerance": "all"}, DOCUMENTED),
        ({**SINK, "errors.tolerance": "none"}, DOCUMENTED),
        (SOURCE, DOCUMENTED),
        (JDBC, OF_JDBC),
        (DEBEZIUM, OF_DEBEZIUM),
    ],
    ids=["default", "dropping", "stopping", "source", "jdbc", "debezium"],
)
def test_settings_are_documented(config: dict[str, str], documented: dict[str, tuple[str, ...]]) -> None:
    before = {"name": "orders", "config": config}
    workspace = Workspace({"connector.json": json.dumps(before, indent=2)})
    offers = [offer for _, offer in workspace.offers() if offer.kind.startswith("connect.")]
    assert offers
    for offer in offers:
        change = build(workspace.fixer, offer)
        assert change is not None
        text = workspace.files["connector.json"]
        for edit in sorted(change.edits, key=lambda edit: edit.span.start, reverse=True):
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
        after = json.loads(text)
        assert {key: value for key, value in after.items() if key != "config"} == {"name": "orders"}
        changed = {key: value for key, value in after["config"].items() if config.get(key) != value}
        assert changed
        for key, value in changed.items():
            assert key in documented
            assert not documented[key] or value in documented[key]
        assert not Workspace({"connector.json": text}).found
