"""What is kept of a workspace from one run to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate_server.cache import Cache, cache_file
from tidegate_server.cli import workspace
from tidegate_server.cli.workspace import judged, load, settings_of

PROJECT = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "models/orders.sql": "select 1 as order_id\n",
    "models/refunds.sql": "select * from {{ ref('order') }}\n",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIDEGATE_CACHE_DIR", str(tmp_path / "cache"))
    for name, text in PROJECT.items():
        file = tmp_path / "shop" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "shop"


def _codes(root: Path, *, ignore: tuple[str, ...] = ()) -> list[str]:
    settings = settings_of(root, ignore=ignore)
    loaded = load(root, settings)
    results = judged(root, settings, loaded, loaded.graph())
    return sorted(finding.code for result in results.values() for finding in result.findings)


def test_verdicts_are_kept_while_nothing_changes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _codes(root) == ["TG706"]
    monkeypatch.setattr(workspace, "judge", lambda *_: pytest.fail("the rules are asked again"))
    assert _codes(root) == ["TG706"]


def test_a_change_anywhere_is_judged_anew(root: Path) -> None:
    assert _codes(root) == ["TG706"]
    (root / "models" / "order.sql").write_text("select 2 as order_id\n")
    assert _codes(root) == []
    (root / "models" / "order.sql").unlink()
    assert _codes(root) == ["TG706"]
    (root / "models" / "refunds.sql").write_text("select 1 as one\n")
    assert _codes(root) == []


def test_configuration_is_part_of_the_question(root: Path) -> None:
    assert _codes(root) == ["TG706"]
    assert _codes(root, ignore=("TG706",)) == []
    assert _codes(root) == ["TG706"]
    (root / "tidegate.toml").write_text('ignore = ["TG706"]\n')
    assert _codes(root) == []


def test_verdicts_that_cannot_be_read_are_made_anew(root: Path) -> None:
    assert _codes(root) == ["TG706"]
    cache = Cache(cache_file(root))
    assert cache._connection is not None
    with cache._connection:
        cache._connection.execute("update verdicts set verdicts = x'c1'")
    cache.close()
    assert _codes(root) == ["TG706"]


def test_hidden_folders_are_not_read(root: Path) -> None:
    """`dbt --target-path .compiled` leaves a second copy of every model."""
    for folder in (".compiled/models", ".venv/lib", "target/compiled/models"):
        file = root / folder / "refunds.sql"
        file.parent.mkdir(parents=True)
        file.write_text("select * from {{ ref('nothing') }}\n")
    (root / ".github").mkdir()
    (root / ".github" / "requirements.txt").write_text("dbt-postgres==1.10\n")
    assert sorted(load(root, settings_of(root)).reads) == [".github/requirements.txt", *PROJECT]
