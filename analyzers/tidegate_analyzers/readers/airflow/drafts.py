"""DAGs, task groups and tasks while a file is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from tidegate_analyzers.facts import Act, Dag, Read, Setting, Site, Step, Task, WallClock, Write


@dataclass(slots=True)
class TaskDraft:
    """A task while its DAG is read; `upstream` fills as edges are met."""

    id: str
    site: Site
    operator: str
    whole: Site
    settings: tuple[Setting, ...] = ()
    steps: tuple[Step, ...] = ()
    writes: tuple[Write, ...] = ()
    outlets: tuple[Read, ...] = ()
    inlets: tuple[Read, ...] = ()
    clocks: tuple[WallClock, ...] = ()
    mentions: tuple[str, ...] = ()
    opaque: bool = False
    upstream: set[int] = field(default_factory=set)
    condition: str = ""
    acts: tuple[Act, ...] = ()

    def finish(self) -> Task:
        """The task as a fact."""
        return Task(
            self.id, self.site, self.operator, self.settings, self.steps, self.writes, (), tuple(sorted(self.upstream)), self.outlets, self.inlets,
            self.clocks, self.mentions, self.opaque, self.whole, self.condition, self.acts,
        )  # fmt: skip


@dataclass(slots=True)
class DagDraft:
    """A DAG while it is read."""

    id: str = ""
    site: Site = 0
    whole: Site = 0
    settings: tuple[Setting, ...] = ()
    defaults: tuple[Setting, ...] = ()
    defaults_known: bool = True
    tasks: list[TaskDraft] = field(default_factory=list)
    incomplete: str = ""
    declared: bool = True
    references: list[Read] = field(default_factory=list)
    certain: set[tuple[int, int]] = field(default_factory=set)
    """The pairs of tasks, the first before the second, whose order no condition and no loop decides."""

    def finish(self) -> Dag:
        """The DAG as a fact."""
        tasks = tuple(task.finish() for task in self.tasks)
        return Dag(
            self.id,
            self.site,
            self.settings,
            self.defaults,
            self.defaults_known,
            tasks,
            self.incomplete,
            self.whole,
            tuple(self.references),
            ring(self.certain),
        )


def ring(pairs: set[tuple[int, int]]) -> tuple[int, ...]:
    """The first ring among pairs of which one comes before the other; empty where there is none."""
    after: dict[int, list[int]] = {}
    for before, later in sorted(pairs):
        after.setdefault(before, []).append(later)
    done: set[int] = set()
    for start in sorted(after):
        way: list[int] = []
        todo = [(start, iter(after[start]))] if start not in done else []
        while todo:
            at, following = todo[-1]
            if len(way) < len(todo):
                way.append(at)
            step = next(following, None)
            if step is None:
                done.add(at)
                todo.pop()
                way.pop()
            elif step in way:
                return tuple(way[way.index(step) :])
            elif step not in done:
                todo.append((step, iter(after.get(step, ()))))
    return ()


@dataclass(frozen=True, slots=True)
class Tasks:
    """Some tasks of one DAG: the first and the last of what a name stands for."""

    dag: DagDraft
    heads: tuple[int, ...]
    tails: tuple[int, ...]
    certain: bool = True


@dataclass(slots=True)
class Group:
    """A task group that is open or finished; which of its tasks are first and last shows at the end."""

    dag: DagDraft
    id: str
    start: int
    end: int = -1
    defaults: tuple[Setting, ...] = ()
    """What it gives to its tasks."""

    def tasks(self) -> Tasks:
        """Its first and last tasks."""
        end = self.end if self.end >= 0 else len(self.dag.tasks)
        members = range(self.start, end)
        inside = set(members)
        after = {before for index in members for before in self.dag.tasks[index].upstream if before in inside}
        heads = tuple(index for index in members if not (self.dag.tasks[index].upstream & inside))
        return Tasks(self.dag, heads, tuple(index for index in members if index not in after))


Bound: TypeAlias = Tasks | Group | DagDraft
"""What a name of a DAG file may stand for."""
