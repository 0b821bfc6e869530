"""What is added to the configuration of a connector, in the language it is written in.

What stands there shows the form: its quotes, what stands between key and value, its indentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tidegate_analyzers.facts import Job, Setting
from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.text import Change, Document, Edit

_NO_TOPIC = re.compile(r"[^A-Za-z0-9._\-]")
_NO_TEXT = re.compile(r"true|false|\d+")
"""What YAML takes for something else than text."""
_TOLERANCE = "errors.tolerance"
_LETTERS = "errors.deadletterqueue.topic."
_KEPT = (f"{_LETTERS}name", f"{_LETTERS}replication.factor", "errors.log.include.messages")
"""Settings whose values stay as they are, if they have any."""


@fix("connect.dead-letter")
def dead_letter(workspace: Workspace, path: str, number: str) -> Change | None:
    """Tolerate errors and keep the records in a dead letter topic, with the reason in their headers."""
    job = _job(workspace, path, number)
    if job is None:
        return None
    return _with(workspace, path, job, dead_letters(letters_of(job)))


def letters_of(job: Job) -> str:
    """The dead letter topic of a connector: the one it names, or one of its own name."""
    said = job.setting(f"{_LETTERS}name")
    if said is not None and said.known and said.value:
        return str(said.value)
    topics = job.setting("topics")
    first = topics.value.split(",")[0].strip() if topics is not None and isinstance(topics.value, str) else ""
    return f"dlq.{_NO_TOPIC.sub('-', job.name or first) or '<connector>'}"


def dead_letters(topic: str) -> dict[str, str]:
    """The settings by which records that fail go to a topic, with the reason in their headers."""
    return {
        _TOLERANCE: "all",
        f"{_LETTERS}name": topic,
        f"{_LETTERS}replication.factor": "3",
        "errors.deadletterqueue.context.headers.enable": "true",
        "errors.log.enable": "true",
        "errors.log.include.messages": "false",
    }


@fix("connect.log-errors")
def log_errors(workspace: Workspace, path: str, number: str) -> Change | None:
    """Write a log line about each record that is left out."""
    job = _job(workspace, path, number)
    return (
        None
        if job is None
        else _with(workspace, path, job, {"errors.log.enable": "true", "errors.log.include.messages": "false"})
    )


@fix("connect.set")
def set_values(workspace: Workspace, path: str, number: str, *pairs: str) -> Change | None:
    """Give settings other values, or add them; `pairs` are keys and values in turn."""
    job = _job(workspace, path, number)
    return None if job is None else _with(workspace, path, job, dict(zip(pairs[::2], pairs[1::2], strict=True)))


def _job(workspace: Workspace, path: str, number: str) -> Job | None:
    facts = workspace.view.facts(path)
    return facts.jobs[int(number)] if facts is not None and int(number) < len(facts.jobs) else None


def _with(workspace: Workspace, path: str, job: Job, wanted: dict[str, str]) -> Change | None:
    edits = settings_edits(workspace, path, job, wanted, _KEPT)
    return Change(tuple(edits)) if edits else None


def settings_edits(
    workspace: Workspace, path: str, job: Job, wanted: dict[str, str], kept: Iterable[str] = ()
) -> list[Edit]:
    """The edits that give settings values: in their place where they stand, else behind the one most akin.

    Args:
        workspace: the files.
        path: the file of the connector.
        job: the connector.
        wanted: the values by key.
        kept: keys whose values stay as they are, if they have any.
    """
    document = workspace.document(path)
    given = {setting.name: setting for setting in job.settings}
    anchor = _anchor(workspace, path, job, wanted)
    edits: list[Edit] = []
    if document is None or anchor is None:
        return edits
    missing: dict[str, str] = {}
    for key, value in wanted.items():
        setting = given.get(key)
        if setting is None:
            missing[key] = value
        elif setting.value.known and setting.value.value != value and (key not in kept or not setting.value.value):
            span = workspace.span(path, str(setting.value.site))
            quote = _quote(document.text[span.start : span.end])
            edits.append(edit(document, span, f"{quote}{value}{quote}"))
    place = workspace.span(path, str(anchor.value.site)).end
    text = _written(document, workspace, path, anchor, missing.items())
    if missing:
        edits.append(edit(document, (place, place), text))
    return edits


def _anchor(workspace: Workspace, path: str, job: Job, wanted: Iterable[str]) -> Setting | None:
    """The setting behind which others are added: the last that is akin to them, else the last of all."""
    inside = [s for s in job.settings if s.name != "connector.class" or not path.endswith((".yaml", ".yml"))]
    of_errors = any(key.startswith("errors.") for key in wanted)
    akin = [s for s in inside if s.name in wanted or (of_errors and s.name.startswith("errors."))]
    return max(akin or inside, key=lambda s: workspace.span(path, str(s.value.site)).end, default=None)


def _comma_of_flow(text: str, end: int) -> str:
    """The comma between entries in YAML, if they stand in braces."""
    return "," if text[end:].lstrip()[:1] in (",", "}") else ""


def _quote(written: str) -> str:
    return next((quote for quote in ('\\"', '"', "'") if written.startswith(quote)), "")


def _written(
    document: Document, workspace: Workspace, path: str, anchor: Setting, pairs: Iterable[tuple[str, str]]
) -> str:
    """Entries in the form of the one they stand behind."""
    key, value = workspace.span(path, str(anchor.site)), workspace.span(path, str(anchor.value.site))
    text = document.text
    line = document.lines.line_span(document.lines.position(key.start).line)
    indent = text[line.start : key.start]
    between = text[key.end : value.start]
    quote = _quote(text[key.start : key.end])
    is_yaml = path.endswith((".yaml", ".yml"))
    comma = _comma_of_flow(text, value.end) if is_yaml else "," if quote else ""
    alone = not indent.strip()
    joint = f"{comma}\n{indent}" if alone else f"{comma} "
    found = []
    for name, given in pairs:
        around = quote or _quote(text[value.start : value.end])
        if is_yaml and not around and _NO_TEXT.fullmatch(given):
            around = '"'  # a map of texts takes no other values
        found.append(f"{joint}{quote}{name}{quote}{between}{around}{given}{around}")
    return "".join(found)
