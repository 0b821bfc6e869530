"""The settings that fixes give connectors are those that Kafka Connect documents, with values it takes."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.support.views import offered
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

OF_ROUTING = {
    "name": (),
    "topics": (),
    "transforms": (),
    "transforms.replay.type": ("org.apache.kafka.connect.transforms.RegexRouter",),
    "transforms.replay.regex": (),
    "transforms.replay.replacement": (),
}
"""https://kafka.apache.org/documentation/#org.apache.kafka.connect.transforms.RegexRouter."""

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


UPSERT = {
    "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector",
    "topics": "orders",
    "insert.mode": "upsert",
    "pk.mode": "record_key",
    "transforms": "unwrap",
}
RESOURCE = {
    "apiVersion": "kafka.strimzi.io/v1beta2",
    "kind": "KafkaConnector",
    "metadata": {"name": "orders"},
    "spec": {"class": UPSERT["connector.class"], "config": UPSERT},
}


def _properties(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("orders.json", json.dumps({"name": "orders", "config": UPSERT}, indent=2)),
        ("orders.json", json.dumps({"name": "orders", **UPSERT})),
        ("orders.properties", "".join(f"{key}={value}\n" for key, value in {"name": "orders", **UPSERT}.items())),
        ("orders.yaml", yaml.safe_dump(RESOURCE, sort_keys=False)),
    ],
    ids=["json", "flat", "properties", "strimzi"],
)
def test_failure_paths_have_documented_settings(path: str, text: str) -> None:
    """Both the connector and the one that replays its dead letters, in the form the connector has."""
    before = Workspace({path: text})
    assert before.codes() == ["TG311"]
    (found,) = offered(before, before.documents[path], text.index("topics"))
    after = before.applied(found.change)
    again = path.replace(".", "-replay.")
    assert set(after.files) == {path, again}
    assert after.found == []
    for of in (path, again):
        facts = after.view.facts(of)
        assert facts is not None
        (job,) = facts.jobs
        assert job.kind == "sink"
        for setting in job.settings:
            documented = DOCUMENTED | OF_ROUTING
            if UPSERT.get(setting.name) != setting.value.value and setting.name not in ("name", "connector.class"):
                assert setting.name in documented
                assert not documented[setting.name] or setting.value.value in documented[setting.name]
    if path.endswith(".json"):
        made = json.loads(after.files[again])
        config = made.get("config", made)
        assert made["name"] == "orders-replay"
    elif path.endswith(".yaml"):
        made = yaml.safe_load(after.files[again])
        config = made["spec"]["config"]
        assert (made["metadata"]["name"], made["spec"]["state"]) == ("orders-replay", "stopped")
        assert all(isinstance(value, str) for value in config.values())
    else:
        config = _properties(after.files[again])
        assert config["name"] == "orders-replay"
    assert config["topics"] == "dlq.orders"
    assert config["transforms"] == "replay,unwrap"
    assert config["transforms.replay.replacement"] == "orders"
    assert config["errors.deadletterqueue.topic.name"] == "dlq.orders.again"
