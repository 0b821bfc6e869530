"""PyFlink: SQL that a table environment executes, table descriptors, sources and sinks of DataStreams, settings.

https://nightlies.apache.org/flink/flink-docs-stable/api/python/.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from tidegate_analyzers.facts import BadRecords, Site
from tidegate_analyzers.readers.flink.notes import (
    Bad,
    Conf,
    Mark,
    Operation,
    Option,
    Program,
    Query,
    Sink,
    Source,
    Table,
)
from tidegate_analyzers.readers.flink.sql import read_statements
from tidegate_analyzers.readers.flink.streams import flow_of
from tidegate_analyzers.readers.python.libraries.base import Call, Effects, Library, dotted
from tidegate_analyzers.readers.python.names import Chain
from tidegate_analyzers.readers.python.values import Items, Plain, Text, Value
from tidegate_analyzers.text import Span

_SOURCES = {
    "FlinkKafkaConsumer": "kafka",
    "KafkaSource": "kafka",
    "FlinkKinesisConsumer": "kinesis",
    "KinesisStreamsSource": "kinesis",
    "PulsarSource": "pulsar",
    "RMQSource": "rabbitmq",
    "FileSource": "filesystem",
}
_SINKS = {
    "FlinkKafkaProducer": "kafka",
    "KafkaSink": "kafka",
    "KinesisStreamsSink": "kinesis",
    "KinesisFirehoseSink": "firehose",
    "JdbcSink": "jdbc",
    "FileSink": "filesystem",
    "StreamingFileSink": "filesystem",
    "Elasticsearch7SinkBuilder": "elasticsearch",
    "Elasticsearch6SinkBuilder": "elasticsearch",
    "RMQSink": "rabbitmq",
    "CassandraSink": "cassandra",
}
_SETTING = re.compile(r"^(?:execution|state|table|restart-strategy|pipeline)\.[\w.\-]+$")
_EVENT_TIME = re.compile(r"^(?:Tumbling|Sliding)EventTimeWindows$|^EventTimeSessionWindows$|^Dynamic\w*EventTime\w*$")
_NOW = re.compile(r"ProcessingTime")
_OF_SQL = ("execute_sql", "sql_update", "add_insert_sql", "sql_query")
_NO_WATERMARK = "no_watermarks"


def _sql(call: Call) -> bool:
    given: Value | None = call.given("stmt", 0) or call.given("query")
    if not isinstance(given, Text):
        return False
    fragment = given.fragment
    for note in read_statements(fragment.text, lambda span: call.mark(fragment.source_span(span))):
        call.effects.note(note)
    return False


def _setting(call: Call) -> bool:
    key, value = call.given("key", 0), call.given("value", 1)
    if isinstance(key, Text) and _SETTING.match(key.text):
        call.effects.note(Conf(key.text, _word(value), call.add(call.node)))
        if key.text == "execution.runtime-mode" and _word(value).casefold() == "batch":
            call.effects.note(Mark("batch", call.add(call.node)))
    return False


def _word(value: Value | None) -> str:
    if isinstance(value, Text):
        return value.text if value.known else ""
    return str(value.value) if isinstance(value, Plain) else ""


def _checkpoints(call: Call) -> bool:
    site = call.add(call.node)
    given = call.argument("interval", 0)
    call.effects.note(Conf("execution.checkpointing.interval", call.written(given) if given is not None else "", site))
    mode = call.argument("mode", 1)
    if mode is not None:
        call.effects.note(Conf("execution.checkpointing.mode", dotted(mode).rpartition(".")[2], call.add(mode)))
    return True


def _mode(call: Call) -> bool:
    node = call.argument("checkpointing_mode", 0)
    if node is not None:
        call.effects.note(Conf("execution.checkpointing.mode", dotted(node).rpartition(".")[2], call.add(node)))
    return True


def _storage(call: Call) -> bool:
    node = call.argument("", 0)
    if node is not None:
        call.effects.note(Conf("state.checkpoints.dir", _word(call.value(node)), call.add(node)))
    return True


def _batch(call: Call) -> bool:
    words = call.written(call.node)
    if call.method == "in_batch_mode" or "BATCH" in words:
        call.effects.note(Mark("batch", call.add(call.node)))
    return False


def _environment(call: Call) -> bool:
    if call.method == "create" and not dotted(call.node.func).endswith("TableEnvironment.create"):
        return False
    call.effects.note(Mark("start", call.add(call.node.func)))
    if "application_properties.json" in call.file.text or "kinesisanalytics" in call.file.text:
        call.effects.note(Mark("managed", call.add(call.node.func)))
    return False


def _class(chain: Chain, classes: dict[str, str]) -> tuple[str, str]:
    """The class by which a source or sink is made, and its connector."""
    for link in chain:
        if link.name in classes:
            return link.name, classes[link.name]
    return "", ""


def _source(call: Call) -> bool:
    node = call.argument("source_func" if call.method == "add_source" else "source", 0)
    if node is None:
        return False
    chain = call.chain(node)
    _, connector = _class(chain, _SOURCES)
    words = call.written(node)
    call.effects.note(Source(connector, tuple(_topics(call, chain)), call.add(node), "set_bounded" in words))
    strategy = call.argument("watermark_strategy", 1)
    if strategy is not None and _NO_WATERMARK not in call.written(strategy):
        call.effects.note(Mark("watermark", call.add(strategy)))
    return False


def _topics(call: Call, chain: Chain) -> list[str]:
    for link in chain:
        if link.call is None or link.name not in ("FlinkKafkaConsumer", "set_topics", "set_topic"):
            continue
        named = next((keyword.value for keyword in link.call.keywords if keyword.arg == "topics"), None)
        nodes = [named] if named is not None else link.call.args[: 1 if link.name == "FlinkKafkaConsumer" else None]
        values = [call.value(node, link.env) for node in nodes]
        texts = [item for value in values for item in (value.items if isinstance(value, Items) else (value,))]
        return [item.text for item in texts if isinstance(item, Text)]
    return []


def _sink(call: Call) -> bool:
    node = call.argument("sink_func" if call.method == "add_sink" else "sink", 0)
    if node is None:
        return False
    chain = call.chain(node)
    _, connector = _class(chain, _SINKS)
    guarantee = next(
        (
            dotted(link.call.args[0]).rpartition(".")[2].casefold()
            for link in chain
            if link.call is not None and link.name == "set_delivery_guarantee" and link.call.args
        ),
        "",
    )
    call.effects.note(Sink(connector, _topic_of(call, chain), call.add(call.node.func), guarantee))
    return False


def _topic_of(call: Call, chain: Chain) -> str:
    """The topic of a Kafka sink: of its constructor, or of the serializer in its builder."""
    for link in chain:
        if link.call is None:
            continue
        if link.name == "FlinkKafkaProducer":
            node = next((k.value for k in link.call.keywords if k.arg == "topic"), None) or next(
                iter(link.call.args), None
            )
            value = call.value(node, link.env) if node is not None else None
            return value.text if isinstance(value, Text) else ""
        for inner in ast.walk(link.call):
            if isinstance(inner, ast.Call) and dotted(inner.func).rpartition(".")[2] == "set_topic" and inner.args:
                value = call.value(inner.args[0], link.env)
                return value.text if isinstance(value, Text) else ""
    return ""


def _print(call: Call) -> bool:
    """`stream.print()` shows what runs through it."""
    if isinstance(call.node.func, ast.Attribute) and not call.node.args:
        call.effects.note(Sink("print", "", call.add(call.node.func)))
    return False


def _window(call: Call) -> bool:
    node = call.argument("window_assigner", 0)
    if node is not None:
        name = next((part for part in dotted(node).split(".") if _EVENT_TIME.match(part) or _NOW.search(part)), "")
        if name:
            column = "@now" if _NOW.search(name) else ""
            call.effects.note(Operation("window", call.written(node), call.add(node), column))
    return False


def _watermark(call: Call) -> bool:
    if _NO_WATERMARK not in call.written(call.node):
        call.effects.note(Mark("watermark", call.add(call.node)))
    return False


def _ignores(call: Call) -> bool:
    site = _name_site(call)
    call.effects.note(Bad(BadRecords("dropped", "flink", f"{call.method}()", site, outside=True)))
    return False


def _name_site(call: Call) -> Site:
    """The place of the name of a method, without what it is called on."""
    whole = call.file.span(call.node.func)
    return call.mark(Span(whole.end - len(call.method), whole.end))


def _built(call: Call) -> bool:
    """A JSON deserializer: it fails at what is no JSON, unless it is told to ignore it."""
    names = [link.name for link in call.chain()]
    if "JsonRowDeserializationSchema" in names and "ignore_parse_errors" not in names:
        note = "the job fails at it, and reads it again after each restart"
        by = "JsonRowDeserializationSchema without ignore_parse_errors()"
        call.effects.note(Bad(BadRecords("stops", "flink", by, call.add(call.node), outside=True, note=note)))
    return False


def _side_output(call: Call) -> bool:
    call.effects.note(Mark("side output", call.add(call.node)))
    return False


def _table(call: Call) -> bool:
    """`create_temporary_table("orders", TableDescriptor.for_connector("kafka")….build())`."""
    name, node = call.given("path", 0), call.argument("descriptor", 1)
    if not isinstance(name, Text) or node is None:
        return False
    options: dict[str, Option] = {}
    watermark = False
    for link in call.chain(node):
        if link.call is None:
            continue
        values = [call.value(argument, link.env) for argument in link.call.args]
        site = call.add(link.call)
        if link.name == "for_connector" and values and isinstance(values[0], Text):
            options["connector"] = Option(values[0].text, site)
        elif link.name == "option" and len(values) > 1 and isinstance(values[0], Text):
            options[values[0].text.casefold()] = Option(_word(values[1]), site)
        elif link.name == "format" and values and isinstance(values[0], Text):
            options["format"] = Option(values[0].text, site)
        elif link.name == "schema":
            watermark = "watermark(" in call.written(link.call)
    if options:
        last = name.text.rpartition(".")[2].casefold()
        call.effects.note(Table(last, options, call.add(call.argument("path", 0) or call.node), watermark))
    return False


def _insert(call: Call) -> bool:
    name = call.given("table_path_or_descriptor", 0)
    if isinstance(name, Text):
        site = call.add(call.argument("table_path_or_descriptor", 0) or call.node)
        sources = tuple(
            value.text.rpartition(".")[2].casefold()
            for link in call.chain()
            if link.call is not None and link.name in ("from_path", "scan") and link.call.args
            if isinstance(value := call.value(link.call.args[0], link.env), Text)
        )
        call.effects.note(Query(name.text.rpartition(".")[2].casefold(), name.text, site, sources))
    return False


def _finish(notes: Sequence[object], effects: Effects) -> None:
    program = Program()
    for note in notes:
        program.add(note)
    flow = flow_of(program)
    for stream in flow.streams:
        effects.stream(stream)
    for bad in flow.bad_records:
        effects.bad(bad)
    for read in flow.reads:
        effects.read(read)
    for setting in flow.settings:
        effects.setting(setting)


LIBRARY = Library(
    "flink",
    ("pyflink",),
    {
        **dict.fromkeys(_OF_SQL, _sql),
        **dict.fromkeys(("set", "set_string", "set_integer", "set_boolean"), _setting),
        **dict.fromkeys(("in_batch_mode", "set_runtime_mode"), _batch),
        **dict.fromkeys(("add_source", "from_source"), _source),
        **dict.fromkeys(("add_sink", "sink_to"), _sink),
        **dict.fromkeys(("create_temporary_table", "create_table"), _table),
        **dict.fromkeys(("assign_timestamps_and_watermarks", "for_bounded_out_of_orderness"), _watermark),
        "for_monotonous_timestamps": _watermark,
        "enable_checkpointing": _checkpoints,
        "set_checkpointing_mode": _mode,
        "set_checkpoint_storage_dir": _storage,
        "get_execution_environment": _environment,
        "create": _environment,
        "ignore_parse_errors": _ignores,
        "build": _built,
        "get_side_output": _side_output,
        "execute_insert": _insert,
        "print": _print,
        "window": _window,
    },
    finish=_finish,
)
