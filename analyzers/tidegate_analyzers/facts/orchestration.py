"""What DAG files say: tasks, what they run and in which order, and the constants that modules share."""

from __future__ import annotations

from tidegate_analyzers.facts.base import NOWHERE, Fact, Setting, Site, Value
from tidegate_analyzers.facts.data import Read, WallClock, Write


class Step(Fact, frozen=True, array_like=True, gc=False):
    """How a task does its work, as far as it can be followed to other texts.

    `kind` is `sql` (an index into `FileFacts.sql`), `write` (an index into the writes of the same task), `file` (a
    path or the end of one), `stem` (a file's name without its end), `import` (a module and a name), `calls` (the same,
    for a function that may have nothing to do with data), `script` (the path of a program, or `-m` and a module), `dbt`
    (a command of it), `consume` (a loop over messages begins), `commit` (their offsets are committed) or `unknown`.
    `condition` is that under which it is done.
    """

    kind: str
    text: str = ""
    index: int = -1
    site: Site = NOWHERE
    condition: str = ""


class Act(Fact, frozen=True, array_like=True, gc=False):
    """Something the function of a task does besides reading and writing data.

    Attributes:
        kind: `post` (a request that changes something elsewhere), `frame` (a data frame is handed on by XCom), `unread`
            (a check whose result nobody looks at), `window` (the window of the run is taken) or `progress` (how far the
            work has come is kept).
        text: how it is written.
        site: where it stands.
        before: for `progress`, how many steps of the task come before it.
    """

    kind: str
    text: str
    site: Site
    before: int = 0


class Task(Fact, frozen=True, array_like=True, gc=False):
    """One task of a DAG.

    Attributes:
        id: the task id; empty where it is computed.
        site: the id, or what stands for it.
        operator: the class or decorator by which it is made.
        settings: the arguments that rules read.
        steps: the texts it runs.
        writes, reads: its own effects, besides those of its steps.
        upstream: indexes of tasks in the same DAG that run before it.
        outlets, inlets: assets it gives and takes.
        clocks: the current time in its arguments.
        deletes_paths: storage prefixes it deletes.
        mentions: every text in its arguments; an opaque task that names a table may well clear it.
        opaque: whether it does something that can't be followed.
        condition: the condition under which it is made at all.
        acts: what its function does besides.

    A setting of a task group's `default_args` counts as the task's own. `@open` among the settings says that there may be
    more of them, `@prefix` that the group's part of the id is not known.
    """

    id: str
    site: Site
    operator: str
    settings: tuple[Setting, ...] = ()
    steps: tuple[Step, ...] = ()
    writes: tuple[Write, ...] = ()
    reads: tuple[Read, ...] = ()
    upstream: tuple[int, ...] = ()
    outlets: tuple[Read, ...] = ()
    inlets: tuple[Read, ...] = ()
    clocks: tuple[WallClock, ...] = ()
    mentions: tuple[str, ...] = ()
    opaque: bool = False
    whole: Site = NOWHERE
    condition: str = ""
    acts: tuple[Act, ...] = ()

    def setting(self, name: str) -> Value | None:
        """The argument `name`, if it is written at the task itself."""
        return next((s.value for s in self.settings if s.name == name), None)


class Dag(Fact, frozen=True, array_like=True, gc=False):
    """A DAG with its tasks; `incomplete` says why some order between tasks is not known."""

    id: str
    site: Site
    settings: tuple[Setting, ...] = ()
    defaults: tuple[Setting, ...] = ()
    defaults_known: bool = True
    tasks: tuple[Task, ...] = ()
    incomplete: str = ""
    whole: Site = NOWHERE
    references: tuple[Read, ...] = ()
    """Other DAGs it names (sensors, triggers), as relations of kind `dag` or `task`, and assets whose updates start it."""
    cycle: tuple[int, ...] = ()
    """Tasks that wait for one another in a ring, whatever branch the file takes."""

    def setting(self, name: str) -> Value | None:
        """The argument `name` of the DAG."""
        return next((s.value for s in self.settings if s.name == name), None)

    def default(self, name: str) -> Value | None:
        """The entry `name` of its default_args."""
        return next((s.value for s in self.defaults if s.name == name), None)


class Routine(Fact, frozen=True, array_like=True, gc=False):
    """A function of a module that tasks of other modules may run, with what it does; the fields are those of a task."""

    name: str
    site: Site
    steps: tuple[Step, ...] = ()
    writes: tuple[Write, ...] = ()
    opaque: bool = False


class Constant(Fact, frozen=True, array_like=True, gc=False):
    """A module's constant that other modules may import; `keys` are those of a dictionary whose values aren't all known."""

    name: str
    value: Value
    keys: tuple[str, ...] = ()
