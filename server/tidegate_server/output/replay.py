"""The plan of a replay: for the terminal, for tools, and as a runbook."""

from __future__ import annotations

import json as encoder
from collections.abc import Iterator
from typing import Any

from tidegate_analyzers.replay.plan import Command, Hazard, Item, Limit, Plan, Unit, Windows
from tidegate_analyzers.syntax import calendar
from tidegate_server.present import Presenter

_SIGNS = {"unsafe": "✗", "void": "✗", "outside": "!", "unknown": "?", "short": "✗", "enough": "✓"}
_LEVELS = {
    "unsafe": "Running it again leaves wrong data",
    "void": "Running it again does not bring the interval back",
    "outside": "It reaches somebody outside",
    "unknown": "What running it again does can't be told",
}


def _place(presenter: Presenter, path: str, site: int) -> str:
    """`path:line`, empty for what stands nowhere."""
    if not path or path not in presenter.graph.files:
        return path
    place = presenter.place(path, site)
    return f"{place.path}:{place.line}"


def _days(plan: Plan) -> str:
    start, end = plan.interval.start, plan.interval.end
    whole = start % calendar.DAY == 0 and end % calendar.DAY == 0
    last = calendar.written(end - calendar.DAY) if whole else calendar.written(end)
    return f"{calendar.written(start)} to {last}" + ("" if whole else ", not counted itself")


def headline(plan: Plan) -> str:
    """The plan in a sentence."""
    return f"replay of {plan.target} for {_days(plan)}: {_summary(plan)}"


def _windows(windows: Windows) -> str:
    note = f" ({windows.note})" if windows.note else ""
    if not windows.known:
        return f"{windows.of}: how many can't be told{note}"
    if not windows.count:
        return f"{windows.of}: none in the interval{note}"
    reach = windows.first if windows.count == 1 else f"{windows.first} … {windows.last}"
    return f"{windows.count} {windows.of if windows.count > 1 else _one(windows)}: {reach}{note}"


def _one(windows: Windows) -> str:
    word, _, rest = windows.of.partition(" ")
    return f"{ {'batches': 'batch'}.get(word, word.removesuffix('s')) } {rest}".strip()


def _idle(unit: Unit) -> bool:
    """Whether there is nothing to do for a unit: it stores nothing."""
    return unit.how.endswith("it follows what it reads")


def _told(unit: Unit) -> str:
    words = [f"writes {', '.join(unit.writes)}"] if unit.writes else []
    words += [unit.how] if unit.how else []
    words += [f"run by {unit.by}"] if unit.by else []
    return "; ".join(words)


# -- text ----------------------------------------------------------------------------------------------------------


def text(plan: Plan, presenter: Presenter) -> list[str]:
    """The plan as paragraphs."""
    lines = [f"replay of {plan.target} for {_days(plan)}"]

    def section(title: str, found: list[str]) -> None:
        if found:
            lines.extend(["", title, *(f"  {line}" for line in found)])

    section("windows", [f"{_windows(w)}{_at(presenter, w.path, w.site)}" for w in plan.windows])
    section("rewritten, in this order", list(_steps(plan, presenter)))
    section("not safe to run again", [line for same in _grouped(plan) for line in _hazard(same, presenter)])
    section("how far back the sources reach", [_limit(limit, presenter) for limit in plan.limits])
    section(
        "who else is concerned",
        [f"{c.kind} {c.name}{f': {c.note}' if c.note else ''}{_at(presenter, c.path, c.site)}" for c in plan.consumers],
    )
    section("not known", plan.unknown)
    section("to run", [line for command in plan.commands for line in _command(command)])
    section("afterwards", [f"$ {line}" for line in plan.after])
    return [*lines, "", _summary(plan)]


def _at(presenter: Presenter, path: str, site: int) -> str:
    place = _place(presenter, path, site)
    return f"  [{place}]" if place else ""


def _steps(plan: Plan, presenter: Presenter) -> Iterator[str]:
    shown = [unit for unit in plan.units if not _idle(unit)]
    width = len(str(len(shown)))
    for number, unit in enumerate(shown, 1):
        told = _told(unit)
        name = f"{unit.item.kind} {_name(unit.item)}"
        yield f"{number:>{width}}  {name}{f'  {told}' if told else ''}{_at(presenter, unit.item.path, unit.site)}"
    idle = [unit.item.name for unit in plan.units if _idle(unit)]
    if idle:
        yield f"{'':>{width}}  views follow by themselves: {', '.join(idle)}"


def _name(item: Item) -> str:
    return item.path.rpartition("/")[2] if item.kind == "sql" or not item.name else item.name


def _grouped(plan: Plan) -> list[list[Hazard]]:
    """The hazards; those of one file that have the same reason together."""
    found: dict[tuple[str, ...], list[Hazard]] = {}
    for hazard in plan.hazards:
        found.setdefault((hazard.level, hazard.item.kind, hazard.path, hazard.reason), []).append(hazard)
    return list(found.values())


def _names(same: list[Hazard]) -> str:
    kind = same[0].item.kind
    names = list(dict.fromkeys(_name(hazard.item) for hazard in same))
    return f"{kind}{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _hazard(same: list[Hazard], presenter: Presenter) -> Iterator[str]:
    hazard = same[0]
    where = _at(presenter, hazard.path, hazard.site)
    yield f"{_SIGNS[hazard.level]} {_names(same)}: {hazard.reason}{where}"
    if hazard.advice:
        yield f"    {hazard.advice}"


def _limit(limit: Limit, presenter: Presenter) -> str:
    return f"{_SIGNS[limit.state]} {limit.reason}{_at(presenter, limit.path, limit.site) if limit.site else ''}"


def _command(command: Command) -> Iterator[str]:
    yield f"# {command.title}"
    yield from (f"#   {note}" for note in command.notes)
    yield from (f"$ {line}" for line in command.lines)


def _summary(plan: Plan) -> str:
    shown = [unit for unit in plan.units if not _idle(unit)]
    bad = sum(hazard.level in ("unsafe", "void") for hazard in plan.hazards)
    unknown = sum(hazard.level == "unknown" for hazard in plan.hazards)
    short = sum(limit.state == "short" for limit in plan.limits)
    words = [f"{len(shown)} step{'' if len(shown) == 1 else 's'}"]
    words += [f"{plan.safe} write{'' if plan.safe == 1 else 's'} safe to repeat"] if plan.safe else []
    words += [f"{bad} not"] if bad else []
    words += [f"{unknown} not known"] if unknown else []
    words += [f"{short} source{'' if short == 1 else 's'} too short"] if short else []
    return ", ".join(words)


# -- a runbook -----------------------------------------------------------------------------------------------------


def markdown(plan: Plan, presenter: Presenter) -> list[str]:
    """The plan as a runbook: what to settle first, what to type, whom to tell."""
    lines = [f"# Replay of `{plan.target}`: {_days(plan)}", "", f"{_summary(plan)[:1].upper()}{_summary(plan)[1:]}."]
    lines += _section("Windows", [f"- {_windows(w)}" for w in plan.windows])
    lines += _section("Before you start", list(_first(plan, presenter)))
    lines += _section("Run", list(_run(plan)))
    lines += _section("Afterwards", list(_last(plan, presenter)))
    lines += _section("What is rewritten, in order", list(_table(plan, presenter)))
    lines += _section("Not known", [f"- {words}" for words in _unknown(plan, presenter)])
    return lines


def _section(title: str, found: list[str]) -> list[str]:
    return ["", f"## {title}", "", *found] if found else []


def _first(plan: Plan, presenter: Presenter) -> Iterator[str]:
    """What has to be settled before anything is run."""
    for limit in plan.limits:
        if limit.state == "short":
            yield f"- [ ] **Out of reach**: {limit.reason} ({_place(presenter, limit.path, limit.site)})"
    for level in ("unsafe", "void", "outside"):
        for same in _grouped(plan):
            hazard = same[0]
            if hazard.level == level:
                where = _place(presenter, hazard.path, hazard.site)
                yield f"- [ ] **{_LEVELS[level]}**: {_names(same)}: {hazard.reason} ({where})"
                if hazard.advice:
                    yield f"      {hazard.advice[:1].upper()}{hazard.advice[1:]}."
    for consumer in plan.consumers:
        if consumer.note or consumer.kind == "exposure":
            kind = "" if consumer.kind == "consumer" else f"{consumer.kind} "
            yield f"- [ ] Tell those behind {kind}`{consumer.name}`{f': {consumer.note}' if consumer.note else ''}"


def _run(plan: Plan) -> Iterator[str]:
    for number, command in enumerate(plan.commands, 1):
        if number > 1:
            yield ""
        yield f"{number}. {command.title}."
        if command.lines:
            yield from ("", "   ```sh", *(f"   {line}" for line in command.lines), "   ```")
        for note in command.notes:
            yield from ("", f"   {note}")
    if not plan.commands:
        yield "Nothing that runs is known."


def _last(plan: Plan, presenter: Presenter) -> Iterator[str]:
    for line in plan.after:
        yield f"- [ ] `{line}`"
    doubtful = {hazard.item for hazard in plan.hazards if hazard.level in ("unsafe", "unknown")}
    names = dict.fromkeys(name for unit in plan.units if unit.item in doubtful for name in unit.writes)
    for name in names:
        yield f"- [ ] Look for rows that are twice in `{name}`"


def _table(plan: Plan, presenter: Presenter) -> Iterator[str]:
    shown = [unit for unit in plan.units if not _idle(unit)]
    if shown:
        yield "| | what | | where |"
        yield "|---|---|---|---|"
    for number, unit in enumerate(shown, 1):
        told = _told(unit).replace("|", "\\|")
        where = _place(presenter, unit.item.path, unit.site)
        yield f"| {number} | {unit.item.kind} `{_name(unit.item)}` | {told} | {where} |"


def _unknown(plan: Plan, presenter: Presenter) -> Iterator[str]:
    yield from plan.unknown
    for same in _grouped(plan):
        if same[0].level == "unknown":
            where = _place(presenter, same[0].path, same[0].site)
            yield f"{_names(same)}: {same[0].reason} ({where})"
    silent = [limit.of for limit in plan.limits if limit.state == "unknown"]
    if silent:
        yield f"how long these keep their data: {', '.join(f'`{name}`' for name in silent)}"


# -- tools ---------------------------------------------------------------------------------------------------------


def json(plan: Plan, presenter: Presenter) -> list[str]:
    """The plan as one object."""

    def place(path: str, site: int) -> dict[str, Any]:
        if not path or path not in presenter.graph.files:
            return {"path": path} if path else {}
        found = presenter.place(path, site)
        return {"path": found.path, "line": found.line, "column": found.column}

    def item(of: Item) -> dict[str, str]:
        return {"kind": of.kind, "name": _name(of)}

    document = {
        "target": plan.target,
        "from": calendar.written(plan.interval.start),
        "until": calendar.written(plan.interval.end),
        "windows": [
            {"of": w.of, "unit": w.unit, "known": w.known}
            | ({"count": w.count, "first": w.first, "last": w.last} if w.known else {})
            | {"note": w.note, **place(w.path, w.site)}
            for w in plan.windows
        ],
        "steps": [
            {
                **item(u.item),
                "writes": list(u.writes),
                "how": u.how,
                "runBy": u.by,
                "idle": _idle(u),
                **place(u.item.path, u.site),
            }
            for u in plan.units
        ],
        "hazards": [
            {"level": h.level, **item(h.item), "reason": h.reason, "advice": h.advice, **place(h.path, h.site)}
            for h in plan.hazards
        ],
        "limits": [
            {"of": x.of, "keeps": x.keeps, "state": x.state, "reason": x.reason, **place(x.path, x.site)}
            for x in plan.limits
        ],
        "consumers": [
            {"kind": c.kind, "name": c.name, "note": c.note, **place(c.path, c.site)} for c in plan.consumers
        ],
        "commands": [{"title": c.title, "lines": list(c.lines), "notes": list(c.notes)} for c in plan.commands],
        "afterwards": plan.after,
        "unknown": plan.unknown,
        "safeWrites": plan.safe,
    }
    return [encoder.dumps(document, indent=2, ensure_ascii=False)]
