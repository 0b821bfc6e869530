"""How records that a Spark job has set aside come back."""

from __future__ import annotations

import re
from typing import NamedTuple

from tidegate_analyzers.ide.refactor.asked import Asked
from tidegate_analyzers.ide.refactor.replays import replay_dag
from tidegate_analyzers.text import NewFile

METADATA = ("_error_rule", "_contract_version", "_source", "_run_id", "_quarantined_at", "_status")
"""The columns that a record gets beside its own."""
_MERGE = '''\
"""Takes mended records of '%(target)s' in again; started by hand.

A record is mended where it lies, in '%(aside)s', and marked there: _status = 'fixed'.
"""

from delta.tables import DeltaTable
from pyspark.sql import SparkSession

METADATA = [%(metadata)s]

spark = SparkSession.builder.appName("replay_%(short)s").getOrCreate()
quarantine = DeltaTable.%(find)s(spark, "%(aside)s")
fixed = quarantine.toDF().filter("_status = 'fixed'").drop(*METADATA).dropDuplicates([%(key)s])
(
    DeltaTable.%(find)s(spark, "%(target)s")
    .alias("target")
    .merge(fixed.alias("source"), "%(match)s")
    .whenNotMatchedInsertAll()
    .execute()
)
quarantine.update("_status = 'fixed'", {"_status": "'replayed'"})
'''
_SHELL = """\
#!/bin/sh
# Takes mended records of '%(target)s' in again; started by hand. They are mended at their source.
set -eu
exec spark-submit "$(dirname "$0")/%(script)s" "$@"
"""


class Replayed(NamedTuple):
    """What is written: the target, where bad rows go, the key, whether a later run leaves alone what was added."""

    target: str
    aside: str
    key: tuple[str, ...]
    adds: bool
    delta: bool
    owner: str


class Replay(NamedTuple):
    """The file, and how a contract tells of it."""

    file: NewFile
    words: str


def replay_of(asked: Asked, what: Replayed, *, streams: bool) -> Replay | None:
    """What merges mended rows by their key; for a job that writes a window anew, that job run once more."""
    last = what.target.rstrip("/").rpartition("/")[2] if "/" in what.target else what.target.rpartition(".")[2]
    short = re.sub(r"\W", "_", last)
    folder, _, script = asked.path.rpartition("/")
    if what.adds and what.delta and what.key:
        path = f"{folder}/replay_{short}.py".lstrip("/")
        text = _MERGE % {
            "target": what.target,
            "aside": what.aside,
            "short": short,
            "metadata": ", ".join(f'"{name}"' for name in METADATA),
            "find": "forPath" if "/" in what.target else "forName",
            "key": ", ".join(f'"{name}"' for name in what.key),
            "match": " and ".join(f"target.{name} = source.{name}" for name in what.key),
        }
        return Replay(NewFile(path, text), path) if not asked.workspace.exists(path) else None
    if what.adds or streams:
        return None
    dag = replay_dag(asked, short, what.owner, f"spark-submit {asked.path}")
    if dag is not None:
        return Replay(dag, f"DAG replay_{short}")
    path = f"{folder}/replay_{short}.sh".lstrip("/")
    if asked.workspace.exists(path):
        return None
    return Replay(NewFile(path, _SHELL % {"target": what.target, "script": script}), path)
