"""What can be offered where a program adds rows that nothing matches: the same call, by key or by part."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Write
from tidegate_analyzers.rules.base import Offer

_PART = "Replace the run's rows"
_KEY = "Match rows by key"
_MODES = {
    "write_deltalake(": (_PART, '"overwrite", predicate="<batch_column> = \'<batch>\'"'),
    "write_delta(": (_PART, '"overwrite", delta_write_options={"predicate": "<batch_column> = \'<batch>\'"}'),
    "to_iceberg(": (_KEY, '"append", merge_cols=["<key>"]'),
    "copy(": (_KEY, '"upsert", primary_keys=["<key>"]'),
    "to_sql(mode=": (_KEY, '"upsert", upsert_conflict_columns=["<key>"]'),
    "to_parquet(": (_PART, '"overwrite_partitions"'),
    "to_csv(": (_PART, '"overwrite_partitions"'),
    "to_orc(": (_PART, '"overwrite_partitions"'),
}
"""What to say for `mode=`, by how the write is told."""


def of_frame(path: str, write: Write) -> Iterator[Offer]:
    """The fixes for a data frame that is added."""
    for beginning, (title, text) in _MODES.items():
        if write.option.startswith(beginning) and "mode='" in write.option:
            yield Offer("text.replace", title, False, (path, str(write.site), text))
            return


def of_resource(path: str, write: Write) -> Iterator[Offer]:
    """The fixes for a resource of dlt that appends."""
    if write.option.startswith("write_disposition="):
        text = '"merge"' if write.key else '"merge", primary_key="<key>"'
        yield Offer("text.replace", _KEY, False, (path, str(write.site), text))
