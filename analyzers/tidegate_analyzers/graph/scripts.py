"""The scripts that tasks start, as files of the workspace."""

from __future__ import annotations

import re

from tidegate_analyzers.facts import Job, Step
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.modules import module_file

_REMOTE = re.compile(r"^\w+://[^/]*/|^\w+:/+")


def script_file(view: View, path: str, step: Step) -> str | None:
    """The workspace file that is started: by the longest end of its path that just one file has.

    Where it runs the files lie in other folders than here, so leading parts of the path may not fit.
    """
    if step.text.startswith("-m "):
        module = step.text[3:].strip()
        return module_file(view, path, module) or module_file(view, path, f"{module}.__main__")
    known = _REMOTE.sub("", step.text.replace("\\", "/")).rpartition("}}")[2].strip("/. ")
    parts = [part for part in known.split("/") if part not in ("", ".", "..")]
    if not parts or not parts[-1].endswith(".py"):
        return None
    name = parts[-1].casefold()
    candidates = [posting.path for posting in view.find(f"file:{name}")]
    for start in range(len(parts)):
        ending = "/" + "/".join(parts[start:])
        fitting = [candidate for candidate in candidates if f"/{candidate}".endswith(ending)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            return None
    return None


def script_job(view: View, path: str, step: Step) -> tuple[str, Job] | None:
    """What a script does that a step starts: the job of its top level."""
    target = script_file(view, path, step)
    facts = view.facts(target) if target is not None else None
    job = next((job for job in facts.jobs if job.kind == "script"), None) if facts is not None else None
    return (target, job) if target is not None and job is not None else None
