"""The measurements themselves: their tables are sound, and a fault that is planted is found where a rule can see it."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.precision import measure
from tests.precision.faults import FAULTS
from tests.precision.measure import Finding, judgements, repositories, table
from tests.precision.mutations import Repository, harmless
from tests.precision.shown import Place, explained, places
from tests.support.command import write
from tidegate_analyzers.rules.base import all_rules

HEALTHY = {
    "pandas: bad lines are skipped": ("load.py", "import pandas as pd\n\norders = pd.read_csv('orders.csv')\n"),
    "Connect: the dead letter topic is dropped": (
        "sink.json",
        '{\n  "name": "orders",\n  "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector",\n'
        '  "topics": "orders",\n  "errors.deadletterqueue.topic.name": "dlq.orders",\n'
        '  "errors.deadletterqueue.context.headers.enable": "true",\n  "errors.tolerance": "all"\n}\n',
    ),
    "Spark: the checkpoint moves to /tmp": (
        "stream.py",
        "from pyspark.sql import SparkSession\n\nspark = SparkSession.builder.getOrCreate()\n"
        "orders = spark.readStream.format('kafka').option('subscribe', 'orders').load()\n"
        "orders.writeStream.format('delta').option('checkpointLocation', 's3://lake/_chk/orders').start('s3://lake/o')\n",
    ),
}


def test_tables_speak_of_repositories_and_rules_that_there_are() -> None:
    rows = repositories()
    names = [name for name, _, _ in rows]
    assert len(names) == len(set(names)) >= 20
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) and "/" in repository for _, repository, commit in rows)
    codes = {rule.code for rule in all_rules()}
    assert {(code, name) for code, name, _, _ in judgements()} <= {(code, name) for code in codes for name in names}
    assert {code for fault in FAULTS for code in fault.codes} <= codes
    assert {(fault, name) for fault, name, _ in harmless()} <= {(f.name, name) for f in FAULTS for name in names}


def test_precision_counts_what_is_right_or_wrong() -> None:
    found = [Finding("TG201", "shop", "a.sql", line) for line in range(5)]
    known = {found[0].key: "right", found[1].key: "wrong", found[2].key: "unclear", found[3].key: "right"}
    (row,) = table(found, known)
    assert (row.fired, row.right, row.wrong, row.unclear, row.repositories) == (5, 2, 1, 1, 1)
    assert row.precision == pytest.approx(2 / 3)
    assert "| 5 | 1 | 2 | 1 | 1 | 0.67 |" in measure.markdown([row])


@pytest.mark.parametrize("name", HEALTHY)
def test_a_planted_fault_is_found(tmp_path: Path, name: str) -> None:
    path, text = HEALTHY[name]
    repository = Repository("shop", write(tmp_path / "shop", {path: text}))
    plants = [plant for plant in repository.places() if plant.fault.name == name]
    assert [plant.path for plant in plants] == [path]
    assert plants[0].text != text
    assert repository.finds(plants[0])


def test_a_file_that_is_not_healthy_gets_no_fault(tmp_path: Path) -> None:
    text = "import pandas as pd\n\nold = pd.read_csv('a.csv', on_bad_lines='skip')\nnew = pd.read_csv('b.csv')\n"
    assert list(Repository("shop", write(tmp_path / "shop", {"load.py": text})).places()) == []


def test_what_is_shown_was_read_and_found_right() -> None:
    shown = places()
    known = judgements()
    found = [(item.code, item.name, item.path, item.line) for item in shown if item.shown == "found"]
    silent = [(item.code, item.name, item.path, item.line) for item in shown if item.shown == "kept silent"]
    assert (len(found), len(silent), len(set(found + silent))) == (10, 10, 20)
    assert [known.get(key) for key in found] == ["right"] * 10
    assert not set(silent) & set(known)
    page = (measure.PAGE.parent / "findings.md").read_text("utf-8")
    assert all(f"{item.path}:{item.line}]" in page and item.why in page for item in shown)


def test_evidence_that_says_something_else_ends_the_run(tmp_path: Path) -> None:
    write(tmp_path, {"load.py": "import pandas as pd\n\norders = pd.read_csv('o.csv', on_bad_lines='skip')\n"})
    tidegate = str(Path(sys.executable).with_name("tidegate"))
    place = Place("found", "TG303", "x", "load.py", 3, "")
    assert explained(tidegate, place, tmp_path)[0].startswith("warning: ")
    for other in (replace(place, shown="kept silent"), replace(place, line=1)):
        with pytest.raises(SystemExit, match=r"load\.py"):
            explained(tidegate, other, tmp_path)
