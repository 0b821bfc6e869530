"""The benchmark's own tests: the project is what it says, and the measuring programs measure. No times are asserted."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from tests.bench import report
from tests.bench.answers import measure as measure_answers
from tests.bench.bench import Bench, main, tools_of
from tests.bench.generate import generate
from tests.bench.latency import Plan, Session, measure
from tests.bench.processes import Run
from tests.bench.synth.warehouse import make_warehouse
from tests.bench.tools import Command

MODELS = 50
EDITS = 4
SILENT = Path(__file__).parent / "silent_server.py"
SERVER = (sys.executable, "-m", "tidegate_server.main", "server")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "project"
    generate(folder, MODELS)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_same_seed_gives_same_files(project: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again", MODELS, seed=7)
    generate(tmp_path / "other", MODELS, seed=8)
    assert contents(tmp_path / "again") == contents(project)
    assert contents(tmp_path / "other") != contents(project)


@pytest.mark.parametrize("number", [10, 50, 333])
def test_as_many_models_as_asked_for(number: int) -> None:
    models = make_warehouse(number, 7).models
    assert len({model.name for model in models}) == len(models) == number


def test_every_reference_leads_somewhere(project: Path) -> None:
    texts = {file.stem: file.read_text("utf-8") for file in (project / "models").rglob("*.sql")}
    referred = {name for text in texts.values() for name in re.findall(r"ref\('(\w+)'\)", text)}
    assert referred and referred <= texts.keys()
    for model in make_warehouse(MODELS, 7).models:
        assert set(re.findall(r"ref\('(\w+)'\)", model.sql)) == set(model.reads)


def test_project_is_understood_and_free_of_syntax_findings(project: Path) -> None:
    line = [sys.executable, "-m", "tidegate_server.main", "check", "--no-cache", "--no-rollup", "--stats"]
    done = subprocess.run(
        [*line, "--format", "json", "--fail-on", "never"], cwd=project, capture_output=True, text=True, check=True
    )
    assert f"know all columns of {MODELS} of {MODELS} (100.0 %) models" in done.stderr
    codes = {finding["code"] for finding in json.loads(done.stdout)["findings"]}
    assert codes, "a project without any finding would measure nothing of how they are made"
    assert not codes & {"TG002", "TG003", "TG107", "TG706"}


def session(project: Path, server: Sequence[str], **plan: float) -> Session:
    env = {"TIDEGATE_CACHE_DIR": str(project / ".cache")}
    return asyncio.run(measure(server, project, env, Plan(edits=EDITS, **plan)))  # type: ignore[arg-type]  # seconds


def test_latency_of_our_server(project: Path) -> None:
    before = contents(project / "models")
    found = session(project, SERVER)
    assert found.failure == ""
    assert None not in (found.initialize, found.first, found.ready, found.opened)
    assert (len(found.edits), found.late) == (EDITS, 0)
    assert len(found.hovers) == EDITS
    assert found.hover_length > 0
    assert len(found.completions) == EDITS
    assert found.completion_items > MODELS // 2
    assert found.memory > 20
    assert contents(project / "models") == before


def test_answers_of_our_server(project: Path) -> None:
    before = contents(project / "models")
    answers = asyncio.run(measure_answers(SERVER, project, EDITS, {"TIDEGATE_CACHE_DIR": str(project / ".cache")}))
    assert set(answers.times) == {
        "hover",
        "definition",
        "references of a column",
        "references of a model",
        "rename of a model",
        "completion",
        "rename of a column",
        "own",
        "downstream",
    }
    assert {what: len(times) for what, times in answers.times.items()} == dict.fromkeys(answers.times, EDITS)
    assert not any(answers.empty.values())
    assert contents(project / "models") == before


def test_latency_of_a_server_that_ends(project: Path) -> None:
    found = session(project, (sys.executable, "-c", "import sys; sys.exit('no licence')"))
    assert found.failure.startswith("the server ended: no licence")
    assert found.initialize is None


def test_latency_of_a_server_that_says_nothing(project: Path) -> None:
    found = session(project, (sys.executable, "-c", "import sys; sys.stdin.read()"), patience=0.5)
    assert found.failure == "no answer in time"


def test_latency_of_a_server_that_never_rests(project: Path) -> None:
    busy = (sys.executable, str(SILENT), "--busy")
    assert session(project, busy, patience=2).failure == "neither silent nor idle after 2 s"


def ended(pid: int, within: float) -> bool:
    """Whether a process is gone, or ends in so many seconds; where nobody waits for it, it stays as a zombie."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_nothing_is_left_running(project: Path, tmp_path: Path) -> None:
    note = tmp_path / "child"
    code = (
        "import pathlib, subprocess, sys;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'], stdout=subprocess.DEVNULL);"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))"
    )
    assert session(project, (sys.executable, "-c", code)).failure.startswith("the server ended")
    child = int(note.read_text("utf-8"))
    assert ended(child, within=10)


def test_late_edits_are_counted(project: Path) -> None:
    found = session(project, (sys.executable, str(SILENT)), timeout=0.2)
    assert (found.edits, found.late) == ([], 3)
    assert found.first is None


def test_bench_measures_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "numbers.json"
    arguments = ["--models", str(MODELS), "--rounds", "2", "--edits", str(EDITS), "--json", str(file)]
    assert main([*arguments, "--only", "check|server, warm"]) == 0
    numbers = json.loads(file.read_text("utf-8"))
    names = ["tidegate check, cold", "tidegate check, warm", "tidegate check, warm, 1 model changed"]
    assert list(numbers["commands"]) == names
    assert [len(runs) for runs in numbers["commands"].values()] == [2, 2, 2]
    assert all(run["cpu"] > 0 and run["memory"] > 0 for runs in numbers["commands"].values() for run in runs)
    assert [len(found["edits"]) for found in numbers["servers"]["tidegate server, warm"]] == [EDITS, EDITS]
    table = capsys.readouterr().out
    assert all(f"| {name} | 2 |" in table for name in [*names, "tidegate server, warm"])


def test_every_tool_finds_the_project_as_it_was(project: Path) -> None:
    before = contents(project)
    litter = Command("litter", ("sh", "-c", "mkdir -p target/compiled logs && touch target/compiled/a.sql dev.duckdb"))
    bench = Bench(project, Plan(edits=EDITS), timeout=60)
    bench.round([litter, *tools_of(project, [], "check|server, warm")])
    assert bench.runs["litter"][0].status == 0
    assert contents(project) == before


def test_bench_tells_of_a_peer_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--models", "10", "--rounds", "1", "--only", "dbt-core", "--peer", "dbt-core=false"]) == 1
    assert "| FAILED (1) |" in capsys.readouterr().out


@pytest.mark.parametrize("peer", ["no-such-peer=true", "dbt-core", "dbt-core=/no/such/program"])
def test_bench_refuses_an_unknown_peer(peer: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--models", "10", "--peer", peer])
    assert stopped.value.code == 2


def test_ratios_are_those_of_the_medians() -> None:
    def runs(*walls: float) -> list[Run]:
        return [Run(wall, cpu=2 * wall, memory=100, status=0, load=0.5, output="") for wall in walls]

    peer = Command("peer", ("peer",))
    table = report.commands([(Command(report.BASE, ("ours",)), runs(3, 1, 2)), (peer, runs(30, 10, 26))])
    assert table.splitlines()[-1] == "| peer | 3 | 10.00 / 26.00 / 30.00 | 13.00 | 52.00 | 13.00 | 100 | 0.5–0.5 | 0 |"


def test_percentiles() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert [report.percentile(values, share) for share in (0, 0.5, 0.95, 1)] == [1, 51, 96, 100]
