"""The editor and the command line find the same: every case, every example of a rule's page, the example workspace.

Each is a workspace folder of one session, in which nothing is open, and a folder of one run of `tidegate check`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from lsprotocol import types as lsp

from tests.support.command import tidegate, write
from tests.support.editor import abilities, editing
from tests.support.markdown import cases
from tests.support.repository import commit
from tests.support.workspace import COMMITTED, CONFIG_FILE
from tests.test_rule_pages import examples
from tidegate_analyzers import reference_files
from tidegate_analyzers.rules.base import all_rules

FOLDER = Path(__file__).parents[1] / "cases"
EXAMPLE = reference_files.root() / "examples" / "orders"
SEVERITIES = {1: "error", 2: "warning", 3: "info", 4: "hint"}

Place = tuple[int, int, int, int]
"""Line and column of the start and of the end, counted from one, columns in code points."""


@dataclass(frozen=True, order=True)
class Seen:
    """A finding as its reader sees it."""

    path: str
    place: Place
    code: str
    severity: str
    message: str
    related: tuple[tuple[str, Place, str], ...]


@lru_cache(maxsize=1)
def fixtures() -> dict[str, dict[str, str]]:
    """The files of every fixture, by its name."""
    found = {
        "the example": {str(f.relative_to(EXAMPLE)): f.read_text("utf-8") for f in EXAMPLE.rglob("*") if f.is_file()}
    }
    for case in cases(FOLDER):
        found[f"{case.page}: {case.title}"] = _configured(case.files, case.options.get("profile", ""))
    for rule in all_rules():
        profile = "" if "recommended" in rule.profiles else "strict"
        for kind in ("Bad", "Good"):
            for number, files in enumerate(examples(rule, kind)):
                found[f"{rule.code} {kind} {number}"] = _configured(files, profile)
    return found


def _configured(files: Mapping[str, str], profile: str) -> dict[str, str]:
    """The files with a profile in their configuration."""
    config = files.get(CONFIG_FILE, "")
    return {**files, CONFIG_FILE: f'profile = "{profile}"\n{config}'} if profile else dict(files)


def folders() -> Iterator[tuple[str, dict[str, str]]]:
    """Where each fixture lies, in a folder that holds them all."""
    for number, files in enumerate(fixtures().values()):
        yield f"f{number:04}", files


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every fixture in a folder of its own."""
    root = tmp_path_factory.mktemp("same").resolve()
    for folder, files in folders():
        now = {path: text for path, text in files.items() if not path.startswith(COMMITTED)}
        then = {path.removeprefix(COMMITTED): text for path, text in files.items() if path.startswith(COMMITTED)}
        if then:
            commit(write(root / folder, {**now, **then}))
        write(root / folder, now)
    return root


@pytest.fixture(scope="module")
def printed(everything: Path) -> list[Seen]:
    """What the command line finds."""
    names = [folder for folder, _ in folders()]
    ran = tidegate(everything, "check", "--format", "json", "--no-cache", "--fail-on", "never", *names, timeout=300)
    assert ran.status in (0, 2), ran.err  # 2: a fixture has faults in its configuration
    found = []
    for item in ran.report["findings"]:
        related = [(note["path"], _printed_place(note), note["message"]) for note in item["related"]]
        found.append(
            Seen(item["path"], _printed_place(item), item["code"], item["severity"], item["message"], tuple(related))
        )
    return sorted(found)


def _printed_place(item: dict[str, Any]) -> Place:
    start, end = item["location"], item["end_location"]
    return start["line"], start["column"], end["line"], end["column"]


@pytest.fixture(scope="module", params=["pushed", "pulled"])
def shown(everything: Path, printed: list[Seen], request: pytest.FixtureRequest) -> list[Seen]:
    """What an editor shows, by either way of getting it."""
    return asyncio.run(_pushed(everything, len(printed)) if request.param == "pushed" else _pulled(everything))


async def _pushed(root: Path, expected: int) -> list[Seen]:
    names = [folder for folder, _ in folders()]
    async with editing(root, abilities(encodings=("utf-32",)), folders=names, patience=300) as editor:
        # Nothing tells an editor that does not ask when all is judged: as many findings as expected are, or time is up.
        with suppress(AssertionError):
            await editor.until(lambda: sum(map(len, editor.diagnostics.values())) >= expected, patience=300)
        await editor.quiet(5)
        return sorted(_seen(root, editor.diagnostics))


async def _pulled(root: Path) -> list[Seen]:
    names = [folder for folder, _ in folders()]
    async with editing(root, abilities(pull=True, encodings=("utf-32",)), folders=names, patience=300) as editor:
        params = lsp.WorkspaceDiagnosticParams([], "tidegate")
        report = await asyncio.wait_for(editor.workspace_diagnostic_async(params), 300)
        found = {
            item.uri: item.items for item in report.items if isinstance(item, lsp.WorkspaceFullDocumentDiagnosticReport)
        }
        assert len(found) == len(report.items)
        return sorted(_seen(root, found))


def _seen(root: Path, found: Mapping[str, Iterable[lsp.Diagnostic]]) -> Iterator[Seen]:
    def path_of(uri: str) -> str:
        return unquote(uri).removeprefix(unquote(root.as_uri()) + "/")

    for uri, items in found.items():
        for item in items:
            if item.code is None:
                continue  # a fault of the configuration, which the command line tells on standard error
            related = [
                (path_of(r.location.uri), _place(r.location.range), r.message) for r in item.related_information or ()
            ]
            severity = SEVERITIES[int(item.severity or 0)]
            yield Seen(path_of(uri), _place(item.range), str(item.code), severity, item.message, tuple(related))


def _place(found: lsp.Range) -> Place:
    return found.start.line + 1, found.start.character + 1, found.end.line + 1, found.end.character + 1


@pytest.mark.ledger("U-16")
@pytest.mark.parametrize("number", range(len(fixtures())), ids=list(fixtures()))
def test_same_findings(number: int, printed: list[Seen], shown: list[Seen]) -> None:
    prefix = f"f{number:04}/"
    assert [item for item in shown if item.path.startswith(prefix)] == [
        item for item in printed if item.path.startswith(prefix)
    ]


def test_there_is_something_to_compare(printed: list[Seen], shown: list[Seen]) -> None:
    assert len({item.code for item in printed}) >= len(all_rules()) * 0.9
    assert len(printed) == len(shown) > len(fixtures()) / 2
