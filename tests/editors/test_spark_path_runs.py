"""The failure path that Tidegate writes of a PySpark job is run by Spark: bad rows are set aside, good rows go on."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from tests.support import spark
from tests.support.views import offered
from tests.support.workspace import Workspace

pytestmark = pytest.mark.editor

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
name: orders
version: 1.2.0
status: active
schema:
  - name: orders
    physicalName: {target}
    properties:
      - {{name: id, logicalType: integer, primaryKey: true, required: true}}
      - {{name: amount, logicalType: number, required: true}}
team: {{name: sales}}
"""
BATCH = """\
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.read.schema("id int, amount int").json("landing")
orders.write.mode("overwrite").parquet("{target}")
"""
STREAM = """\
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
query = (
    spark.readStream.schema("id int, amount int").json("landing")
    .writeStream.format("delta")
    .option("checkpointLocation", "{base}/checkpoints/orders")
    .queryName("orders")
    .trigger(availableNow=True)
    .start("{target}")
)
query.awaitTermination()
"""


def written(tmp_path: Path, text: str) -> None:
    """Put the job into a folder, with its failure path."""
    target = f"{tmp_path}/lake/orders"
    before = Workspace(
        {
            "contracts/orders.odcs.yaml": CONTRACT.format(target=target),
            "jobs/orders.py": text.format(target=target, base=tmp_path),
        }
    )
    document = before.documents["jobs/orders.py"]
    (found,) = offered(before, document, document.text.index(".write") + 1)
    after = before.applied(found.change)
    for name, content in after.files.items():
        # Delta's own library isn't there; what it does with a query is not what is tried here.
        content = content.replace('"delta"', '"parquet"')
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
    landed(tmp_path, "1.json", [{"id": 1, "amount": 10}, {"id": 2, "amount": None}, {"id": None, "amount": 3}])


def landed(tmp_path: Path, name: str, rows: list[dict[str, int | None]]) -> None:
    (tmp_path / "landing").mkdir(exist_ok=True)
    (tmp_path / "landing" / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def rows(tmp_path: Path, table: str) -> list[tuple[int | None, ...]]:
    files = f"{tmp_path}/lake/{table}/*.parquet"
    return duckdb.sql(f"select id, amount from read_parquet('{files}') order by id nulls first").fetchall()


def test_a_batch_sets_bad_rows_aside_and_takes_mended_ones_in(tmp_path: Path) -> None:
    written(tmp_path, BATCH)
    for _ in range(2):
        spark.run(tmp_path, "jobs/orders.py")
        assert rows(tmp_path, "orders") == [(1, 10)]
        assert rows(tmp_path, "orders_quarantine") == [(None, 3), (2, None)]
    kept = duckdb.sql(f"from read_parquet('{tmp_path}/lake/orders_quarantine/*.parquet')")
    assert kept.filter("_run_id <> '' and _quarantined_at is not null").aggregate(
        "_contract_version, _source, _status, count(*)"
    ).fetchall() == [("1.2.0", "jobs/orders.py", "open", 2)]
    landed(tmp_path, "1.json", [{"id": 1, "amount": 10}, {"id": 2, "amount": 7}, {"id": 3, "amount": 3}])
    spark.run(tmp_path, "sh", "jobs/replay_orders.sh")
    assert rows(tmp_path, "orders") == [(1, 10), (2, 7), (3, 3)]
    assert rows(tmp_path, "orders_quarantine") == []


def test_a_stream_sets_bad_rows_aside_once(tmp_path: Path) -> None:
    written(tmp_path, STREAM)
    spark.run(tmp_path, "jobs/orders.py")
    landed(tmp_path, "2.json", [{"id": 4, "amount": 1}, {"id": 5, "amount": None}])
    for _ in range(2):
        spark.run(tmp_path, "jobs/orders.py")
    assert rows(tmp_path, "orders") == [(1, 10), (4, 1)]
    assert rows(tmp_path, "orders_quarantine") == [(None, 3), (2, None), (5, None)]
