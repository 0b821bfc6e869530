"""The commands by which models of dbt are built again for an interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.selected import KINDS as NODES
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.layout import Project
from tidegate_analyzers.replay.plan import Command, Interval, Item
from tidegate_analyzers.replay.reach import Reach
from tidegate_analyzers.replay.things import node_key
from tidegate_analyzers.replay.windows import Build, build_of
from tidegate_analyzers.syntax import calendar

_PLAIN = "plain"
_TITLES = {
    _PLAIN: "Build the models again",
    "full": "Build the incremental models again from all that their sources hold",
    "batches": "Build the batches of the interval again",
    "vars": "Build the models again, with their variables set for the interval",
    "seed": "Load the seeds again",
}
_NOTES = {
    "full": "dbt can't be told an interval for these: everything is rewritten, at the cost of a first build.",
    "batches": "--event-time-end is not counted in.",
}


def dbt_commands(
    view: View, target: Item, reach: Reach, covered: frozenset[Item], interval: Interval
) -> Iterator[Command]:
    """Commands for the nodes that no run of `covered` tasks builds again as a whole, in order."""
    nodes = {item: key for item in reach.order if item.kind in NODES and (key := node_key(view, item)) is not None}
    builds = {item: build_of(view, key) for item, key in nodes.items()}
    needed: dict[Item, Build] = {}
    for item, build in builds.items():
        stale = any(feed in needed for feed in reach.feeds.get(item, ()))
        if stale or reach.by.get(item) not in covered or build.way in ("full", "batches", "vars", "refused"):
            needed[item] = build
    wanted = [item for item, build in needed.items() if build.way not in ("never", "refused", "follows")]
    for project in _projects(view, wanted):
        own = [item for item in wanted if view.layout.project_of(item.path) is project]
        groups = list(_groups(own, needed, _needs(own, builds, reach)))
        for mode, items in groups:
            every = len(groups) == 1 and {i for i in builds if i.kind == "model"} <= set(items) | _idle(builds)
            yield _command(project, mode, items, _selection(target, items, every=every), needed, interval)


def _idle(builds: dict[Item, Build]) -> set[Item]:
    return {item for item, build in builds.items() if build.way == "follows"}


def _projects(view: View, items: Iterable[Item]) -> list[Project]:
    found = (view.layout.project_of(item.path) for item in items)
    return list({project.root: project for project in found if project is not None}.values())


def _mode(item: Item, build: Build) -> str:
    if item.kind == "seed":
        return "seed"
    return build.way if build.way in ("full", "batches", "vars") else _PLAIN


def _needs(items: list[Item], builds: dict[Item, Build], reach: Reach) -> dict[Item, set[Item]]:
    """What each item reads of the others, through views that are not built themselves as well."""
    wanted = set(items)
    found: dict[Item, set[Item]] = {}
    for item in reach.order:
        if item not in builds:
            continue
        feeds = [feed for feed in reach.feeds.get(item, ()) if feed in builds]
        found[item] = {feed for feed in feeds if feed in wanted}
        found[item].update(*(found.get(feed, ()) for feed in feeds if feed not in wanted))
    return found


def _groups(
    items: list[Item], builds: dict[Item, Build], needs: dict[Item, set[Item]]
) -> Iterator[tuple[str, list[Item]]]:
    """Items that one command can build, each group before those that need it."""
    left = list(items)
    while left:
        mode = _PLAIN
        group: list[Item] = []
        waiting = set(left)
        for item in left:
            if needs.get(item, set()) & waiting:
                continue
            own = _mode(item, builds[item])
            if own != _PLAIN and mode not in (_PLAIN, own):
                continue
            if own == "seed" and group and mode != "seed":
                continue
            mode = own if own != _PLAIN else mode
            group.append(item)
            waiting.discard(item)
        group = group or left[:1]
        left = [item for item in left if item not in set(group)]
        yield mode, group


def _selection(target: Item, items: list[Item], *, every: bool) -> str:
    if every and target.kind == "model":
        return f"{target.name}+"
    if every and target.kind == "source":
        return f"source:{target.name}+"
    return " ".join(item.name for item in items)


def _command(
    project: Project, mode: str, items: list[Item], selection: str, builds: dict[Item, Build], interval: Interval
) -> Command:
    words = ["dbt", "seed" if mode == "seed" else "run"]
    words += ["--project-dir", project.root] if project.root else []
    words += ["--select", selection]
    if mode in ("full", "seed"):
        words.append("--full-refresh")
    elif mode == "batches":
        start, end = calendar.written(interval.start), calendar.written(interval.end)
        words += ["--event-time-start", start, "--event-time-end", end]
    elif mode == "vars":
        names = dict.fromkeys(name for item in items for name in builds[item].names)
        words += ["--vars", "'{" + ", ".join(f'"{name}": "<{name}>"' for name in names) + "}'"]
    notes = [_NOTES[mode]] if mode in _NOTES else []
    if mode == "vars":
        notes.append("What each variable has to be for the interval is not known here.")
    return Command(_TITLES[mode], (" ".join(words),), tuple(notes))


def test_command(view: View, key: NodeKey, target: Item) -> str:
    """The command that runs the tests of a node and of what comes of it."""
    project = view.layout.project_of(key.path)
    folder = f" --project-dir {project.root}" if project is not None and project.root else ""
    return f"dbt test{folder} --select {target.name}+"
