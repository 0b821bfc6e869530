"""kafka-python, aiokafka and confluent-kafka: loops over messages, when their offsets are committed, what is sent.

Defaults: kafka-python and aiokafka commit by a timer (`enable_auto_commit=True`) if they have a `group_id`, else never;
confluent-kafka has `enable.auto.commit` on and needs a group. https://kafka-python.readthedocs.io,
https://aiokafka.readthedocs.io, https://docs.confluent.io/platform/current/clients/confluent-kafka-python/html.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tidegate_analyzers.facts import Read, Relation, Setting, Step, Stream, Write
from tidegate_analyzers.facts import Value as Known
from tidegate_analyzers.readers.python.libraries.base import Call, Library, Loop, Place, dotted
from tidegate_analyzers.readers.python.messages import POLLS, bad_messages
from tidegate_analyzers.readers.python.names import Env
from tidegate_analyzers.readers.python.values import Items, Table, Text, Unknown, Value, fact

_CONSUMERS = {
    "KafkaConsumer": "kafka-python",
    "AIOKafkaConsumer": "aiokafka",
    "Consumer": "confluent-kafka",
    "DeserializingConsumer": "confluent-kafka",
    "AvroConsumer": "confluent-kafka",
}
_PRODUCERS = ("KafkaProducer", "AIOKafkaProducer", "Producer", "SerializingProducer", "AvroProducer")
_UPSERTS = frozenset(("cassandra", "acsylla"))
"""Packages of databases in which an INSERT is an upsert by the primary key."""


def made(place: Place, node: ast.expr, classes: tuple[str, ...]) -> tuple[ast.Call, Env] | None:
    """The call of one of some classes by which an object was made, and the names there."""
    links = place.follow(node, place.env)
    if links and links[-1].call is not None and links[-1].name in classes:
        return links[-1].call, links[-1].env
    found: ast.expr | None = None
    if isinstance(node, ast.Name):
        found = place.env.node(node.id)
    elif isinstance(node, ast.Attribute):
        found = _attribute(place, dotted(node))
    if isinstance(found, ast.Call) and dotted(found.func).rpartition(".")[2] in classes:
        return found, _outermost(place.env) if isinstance(node, ast.Attribute) else place.env
    return None


def _attribute(place: Place, name: str) -> ast.expr | None:
    """What `self.name` is given in the module, if it is given one thing besides None."""
    values = [
        item.value
        for item in ast.walk(place.file.tree)
        if isinstance(item, ast.Assign | ast.AnnAssign)
        and item.value is not None
        and any(dotted(target) == name for target in (item.targets if isinstance(item, ast.Assign) else [item.target]))
        and not (isinstance(item.value, ast.Constant) and item.value.value is None)
    ]
    return values[0] if len(values) == 1 else None


def _outermost(env: Env) -> Env:
    while env.parent is not None:
        env = env.parent
    return env


def _loop(loop: Loop, place: Place) -> None:
    """A loop over the messages of a consumer."""
    consumer = _consumer_of(loop, place)
    if consumer is None or _UPSERTS & place.evaluator.modules:
        return
    found = made(place, consumer, tuple(_CONSUMERS))
    if found is None:
        return
    call, env = found
    library = _CONSUMERS[dotted(call.func).rpartition(".")[2]]
    given = _given(place, call, env)
    topics = tuple(_topics(place, consumer, call, env))
    settings = [Setting("library", Known(True, library))]
    for name, value in given.entries:
        settings.append(Setting(name.replace("_", "."), fact(value, "", place.add(call))))
    site = place.add(call.func)
    for topic in topics:
        place.effects.read(topic)
    place.effects.stream(
        Stream(
            "kafka",
            site,
            "",
            sources=topics,
            closed=not given.open and not _moves(place, consumer),
            settings=tuple(settings),
        )
    )
    place.effects.step(Step("consume", dotted(consumer), site=site))
    for bad in bad_messages(loop, call, place, consumer):
        place.effects.bad(bad)


def _consumer_of(loop: Loop, place: Place) -> ast.expr | None:
    """The consumer that a loop goes over, or asks for messages."""
    if not isinstance(loop, ast.While):
        over = loop.iter
        if isinstance(over, ast.Call) and dotted(over.func) == "enumerate" and over.args:
            over = over.args[0]
        return over if isinstance(over, ast.Name | ast.Attribute | ast.Call) else None
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in POLLS:
            return node.func.value
    return None


def _moves(place: Place, consumer: ast.expr) -> bool:
    """Whether the program tells a consumer where to begin, so that offsets are kept elsewhere."""
    name = dotted(consumer)
    ways = {f"{name}.{method}" for method in ("seek", "assign", "seek_to_end")}
    return any(isinstance(item, ast.Call) and dotted(item.func) in ways for item in ast.walk(place.file.tree))


def _given(place: Place, call: ast.Call, env: Env) -> Table:
    """The configuration of a client: keywords, or a dictionary with what is put into it by and by."""
    keywords = place.evaluator.keywords(call, env)
    if not call.args or dotted(call.func).endswith("KafkaConsumer"):
        return keywords
    node = call.args[0]
    first = place.value(node, env)
    if not isinstance(first, Table):
        return Table(keywords.entries, open=True)
    entries, open_ = [*first.entries, *keywords.entries], first.open or keywords.open
    if isinstance(node, ast.Name):
        for item in ast.walk(place.file.tree):
            if isinstance(item, ast.Assign) and len(item.targets) == 1 and isinstance(item.targets[0], ast.Subscript):
                target = item.targets[0]
                if dotted(target.value) == node.id:
                    key = place.value(target.slice, env)
                    open_ = open_ or not isinstance(key, Text)
                    entries += [(key.text, place.value(item.value, env))] if isinstance(key, Text) else []
            elif isinstance(item, ast.Call) and dotted(item.func) in (f"{node.id}.update", f"{node.id}.pop"):
                open_ = True
    return Table(tuple(entries), open_)


def _topics(place: Place, consumer: ast.expr, call: ast.Call, env: Env) -> Iterator[Read]:
    """The topics a consumer reads: of its constructor, or those it subscribes to."""
    nodes: list[tuple[ast.expr, Env]] = []
    if dotted(call.func).endswith("KafkaConsumer"):
        nodes += [(node, env) for node in call.args if not isinstance(node, ast.Starred)]
    name = dotted(consumer)
    for item in ast.walk(place.file.tree):
        if isinstance(item, ast.Call) and dotted(item.func) == f"{name}.subscribe":
            nodes += [
                (node, place.env) for node in (*item.args[:1], *(k.value for k in item.keywords if k.arg == "topics"))
            ]
    for node, names in nodes:
        value = place.value(node, names)
        for option in value.items if isinstance(value, Items) else (value,):
            if isinstance(option, Text):
                yield Read(topic(option.text), place.add(node))


def topic(name: str) -> Relation:
    """A topic by its name; dots are part of it."""
    return Relation("topic", (name,))


def _commit(call: Call) -> bool:
    if call.receiver is None or made(call, call.receiver, tuple(_CONSUMERS)) is None:
        return False
    call.effects.step(Step("commit", call.name, site=call.add(call.node)))
    return True


def _send(call: Call) -> bool:
    if call.receiver is None or made(call, call.receiver, _PRODUCERS) is None:
        return False
    target: Value = call.given("topic", 0) or Unknown()
    if isinstance(target, Text):
        site = call.add(call.argument("topic", 0) or call.node)
        call.effects.write(
            Write("append", topic(target.text), site, rows="file", option=f"{call.method}()", by="producer")
        )
    return True


LIBRARY = Library(
    "kafka",
    ("kafka", "aiokafka", "confluent_kafka"),
    {"commit": _commit, "store_offsets": _commit, "send_offsets_to_transaction": _commit}
    | dict.fromkeys(("send", "produce", "send_and_wait"), _send),
    _loop,
)
