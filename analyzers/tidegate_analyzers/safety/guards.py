"""The guards G1 to G12: the reasons for which a load that looks unsafe is not, or can't be judged.

Each guard is a function that either settles the question (it returns the value of the lattice and has written
down why) or returns `None` after noting that it was tried. On real code the guard usually stands two files
away; that is why these are functions of the graph and not of a statement. G3 and what the query shows by itself
stand in `clearing` and `query`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tidegate_analyzers.facts import Relation, SqlText, Write, same_name
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting, write_key
from tidegate_analyzers.layout import IGNORED_FOLDERS
from tidegate_analyzers.layout import fixture as fixture_folder
from tidegate_analyzers.readers.sql.measurements import OF_THE_LOAD
from tidegate_analyzers.readers.windows import WINDOW
from tidegate_analyzers.safety.clearing import CLEARING
from tidegate_analyzers.safety.verdict import Chain, Safety

AUDIT = re.compile(
    r"(?:^|[_.\-])(?:audit|logs?|history|events?_log|metrics?|heartbeats?|runs?|hist|load_metadata|stats|watermarks?|checkpoints?|monitor\w*|snapshots?|etl_\w*)(?:$|[_.\-])|_hist$|_log$|_logs$|_runs?$|_history$",
    re.I,
)
_OF_FACTS = re.compile(r"(?:fact|fct|dim|mart)_")
"""A prefix by which a model of the warehouse names its tables, whatever they are about."""

REJECTS = re.compile(
    r"quarantin|malformed|reject|dead_?letter|(?:^|[_.\-/])(?:dlq|bad|errors?|invalid|corrupt\w*)(?:$|[_.\-/])", re.I
)
"""Names for what was set aside."""

STAGING = re.compile(
    r"(?:^|[_.\-])(?:stg|stage|staging|tmp|temp|landing|raw_load|scratch|work|wrk|incoming|inbox|buffer)(?:$|[_.\-])|_load$|_tmp$|_temp$|_stg$|_staging$|^raw$",
    re.I,
)
TRANSIENT = re.compile(
    r"(?:^|[_.\-])(?:streams?|cdc|deltas?|batch|incoming|queue|inbox|landing|new|latest|increment\w*|changes|tmp|temp)(?:$|[_.\-])",
    re.I,
)
"""Names of sources that hold only what is new: reading all of them repeats nothing."""

_NOT_ENFORCED = frozenset(
    ("snowflake", "bigquery", "redshift", "databricks", "spark", "hive", "athena", "trino", "questdb")
)
"""Engines to which a declared key is information."""

CHOICE = re.compile(
    r"truncate|append|replace|overwrite|first|init|full|exist|empty|backfill|(?<!execution_)mode|dispos|incremental|create"
    r"|refresh|one of several",
    re.I,
)
"""Words in a condition that choose how a target is written, and not whether anything runs."""

_TEMPLATE = re.compile(r"\s*\{[^{}]*\}\s*|\s*\{\{[^{}]*\}\}\s*")
"""A name that is a variable from end to end."""


def set_apart(view: View, paths: Iterable[str], chain: Chain) -> bool:
    """G1 and G2: what is installed or built, and loads of fixtures, demonstrations and one-time set-up."""
    for path in dict.fromkeys(paths):
        if any(part in IGNORED_FOLDERS for part in path.split("/")[:-1]):
            chain.held("G1", f"{path} lies in a folder of installed or built files", path)
            return True
        folder = fixture_folder(path, exhibit=view.layout.options.exhibit)
        if folder:
            chain.held("G2", f"'{folder}' in its path says that it is a fixture, an example or set-up", path)
            return True
    return False


def streaming(marker: str, path: str, chain: Chain) -> bool:
    """G6: continuous SQL is not run again, it goes on."""
    if marker:
        chain.held("G6", f"'{marker}' says that it runs continuously", path)
        return True
    chain.failed("G6", "nothing says that it runs continuously")
    return False


def audit(target: Relation, chain: Chain) -> bool:
    """G8: logs of runs are meant to grow with each."""
    if AUDIT.search(target.name) and not _OF_FACTS.match(target.name):
        chain.held("G8", f"'{target}' is named as a log of runs, which grows with each of them")
        return True
    chain.failed("G8", f"'{target}' is not named as a log of runs")
    return False


def rejects(target: Relation, chain: Chain) -> bool:
    """G8: what was set aside is a log as well."""
    if any(REJECTS.search(part) for part in target.parts):
        chain.held("G8", f"'{target}' is named for what was set aside, which is looked at and not counted")
        return True
    return False


def measurement(view: View, write: Write, chain: Chain) -> bool:
    """G8: what is measured is meant to be added, with the time at which it was."""
    if not write.sums_up or write.windowed:
        return False
    by_default = [
        (posting, made)
        for posting, made in _definitions(view, write.target)
        if write.columns and any(stamp.casefold() not in write.columns for stamp in made.stamps)
    ]
    if write.stamps or by_default:
        name = write.stamps[0] if write.stamps else by_default[0][1].stamps[0]
        chain.held(
            "G8",
            f"each run adds a measurement to '{write.target}', which '{name}' tells from those before",
            by_default[0][0].path if by_default else "",
            by_default[0][1].site if by_default else 0,
        )
        return True
    return False


def staging(view: View, target: Relation, chain: Chain) -> Safety | None:
    """G9: a staging table may hold rows twice if what reads it replaces or merges."""
    if not any(STAGING.search(part) for part in target.parts):
        chain.failed("G9", f"'{target}' is not named as a staging table")
        return None
    for posting in view.find(f"read:{target.name}"):
        if posting.kind != "sql":
            chain.held("G9", f"'{target}' is named as a staging table and a model reads it", posting.path)
            return Safety.REPLACE
        text, _ = view.sql(posting)
        if any(write.mode in CLEARING for write in text.writes):
            chain.held("G9", f"'{target}' is a staging table: {posting.path} merges or replaces from it", posting.path)
            return Safety.REPLACE
    chain.unknown("G9", f"'{target}' is named as a staging table, but nothing here shows how it is read")
    return Safety.UNKNOWN


def of_itself(write: Write, chain: Chain) -> Safety | None:
    """What the statement itself settles."""
    if write.option == "copy into":
        chain.held("G3", "the warehouse remembers the files it has loaded; without FORCE it loads none twice")
        return Safety.TRANSACTION
    if write.temporary:
        chain.held("G5", f"'{write.target}' is temporary")
        return Safety.REPLACE
    return None


def literal_rows(write: Write, text: SqlText | None, chain: Chain) -> Safety | None:
    """G5: literal rows, or a script that creates its own target, are set-up and not a load."""
    if write.rows == "literals":
        chain.held("G5", "its rows are literals")
        return Safety.NO_ROWS
    if text is not None:
        for other in text.writes:
            if other.mode == "create" and other.option != "WRITE_EMPTY" and same_name(other.target, write.target):
                if other.temporary:
                    chain.held("G5", f"'{write.target}' is a temporary table of the same script")
                    return Safety.REPLACE
                chain.held("G5", f"the same script creates '{write.target}'")
                return Safety.REPLACE
    chain.failed("G5", "its rows come from a query, and its target is made elsewhere")
    return None


_PARTITION = re.compile(r"\$(?!\{[^{])")
"""BigQuery's `table$20260101` and `table${{ ds_nodash }}`; `${topic}` is a variable of a connector."""


def per_run_target(target: Relation, chain: Chain) -> Safety | None:
    """A target whose name carries the run's own date is written by that run alone."""
    for part in target.parts:
        if "{" in part and WINDOW.search(part):
            chain.held(
                "G7",
                f"the name '{target}' depends on the run, so a second run of the same window meets its own table alone",
            )
            return Safety.PARTITION
        if _PARTITION.search(part):
            chain.held("G7", f"'{target}' names one partition")
            return Safety.PARTITION
    return None


def unresolved(write: Write, chain: Chain, path: str, *, same: bool = False) -> Safety | None:
    """G7: what can't be resolved is not judged; `same` where its target is surely that of the run before."""
    if write.opaque:
        chain.unknown("G7", write.opaque, path, write.site)
        return Safety.UNKNOWN
    if not write.target.parts or (_TEMPLATE.fullmatch(write.target.parts[-1]) and not same):
        chain.unknown("G7", "its target is not known", path, write.site)
        return Safety.UNKNOWN
    return None


_MOMENT = re.compile(r"(?:^|_)(?:time|ts|timestamp|datetime)(?:$|_)|_at$", re.I)


def unique_target(view: View, load: Write, engine: str, chain: Chain) -> Safety | None:
    """A unique key declared on the target: a second run fails instead of doubling, if the engine minds it."""
    target = load.target
    for posting, write in _definitions(view, target) if engine != "mongodb" else ():  # no SQL makes its collections
        filled = [name for name in write.key if name.casefold() in write.generated]
        if filled and load.columns and not any(name.casefold() in load.columns for name in filled):
            chain.failed(
                "G3",
                f"the key {', '.join(write.key)} of '{target}' is new for every row: the database fills it by itself",
                posting.path,
                write.site,
            )
        elif write.key and engine in _NOT_ENFORCED:
            chain.failed(
                "G3",
                f"{engine} does not enforce the key {', '.join(write.key)} of '{target}'",
                posting.path,
                write.site,
            )
        elif write.key and "insert.mode" in load.option:  # of a sink of Kafka Connect
            chain.failed(
                "G3",
                f"'{target}' is declared with the key {', '.join(write.key)}: a row that comes again stops the connector",
                posting.path,
                write.site,
            )
        elif write.key:
            chain.held(
                "G3",
                f"'{target}' is declared with the key {', '.join(write.key)}, so a second run fails and doubles nothing",
                posting.path,
                write.site,
            )
            return Safety.KEYED
        elif re.search(r"replacing|collapsing|aggregating|summing", write.option, re.I):
            chain.held("G3", f"'{target}' is stored with {write.option}", posting.path, write.site)
            return Safety.ENGINE_DEDUP
    return None


def defined_without_key(view: View, load: Write, path: str, chain: Chain) -> Safety | None:
    """Rows that a loop inserts are as often settings and notes as a load: judged where the table is seen to be made."""
    made = next(((p, write) for p, write in _definitions(view, load.target) if write.mode == "create"), None)
    if made is None:
        chain.unknown("G3", f"the workspace does not show how '{load.target}' is made", path, load.site)
        return Safety.UNKNOWN
    stamp = next((name for name in load.columns if _MOMENT.search(name) and not OF_THE_LOAD.search(name)), None)
    if stamp is not None:
        chain.unknown("G8", f"'{stamp}' may be the time of a measurement, which each run adds", path, load.site)
        return Safety.UNKNOWN
    chain.failed("G3", f"'{load.target}' is made without a key on what is inserted", made[0].path, made[1].site)
    return None


def _definitions(view: View, target: Relation) -> Iterator[tuple[Posting, Write]]:
    """The statements of the workspace that make a table, or give it a key."""
    for posting in view.find(write_key(target)):
        if posting.kind == "sql":
            _, write = view.sql(posting)
            if write is not None and write.mode in ("create", "replace", "index") and same_name(write.target, target):
                yield posting, write


def declared(view: View, dag_id: str, task_id: str, target: Relation, chain: Chain) -> Safety | None:
    """G12: a stage of a pipeline.yaml says how this load is written."""
    for posting in view.find(f"stage:{target.name}"):
        facts = view.facts(posting.path)
        if facts is None or posting.kind != "stage" or posting.number >= len(facts.pipelines):
            continue
        stage = facts.pipelines[posting.number].stages[posting.inner]
        run = stage.block("run")
        named = run.value.get("airflow") if run is not None and isinstance(run.value, dict) else None
        if named is not None and named != f"{dag_id}.{task_id}":
            continue
        if not any(same_name(read.relation, target) for read in stage.outputs):
            continue
        idempotency = stage.block("idempotency")
        strategy = (
            idempotency.value.get("strategy")
            if idempotency is not None and isinstance(idempotency.value, dict)
            else None
        )
        if isinstance(strategy, str) and not strategy.startswith("<") and idempotency is not None:
            chain.held(
                "G12", f"the stage '{stage.id}' declares the strategy {strategy}", posting.path, idempotency.site
            )
            return Safety.KEYED
    chain.failed("G12", "no pipeline.yaml declares how it is written")
    return None
