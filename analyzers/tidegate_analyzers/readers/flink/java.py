"""Flink programs in Java: sources, sinks, windows and settings of the DataStream API, and SQL in texts.

Classes and methods are known by their names. What an expression is made of is looked for in the initial value of the
variables it names and in the methods of the file it calls, not followed from statement to statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import BadRecords, FileFacts, FileRead, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.flink.formats import ENDLESS
from tidegate_analyzers.readers.flink.notes import Bad, Conf, Mark, Operation, Program, Sink, Source
from tidegate_analyzers.readers.flink.script import job_of
from tidegate_analyzers.readers.flink.sql import read_statements
from tidegate_analyzers.readers.suppressions import by_spans, is_generated, suppressions
from tidegate_analyzers.syntax.java import JavaCall, JavaFile, parse_java
from tidegate_analyzers.text import Document, Span

LARGEST = 400_000
"""Characters."""
_SOURCES = (
    (re.compile(r"\bFlinkKafkaConsumer\w*\b|\bKafkaSource\b"), "kafka"),
    (re.compile(r"\bFlinkKinesisConsumer\b|\bKinesisStreamsSource\b|\bDynamoDbStreamsSource\b"), "kinesis"),
    (re.compile(r"\bPulsarSource\b"), "pulsar"),
    (re.compile(r"\bRMQSource\b"), "rabbitmq"),
    (re.compile(r"\bPubSubSource\b"), "pubsub"),
    (re.compile(r"\bPostgreSQLSource(?:Builder)?\b|\bPostgres(?:Incremental)?Source(?:Builder)?\b"), "postgres-cdc"),
    (re.compile(r"\bMy(?:Sql|SQL)Source\b"), "mysql-cdc"),
    (re.compile(r"\bSqlServerSource(?:Builder)?\b"), "sqlserver-cdc"),
    (re.compile(r"\bOracleSource(?:Builder)?\b"), "oracle-cdc"),
    (re.compile(r"\bMongoDBSource\b"), "mongodb-cdc"),
    (re.compile(r"\bDataGeneratorSource\b|\bDataGenerator\b"), "datagen"),
    (re.compile(r"\bFileSource\b"), "filesystem"),
)
_SINKS = (
    (re.compile(r"\bFlinkKafkaProducer\w*\b|\bKafkaSink\b"), "kafka"),
    (re.compile(r"\bKinesisStreamsSink\b|\bFlinkKinesisProducer\b"), "kinesis"),
    (re.compile(r"\bKinesisFirehoseSink\b|\bFlinkKinesisFirehoseProducer\b"), "firehose"),
    (re.compile(r"\bRedisSink\b"), "redis"),
    (re.compile(r"\bJdbcSink\b|\bJDBCOutputFormat\b"), "jdbc"),
    (re.compile(r"\bElasticsearch\w*Sink\w*\b|\bOpensearchSink\w*\b"), "elasticsearch"),
    (re.compile(r"\bFileSink\b|\bStreamingFileSink\b|\bBucketingSink\b"), "filesystem"),
    (re.compile(r"\bRMQSink\b"), "rabbitmq"),
    (re.compile(r"\bCassandraSink\b"), "cassandra"),
    (re.compile(r"\bMongoSink\b"), "mongodb"),
    (re.compile(r"\bSqsSink\b"), "sqs"),
    (re.compile(r"\bPrintSinkFunction\b|\bDiscardingSink\b"), "print"),
)
_EVENT_TIME = re.compile(r"\b(?:Tumbling|Sliding)EventTimeWindows\b|\bEventTimeSessionWindows\b")
_NOW = re.compile(r"ProcessingTime")
_TOPIC = re.compile(
    r"\.setTopics?\(\s*\"([^\"]+)\"|\bFlinkKafka(?:Consumer|Producer)\w*\s*<[^()]*>\s*\(\s*\"([^\"]+)\""
)
_BOUNDED = re.compile(r"\bsetBounded\(|\bStartupOptions\.snapshot\(")
_GUARANTEE = re.compile(r"\b(?:DeliveryGuarantee|Semantic)\.(EXACTLY_ONCE|AT_LEAST_ONCE|NONE)\b")
_KEYED = re.compile(
    r"\bon\s+conflict\b|\bon\s+duplicate\s+key\b|\bmerge\s+into\b|\breplace\s+into\b|\bupsert\b|\.id\s*\(|CassandraSink|replaceOne|setUpsert",
    re.I,
)
_FAILS = re.compile(
    r"\b(?:JsonDeserializationSchema|JSONKeyValueDeserializationSchema|JsonRowDeserializationSchema|JsonRowDataDeserializationSchema)\b"
)
_SCHEMA = re.compile(
    r"\bclass\s+\w+[^{]*\b(?:implements|extends)\b[^{]*\b(?:Kafka|KafkaRecord|Kinesis|Abstract)?DeserializationSchema\b"
)
_OF_MESSAGE = re.compile(
    r"\bdeserialize\s*\([^)]*\b(?:byte\s*\[\]|ConsumerRecord\s*<|KinesisClientRecord\b)[^)]*\)[^{;]*\{"
)
_BRACE = re.compile(r"[{}]")
_PARSES = re.compile(r"(?<=[.\w])\b(readValue|readTree|fromJson|parseObject|parseFrom)\s*\(")
"""Calls that throw at what they can't parse."""
_OF_OTHERS = re.compile(r"\b[A-Z]\w*\.[a-z]\w*(?=\s*\()")
_ENVIRONMENT = re.compile(r"\bStreamExecutionEnvironment\s*\.\s*\w+\(")
_BUILT_IN = re.compile(r"(?:^|/)(?P<module>[^/]+)/src/(?:main/)?(?:java|scala)?/?")
_BY_CONSTANT = {
    "CHECKPOINTING_INTERVAL": "execution.checkpointing.interval",
    "CHECKPOINTING_MODE": "execution.checkpointing.mode",
    "CHECKPOINTING_CONSISTENCY_MODE": "execution.checkpointing.mode",
    "CHECKPOINTS_DIRECTORY": "state.checkpoints.dir",
    "RUNTIME_MODE": "execution.runtime-mode",
}
_SQL = frozenset(("executeSql", "sqlUpdate", "addInsertSql", "sqlQuery"))
_NAME = re.compile(r"\b[A-Za-z_]\w*\b")


def read_java(document: Document, role: Role) -> FileRead:
    """The facts of one file."""
    sites = Sites()
    text = document.text
    if len(text) > LARGEST:
        return sites.finish(FileFacts("java"))
    file = parse_java(text)
    program = Program()
    for note in _Reader(file, sites).notes():
        program.add(note)
    module = _BUILT_IN.search(document.path)
    if module is not None and (program.conf or program.sinks):
        program.add(Conf("@module", module["module"], sites.add((0, 0))))
    job = job_of(file.name[0] if file.name is not None else "", program)
    said = job.streams or job.bad_records or job.settings or program.operations
    return sites.finish(
        FileFacts(
            "java",
            (),
            suppressions(
                document, sites, by_spans(file.statements), lambda at, _: any(_within(at, s) for s in file.strings)
            ),
            is_generated(document),
            jobs=(job,) if said else (),
        )
    )


def _within(at: int, span: Span) -> bool:
    return span.start < at < span.end


class _Reader:
    def __init__(self, file: JavaFile, sites: Sites) -> None:
        self.file = file
        self.sites = sites

    def notes(self) -> Iterator[object]:
        if "KinesisAnalyticsRuntime" in self.file.code:
            yield Mark("managed")
        for call in self.file.calls:
            yield from self._of(call)
        yield from self._for_others()
        yield from self._own_schema()

    def _own_schema(self) -> Iterator[Bad]:
        """A class that reads messages for a source: what it can't parse is thrown out of `deserialize`, unless it is caught."""
        begins = _OF_MESSAGE.search(self.file.code) if _SCHEMA.search(self.file.code) else None
        if begins is None:
            return
        depth, end = 1, begins.end()
        while depth and (brace := _BRACE.search(self.file.code, end)) is not None:
            depth, end = depth + (1 if brace[0] == "{" else -1), brace.end()
        body = Span(begins.end(), end)
        parsed = _PARSES.search(self.file.code, body.start, body.end)
        if parsed is not None and not re.search(r"\bcatch\b", self.file.slice(body)):
            note = "the job fails at it, and reads it again after each restart"
            by = f"{parsed[1]} throws out of deserialize()"
            yield Bad(BadRecords("stops", "flink", by, self.sites.add(Span(*parsed.span(1))), outside=True, note=note))

    def _for_others(self) -> Iterator[Conf]:
        """What the methods of the class make and give back: an environment, a source, a sink."""
        for name, span in self.file.bodies.items():
            body = self.file.slice(span)
            if not re.search(r"\breturn\b", body) or re.search(r"\.(?:addSource|fromSource|addSink|sinkTo)\(", body):
                continue
            made = [f"source {connector}" for pattern, connector in _SOURCES if pattern.search(body)]
            made += [f"sink {connector}" for pattern, connector in _SINKS if pattern.search(body)]
            start = body.find("StreamExecutionEnvironment.getExecutionEnvironment(")
            if start >= 0 and not made:
                at = span.start + start
                made, span = ["environment"], Span(at, self.file.code.index(")", at) + 1)
            if len(made) == 1:
                yield Conf(f"@makes:{name}", made[0], self.sites.add(span))

    def _made_by(self, span: Span) -> str:
        """The methods of other classes that an expression may be made by."""
        return " ".join(list(dict.fromkeys(_OF_OTHERS.findall(self._made_of(span))))[:8])

    def _of(self, call: JavaCall) -> Iterator[object]:
        name = call.name
        site = self.sites.add
        if name == "getExecutionEnvironment":
            on = self.file.slice(call.receiver) if call.receiver is not None else ""
            yield Mark("batch" if on == "ExecutionEnvironment" else "start", site(call.span))
        elif name.startswith("createLocalEnvironment"):
            yield Mark("local", site(call.span))
        elif name in ("addSource", "fromSource", "createInput") and call.arguments:
            yield from self._source(call)
            if not _ENVIRONMENT.search(self.file.code) and call.receiver is not None:
                yield Conf("@environment", self._made_by(call.receiver), site(call.receiver))
        elif name in ("addSink", "sinkTo") and call.arguments:
            yield self._sink(call)
        elif name == "print" and not call.arguments and call.receiver is not None:
            yield Sink("print", "", site(call.at))
        elif name in ("window", "windowAll") and call.arguments:
            yield from self._window(call)
        elif name in (
            "assignTimestampsAndWatermarks",
            "forBoundedOutOfOrderness",
            "forMonotonousTimestamps",
            "forGenerator",
        ):
            yield Mark("watermark", site(call.at))
        elif name in ("getSideOutput", "sideOutputLateData"):
            yield Mark("side output", site(call.at)) if name == "getSideOutput" else Mark("late data", site(call.at))
        elif name in _SQL and call.arguments and (fragment := call.arguments[0].text) is not None:
            yield from read_statements(fragment.text, lambda span: site(fragment.source_span(span)))
        else:
            yield from self._setting(call)

    def _setting(self, call: JavaCall) -> Iterator[object]:
        site, given = self.sites.add(call.span), call.arguments
        words = [self.file.slice(argument.span) for argument in given]
        if call.name == "enableCheckpointing":
            yield Conf("execution.checkpointing.interval", words[0] if words else "default", site)
            if len(words) > 1:
                yield Conf("execution.checkpointing.mode", words[1].rpartition(".")[2], self.sites.add(given[1].span))
        elif call.name == "setCheckpointingMode" and words:
            yield Conf("execution.checkpointing.mode", words[0].rpartition(".")[2], self.sites.add(given[0].span))
        elif call.name == "setCheckpointInterval" and words:
            yield Conf("execution.checkpointing.interval", words[0], site)
        elif call.name == "setCheckpointStorage" and words:
            known = given[0].text
            yield Conf(
                "state.checkpoints.dir", known.text if known is not None and "{{" not in known.text else "", site
            )
        elif call.name in ("setRuntimeMode", "inBatchMode"):
            if call.name == "inBatchMode" or "BATCH" in words[0]:
                yield Mark("batch", site)
        elif call.name in ("set", "setString", "setInteger") and len(given) > 1:
            key = given[0].text.text if given[0].text is not None else _BY_CONSTANT.get(words[0].rpartition(".")[2], "")
            if key.startswith(("execution.", "state.", "table.")):
                value = given[1].text.text if given[1].text is not None else words[1].rpartition(".")[2]
                yield Conf(key, value, site)
                if key == "execution.runtime-mode" and value.casefold() == "batch":
                    yield Mark("batch", site)

    def _made_of(self, span: Span, depth: int = 0) -> str:
        """An expression with the values of its variables and the bodies of the methods it calls."""
        text = self.file.slice(span)
        if depth < 3:
            for name in dict.fromkeys(_NAME.findall(text)):
                inner = self.file.variables.get(name) or self.file.bodies.get(name)
                if inner is not None and not (inner.start <= span.start and span.end <= inner.end):
                    text += "\n" + self._made_of(inner, depth + 1)
        return text

    def _source(self, call: JavaCall) -> Iterator[object]:
        made = self._made_of(call.arguments[0].span)
        connector = next((name for pattern, name in _SOURCES if pattern.search(made)), "")
        site = self.sites.add(call.arguments[0].span)
        topics = tuple(dict.fromkeys(first or second for first, second in _TOPIC.findall(made)))
        others = "" if connector else self._made_by(call.arguments[0].span)
        yield Source(connector, topics, site, bool(_BOUNDED.search(made)), others)
        if not connector:
            yield Mark("watermark", site)  # a source of the program's own may well give watermarks
        found = _FAILS.search(made)
        if found is not None and connector in ENDLESS and "gnoreParseErrors" not in made:
            note = "the job fails at it, and reads it again after each restart"
            yield Bad(BadRecords("stops", "flink", found[0], site, outside=True, note=note))
        elif "gnoreParseErrors(" in made or "setIgnoreParseErrors(true" in made:
            yield Bad(BadRecords("dropped", "flink", "ignoreParseErrors()", site, outside=connector != "datagen"))

    def _sink(self, call: JavaCall) -> Sink:
        made = self._made_of(call.arguments[0].span)
        connector = next((name for pattern, name in _SINKS if pattern.search(made)), "")
        topic = next((first or second for first, second in _TOPIC.findall(made)), "")
        guarantee = _GUARANTEE.search(made)
        said = guarantee[1].casefold() if guarantee is not None else "exactly_once" if "exactlyOnceSink" in made else ""
        unseen = connector == "jdbc" and not re.search(r"\binsert\s+into\b", made, re.I)
        others = "" if connector else self._made_by(call.arguments[0].span)
        return Sink(connector, topic, self.sites.add(call.at), said, unseen or bool(_KEYED.search(made)), others)

    def _window(self, call: JavaCall) -> Iterator[Operation]:
        made = self._made_of(call.arguments[0].span)
        text, site = self.file.slice(call.arguments[0].span), self.sites.add(call.arguments[0].span)
        if _EVENT_TIME.search(made):
            yield Operation("window", " ".join(text.split()), site)
        elif _NOW.search(made):
            yield Operation("window", " ".join(text.split()), site, "@now")
