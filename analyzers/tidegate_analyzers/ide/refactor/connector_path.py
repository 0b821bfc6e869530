"""Write the whole failure path of a sink connector: where its bad records go, who is told, how they come back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Contract, Job
from tidegate_analyzers.fixes.base import build, edit
from tidegate_analyzers.fixes.connector import dead_letters, letters_of, settings_edits
from tidegate_analyzers.ide.refactor.asked import REWRITE, Asked, Refactoring
from tidegate_analyzers.ide.refactor.clauses import clauses
from tidegate_analyzers.rules.base import Offer
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, parse_yaml, text_of
from tidegate_analyzers.text import Change, Edit, NewFile, Span, apply_edits

_LOST = frozenset(("dropped", "stops"))
_BY_KEY = re.compile(
    r"(?:Jdbc|Postgres|MySql|Mongo(?:Db(?:Atlas)?)?|Cassandra|Redis|Couchbase)Sink(?:Connector)?(?:V2)?$"
)
"""Sinks whose rows are found by what a record holds, if they merge."""
_INDEXES = re.compile(r"(?:Elasticsearch|OpenSearch|Opensearch)\w*Sink(?:Connector)?$")
_BY_PLACE = ("pk.mode", "primary.key.mode")
_OWN = "replay"
"""The name of the transform that gives records the topic they came from."""
_DAYS = 30 * 86_400_000
_TOPICS = """\
apiVersion: {version}
kind: KafkaTopic
metadata:
  name: {name}
  labels:
    strimzi.io/cluster: {cluster}
spec:
  partitions: 1
  replicas: 3
  config:
    retention.ms: {kept}
"""


def write_connector_path(asked: Asked) -> Iterator[Refactoring]:
    """On a sink that drops or stops at records it can't read, has one topic and finds its rows by their keys."""
    facts = asked.view.facts(asked.path)
    read = asked.workspace.graph.files.get(asked.path)
    if facts is None or read is None or len(facts.jobs) != 1 or asked.role.kind == "shell":
        return
    job = facts.jobs[0]
    lost = any(found.outcome in _LOST and found.engine == "kafka-connect" for found in job.bad_records)
    topic = _topic(job)
    if job.engine != "kafka-connect" or job.kind != "sink" or not lost or not topic or not _by_key(job):
        return
    if not read.span(job.whole).covers(Span(asked.at, asked.at)):
        return
    change = _change(asked, job, topic)
    if change is not None:
        yield Refactoring(f"Write the failure path of '{job.name}'", REWRITE, change, safe=False)


def _topic(job: Job) -> str:
    """The one topic that a connector reads."""
    given = job.setting("topics")
    text = given.value if given is not None and given.known and isinstance(given.value, str) else ""
    return text.strip() if text and "," not in text and job.setting("topics.regex") is None else ""


def _by_key(job: Job) -> bool:
    """Whether a row is found by what its record holds: one found by its place in the topic would meet another's."""
    plugin = job.setting("connector.class")
    last = str(plugin.value).rpartition(".")[2] if plugin is not None and plugin.known else ""
    if not job.writes or any(write.mode != "merge" for write in job.writes):
        return False
    if _INDEXES.search(last):
        ignored = job.setting("key.ignore")
        return ignored is not None and str(ignored.value).casefold() == "false"
    places = [value for name in _BY_PLACE if (value := job.setting(name)) is not None]
    by_place = any(not value.known or str(value.value).casefold() == "kafka" for value in places)
    strategies = [str(s.value.value) for s in job.settings if s.name.endswith("id.strategy")]
    return bool(_BY_KEY.search(last)) and not by_place and not any("KafkaMetaData" in text for text in strategies)


def _change(asked: Asked, job: Job, topic: str) -> Change | None:
    routed = build(asked.workspace, Offer("connect.dead-letter", "", False, (asked.path, "0")))
    replay = _replay(asked, job, topic)
    if routed is None or replay is None:
        return None
    topics = _topics(asked, job, topic)
    return Change((*routed.edits, *_clauses(asked, job, topic)), (replay, *([topics] if topics is not None else ())))


def _replay(asked: Asked, job: Job, topic: str) -> NewFile | None:
    """A copy of the connector that reads the dead letters, each as if it came from its own topic."""
    letters = letters_of(job)
    stem, dot, ending = asked.path.rpartition(".")
    path = f"{stem}-replay{dot}{ending}"
    given = job.setting("transforms")
    if asked.workspace.exists(path) or (given is not None and not given.known):
        return None
    transforms = [name.strip() for name in str(given.value).split(",")] if given is not None and given.value else []
    if _OWN in transforms:
        return None
    wanted = {
        "topics": letters,
        **dead_letters(f"{letters}.again"),
        "transforms": ",".join([_OWN, *transforms]),
        f"transforms.{_OWN}.type": "org.apache.kafka.connect.transforms.RegexRouter",
        f"transforms.{_OWN}.regex": ".*",
        f"transforms.{_OWN}.replacement": topic,
    }
    group = job.setting("consumer.override.group.id")
    if group is not None:
        wanted["consumer.override.group.id"] = f"{group.value}-{_OWN}"
    if (named := job.setting("name")) is not None and named.value == job.name:
        wanted["name"] = f"{job.name}-{_OWN}"
    edits = settings_edits(asked.workspace, asked.path, job, wanted)
    name = asked.workspace.span(asked.path, str(job.site))
    if asked.document.slice(name) == job.name and all(one.span != name and not _inside(name, one) for one in edits):
        edits.append(edit(asked.document, name, f"{job.name}-{_OWN}"))
    edits += _stopped(asked)
    return NewFile(path, apply_edits(asked.document.text, edits))


def _inside(span: Span, one: Edit) -> bool:
    return one.span.start <= span.start and span.end <= one.span.end


def _resource(asked: Asked) -> Mapping | None:
    """The resource of Strimzi that the file is."""
    if not asked.path.endswith((".yaml", ".yml")):
        return None
    roots = [root for root in parse_yaml(asked.document.text).documents if isinstance(root, Mapping)]
    ours = [root for root in roots if text_of(root.get("kind")) == "KafkaConnector"]
    return ours[0] if len(ours) == 1 else None


def _stopped(asked: Asked) -> Iterator[Edit]:
    """A resource would be started as it is applied."""
    root = _resource(asked)
    spec = root.get("spec") if root is not None else None
    plugin = spec.entry("class") if isinstance(spec, Mapping) and spec.get("state") is None else None
    if plugin is not None:
        at = plugin[0].start
        indent = " " * asked.document.lines.position(at).column
        yield edit(asked.document, (at, at), f"state: stopped\n{indent}")


def _topics(asked: Asked, job: Job, topic: str) -> NewFile | None:
    """The topics of dead letters as resources, where that of the connector is one."""
    for posting in asked.view.find(f"topic:{topic.casefold()}"):
        document = asked.workspace.document(posting.path)
        for root in parse_yaml(document.text).documents if document is not None else ():
            labels = root.get("metadata") if isinstance(root, Mapping) else None
            held = labels.get("labels") if isinstance(labels, Mapping) else None
            cluster = held.get("strimzi.io/cluster") if isinstance(held, Mapping) else None
            path = f"{asked.path.rpartition('.')[0]}-dead-letters.yaml"
            if isinstance(root, Mapping) and isinstance(cluster, Scalar) and not asked.workspace.exists(path):
                texts = [
                    _TOPICS.format(
                        version=text_of(root.get("apiVersion")), name=name, cluster=cluster.value, kept=_DAYS
                    )
                    for name in (letters_of(job), f"{letters_of(job)}.again")
                ]
                return NewFile(path, "---\n".join(texts))
    return None


def _clauses(asked: Asked, job: Job, topic: str) -> Iterator[Edit]:
    """The clause about invalid records in the contracts of the topic and of what the connector writes."""

    def value_of(contract: Contract) -> dict[str, object]:
        return {
            "definition": f"'{job.name}' can't convert, transform or write it",
            "action": "quarantine",
            "location": letters_of(job),
            "metadata": ["__connect.errors.topic", "__connect.errors.offset", "__connect.errors.exception.message"],
            "retention": "30d",
            "owner": contract.owner or "<team>",
            "reprocess": f"connector {job.name}-{_OWN}",
        }

    written = [write.target.parts for write in job.writes if write.target.parts and not write.target.dynamic]
    return clauses(asked, [tuple(topic.split(".")), *written], value_of)
