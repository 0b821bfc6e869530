"""A rule or a reader that breaks is logged; what the others find stays, in the command line and in the editor."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import tidegate, write
from tests.support.editor import editing

FILES = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "models/a.sql": "select * from {{ ref('nowhere') }}\n",
    "models/b.sql": "select * from {{ ref('a') }} where {{ b\n",
    "ops/pipeline.yaml": "apiVersion: tidegate/v1\nkind: Pipelin\n",
}
SOUND = [("TG706", "models/a.sql:1:23"), ("TG002", "models/b.sql:1:36"), ("TG107", "ops/pipeline.yaml:2:7")]

RULE = '''
"""A rule that breaks."""
from tidegate_analyzers.rules import base

@base.rule(
    "TG999", "planted-fault", category="reliability", severity="error", profiles=base.EVERYWHERE,
    looks_at=("dbt_sql", "yaml"), wants=("role",),
)
def planted(ctx):
    if ctx.path != "models/b.sql":
        raise RuntimeError("planted")
    yield ctx.finding(0, "one before it breaks")
    raise RuntimeError("planted")
'''
READER = """
import tidegate_analyzers.readers.pipeline_yaml as reader

def planted(document, *rest):
    raise RuntimeError("planted")

reader.read_pipeline = planted
"""
UNREAD = [*SOUND[:2], ("TG003", "ops/pipeline.yaml:1:1")]
BROKEN_FILES = ("models/a.sql", "models/b.sql", "ops/pipeline.yaml")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write(tmp_path / "shop", FILES)


def planted(folder: Path, text: str) -> dict[str, str]:
    """The environment in which Python runs a text before anything else."""
    return {"PYTHONPATH": str(write(folder.parent / "planted", {"sitecustomize.py": text}))}


def test_nothing_planted(shop: Path) -> None:
    ran = tidegate(shop, "check", "--format", "json")
    assert (ran.places, ran.err) == (SOUND, "")


def test_a_failing_rule_in_the_command_line(shop: Path) -> None:
    ran = tidegate(shop, "check", "--format", "json", "--stats", env=planted(shop, RULE))
    assert [place for place in ran.places if place[0] != "TG999"] == SOUND
    assert ran.status == 1
    for path in BROKEN_FILES:
        assert f"tidegate: the rule TG999 failed on {path}" in ran.err.splitlines()
    assert ran.err.count("RuntimeError: planted") == len(BROKEN_FILES)
    assert "rules that failed: TG999" in ran.err.splitlines()


def test_a_failing_rule_is_not_remembered_as_silent(shop: Path) -> None:
    first = tidegate(shop, "check", env=planted(shop, RULE)).err
    again = tidegate(shop, "check", env=planted(shop, RULE)).err
    assert first.count("the rule TG999 failed") == again.count("the rule TG999 failed") == len(BROKEN_FILES)
    assert tidegate(shop, "check", "--format", "json").places == SOUND


def test_a_failing_reader_in_the_command_line(shop: Path) -> None:
    ran = tidegate(shop, "check", "--format", "json", env=planted(shop, READER))
    assert ran.places == UNREAD
    assert "tidegate: reading ops/pipeline.yaml as yaml failed" in ran.err.splitlines()
    assert ran.err.count("RuntimeError: planted") == 1


def test_a_failing_reader_in_another_process(shop: Path) -> None:
    write(shop, {f"models/m{number}.sql": "select 1\n" for number in range(450)})
    ran = tidegate(shop, "check", "--format", "json", "--jobs", "2", "--no-cache", env=planted(shop, READER))
    assert ran.places == UNREAD
    assert "reading ops/pipeline.yaml as yaml failed" in ran.err
    assert ran.err.count("RuntimeError: planted") == 1


async def test_a_failing_rule_in_the_editor(shop: Path) -> None:
    async with editing(shop, logs=True, environment=planted(shop, RULE)) as editor:
        editor.open("models/a.sql")
        await editor.has("models/a.sql", "TG706")
        await editor.has("models/b.sql", "TG002", "TG999")
        await editor.has("ops/pipeline.yaml", "TG107")
        editor.edit("models/a.sql", "select 1 from {{ ref('b') }}\n")
        await editor.has("models/a.sql")
    log = "\n".join(editor.stderr)
    assert "the rule TG999 failed on models/a.sql" in log
    assert "RuntimeError: planted" in log


async def test_a_failing_reader_in_the_editor(shop: Path) -> None:
    async with editing(shop, logs=True, environment=planted(shop, READER)) as editor:
        editor.open("ops/pipeline.yaml")
        await editor.has("models/a.sql", "TG706")
        editor.edit("ops/pipeline.yaml", "apiVersion: tidegate/v1\n")
        await editor.quiet()
        assert editor.pushed() == {"models/a.sql": ["TG706"], "models/b.sql": ["TG002"], "ops/pipeline.yaml": ["TG003"]}
    assert any("reading ops/pipeline.yaml as yaml failed" in line for line in editor.stderr)
