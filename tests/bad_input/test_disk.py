"""Whatever a disk holds: pipes, loops, names, files that vanish; and caches and homes that can't be used."""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bad_input.files import DBT
from tests.bad_input.test_content import GOOD
from tests.support.command import Ran, contents, tidegate, write
from tidegate_server import cache, files, worker
from tidegate_server.cache import Cache, cache_file
from tidegate_server.files import Content
from tidegate_server.main import main

GOOD_PLACE = ("TG706", f"{DBT}good.sql:1:23")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "w", GOOD)


def check(folder: Path, *said: str, env: dict[str, str] | None = None, only: bool = True) -> Ran:
    """What is good is found, and each of some words is said in one line."""
    before = contents(folder)
    ran = tidegate(folder, "check", "--format", "json", env=env, timeout=60)
    assert contents(folder) == before
    if only:
        assert ran.places == [GOOD_PLACE], ran.err
    assert len(ran.err.splitlines()) == len(said), ran.err
    for line, words in zip(ran.err.splitlines(), said, strict=True):
        assert line.startswith("tidegate: ")
        assert words in line
    return ran


@pytest.mark.parametrize(
    "name", [f"{DBT}x.sql", f"{DBT}x.yml", "d.py", "pyproject.toml", "tidegate.toml", ".gitignore", "requirements.txt"]
)
def test_a_pipe_is_not_waited_for(folder: Path, name: str) -> None:
    os.mkfifo(folder / name)
    check(folder)


def test_a_socket(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / DBT)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("s.sql")
        check(folder)


def test_a_device(folder: Path) -> None:
    (folder / DBT / "zero.sql").symlink_to("/dev/zero")
    check(folder)


@pytest.mark.parametrize(
    "name", [f"{DBT}x.yml", f"{DBT}z.sql", "other/dbt_project.yml", "tidegate.toml", ".gitignore", "requirements.txt"]
)
def test_a_folder_by_the_name_of_a_file(folder: Path, name: str) -> None:
    (folder / name).mkdir(parents=True)
    check(folder)


def test_links_in_circles(folder: Path) -> None:
    (folder / "loop").symlink_to(".")
    (folder / DBT / "up").symlink_to("..")
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    (folder / DBT / "self.sql").symlink_to("self.sql")
    (folder / DBT / "gone.yml").symlink_to("/nowhere/at/all")
    (folder / "tidegate.toml").symlink_to("tidegate.toml")
    check(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system refuses such a name")
def test_a_name_that_is_not_utf8(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder / DBT) + b"/\xff.sql")).write_text("select * from {{ ref('x') }}\n", "utf-8")
    check(folder, "is left out: its name is not UTF-8")


@pytest.mark.parametrize("name", ["a b.sql", "ä.sql", "new\nline.sql", "-rf.sql", "%41.sql", "[x].sql", "a'b.sql"])
def test_odd_names(folder: Path, name: str) -> None:
    write(folder, {f"{DBT}{name}": "select * from {{ ref('x') }}\n"})
    assert ("TG706", f"{DBT}{name}:1:23") in check(folder, only=False).places
    for form in ("text", "sarif", "github"):
        assert tidegate(folder, "check", "--format", form).status == 1


# -- files that can't be read, played in this process: the user of a test may well be root ----------------------------


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The command, in this process."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TIDEGATE_CACHE_DIR", str(folder.parent / "cache"))
    return main(["check", "--format", "github", *arguments])


def test_a_file_that_may_not_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    write(folder, {f"{DBT}secret.sql": "select * from {{ ref('x') }}\n"})
    open_ = files._open_at_once

    def refused(path: str, flags: int) -> int:
        if str(path).endswith("secret.sql"):
            raise PermissionError(13, "Permission denied")
        return open_(path, flags)

    monkeypatch.setattr(files, "_open_at_once", refused)
    assert run(folder, monkeypatch) == 1
    out = capsys.readouterr().out
    assert f"file={DBT}good.sql" in out
    assert "secret" not in out
    assert [record.getMessage() for record in caplog.records] == [
        f"{folder / DBT}/secret.sql can't be read: Permission denied"
    ]
    monkeypatch.undo()
    assert run(folder, monkeypatch) == 1
    assert f"file={DBT}secret.sql" in capsys.readouterr().out, "what could not be read is not remembered as empty"


def test_a_folder_that_may_not_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    write(folder, {"closed/d.sql": "select 1\n"})
    scandir = os.scandir

    def refused(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert run(folder, monkeypatch, "--no-cache") == 1
    assert f"file={DBT}good.sql" in capsys.readouterr().out
    assert [record.getMessage() for record in caplog.records] == [f"can't look into {folder}/closed: Permission denied"]


@pytest.mark.parametrize("when", ["before it is opened", "before its finding is shown"])
def test_a_file_that_vanishes(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    when: str,
) -> None:
    write(folder, {f"{DBT}brief.sql": "select * from {{ ref('x') }}\n"})
    read = files.read_file

    def vanishing(root: Path, path: str) -> Content | None:
        if not path.endswith("brief.sql"):
            return read(root, path)
        if when == "before it is opened":
            (root / path).unlink(missing_ok=True)
            return read(root, path)
        content = read(root, path)
        (root / path).unlink(missing_ok=True)
        return content

    monkeypatch.setattr("tidegate_server.index.read_file", vanishing)
    assert run(folder, monkeypatch, "--format", "text", "--no-cache") == 1
    assert f"{DBT}good.sql:1:23" in capsys.readouterr().out
    assert caplog.records == []


def test_a_worker_that_dies(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, {f"{DBT}m{number}.sql": "select 1\n" for number in range(450)})
    write(folder, {"sitecustomize.py": _DYING})
    ran = tidegate(folder, "check", "--format", "json", "--jobs", "2", "--no-cache", env={"PYTHONPATH": str(folder)})
    assert ran.places == [GOOD_PLACE], ran.err
    assert "Traceback" not in ran.err


_DYING = """\
import os, sys
if "tidegate_server.worker" in sys.orig_argv:
    import tidegate_server.worker as worker
    read = worker.read_chunk
    def dying(chunk):
        os._exit(9)
    worker.read_chunk = dying
    worker.main()
"""


def test_workers_leave_it_to_their_parent_to_tell(folder: Path) -> None:
    assert worker.read_chunk(worker.Chunk(str(folder), [])).files == []


# -- the cache --------------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a cache that holds the workspace."""
    monkeypatch.setenv("TIDEGATE_CACHE_DIR", str(folder.parent / f"{folder.name}-cache"))
    check(folder)
    file = cache_file(folder.resolve())
    assert file.is_file()
    return file


def execute(file: Path, *statements: str) -> None:
    connection = sqlite3.connect(file)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


ODD_ROWS = {
    "not facts": "update facts set facts = x'00ff00', mtime = 1",
    "not facts, unchanged file": "update facts set facts = x'00ff00'",
    "text for facts": "update facts set facts = 'text'",
    "nothing": "update facts set facts = null, mtime = null, role = null, digest = 3, size = 'x'",
    "other files": "insert into facts select path || 'x', mtime, size, role, digest, facts from facts",
    "facts of another file": f"update facts set facts = (select facts from facts where path = '{DBT}good.sql')",
}


@pytest.mark.parametrize("statement", list(ODD_ROWS.values())[:5], ids=list(ODD_ROWS)[:5])
def test_odd_rows_are_read_afresh(folder: Path, stored: Path, statement: str) -> None:
    execute(stored, statement)
    check(folder)
    check(folder)


def test_a_table_of_other_columns_under_the_same_version(folder: Path, stored: Path) -> None:
    execute(stored, "drop table facts", "create table facts (path int, z blob)")
    check(folder, "can't be used and is left alone: no such column")


def test_a_cache_of_another_version_is_made_anew(folder: Path, stored: Path) -> None:
    execute(stored, "update facts set facts = x'00'", "pragma user_version = 7")
    check(folder)
    connection = sqlite3.connect(stored)
    assert connection.execute("pragma user_version").fetchone() == (cache.engine_version(),)
    assert connection.execute("select min(length(facts)) > 1, count(*) from facts").fetchone() == (1, 2)
    connection.close()


SPOILS: dict[str, Callable[[Path], object]] = {
    "garbage": lambda file: file.write_bytes(b"garbage" * 1000),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:5000] + b"\xff" * 9000),
    "nothing": lambda file: file.write_bytes(b"garbage"),
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_a_corrupt_cache_is_made_anew(folder: Path, stored: Path, spoil: Callable[[Path], object]) -> None:
    spoil(stored)
    for other in stored.parent.glob(f"{stored.name}-*"):
        other.unlink()
    check(folder, f"the cache {stored} was damaged and is made anew")
    check(folder)
    assert Cache(stored).load()


def test_a_locked_cache(folder: Path, stored: Path) -> None:
    holder = sqlite3.connect(stored)
    holder.execute("begin exclusive")
    write(folder, {f"{DBT}more.sql": "select 1\n"})
    check(folder, "can't be used and is left alone: database is locked")
    holder.close()
    check(folder)


def test_a_cache_that_can_be_read_only(folder: Path, stored: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Rows that are there serve; what can't be written is told once."""
    opened = Cache(stored)
    rows = opened.load()
    assert opened._connection is not None
    opened._connection.execute("pragma query_only = on")
    opened.store(rows.items())
    opened.store(rows.items())
    assert rows
    assert [record.getMessage() for record in caplog.records] == [
        f"the cache {stored} can't be used and is left alone: attempt to write a readonly database"
    ]
    opened.close()


def test_a_home_that_can_not_be_written(folder: Path) -> None:
    home = write(folder.parent, {"home": "a file where the home should be"}) / "home"
    env = {"HOME": str(home), "XDG_CACHE_HOME": "", "TIDEGATE_CACHE_DIR": ""}
    check(folder, "can't be used and is left alone", env=env)


def test_a_cache_folder_that_is_a_file(folder: Path) -> None:
    given = folder.parent / "given"
    given.write_text("", "utf-8")
    check(folder, "can't be used and is left alone", env={"TIDEGATE_CACHE_DIR": str(given)})
    assert given.read_text("utf-8") == ""
