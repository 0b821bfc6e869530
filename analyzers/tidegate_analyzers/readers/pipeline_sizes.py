"""What a pipeline says of itself when it says how large it is: `size: medium` and `size: large` ask for more."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.readers.placeholders import is_placeholder
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, Sequence, text_of
from tidegate_analyzers.text import Span


def size_gaps(root: Mapping) -> Iterator[tuple[Span, str]]:
    """What a pipeline of the size it names lacks, at the size; the file has been read whole."""
    size, stages = root.get("size"), _stages(root)
    if not isinstance(size, Scalar) or stages is None:
        return
    large = text_of(size) == "large"
    if large or text_of(size) == "medium":
        kinds = [text_of(stage.get("kind")) or "<kind>" for stage in stages]
        if "validate" not in kinds and not any(map(is_placeholder, kinds)):
            yield (
                size.span,
                f"a {text_of(size)} pipeline validates what it hands on; expected a stage of kind 'validate'",
            )
    if not large:
        return
    processing = root.get("processing")
    loading = text_of(processing.get("loading")) if isinstance(processing, Mapping) else None
    if loading != "full_refresh":  # what is built anew misses nothing, and is its own replay
        for name, why in (
            ("watermark", "says how far it has come"),
            ("late_data", "says what becomes of late records"),
        ):
            if root.get(name) is None:
                yield size.span, f"a large pipeline {why}; expected '{name}'"
        plan = root.get("replay")
        if isinstance(plan, Mapping) and plan.get("isolation") is None:  # TG501 asks for the plan itself
            yield size.span, "a large pipeline keeps a replay apart from its live runs; expected an 'isolation'"
    if all(stage.get("parallelism") is None for stage in stages):
        yield size.span, "a large pipeline recovers in several places at once; expected a stage with 'parallelism'"


def _stages(root: Mapping) -> list[Mapping] | None:
    """The stages, or `None` where they aren't listed here."""
    stages = root.get("stages")
    listed = list(stages.items()) if isinstance(stages, Sequence) else []
    return [stage for stage in listed if isinstance(stage, Mapping)] if listed else None
