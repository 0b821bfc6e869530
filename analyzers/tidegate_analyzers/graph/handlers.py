"""Where a workspace says what becomes of records that Kafka Streams can't deserialize."""

from __future__ import annotations

from tidegate_analyzers.graph.index import View


def has_handler(view: View, path: str) -> bool:
    """Whether a handler is named in the module of a program, or outside of all modules, where settings may be for any."""
    module = _module(path)
    return any(
        _module(posting.path) in (module, None) for posting in view.find("setting:deserialization.exception.handler")
    )


def _module(path: str) -> str | None:
    """The folder that holds a module's `src`, as Maven and Gradle lay it out."""
    head, src, _ = f"/{path}".partition("/src/")
    return head if src else None
