"""Which file a Python module is."""

from __future__ import annotations

from tidegate_analyzers.graph.index import View


def module_file(view: View, path: str, module: str) -> str | None:
    """The workspace file of a module that `path` imports, if just one fits."""
    dots = len(module) - len(module.lstrip("."))
    tail = module.lstrip(".").replace(".", "/")
    if not tail:
        return None
    if dots:
        folder = path
        for _ in range(dots):
            folder = folder.rpartition("/")[0]
        wanted = f"{folder}/{tail}".lstrip("/")
        options = [f"{wanted}.py", f"{wanted}/__init__.py"]
        return next((option for option in options if option in view.graph.files), None)
    found = []
    for ending in (f"/{tail}.py", f"/{tail}/__init__.py"):
        name = ending.rpartition("/")[2].casefold()
        found += [p.path for p in view.find(f"file:{name}") if f"/{p.path}".endswith(ending)]
    return found[0] if len(found) == 1 else None
