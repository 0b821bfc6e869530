"""What transformations make of the name of a topic, on its way in or out."""

from __future__ import annotations

import re

from tidegate_analyzers.readers.connect.settings import Config, words

_GROUP = re.compile(r"\$(\d)")
_SLOW = re.compile(r"\)[*+{]|.{200}", re.S)
"""Expressions that may take long: a group that repeats, or much of anything."""
_ROUTES = re.compile(r"Router|Route|TopicName|SetTopic|TimestampTopic", re.I)


def routed(config: Config, topic: str) -> str | None:
    """The name a topic has behind all transformations; `None` where one of them can't be followed.

    https://kafka.apache.org/documentation/#org.apache.kafka.connect.transforms.RegexRouter: the expression has to match
    the whole name.
    """
    transforms = config.get("transforms")
    if transforms is not None and not transforms.known:
        return None
    for alias in words(transforms):
        kind = config.text(f"transforms.{alias}.type")
        if kind is None or config.get(f"transforms.{alias}.predicate") is not None:
            return None
        last = kind.rpartition(".")[2]
        if last == "RegexRouter":
            found = _by_expression(config, alias, topic)
            if found is None:
                return None
            topic = found
        elif _ROUTES.search(last):
            return None
    return topic


def _by_expression(config: Config, alias: str, topic: str) -> str | None:
    pattern, replacement = config.text(f"transforms.{alias}.regex"), config.text(f"transforms.{alias}.replacement")
    if not pattern or replacement is None:
        return None
    try:
        if len(topic) > 300 or _SLOW.search(pattern):
            return None
        match = re.fullmatch(pattern, topic)
        return topic if match is None else match.expand(_GROUP.sub(r"\\g<\1>", replacement))
    except (re.error, IndexError):
        return None  # an expression of Java that is none of Python
