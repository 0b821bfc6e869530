"""Tasks with everything they run: SQL files, imported constants, and what runs before them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tidegate_analyzers.facts import Constant, Dag, Job, Routine, SqlText, Step, Task, Value, Write
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.modules import module_file
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.graph.scripts import at_end, script_file, script_job
from tidegate_analyzers.graph.told import cleared

MAX_UPSTREAM = 2_000
MAX_CALLS = 3
"""How far calls are followed from module to module."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A write of a task, with the file it stands in and how it was found.

    `via` is the place in the DAG file that leads to it, where it stands in another file.
    """

    write: Write
    path: str
    order: int
    via: str = ""
    streaming: str = ""
    text: int = -1
    """The index of the SQL text the write belongs to, in `path`; -1 for a write of the task itself."""
    condition: str = ""
    """The condition under which it is done."""

    def sql(self, view: View) -> SqlText | None:
        """The SQL text the write belongs to."""
        facts = view.facts(self.path)
        return facts.sql[self.text] if facts is not None and 0 <= self.text < len(facts.sql) else None


def effects(view: View, path: str, task: Task | Job) -> list[Effect]:
    """Every write of a task or job, in the order in which it happens; then what it is told to clear."""
    found = _effects(view, path, task, 0)
    for where, write in cleared(view, path, task):
        found.append(Effect(write, where, len(found), "somebody says so"))
    return found


def _effects(view: View, path: str, unit: Task | Routine | Job, depth: int) -> list[Effect]:
    found: list[Effect] = []
    facts = view.facts(path)
    if facts is None or depth > MAX_CALLS:
        return found

    def of_text(place: str, index: int, how: str, condition: str) -> Iterator[Effect]:
        other = view.facts(place)
        if other is not None and 0 <= index < len(other.sql):
            text = other.sql[index]
            for write in text.writes:
                yield Effect(write, place, 0, how, text.streaming, index, condition)

    for step in unit.steps:
        inner: list[Effect] = []
        if step.kind == "write" and step.index < len(unit.writes):
            inner = [Effect(unit.writes[step.index], path, 0, condition=step.condition)]
        elif step.kind == "sql":
            inner = list(of_text(path, step.index, "", step.condition))
        elif step.kind in ("file", "stem", "import"):
            for target, index, how in follow(view, path, step):
                inner += of_text(target, index, how, step.condition)
        if (called := _called(view, path, step)) is not None:
            script = step.kind == "script"
            how = f"'{step.text}' is {called[0]}" if script else f"'{called[1].name}' is defined in {called[0]}"
            for effect in _effects(view, called[0], called[1], depth + 1):
                both = " and ".join(words for words in (step.condition, effect.condition) if words)
                inner.append(replace(effect, via=how, condition=both))
        found += [replace(effect, order=len(found) + number) for number, effect in enumerate(inner)]
    return found


def _called(view: View, path: str, step: Step) -> tuple[str, Routine | Job] | None:
    """The function or script of another file that a step runs."""
    if step.kind == "script":
        return script_job(view, path, step)
    return routine(view, path, step) if step.kind in ("import", "calls") else None


def texts(view: View, path: str, unit: Task | Routine | Job, depth: int = 0) -> Iterator[tuple[str, int]]:
    """The SQL texts a task runs, in order: (path, index of the text)."""
    if depth > MAX_CALLS:
        return
    for step in unit.steps:
        if step.kind == "sql":
            yield path, step.index
        elif step.kind in ("file", "stem", "import"):
            yield from ((target, index) for target, index, _ in follow(view, path, step))
        if (called := _called(view, path, step)) is not None:
            yield from texts(view, called[0], called[1], depth + 1)


def routine(view: View, path: str, step: Step) -> tuple[str, Routine] | None:
    """The function of another module that a step runs, if the workspace has it."""
    module, _, name = step.text.partition(":")
    target = module_file(view, path, module)
    facts = view.facts(target) if target is not None else None
    found = next((item for item in facts.routines if item.name == name), None) if facts is not None else None
    return (target, found) if target is not None and found is not None else None


def follow(view: View, path: str, step: Step) -> list[tuple[str, int, str]]:
    """The SQL texts a step leads to in other files: (path, index of the text, words for the evidence)."""
    if step.kind == "import":
        return _imported(view, path, step.text)
    target = sql_file(view, path, step)
    return [(target, 0, f"'{step.text}' is {target}")] if target is not None else []


def sql_file(view: View, path: str, step: Step) -> str | None:
    """The workspace file that a task names: by the end of its path, if just one file has it."""
    wanted = step.text.replace("\\", "/").lstrip("./").casefold()
    if step.kind == "stem":
        wanted = wanted if wanted.endswith(".sql") else f"{wanted}.sql"
    name = wanted.rpartition("/")[2]
    if not name:
        return None
    candidates = at_end(view, wanted, elsewhere=step.text.startswith("/") or "://" in step.text)
    if len(candidates) > 1:
        folder = path.rpartition("/")[0]
        near = [c for c in candidates if c.casefold() == f"{folder}/{wanted}".lstrip("/").casefold()]
        candidates = near or candidates
    return candidates[0] if len(candidates) == 1 else None


def _imported(view: View, path: str, text: str) -> list[tuple[str, int, str]]:
    module, _, name = text.partition(":")
    target = module_file(view, path, module)
    if target is None and "." in module.strip("."):  # `from queries import Queries`, then `Queries.load`
        module, _, owner = module.rpartition(".")
        target, name = module_file(view, path, module), f"{owner}.{name}"
    facts = view.facts(target) if target is not None else None
    if target is None or facts is None:
        return []
    return [(target, i, f"'{name}' is defined in {target}") for i, sql in enumerate(facts.sql) if sql.name == name]


def unresolved(view: View, path: str, task: Task) -> str:
    """What of a task could not be followed, in words; empty when all of it was."""
    if task.opaque:
        return f"'{task.operator}' does something that is not visible here"
    for step in task.steps:
        if step.kind == "unknown":
            return f"'{step.text}' is not known" if step.text else "an argument of it is not known"
        called = _called(view, path, step)
        if step.kind == "script" and called is None:
            return f"what '{step.text}' does is not visible here"
        if called is not None and called[1].opaque:
            return f"'{called[1].name}' in {called[0]} does something that is not visible"
        if step.kind in ("file", "stem", "import") and called is None and not follow(view, path, step):
            return f"'{step.text}' was not found"
    return ""


def upstream(dag: Dag, index: int) -> Iterator[tuple[int, Task]]:
    """Every task that runs before a task in its DAG, nearest first."""
    seen = {index}
    queue = list(dag.tasks[index].upstream)
    while queue and len(seen) < MAX_UPSTREAM:
        at = queue.pop(0)
        if at in seen or at >= len(dag.tasks):
            continue
        seen.add(at)
        yield at, dag.tasks[at]
        queue += dag.tasks[at].upstream


def made_from_yaml(view: View, path: str, dag: Dag) -> bool:
    """Whether a YAML file beside a Python file says the same DAG or tasks: the Python is then made from it, some day ago."""
    names = {task.id for task in dag.tasks}
    for posting in view.find(f"yaml-dags:{path.rpartition('/')[0]}"):
        facts = view.facts(posting.path) if posting.path != path else None
        if facts is None:
            continue
        other = facts.dags[posting.number]
        if {task.id for task in other.tasks} == names or (other.id and f".{dag.id}".endswith(f".{other.id}")):
            return True
    return False


def started(view: View, path: str, step: Step) -> str | None:
    """The file of SQL, or the script, that a step runs."""
    if step.kind == "script":
        return script_file(view, path, step)
    return sql_file(view, path, step) if step.kind in ("file", "stem") else None


def runners(view: View, path: str) -> list[tuple[Posting, Dag, Task]]:
    """The tasks that run a SQL file or a script."""
    found = []
    name = path.rpartition("/")[2].casefold()
    for posting in view.find(f"runs:{name}"):
        facts = view.facts(posting.path)
        if facts is None or posting.number >= len(facts.dags):
            continue
        dag = facts.dags[posting.number]
        task = dag.tasks[posting.inner]
        if any(started(view, posting.path, step) == path for step in task.steps):
            found.append((posting, dag, task))
    return found


def defaults(view: View, path: str, dag: Dag) -> dict[str, Value] | None:
    """The DAG's default_args, an imported dictionary included; `None` where they are not known."""
    given = {setting.name: setting.value for setting in dag.defaults}
    imported = given.pop("@import", None)
    if imported is not None:
        constant = _constant(view, path, str(imported.value))
        if constant is None or not isinstance(constant.value.value, dict):
            return None
        return {key: Value(True, value, (), "", imported.site) for key, value in constant.value.value.items()}
    return given if dag.defaults_known else None


def _constant(view: View, path: str, text: str) -> Constant | None:
    """The constant of another module, `module:name`, if the workspace has it."""
    module, _, name = text.partition(":")
    target = module_file(view, path, module)
    facts = view.facts(target) if target is not None else None
    return next((c for c in facts.constants if c.name == name), None) if facts is not None else None


def _may_hold(view: View, path: str, text: str, name: str) -> bool:
    """Whether a dictionary of another module may have an entry."""
    constant = _constant(view, path, text)
    if constant is None:
        return True
    keys = constant.value.value if constant.value.known else constant.keys or None
    return not isinstance(keys, dict | tuple) or name in keys


def effective(view: View, path: str, dag: Dag, task: Task | None, name: str) -> Value | None:
    """A task's argument as Airflow sees it: its own, else the DAG's default; an unknown value where neither can be told."""
    own = task.setting(name) if task is not None else None
    if own is not None:
        return own
    taken = task.setting("@open") if task is not None else None
    if taken is not None and not (
        isinstance(taken.value, list) and not any(_may_hold(view, path, text, name) for text in taken.value)
    ):
        return Value(False)
    given = defaults(view, path, dag)
    if given is None:
        return Value(False)
    return given.get(name)
