"""What there is to say of a DAG, a task, a connection, a variable, a pool or an asset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Task
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.symbols import Symbol, references

SHOWN = 5
_SETTINGS = ("owner", "depends_on_past", "email", "email_on_failure", "email_on_retry", "retries", "retry_delay")
"""What of a task Airflow takes from the defaults of its DAG, and people ask for."""
_KEPT = {"connection": "connection", "variable": "variable", "pool": "pool"}


def orchestration_sheet(view: View, symbol: Symbol) -> str:
    """A symbol of an orchestrator as Markdown, empty for any other."""
    if symbol.kind == "dag":
        return _dag(view, symbol)
    if symbol.kind == "task":
        return _task(view, symbol)
    if symbol.kind == "asset":
        return _asset(view, symbol)
    if symbol.kind in _KEPT:
        where = "" if any(True for place in references(view, symbol) if place.access == "made") else ", kept by Airflow"
        return _lines(f"**{symbol.name}** — {_KEPT[symbol.kind]}{where}", ("used in", _places(view, symbol)))
    return ""


def _dag(view: View, symbol: Symbol) -> str:
    made = [
        (posting.path, facts.dags[posting.number])
        for posting in view.find(f"dag:{symbol.name}")
        if (facts := view.facts(posting.path)) is not None and posting.kind == "dag"
    ]
    if not made:
        return _lines(f"**{symbol.name}** — DAG that no file here makes", ("named in", _places(view, symbol)))
    path, dag = made[0]
    given = next((v for name in ("schedule", "schedule_interval", "timetable") if (v := dag.setting(name))), None)
    return _lines(
        f"**{symbol.name}** — DAG",
        ("file", ", ".join(f"`{path}`" for path, _ in made[:SHOWN])),
        ("schedule", f"`{given.text or given.value}`" if given is not None else ""),
        ("tasks", str(len(dag.tasks)) if dag.tasks else ""),
        *_by_task(view, path, dag),
        ("named in", _places(view, symbol, besides=path)),
    )


def _by_task(view: View, path: str, dag: Dag) -> Iterator[tuple[str, str]]:
    """What the tasks of a DAG run with; tasks that run with the same stand together."""
    found: dict[str, list[str]] = {}
    for task in dag.tasks:
        found.setdefault(_effective(view, path, dag, task), []).append(f"`{task.id or task.operator}`")
    for given, named in list(found.items())[:SHOWN]:
        yield "all run with" if len(found) == 1 else f"{_some(named)} run{'s' * (len(named) == 1)} with", given


def _effective(view: View, path: str, dag: Dag, task: Task) -> str:
    """What is known to be set for a task, by itself or by the defaults of its DAG."""
    values = ((name, tasks.effective(view, path, dag, task, name)) for name in _SETTINGS)
    told = ((name, value.text or (_python(value.value) if value.known else "")) for name, value in values if value)
    return ", ".join(f"`{name}={text}`" for name, text in told if text)


def _python(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _task(view: View, symbol: Symbol) -> str:
    path, dag, number = _found(view, symbol)
    if dag is None:
        return ""
    task = dag.tasks[number]
    after = [dag.tasks[index].id or dag.tasks[index].operator for index in task.upstream]
    before = [other.id or other.operator for other in dag.tasks if number in other.upstream]
    effects = [effect.write for effect in tasks.effects(view, path, task) if effect.write.mode != "call"]
    writes = dict.fromkeys(f"{write.target} ({write.mode})" for write in effects)
    of = f" of `{dag.id}`" if dag.id else ""
    return _lines(
        f"**{symbol.name}** — task{of}, {_operator(task)}",
        ("file", f"`{path}`"),
        ("after", _some(after)),
        ("before", _some(before)),
        ("writes", _some(list(writes))),
        ("runs with", _effective(view, path, dag, task)),
        ("named in", _places(view, symbol, besides=path)),
    )


def _operator(task: Task) -> str:
    return (
        task.operator.replace("@task ", "the function `") + "`" if "@task " in task.operator else f"`{task.operator}`"
    )


def _found(view: View, symbol: Symbol) -> tuple[str, Dag | None, int]:
    paths = [posting.path for posting in view.find(f"dag:{symbol.of}")] if symbol.of else [symbol.root]
    for path in paths:
        facts = view.facts(path)
        for dag in facts.dags if facts is not None else ():
            for number, task in enumerate(dag.tasks):
                if dag.id == symbol.of and task.id == symbol.name:
                    return path, dag, number
    return "", None, -1


def _asset(view: View, symbol: Symbol) -> str:
    def of(key: str) -> list[str]:
        found: dict[str, None] = {}
        for posting in view.find(key):
            facts = view.facts(posting.path)
            dag = facts.dags[posting.number] if facts is not None and posting.number < len(facts.dags) else None
            if dag is not None:
                task = dag.tasks[posting.inner].id if posting.kind == "task" else ""
                found.setdefault(".".join(part for part in (dag.id, task) if part) or posting.path)
        return list(found)

    return _lines(
        f"**{symbol.name}** — asset",
        ("updated by", _some(of(f"asset-out:{symbol.name}")) or "nothing here"),
        ("read by, or starts", _some(of(f"asset-in:{symbol.name}"))),
    )


def _places(view: View, symbol: Symbol, besides: str = "") -> str:
    counted = Counter(place.path for place in references(view, symbol) if place.access == "used")
    counted.pop(besides, None)
    told = [f"`{path}`" + (f" ({count} times)" if count > 1 else "") for path, count in counted.items()]
    return _some(told)


def _some(items: list[str]) -> str:
    left = len(items) - SHOWN
    return ", ".join(items[:SHOWN]) + (f" and {left} more" if left > 0 else "")


def _lines(head: str, *rows: tuple[str, str]) -> str:
    body = "\n".join(f"- {name}: {text}" for name, text in rows if text)
    return "\n\n".join(part for part in (head, body) if part)
