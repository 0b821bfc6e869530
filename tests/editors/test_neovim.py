"""A real Neovim with the configuration of its page: findings, hover, definition, fixes, in lines beyond ASCII.

Neovim counts columns in bytes; the server is told which unit the client speaks. Each test therefore runs once with
the unit the two agree on by themselves, and once with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.support import neovim

FILES = {
    "tidegate.toml": "",
    "dbt_project.yml": "name: täglich\nversion: 1.0.0\nprofile: p\nmodels: {+materialized: view}\n",
    "models/sources.yml": "sources:\n"
    "  - {description: 'von der 🌊 überspült', name: shöp, tables: [{description: 'grün 🍏', name: ördërs}]}\n",
    "models/stg_orders.sql": "select 1 as order_id\n",
    "models/stg_customers.sql": "select 1 as customer_id\n",
    "models/daily.sql": "-- Täglich\n"
    "select '🌊 – é' as note, c.* from {{ ref('stg_custmers') }} as c\n"
    "union all select '🌊🌊 ß', o.* from {{ ref('stg_orders') }} as o\n"
    "union all select '🍏 é', s.* from {{ source('shöp', 'ördërs') }} as s\n",
    "models/wide.sql": "with o as (\n    select '🌊' as note, order_id\n    from {{ ref('stg_orders') }}\n)\n"
    '{# grün #}\nselect note, order_id, \'{{ var("ß", "é") }}\' as more from o\n',
    "pipeline.yaml": "apiVersion: tidegate/v1\n"
    "kind: Pipeline\n"
    "pipeline_id: orders\n"
    "version: 1.0.0\n"
    "owner: data-platform\n"
    "description: 'Bestellungen 🌊'\n"
    "stages:\n"
    "  - id: ingest\n"
    "    kind: ingest\n"
    "    outputs: [sales.orders]  # täglich 🌊\n"
    "  - {id: build, kind: transform, inputs: [sales.orders], outputs: [marts.orders]}\n",
}


@dataclass(frozen=True)
class Session:
    """What Neovim saw, and the workspace it left."""

    seen: dict[str, Any]
    root: Path
    encoding: str

    def text(self, path: str) -> str:
        """The text of a file as it is now."""
        return (self.root / path).read_text("utf-8")


@pytest.fixture(scope="module", params=["", "utf-8", "utf-16", "utf-32"], ids=lambda unit: unit or "agreed")
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Session:
    home = tmp_path_factory.mktemp("neovim")
    root = _workspace(home)
    arguments = [request.param] if request.param else []
    return Session(neovim.run("session.lua", home, root, *arguments), root, request.param or "utf-8")


def _workspace(home: Path) -> Path:
    root = home / "wörkspace 🌊"
    for path, text in FILES.items():
        _write(root / path, text)
    return root


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def _columns(line: str, name: str) -> tuple[int, int]:
    """Where a name stands in a line, in bytes."""
    first = line.encode().index(name.encode())
    return first, first + len(name.encode())


def _only(found: list[dict[str, Any]], code: str) -> dict[str, Any]:
    (item,) = [item for item in found if item["code"] == code]
    return item


def test_the_page_configures_the_server(session: Session) -> None:
    assert session.seen["server"]["name"] == "tidegate"
    assert session.seen["encoding"] == session.encoding
    assert session.seen["root"] == str(session.root)
    assert session.seen["inline"] is True


@pytest.mark.ledger("U-11")
def test_a_finding_stands_below_the_name(session: Session) -> None:
    found = _only(session.seen["found"], "TG706")
    first, last = _columns(FILES["models/daily.sql"].split("\n")[1], "stg_custmers")
    assert (found["first"], found["last"]) == ([1, first], [1, last])
    assert (found["severity"], found["source"]) == ("ERROR", "tidegate")
    assert "did you mean 'stg_customers'?" in found["message"]


def test_hover_knows_what_is_below_the_cursor(session: Session) -> None:
    assert "stg_orders" in session.seen["hover_first"].split("\n")[0]
    assert session.seen["hover_last"] == session.seen["hover_first"]
    assert "ördërs" in session.seen["hover_source"].split("\n")[0]


def test_definition_leads_to_the_name(session: Session) -> None:
    assert session.seen["definition_of_model"] == ["models/stg_orders.sql", 0, 0]
    line = FILES["models/sources.yml"].split("\n")[1]
    assert session.seen["definition_of_source"] == ["models/sources.yml", 1, _columns(line, "ördërs")[0]]


def test_a_finding_moves_with_what_is_typed_before_it(session: Session) -> None:
    line = session.seen["text_after_edit"].split("\n")[1]
    assert line.startswith("/* ä€🌊 */ select")
    first, last = _columns(line, "stg_custmers")
    found = _only(session.seen["found_after_edit"], "TG706")
    assert (found["first"], found["last"]) == ([1, first], [1, last])


def test_folds_are_those_of_the_server(session: Session) -> None:
    assert session.seen["fold"] == [1, 3]


def test_lines_above_a_model(session: Session) -> None:
    assert session.seen["lenses"] == ["1 upstream · 0 downstream", "no tests", "no contract", "replay"]


def test_a_ref_has_a_colour_of_its_own(session: Session) -> None:
    assert session.seen["colour"] == "class"


def test_who_reads_a_model_is_listed_with_the_places(session: Session) -> None:
    row, line = next(
        (row, line) for row, line in enumerate(FILES["models/daily.sql"].split("\n")) if "'stg_orders'" in line
    )
    # Neovim lists calls in the unit agreed on, without turning it into bytes.
    before = line[: line.index("stg_orders")]
    width = len(before.encode(f"{session.encoding}-le" if session.encoding != "utf-8" else "utf-8"))
    column = width // {"utf-8": 1, "utf-16": 2, "utf-32": 4}[session.encoding]
    assert ["daily.sql", row + 1, column + 1] in session.seen["incoming"]
    assert ["wide.sql", 3, len("    from {{ ref('") + 1] in session.seen["incoming"]


def test_the_compiled_model_follows_what_is_typed(session: Session) -> None:
    head, _, sql = session.seen["compiled"].partition("\n\n")
    assert head.startswith("-- Compiled without a warehouse")
    assert (
        sql
        == "with o as (\n    select '🌊' as note, order_id\n    from stg_orders\n)\n\nselect note, order_id, 'é' as more from o"
    )
    assert "-- typed 🌊 stg_orders\n" in session.seen["compiled_after_edit"]
    assert session.seen["compiled_is_changeable"] is False
    assert session.seen["compiled_clients"] == 0


@pytest.mark.ledger("U-11")
def test_a_fix_changes_the_name_alone(session: Session) -> None:
    assert any(title.startswith("Change to 'stg_customers'") for title in session.seen["titles"])
    expected = session.seen["text_after_edit"].replace("stg_custmers", "stg_customers")
    assert session.text("models/daily.sql") == expected
    assert "TG706" not in [item["code"] for item in session.seen["found_after_fix"]]


def test_a_fix_makes_the_contract(session: Session) -> None:
    contract = session.text("contracts/sales/orders.odcs.yaml")
    assert "\napiVersion: v3.1.0\nkind: DataContract\n" in contract
    expected = FILES["pipeline.yaml"].replace(
        "🌊\n  - {id", "🌊\n    contract: contracts/sales/orders.odcs.yaml\n  - {id"
    )
    assert session.text("pipeline.yaml") == expected
    assert "TG108" not in [item["code"] for item in session.seen["found_in_pipeline"]]


def test_the_settings_of_the_page_reach_the_server(tmp_path: Path) -> None:
    root = _workspace(tmp_path)
    neovim.run("session.lua", tmp_path, root, with_settings=True)
    assert (root / "data-contracts" / "sales" / "orders.odcs.yaml").is_file()
