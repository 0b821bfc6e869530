"""Runs the Markdown cases of `tests/cases`: findings with exact places, fixes, and what an editor is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from tests.support.completion import inserted, labels, signature
from tests.support.markdown import Case, cases
from tests.support.views import VIEWS, WHOLE, offered, renamed
from tests.support.workspace import Workspace
from tidegate_analyzers.check import run_rules
from tidegate_analyzers.ide.actions import Action, actions, combined
from tidegate_analyzers.ide.definition import definition
from tidegate_analyzers.ide.hover import hover
from tidegate_analyzers.ide.symbols import Symbol, symbols
from tidegate_analyzers.rules.base import Related
from tidegate_analyzers.text import Document, Span

FOLDER = Path(__file__).parent / "cases"


def _params() -> list[ParameterSet]:
    found = []
    for case in cases(FOLDER):
        ledger = case.options.get("ledger", "").replace(",", " ").split()
        found.append(pytest.param(case, id=case.name, marks=[pytest.mark.ledger(*ledger)] if ledger else []))
    return found


@pytest.mark.parametrize("case", _params())
def test_case(case: Case) -> None:
    workspace = _workspace(case)
    if case.options.get("findings") != "any":
        _check_findings(workspace, case)
    if "guard" in case.options:
        _check_guard(workspace, *case.options["guard"].split())
    if "no fix" in case.options:
        assert case.options["no fix"] not in {action.title for action in _actions(workspace)}
    for title, files in case.fixes.items():
        _check_fix(workspace, title, files)
    for title, files in case.refactorings.items():
        _check_refactoring(workspace, case, title, files)
    for name, view in case.views.items():
        assert _view(workspace, case, name) == view


def _check_findings(workspace: Workspace, case: Case) -> None:
    expected = sorted((mark.path, mark.span, mark.code) for mark in case.marks)
    found = sorted((item.path, item.span, item.code) for item in workspace.found)
    assert _readable(workspace, found) == _readable(workspace, expected), _told(workspace)
    for item in workspace.found:
        marks = [mark for mark in case.marks if (mark.path, mark.code, mark.span) == (item.path, item.code, item.span)]
        told = f"{item.code}[{item.severity}] {item.message}"
        assert any(mark.accepts(item.message, item.severity) for mark in marks), told


def _workspace(case: Case) -> Workspace:
    opened = frozenset(case.options.get("open", "").split())
    return Workspace(case.files, profile=case.options.get("profile", ""), open_paths=opened)


def _readable(workspace: Workspace, places: list[tuple[str, Span, str]]) -> list[str]:
    return [f"{path}:{_place(workspace.documents[path], span)} {code}" for path, span, code in places]


def _place(document: Document, span: Span) -> str:
    start, end = document.lines.position(span.start), document.lines.position(span.end)
    return f"{start.line + 1}:{start.column + 1}-{end.line + 1}:{end.column + 1}"


def _told(workspace: Workspace) -> str:
    return "\n".join(
        f"{i.path}:{_place(workspace.documents[i.path], i.span)} {i.code} {i.message}" for i in workspace.found
    )


def _check_fix(workspace: Workspace, title: str, files: dict[str, str]) -> None:
    offered = {action.title: action for action in reversed(list(_actions(workspace)))}
    assert title in offered, f"no fix '{title}' among {sorted(offered)}"
    change = combined(workspace.fixer, offered[title].offers)
    assert change is not None, f"'{title}' can't be made"
    after = workspace.applied(change)
    assert {path: text for path, text in after.files.items() if workspace.files.get(path) != text} == files
    assert not set(after.codes()) - set(workspace.codes()) - {"TG111"}, "a fix adds no finding but for its placeholders"
    mended = (offered[title].shown.finding.code, offered[title].shown.message)
    left, right = ([(item.code, item.message) for item in of.found].count(mended) for of in (after, workspace))
    assert left < right, "a fix removes its finding"


def _check_refactoring(workspace: Workspace, case: Case, title: str, files: dict[str, str]) -> None:
    assert case.cursor is not None, "a refactoring needs a <CURSOR>"
    path, offset = case.cursor
    found = {item.title: item.change for item in offered(workspace, workspace.documents[path], offset)}
    assert title in found, f"no refactoring '{title}' among {sorted(found)}"
    after = workspace.applied(found[title])
    assert {path: text for path, text in after.files.items() if workspace.files.get(path) != text} == files


def _actions(workspace: Workspace) -> Iterator[Action]:
    for path, document in workspace.documents.items():
        read = workspace.graph.files.get(path)
        if read is not None:
            shown = [item.shown for item in workspace.found if item.path == path]
            yield from actions(read, shown, Span(0, len(document.text)))


def _check_guard(workspace: Workspace, code: str, guard: str) -> None:
    """The rule looked at something and this guard is why it is silent."""
    tried = [
        {step.guard for step in quiet.evidence if step.outcome in ("held", "unknown")}
        for path in workspace.files
        for quiet in run_rules(workspace.graph, path, workspace.policy, explaining=True).quiet
        if quiet.code == code
    ]
    assert tried, f"{code} looked at nothing"
    assert all(guard in guards for guards in tried), f"{code} is silent because of {tried}, not of {guard}"


def _view(workspace: Workspace, case: Case, name: str) -> str:
    if name == "Related":
        return "\n".join(_related(workspace, item) for found in workspace.found for item in found.shown.finding.related)
    path, offset = case.cursor or (next(iter(case.files)), 0)
    name, _, word = name.partition(" of ")
    if name == "Complete":
        return labels(workspace, path, offset, case.views[name])
    if name == "Signature":
        return signature(workspace, path, offset)
    if name == "Inserted":
        return inserted(workspace, path, offset, word.strip("`"))
    word, _, elsewhere = word.partition(" in ")
    path = elsewhere.strip("`") or path
    document = workspace.documents[path]
    if word.strip("`") in workspace.documents:
        document = workspace.documents[word.strip("`")]
    elif word:
        offset = document.text.index(word.strip("`"))
    assert word or case.cursor is not None or name in ("Outline", *WHOLE), "a view needs a <CURSOR>"
    if name.startswith("Rename to "):
        return "\n".join(renamed(workspace, document, offset, name.removeprefix("Rename to ").strip("`")))
    if name in VIEWS:
        return "\n".join(VIEWS[name](workspace, document, offset))
    if name == "Hover":
        shown = [item.shown for item in workspace.found if item.path == path]
        seen = hover(workspace.view, workspace.snapshot, document, offset, shown, page=lambda code: f"{code}.md")
        return seen.markdown if seen is not None else ""
    if name == "Definition":
        places = definition(workspace.view, workspace.snapshot, path, offset)
        return "\n".join(f"{p.path}:{_place(workspace.documents[p.path], p.span)}" for p in places)
    if name == "Outline":
        read = workspace.graph.files.get(path)
        assert read is not None
        return "\n".join(line for symbol in symbols(document, read) for line in _outline(document, symbol, 0))
    raise AssertionError(f"no view is called {name}")


def _related(workspace: Workspace, item: Related) -> str:
    read = workspace.graph.files.get(item.path)
    assert read is not None
    return f"{item.path}:{_place(workspace.documents[item.path], read.span(item.site))} {item.message}"


def _outline(document: Document, symbol: Symbol, depth: int) -> list[str]:
    detail = f" ({symbol.detail})" if symbol.detail else ""
    head = f"{'  ' * depth}{symbol.kind} {symbol.name}{detail} {_place(document, symbol.name_span)}"
    return [head, *(line for child in symbol.children for line in _outline(document, child, depth + 1))]
