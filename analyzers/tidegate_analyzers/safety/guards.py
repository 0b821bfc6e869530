"""The guards G1 to G12: the reasons for which a load that looks unsafe is not, or can't be judged.

Each guard is a function that either settles the question (it returns the value of the lattice and has written
down why) or returns `None` after noting that it was tried. On real code the guard usually stands two files
away; that is why these are functions of the graph and not of a statement.
"""

from __future__ import annotations

import re

from tidegate_analyzers.facts import Dag, Relation, Restriction, SqlText, Task, Write, same_name
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View, write_key
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.layout import FIXTURE, IGNORED_FOLDERS
from tidegate_analyzers.readers.airflow.operators import CLEARS
from tidegate_analyzers.readers.windows import WINDOW
from tidegate_analyzers.safety.verdict import Chain, Safety

AUDIT = re.compile(
    r"(?:^|[_.\-])(?:audit|logs?|history|events?_log|metrics?|heartbeats?|runs?|hist|load_metadata|stats|watermarks?|checkpoints?|monitor\w*|snapshots?|etl_\w*)(?:$|[_.\-])|_hist$|_log$|_logs$|_runs?$|_history$",
    re.I,
)
STAGING = re.compile(
    r"(?:^|[_.\-])(?:stg|stage|staging|tmp|temp|landing|raw_load|scratch|work|wrk|incoming|inbox|buffer)(?:$|[_.\-])|_load$|_tmp$|_temp$|_stg$|_staging$|^raw$",
    re.I,
)
TRANSIENT = re.compile(
    r"(?:^|[_.\-])(?:streams?|cdc|deltas?|batch|incoming|queue|inbox|landing|new|latest|increment\w*|changes|tmp|temp)(?:$|[_.\-])",
    re.I,
)
"""Names of sources that hold only what is new: reading all of them repeats nothing."""

CHOICE = re.compile(
    r"truncate|append|replace|overwrite|first|init|full|exist|empty|backfill|mode|dispos|incremental|create|refresh",
    re.I,
)
"""Words in a condition that choose how a target is written."""

_TEMPLATE = re.compile(r"\s*\{[^{}]*\}\s*|\s*\{\{[^{}]*\}\}\s*")
"""A name that is a variable from end to end."""

CLEARING = frozenset(("delete", "truncate", "drop", "replace", "overwrite_partition", "merge", "swap", "update"))
_WHOLE = frozenset(("truncate", "drop", "replace", "swap"))


def ignored(path: str, chain: Chain) -> bool:
    """G1: nothing is reported in folders that are installed or built."""
    if any(part in IGNORED_FOLDERS for part in path.split("/")[:-1]):
        chain.held("G1", f"{path} lies in a folder of installed or built files", path)
        return True
    return False


def fixture(path: str, chain: Chain) -> bool:
    """G2: loads of fixtures, demonstrations and one-time set-up are not judged."""
    match = FIXTURE.search(path)
    if match:
        chain.held(
            "G2", f"'{match.group().strip('/')}' in its path says that it is a fixture, an example or set-up", path
        )
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
    match = AUDIT.search(target.name)
    if match:
        chain.held("G8", f"'{target}' is named as a log of runs, which grows with each of them")
        return True
    chain.failed("G8", f"'{target}' is not named as a log of runs")
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


def per_run_target(target: Relation, chain: Chain) -> Safety | None:
    """A target whose name carries the run's own date is written by that run alone."""
    for part in target.parts:
        if "{" in part and WINDOW.search(part):
            chain.held(
                "G7",
                f"the name '{target}' depends on the run, so a second run of the same window meets its own table alone",
            )
            return Safety.PARTITION
        if "$" in part:
            chain.held("G7", f"'{target}' names one partition")
            return Safety.PARTITION
    return None


def unresolved(write: Write, chain: Chain, path: str) -> Safety | None:
    """G7: what can't be resolved is not judged."""
    if write.opaque:
        chain.unknown("G7", write.opaque, path, write.site)
        return Safety.UNKNOWN
    if not write.target.parts or _TEMPLATE.fullmatch(write.target.parts[-1]):
        chain.unknown("G7", "its target is not known", path, write.site)
        return Safety.UNKNOWN
    return None


def target_read_before(
    view: View, text: SqlText | None, write: Write, path: str, chain: Chain, *, understood: bool
) -> Safety | None:
    """G4: a script that reads its target elsewhere has some use for what it finds there.

    Args:
        view: the graph.
        text: the script.
        write: the load.
        path: where both stand.
        chain: takes the evidence.
        understood: whether what the load's own query reads of the target was understood as a restriction.
    """
    if text is not None:
        for read in text.reads:
            if same_name(read.relation, write.target) and not _own_read(view, path, text, write, read.site):
                chain.unknown(
                    "G4",
                    f"the same script reads '{write.target}', which may well be how it avoids repeating rows",
                    path,
                    read.site,
                )
                return Safety.UNKNOWN
    if write.reads_target and not understood:
        chain.unknown("G4", f"its query reads '{write.target}' in a way that is not understood", path, write.site)
        return Safety.UNKNOWN
    chain.failed("G4", f"nothing else in the script reads '{write.target}'")
    return None


def _own_read(view: View, path: str, text: SqlText, write: Write, site: int) -> bool:
    """Whether a read belongs to the statement of a write: it stands between that and the next."""
    file = view.graph.files.get(path)
    if file is None or not site or not write.site:
        return False
    start, at = file.span(write.site).start, file.span(site).start
    following = [file.span(other.site).start for other in text.writes if other.order > write.order and other.site]
    return start < at < min(following, default=at + 1)


def restrictions(write: Write, path: str, chain: Chain) -> tuple[Safety, bool, int]:
    """What the query itself restricts: (value, whether a run repeats everything, site of the clock)."""
    worst = Safety.NO_ROWS
    everything = False
    clock = 0
    order = [
        Safety.NO_ROWS,
        Safety.ANTI_JOIN,
        Safety.HIGH_WATER,
        Safety.WALL_CLOCK,
        Safety.OVERLAP,
        Safety.APPEND,
        Safety.UNKNOWN,
    ]
    for number, arm in enumerate(write.arms or ((),), 1):
        where = f"branch {number} of the union" if len(write.arms) > 1 else "the query"
        value, found = _arm(arm)
        if found is not None:
            words = {"high_water": "takes only rows above what the target holds", "overlap": "takes rows at or around what the target holds already",
                     "anti_join": "takes only rows the target does not hold", "wall_clock": "takes rows by the current time",
                     "window": "takes the rows of the run's window", "never": "takes no rows", "opaque": "is limited in a way that is not understood"}[found.kind]  # fmt: skip
            chain.fact(f"{where} {words}: {found.text}", path, found.site)
            clock = clock or (found.site if found.kind == "wall_clock" else 0)
        else:
            chain.fact(f"{where} is not limited by what the target holds", path, write.site)
            everything = True
        if order.index(value) > order.index(worst):
            worst = value
    return worst, everything and worst is Safety.APPEND, clock


def _arm(arm: tuple[Restriction, ...]) -> tuple[Safety, Restriction | None]:
    by_kind = {restriction.kind: restriction for restriction in reversed(arm)}
    for kind, value in (
        ("never", Safety.NO_ROWS),
        ("anti_join", Safety.ANTI_JOIN),
        ("high_water", Safety.HIGH_WATER),
        ("opaque", Safety.UNKNOWN),
        ("overlap", Safety.OVERLAP),
        ("window", Safety.APPEND),
        ("wall_clock", Safety.WALL_CLOCK),
    ):
        if kind in by_kind:
            return value, by_kind[kind]
    return Safety.APPEND, None


# -- G3: something else clears the target -----------------------------------------------------------------------------


def cleared_in_task(effects: list[Effect], effect: Effect, chain: Chain) -> Safety | None:
    """G3 (a, b, d): another statement of the same task deletes, truncates, merges or swaps the target."""
    target = effect.write.target
    for other in effects:
        if other is effect or other.order == effect.order:
            continue
        write = other.write
        if write.mode in CLEARING and same_name(write.target, target):
            verb = {
                "delete": "deletes from",
                "truncate": "truncates",
                "drop": "drops",
                "replace": "replaces",
                "merge": "merges into",
                "swap": "swaps",
                "update": "updates",
                "overwrite_partition": "overwrites part of",
            }[write.mode]
            chain.held(
                "G3",
                f"the same task {verb} '{target}'" + (f" ({write.partition})" if write.partition else ""),
                other.path,
                write.site,
            )
            return Safety.REPLACE if write.mode in _WHOLE or write.whole else Safety.PARTITION
        if write.mode == "create" and write.rows == "query" and same_name(write.target, target):
            chain.held("G3", f"the same task creates '{target}' first", other.path, write.site)
            return Safety.REPLACE
        if write.mode == "call" and _names(str(write.target), target):
            chain.unknown("G3", f"{write.opaque}, and it names '{target.name}'", other.path, write.site)
            return Safety.UNKNOWN
        if write.mode == "call" and (not write.target.parts or CLEARS.search(write.opaque)):
            chain.unknown("G3", f"{write.opaque}, in the same task", other.path, write.site)
            return Safety.UNKNOWN
    chain.failed("G3", f"no other statement of the task clears '{target}'")
    return None


def cleared_by_tasks(view: View, path: str, dag: Dag, index: int, target: Relation, chain: Chain) -> Safety | None:
    """G3 (c, e, f): a task that runs before deletes the target, its files, or loads it anew."""
    before = list(tasks.upstream(dag, index))
    near = {index, *(number for number, _ in before)}
    others = [(number, task) for number, task in enumerate(dag.tasks) if number not in near]
    for _, task in before:
        settled = _clears(view, path, task, target, chain, "before it")
        if settled is not None:
            return settled
    for number, task in others:
        after = any(at == index for at, _ in tasks.upstream(dag, number))
        if dag.incomplete or after:
            words = "after it" if after else "in a DAG whose order is not fully known"
            settled = _clears(view, path, task, target, chain, words)
            if settled is not None:
                return settled if after else Safety.UNKNOWN
        else:
            settled = _clears(view, path, task, target, Chain(), "")
            if settled is not None and settled is not Safety.UNKNOWN:
                chain.fact(f"'{_label(task)}' clears '{target}' as well, but nothing orders the two", path, task.site)
    names = ", ".join(f"'{_label(task)}'" for _, task in before[:5])
    chain.failed(
        "G3",
        f"no task before it clears '{target}'"
        + (f" (looked at {names}{', …' if len(before) > 5 else ''})" if before else " (it has none)"),
    )
    for _, task in before:
        why = tasks.unresolved(view, path, task)
        if why:
            chain.doubt(f"'{_label(task)}' runs before it: {why}", path, task.site)
    if dag.incomplete:
        chain.doubt(f"the order of tasks is not fully known: {dag.incomplete}", path, dag.site)
    return None


def _clears(view: View, path: str, task: Task, target: Relation, chain: Chain, when: str) -> Safety | None:
    for effect in tasks.effects(view, path, task):
        write = effect.write
        if write.target.kind == "path":
            folder = write.target.name.strip("/").rpartition("/")[2].replace("*", "").strip("/")
            if folder and (folder == target.name or _names(write.target.name, target)):
                chain.held("G3", f"'{_label(task)}' deletes the files of '{target}' {when}", path, task.site)
                return Safety.PARTITION
        elif write.mode in CLEARING and same_name(write.target, target):
            chain.held(
                "G3",
                f"'{_label(task)}' {write.mode}s '{target}' {when}".replace(
                    "overwrite_partitions", "overwrites"
                ).replace("deletes '", "deletes from '"),
                effect.path,
                write.site,
            )
            return Safety.REPLACE if write.mode in _WHOLE or write.whole else Safety.PARTITION
        elif write.mode == "call" and _names(str(write.target), target):
            chain.unknown(
                "G3",
                f"'{_label(task)}' runs {when}: {write.opaque}, and it names '{target.name}'",
                effect.path,
                write.site,
            )
            return Safety.UNKNOWN
    if tasks.unresolved(view, path, task) and any(_names(text, target) for text in task.mentions):
        chain.unknown(
            "G3", f"'{_label(task)}' runs {when}, can't be followed, and names '{target.name}'", path, task.site
        )
        return Safety.UNKNOWN
    if tasks.unresolved(view, path, task) and CLEARS.search(task.id or task.operator):
        chain.unknown("G3", f"'{_label(task)}' runs {when}; its name says that it clears something", path, task.site)
        return Safety.UNKNOWN
    return None


def _label(task: Task) -> str:
    return task.id or task.operator


def _names(text: str, target: Relation) -> bool:
    """True when a text holds the target's name as a word."""
    name = target.name
    if "{" in name:
        return any(word in text.casefold() for word in re.findall(r"[a-z_]{4,}", name))
    return bool(re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", text.casefold()))


# -- what the target or its owner says -----------------------------------------------------------------------------------


def unique_target(view: View, target: Relation, chain: Chain) -> Safety | None:
    """A unique key declared on the target: a second run fails instead of doubling."""
    for posting in view.find(write_key(target)):
        if posting.kind == "sql":
            _, write = view.sql(posting)
            if write is not None and write.mode in ("create", "replace") and same_name(write.target, target):
                if write.key:
                    chain.held(
                        "G3",
                        f"'{target}' is declared with the key {', '.join(write.key)}, so a second run fails and doubles nothing",
                        posting.path,
                        write.site,
                    )
                    return Safety.KEYED
                if re.search(r"replacing|collapsing|aggregating|summing", write.option, re.I):
                    chain.held("G3", f"'{target}' is stored with {write.option}", posting.path, write.site)
                    return Safety.ENGINE_DEDUP
    return None


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
