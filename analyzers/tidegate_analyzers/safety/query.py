"""What the query of a load shows by itself: the rows it takes, and what it reads of its target."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tidegate_analyzers.facts import Dag, Relation, Restriction, Site, SqlText, Write, same_name
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.safety.verdict import Chain, Safety

_BRANCH = re.compile(r"branch|short_?circuit", re.I)


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


def target_checked_before(view: View, path: str, dag: Dag, index: int, effect: Effect, chain: Chain) -> Safety | None:
    """G4: what the task, or a branch before it, has read of the target may well decide whether it loads."""
    target = effect.write.target
    for place, number in tasks.texts(view, path, dag.tasks[index]):
        if (place, number) == (effect.path, effect.text):
            break
        if (site := _reads(view, place, number, target)) is not None:
            chain.unknown("G4", f"the task reads '{target}' first, which may well decide what it loads", place, site)
            return Safety.UNKNOWN
    for _, task in tasks.upstream(dag, index):
        for place, number in tasks.texts(view, path, task) if _BRANCH.search(task.operator) else ():
            if (site := _reads(view, place, number, target)) is not None:
                chain.unknown("G4", f"'{task.id or task.operator}' reads '{target}' and decides what runs", place, site)
                return Safety.UNKNOWN
    return None


def target_read_in_files(view: View, paths: Iterable[str], write: Write, chain: Chain) -> Safety | None:
    """G4: rows that a program adds may well be those its own query did not find in the target."""
    for path in dict.fromkeys(paths):
        facts = view.facts(path)
        for number, text in enumerate(facts.sql if facts is not None and write.by else ()):
            if (site := _reads(view, path, number, write.target)) is not None:
                name = f" '{text.name}'" if text.name else ""
                chain.unknown("G4", f"the query{name} in the same file reads '{write.target}'", path, site)
                return Safety.UNKNOWN
    return None


def _reads(view: View, path: str, number: int, target: Relation) -> Site | None:
    facts = view.facts(path)
    found = facts.sql[number].reads if facts is not None and 0 <= number < len(facts.sql) else ()
    return next((read.site for read in found if same_name(read.relation, target)), None)


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


def by_window(write: Write) -> bool:
    """Whether the rows a load adds are those of a window: by a condition in each arm, or as what they are marked with."""
    limited = [any(restriction.kind in ("window", "wall_clock") for restriction in arm) for arm in write.arms]
    return bool(limited) and (all(limited) or (write.windowed and not any(limited)))


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
