"""What completion offers and inserts, as the lines that cases hold it against.

After `Complete:` stand the labels, the best first; a last line `…` says that more may follow. After `Inserted:` or
``Inserted of `label`:`` stand the lines that come of taking the first item, or the one of that label; `$1`, `${1:x}`
and `$0` are places to fill in. After `Signature:` stand the signatures, the one that fits marked by `>`, each with
the parameter that is typed in brackets `⟨ ⟩`.
"""

from __future__ import annotations

from tests.support.workspace import Workspace
from tidegate_analyzers.ide.completion import Completion, Item, complete
from tidegate_analyzers.ide.signature import signatures
from tidegate_analyzers.text import Edit, apply_edits

MORE = "…"


def labels(workspace: Workspace, path: str, offset: int, expected: str) -> str:
    """The labels, as many as are expected if these end in `…`."""
    found = [item.label for item in _asked(workspace, path, offset).items]
    wanted = expected.split("\n")
    if wanted[-1] == MORE and len(found) >= len(wanted):
        found[len(wanted) - 1 :] = [MORE]
    return "\n".join(found)


def inserted(workspace: Workspace, path: str, offset: int, label: str) -> str:
    """The lines that are there after an item was taken."""
    completion = _asked(workspace, path, offset)
    item = _chosen(completion, label)
    document = workspace.documents[path]
    assert completion.span.start <= completion.cursor <= completion.span.end
    after = apply_edits(document.text, [Edit(path, completion.span, item.insert), *completion.also])
    first = document.lines.position(completion.span.start).line
    left = document.lines.line_count - document.lines.position(completion.span.end).line
    lines = after.split("\n")
    return "\n".join(lines[first : len(lines) - left + 1])


def signature(workspace: Workspace, path: str, offset: int) -> str:
    """The signatures of the call at the cursor."""
    found, active = signatures(workspace.view, workspace.snapshot, workspace.documents[path], offset)
    lines = []
    for number, one in enumerate(found):
        label = one.label
        if one.active >= 0:
            span, said = one.parameters[one.active]
            label = f"{label[: span.start]}⟨{label[span.start : span.end]}⟩{label[span.end :]}"
            label += f" {said}" if said else ""
        lines.append(f"{'>' if number == active else ' '} {label}")
    return "\n".join(lines)


def _asked(workspace: Workspace, path: str, offset: int) -> Completion:
    found = complete(workspace.view, workspace.snapshot, workspace.documents[path], offset)
    assert found is not None, "nothing is offered here"
    return found


def _chosen(completion: Completion, label: str) -> Item:
    for item in completion.items:
        if label in ("", item.label):
            return item
    raise AssertionError(f"'{label}' is not among {[item.label for item in completion.items]}")
