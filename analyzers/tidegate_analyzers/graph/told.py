"""What people have told of a task, a function or a write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Job, Relation, Step, Task, Told, Write
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.modules import module_file
from tidegate_analyzers.graph.postings import Posting

ANY = "told:any"
_COLUMN = re.compile(r"[A-Za-z_]\w*")


def told_of_unit(view: View, path: str, unit: Task | Job) -> Iterator[tuple[str, Told]]:
    """What is told of a task or job, and of the functions of other modules that it calls, each with its file."""
    if not view.find(ANY):
        return
    name = unit_name(view, path, unit)
    yield from _of_name(view, path, name)
    for step in unit.steps:
        if step.kind in ("import", "calls"):
            yield from told_of_function(view, path, step)


def unit_name(view: View, path: str, unit: Task | Job) -> str:
    """A task as `dag.task`; a job by its name."""
    if isinstance(unit, Job):
        return unit.name
    facts = view.facts(path)
    for dag in facts.dags if facts is not None else ():
        if any(task is unit for task in dag.tasks):
            return f"{dag.id}.{unit.id}"
    return unit.id


def _of_name(view: View, path: str, name: str) -> Iterator[tuple[str, Told]]:
    facts = view.facts(path)
    for fact in facts.told if facts is not None and name else ():
        if fact.comment and name in fact.about:
            yield path, fact
    yield from _configured(view, name)


def _configured(view: View, name: str) -> Iterator[tuple[str, Told]]:
    for posting in view.find(f"told:{name}") if name else ():
        fact = _told(view, posting)
        if fact is not None and not fact.comment:
            yield posting.path, fact


def _told(view: View, posting: Posting) -> Told | None:
    facts = view.facts(posting.path)
    return facts.told[posting.number] if facts is not None and posting.number < len(facts.told) else None


def told_of_function(view: View, path: str, step: Step) -> Iterator[tuple[str, Told]]:
    """What is told of a function of another module: at its head, or in the configuration as `module.function`."""
    module, _, name = step.text.partition(":")
    target = module_file(view, path, module)
    facts = view.facts(target) if target is not None else None
    for fact in facts.told if facts is not None and target is not None else ():
        if fact.comment and name in fact.about:
            yield target or "", fact
    yield from _configured(view, f"{module.lstrip('.')}.{name}")


def told_of_write(view: View, path: str, write: Write) -> Iterator[tuple[str, Told]]:
    """What is told of a write: at its statement, at the function around it, or in the configuration by its file."""
    if not view.find(ANY):
        return
    facts = view.facts(path)
    for fact in facts.told if facts is not None else ():
        if fact.comment and write.site in fact.writes:
            yield path, fact
    yield from _configured(view, path)
    for routine in facts.routines if facts is not None else ():
        texts = [facts.sql[step.index] for step in routine.steps if step.kind == "sql"] if facts is not None else []
        if write in routine.writes or any(write in text.writes for text in texts):
            for module in _module_names(path):
                yield from _configured(view, f"{module}.{routine.name}")


def _module_names(path: str) -> Iterator[str]:
    """The names under which a module may be imported, the shortest first."""
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    for start in range(len(parts) - 1, -1, -1):
        yield ".".join(parts[start:])


def cleared(view: View, path: str, unit: Task | Job) -> Iterator[tuple[str, Write]]:
    """The tables that a task or job is told to clear, as writes that stand where it is told."""
    for where, fact in told_of_unit(view, path, unit):
        if fact.kind == "clears":
            for value in fact.values:
                target = Relation("table", tuple(value.split(".")))
                yield where, Write("delete", target, fact.site, whole=True, option="told")


def by_whom(fact: Told) -> str:
    """Who tells a fact, in words."""
    return "a comment" if fact.comment else "the configuration"


def told_columns(view: View, package: str, name: str) -> tuple[str, ...]:
    """The columns that a macro is told to yield: above it, or in the configuration; none where nothing is told."""
    if not view.find(ANY):
        return ()
    for qualified in (f"{package}.{name}", name) if package else (name,):
        for _, fact in _configured(view, qualified):
            if fact.kind == "columns" and all(_COLUMN.fullmatch(value) for value in fact.values):
                return fact.values
    for posting in view.find(f"macro:{name}"):
        facts = view.facts(posting.path)
        for fact in facts.told if facts is not None else ():
            if fact.comment and fact.kind == "columns" and name in fact.about:
                return fact.values if all(_COLUMN.fullmatch(value) for value in fact.values) else ()
    return ()


def has_told_package(view: View, package: str) -> bool:
    """Whether the configuration tells of macros of a package."""
    prefix = f"{package}."
    return any(
        fact is not None and fact.kind == "columns" and any(name.startswith(prefix) for name in fact.about)
        for fact in (_told(view, posting) for posting in view.find(ANY))
    )
