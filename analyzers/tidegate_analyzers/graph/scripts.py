"""The scripts that tasks start, as files of the workspace."""

from __future__ import annotations

import re

from tidegate_analyzers.facts import Job, Step
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.modules import module_file

_REMOTE = re.compile(r"^\w+://[^/]*/|^\w+:/+")
_ANY = re.compile(
    r"(?:main|app|run|runner|job|jobs|etl|script|load|loader|export|import|query|queries|schema|init|index|utils|test|pipeline|"
    r"process|transform|extract|create|tables|data|setup|__\w+__)\.\w+\Z"
)
"""Names of files that say nothing: many projects have one."""


def script_file(view: View, path: str, step: Step) -> str | None:
    """The workspace file that is started: by the longest end of its path that just one file has.

    Where it runs the files lie in other folders than here, so leading parts of the path may not fit.
    """
    if step.text.startswith("-m "):
        module = step.text[3:].strip()
        return module_file(view, path, module) or module_file(view, path, f"{module}.__main__")
    written = step.text.replace("\\", "/")
    if _ANY.fullmatch(written.removeprefix("./")):
        return None
    found = at_end(view, written, elsewhere=bool(_REMOTE.match(written)) or written.startswith(("/", "{{")))
    return found[0] if len(found) == 1 and found[0].endswith(".py") else None


def at_end(view: View, written: str, *, elsewhere: bool) -> list[str]:
    """The files of the workspace whose paths end as one that is written.

    Args:
        view: the graph.
        written: a path or address.
        elsewhere: whether it is one of another machine, so that its leading folders may have other names here.
    """
    known = _REMOTE.sub("", written).rpartition("}}")[2].casefold()
    parts = [part for part in known.split("/") if part not in ("", ".", "..")]
    named = [posting.path for posting in view.find(f"file:{parts[-1]}")] if parts else []
    for start in range(len(parts) if elsewhere else 1):
        if start and start == len(parts) - 1 and _ANY.match(parts[-1]):
            break
        ending = "/" + "/".join(parts[start:])
        fitting = [path for path in named if f"/{path.casefold()}".endswith(ending)]
        if fitting:
            return fitting
    return []


def script_job(view: View, path: str, step: Step) -> tuple[str, Job] | None:
    """What a script does that a step starts: the job of its top level."""
    target = script_file(view, path, step)
    facts = view.facts(target) if target is not None else None
    job = next((job for job in facts.jobs if job.kind == "script"), None) if facts is not None else None
    return (target, job) if target is not None and job is not None else None
