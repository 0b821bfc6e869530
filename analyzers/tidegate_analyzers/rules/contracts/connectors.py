"""Connectors that hand records over without a schema: what TG101 says of topics."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Job, Relation, Value
from tidegate_analyzers.graph.contracts import contract_for_relation
from tidegate_analyzers.readers.connect.connector import CLASS, asks_registry
from tidegate_analyzers.readers.connect.errors import ENGINE
from tidegate_analyzers.rules.base import Context, Finding
from tidegate_analyzers.rules.contracts.groups import CONNECTORS
from tidegate_analyzers.safety.jobs import label
from tidegate_analyzers.safety.verdict import Step

_CONVERTER = "value.converter"
_FORMATS = {"source": "output.data.format", "sink": "input.data.format"}
"""What Confluent Cloud's connectors have instead of converters: `JSON` is without a schema
(https://docs.confluent.io/cloud/current/connectors/connect-api-section.html)."""
_REGISTERED = frozenset(("AVRO", "PROTOBUF", "JSON_SR"))
_OF_TEXT = re.compile(
    r"(?i)Splunk|Datadog|CloudWatch|LogAnalytics|AppDynamics|PagerDuty|Prometheus|Syslog|FileStream|Datagen|Redis"
    r"|Lambda|FunctionsS|HttpS|Http_?V?2?S|ActiveMQ|Jms|JMS|I[Bb][Mm]MQ|Tibco|Solace|RabbitMQ|Mqtt"
)
"""Plugins of logs, generated data, keyed text, calls and messages: what they carry is text by nature."""
_OUTBOX = re.compile(r"outbox\.(?:\w+)?EventRouter$")


def schemaless_connectors(ctx: Context) -> Iterator[Finding]:
    """Each connector whose form of records says that they have no schema, where no contract speaks of them."""
    for job in ctx.facts.jobs if not ctx.shielded else ():
        option = _option(job)
        converter = job.setting(option) if option else None
        if converter is None or not converter.known:
            continue
        if asks_registry(str(converter.value)) or (option in _FORMATS.values() and converter.value in _REGISTERED):
            ctx.count(CONNECTORS, has=True)
            continue
        by = _schemaless(job, option, str(converter.value))
        data = [read.relation for read in job.reads] + [write.target for write in job.writes]
        topics = [relation for relation in data if relation.kind == "topic"]
        if not by or not (data or not any(ctx.view.find("contracts:any"))):
            continue
        held = next((found for relation in data if (found := contract_for_relation(ctx.view, relation))), None)
        ctx.count(CONNECTORS, has=held is not None)
        fact = Step("fact", f"{label(job)} has {by}", "", ctx.path, converter.site)
        if held is not None:
            ctx.passed(converter.site, job.name, [fact, Step("held", held.how, "", held.path, held.site)])
            continue
        yield ctx.finding(
            converter.site,
            f"nothing says what is in the records of {_what(job, topics)}: {by}, and no contract",
            severity="info",
            subject=job.name,
            evidence=[fact, Step("failed", "no contract speaks of what it reads or writes")],
            group=CONNECTORS,
        )


def _option(job: Job) -> str:
    """The option by which a connector says what form its records have; empty where it doesn't."""
    if job.engine != ENGINE or job.kind not in ("sink", "source"):
        return ""
    return next((option for option in (_CONVERTER, _FORMATS[job.kind]) if job.setting(option) is not None), "")


def _schemaless(job: Job, option: str, converter: str) -> str:
    """The words by which a connector says that its records have no schema; empty if it doesn't, or they need none."""
    plugin = job.setting(CLASS)
    if plugin is None or not plugin.known or _OF_TEXT.search(str(plugin.value).rpartition(".")[2]):
        return ""
    if option != _CONVERTER:
        described = plugin.value == "STRING"  # a list of the options with their types
        return f"{option}=JSON" if converter == "JSON" and not described else ""
    last = converter.rpartition(".")[2]
    if last == "StringConverter":
        routed = any(_OUTBOX.search(str(s.value.value)) for s in job.settings if s.name.endswith(".type"))
        return "" if routed else f"{_CONVERTER}={last}"
    enabled = job.setting(f"{_CONVERTER}.schemas.enable")
    return f"{_CONVERTER}={last} with schemas.enable=false" if last == "JsonConverter" and _is_off(enabled) else ""


def _is_off(value: Value | None) -> bool:
    return value is not None and value.known and str(value.value).strip().casefold() == "false"


def _what(job: Job, topics: list[Relation]) -> str:
    named = [str(topic) for topic in topics if not topic.dynamic]
    if not named:
        return f"'{job.name}'" if job.name else "this connector"
    return f"the topic '{named[0]}'" + (f" and of {len(named) - 1} more" if len(named) > 1 else "")
