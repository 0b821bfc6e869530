"""`tidegate replay`: targets, intervals, order, what is not safe, how far back sources reach, commands, formats."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.command import Ran, tidegate, write

GOLDEN = Path(__file__).parent
DAY = {"SOURCE_DATE_EPOCH": "1769904000"}  # 2026-02-01
JANUARY = ("--from", "2026-01-01", "--to", "2026-01-31")

SHOP = {
    "requirements.txt": "apache-airflow==3.0.2\n",
    "dbt/dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [models]\nsnapshot-paths: [snapshots]\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: snowflake}}}\n",
    "dbt/models/sources.yml": """\
sources:
  - name: lake
    tables:
      - name: events
        config: {meta: {retention: 7d}}
exposures:
  - name: board
    type: dashboard
    owner: {name: finance}
    depends_on: [ref('report')]
""",
    "dbt/models/sessions.sql": """\
{{ config(
    materialized='incremental', incremental_strategy='microbatch',
    event_time='at', batch_size='day', begin='2026-01-10'
) }}
select * from {{ source('lake', 'events') }}
""",
    "dbt/models/visits.sql": """\
{{ config(materialized='incremental', unique_key='id') }}
select * from {{ ref('sessions') }}
{% if is_incremental() %} where at > (select max(at) from {{ this }}) {% endif %}
""",
    "dbt/models/frozen.sql": """\
{{ config(materialized='incremental', unique_key='id', full_refresh=false) }}
select * from {{ ref('sessions') }}
{% if is_incremental() %} where at > (select max(at) from {{ this }}) {% endif %}
""",
    "dbt/models/windowed.sql": """\
{{ config(materialized='incremental', unique_key='id') }}
select * from {{ ref('sessions') }}
{% if is_incremental() %} where at >= '{{ var("first_day") }}' {% endif %}
""",
    "dbt/models/slim.sql": "{{ config(materialized='view') }}\nselect * from {{ ref('visits') }}\n",
    "dbt/models/report.sql": "{{ config(materialized='table') }}\nselect * from {{ ref('slim') }}\n",
    "dbt/snapshots/kept.sql": """\
{% snapshot kept %}
{{ config(unique_key='id', strategy='check', check_cols='all') }}
select * from {{ ref('report') }}
{% endsnapshot %}
""",
    "dags/take.py": """\
from datetime import datetime

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.slack.operators.slack import SlackAPIPostOperator
from airflow.sdk import DAG

with DAG("take", schedule="0 4 * * *", start_date=datetime(2026, 1, 5)):
    load = SQLExecuteQueryOperator(
        task_id="load", sql="INSERT INTO lake.events SELECT * FROM shop.events WHERE day = '{{ ds }}'"
    )
    recent = SQLExecuteQueryOperator(
        task_id="recent",
        sql="DELETE FROM lake.recent; INSERT INTO lake.recent SELECT * FROM shop.events WHERE day > current_date - 7",
    )
    tell = SlackAPIPostOperator(task_id="tell")
    load >> recent >> tell
""",
    "dags/wait.py": """\
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.sdk import DAG

with DAG("wait", schedule="@daily"):
    wait = ExternalTaskSensor(task_id="wait_for_take", external_dag_id="take")
    wait >> BashOperator(task_id="go", bash_command="./go.sh")
""",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A DAG that loads, a dbt project with every way to build again, and a DAG that waits."""
    return write(tmp_path / "shop", SHOP)


def replay(folder: Path, *arguments: str) -> Ran:
    ran = tidegate(folder, "replay", *arguments, env=DAY)
    assert ran.err == ""
    return ran


def plan(folder: Path, target: str, *arguments: str) -> dict[str, Any]:
    ran = replay(folder, target, *(arguments or JANUARY), "--format", "json")
    decoded: dict[str, Any] = msgspec.json.decode(ran.out)
    return decoded


def commands(found: dict[str, Any]) -> list[str]:
    return [line for command in found["commands"] for line in command["lines"]]


def golden(name: str, text: str) -> None:
    assert text == (GOLDEN / name).read_text("utf-8")


@pytest.mark.parametrize(("format_", "name"), [("text", "replay_example.txt"), ("markdown", "replay_example.md")])
def test_the_example(example: Path, format_: str, name: str) -> None:
    ran = replay(example, "dag:orders_daily", *JANUARY, "--format", format_)
    assert ran.status == 1
    golden(name, ran.out)


def test_a_project_of_its_own(shop: Path) -> None:
    ran = replay(shop, "take", *JANUARY, "--format", "markdown")
    assert ran.status == 1
    golden("replay_shop.md", ran.out)


def test_the_order_is_one_in_which_things_can_run(shop: Path) -> None:
    names = [step["name"] for step in plan(shop, "take")["steps"]]
    for first, then in [
        ("take.load", "take.recent"),
        ("take.recent", "take.tell"),
        ("take.load", "sessions"),
        ("sessions", "visits"),
        ("visits", "slim"),
        ("slim", "report"),
        ("report", "kept"),
    ]:
        assert names.index(first) < names.index(then), (first, then)


def test_runs_are_counted_from_the_start_of_the_dag(shop: Path) -> None:
    (runs, *_) = plan(shop, "take")["windows"]
    assert (runs["count"], runs["first"], runs["last"]) == (27, "2026-01-05T04:00", "2026-01-31T04:00")


def test_batches_are_counted_from_the_beginning_of_the_model(shop: Path) -> None:
    (batches,) = plan(shop, "sessions")["windows"]
    assert (batches["count"], batches["first"], batches["last"]) == (22, "2026-01-10", "2026-01-31")


def test_models_are_built_in_groups_that_can_be_told_the_interval(shop: Path) -> None:
    assert commands(plan(shop, "sessions")) == [
        "dbt run --project-dir dbt --select sessions --event-time-start 2026-01-01 --event-time-end 2026-02-01",
        "dbt run --project-dir dbt --select visits report --full-refresh",
        'dbt run --project-dir dbt --select windowed --vars \'{"first_day": "<first_day>"}\'',
    ]


def test_one_group_is_selected_by_the_target(shop: Path) -> None:
    assert commands(plan(shop, "report")) == ["dbt run --project-dir dbt --select report+"]


def test_what_is_not_safe_and_why(shop: Path) -> None:
    found = {(h["level"], h["name"]): h for h in plan(shop, "take")["hazards"]}
    assert set(found) == {
        ("unsafe", "take.load"),
        ("void", "take.recent"),
        ("outside", "take.tell"),
        ("void", "frozen"),
        ("void", "kept"),
    }
    load = found["unsafe", "take.load"]
    assert (load["path"], load["line"]) == ("dags/take.py", 9)
    assert load["reason"] == "'lake.events': the rows are added again by every run"
    assert "current_date" in found["void", "take.recent"]["reason"].casefold()
    assert found["void", "frozen"]["line"] == 1


def test_a_source_that_does_not_reach_back(shop: Path) -> None:
    (limit,) = plan(shop, "sessions")["limits"]
    assert limit["state"] == "short"
    assert limit["reason"].startswith(
        "'lake.events' is kept for 7d (by meta.retention), which reaches back to 2026-01-25"
    )
    assert plan(shop, "sessions", "--from", "2026-01-26", "--to", "2026-01-31")["limits"][0]["state"] == "enough"


def test_a_source_that_the_replay_writes_itself_need_not_reach_back(shop: Path) -> None:
    assert "lake.events" not in {limit["of"] for limit in plan(shop, "take")["limits"]}


SINK = """{
  "name": "orders-sink",
  "config": {
    "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector",
    "topics": "orders",
    "insert.mode": "upsert",
    "pk.mode": "record_key"
  }
}
"""
TOPIC = """apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaTopic
metadata:
  name: orders
spec:
  config:
    retention.ms: 604800000
"""


def test_a_topic_that_does_not_reach_back(tmp_path: Path) -> None:
    root = write(tmp_path, {"sink.json": SINK, "topic.yaml": TOPIC})
    limit = plan(root, "orders-sink", *JANUARY)["limits"][0]
    assert (limit["of"], limit["state"]) == ("orders", "short")
    assert limit["reason"].startswith("'orders' is kept for 7 d (retention.ms of the topic), which reaches back to")


def test_a_compacted_topic_is_kept_in_another_way(tmp_path: Path) -> None:
    topic = TOPIC.replace("retention.ms: 604800000", "retention.ms: 604800000\n    cleanup.policy: compact")
    root = write(tmp_path, {"sink.json": SINK, "topic.yaml": topic})
    assert plan(root, "orders-sink", *JANUARY)["limits"][0]["state"] == "unknown"


def test_who_else_is_concerned(shop: Path) -> None:
    found = {(consumer["kind"], consumer["name"]) for consumer in plan(shop, "take")["consumers"]}
    assert found == {("exposure", "board"), ("dag", "wait")}


def test_a_task_is_run_again_with_what_comes_behind(shop: Path) -> None:
    found = plan(shop, "take.recent")
    assert [step["name"] for step in found["steps"]] == ["take.recent", "take.tell"]
    assert commands(found) == [
        "airflow tasks clear --task-regex '^recent$' --downstream --start-date 2026-01-01 --end-date 2026-01-31T04:00 take"
    ]


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("2.11.0", ["airflow dags backfill --reset-dagruns"]),
        ("3.0.2", ["airflow backfill create --dag-id take", "airflow backfill create --dag-id take"]),
        ("", ["airflow dags backfill --reset-dagruns", "airflow backfill create --dag-id take"]),
    ],
)
def test_each_airflow_has_its_command(tmp_path: Path, version: str, words: list[str]) -> None:
    dag = SHOP["dags/take.py"].replace("airflow.sdk", "airflow")
    requirements = {"requirements.txt": f"apache-airflow=={version}\n"} if version else {}
    folder = write(tmp_path / "shop", {**requirements, "dags/take.py": dag})
    lines = commands(plan(folder, "take"))
    assert [line[: len(word)] for line, word in zip(lines, words, strict=True)] == words
    if version == "3.0.2":
        assert lines[-1].endswith("--reprocess-behavior completed --max-active-runs 1")


@pytest.mark.parametrize("target", ["lake.events", "source:lake.events", "table:lake.events", "topic:lake.events"])
def test_a_table_is_replayed_by_who_writes_it(shop: Path, target: str) -> None:
    found = plan(shop, target)
    assert found["steps"][0]["name"] == "take.load"
    assert found["unknown"] == []


def test_a_table_that_nobody_writes_here(shop: Path) -> None:
    found = plan(shop, "shop.events")
    (words,) = found["unknown"]
    assert words == "nothing in this workspace writes 'shop.events': whoever does has to bring the interval back first"
    assert found["steps"][0]["name"] == "take.load"


def test_a_stage_is_replayed_by_what_runs_it(example: Path) -> None:
    assert plan(example, "orders_daily.ingest")["steps"][0]["name"] == "orders_daily.load_orders"
    assert plan(example, "orders_daily.build")["steps"][0]["name"] == "orders"


def test_a_dag_whose_tasks_are_made_elsewhere(tmp_path: Path) -> None:
    dag = "from airflow import DAG\nfrom made import tasks\n\nwith DAG('far', schedule='@daily') as dag:\n    tasks(dag)\n"
    found = plan(write(tmp_path / "far", {"requirements.txt": "apache-airflow==2.9.1\n", "dags/far.py": dag}), "far")
    assert found["unknown"] == ["no task of the DAG 'far' can be seen here: what it does is not known"]
    assert commands(found) == [
        "airflow dags backfill --reset-dagruns --start-date 2026-01-01 --end-date 2026-01-31 far"
    ]


@pytest.mark.parametrize(
    ("schedule", "note"),
    [
        ("None", "it has no schedule: somebody starts it"),
        ("SCHEDULE", "its schedule SCHEDULE can't be told"),
        ("timedelta(hours=8)", "one each 8 h, counted from its start"),
        ("[Asset('orders')]", "it runs when orders is written, not by the clock"),
    ],
)
def test_runs_that_can_not_be_counted(tmp_path: Path, schedule: str, note: str) -> None:
    dag = SHOP["dags/take.py"].replace('"0 4 * * *"', schedule).replace("import DAG", "import DAG, Asset")
    dag = dag.replace("import datetime", "import datetime, timedelta")
    (runs,) = plan(write(tmp_path / "shop", {"dags/take.py": dag}), "take")["windows"]
    assert (runs["known"], runs["note"]) == (False, note)


def test_names_that_mean_nothing_or_too_much(example: Path) -> None:
    ran = tidegate(example, "replay", "orders_dayly", *JANUARY)
    assert ran.status == 2
    assert "did you mean 'orders_daily'?" in ran.err
    ran = tidegate(example, "replay", "orders_daily", *JANUARY)
    assert ran.status == 2
    assert re.findall(r"^  (\S+) in (\S+)$", ran.err, re.M) == [
        ("dag:orders_daily", "dags/orders_daily.py"),
        ("pipeline:orders_daily", "pipeline.yaml"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-02-30", "2026-03-01", "'2026-02-30' is no date"),
        ("2026-01-02", "2026-01-01", "the end '2026-01-01' lies before the start '2026-01-02'"),
        ("2026-01-01", "2026-01-01T00:00+01:00", "'2026-01-01T00:00+01:00' is no date"),
    ],
)
def test_intervals_that_are_none(example: Path, start: str, end: str, words: str) -> None:
    ran = tidegate(example, "replay", "dag:orders_daily", "--from", start, "--to", end)
    assert ran.status == 2
    assert words in ran.err


def test_a_moment_does_not_count_itself(shop: Path) -> None:
    found = plan(shop, "take", "--from", "2026-01-10T04:00", "--to", "2026-01-12T04:00")
    assert (found["windows"][0]["count"], found["until"]) == (2, "2026-01-12T04:00")


def test_what_is_safe_ends_with_zero(shop: Path) -> None:
    assert replay(shop, "windowed", "--from", "2026-01-26", "--to", "2026-01-31").status == 0


STREAMS = {
    "connect/orders-sink.json": """\
{"name": "orders-sink", "config": {
  "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector", "topics": "shop.orders",
  "connection.url": "jdbc:postgresql://db/shop", "insert.mode": "upsert", "pk.mode": "record_key"}}
""",
    "connect/other-sink.json": """\
{"name": "other-sink", "config": {
  "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector", "topics": "shop.orders",
  "connection.url": "jdbc:postgresql://db/other", "insert.mode": "insert"}}
""",
    "assets.py": """\
from dagster import DailyPartitionsDefinition, HourlyPartitionsDefinition, StaticPartitionsDefinition, asset


@asset(partitions_def=DailyPartitionsDefinition(start_date="2025-01-01"))
def daily():
    return 1


@asset(partitions_def=HourlyPartitionsDefinition(start_date="2025-01-01-00:00"))
def hourly():
    return 1


@asset(partitions_def=StaticPartitionsDefinition(["north", "south"]))
def regions():
    return 1


@asset
def whole():
    return 1
""",
    "flows.py": """\
from prefect import flow


@flow(name="nightly")
def run():
    return 1
""",
}


@pytest.fixture
def streams(tmp_path: Path) -> Path:
    """Connectors, assets and a flow."""
    return write(tmp_path / "streams", STREAMS)


def test_offsets_of_a_connector(streams: Path) -> None:
    found = plan(streams, "orders-sink")
    assert [step["name"] for step in found["steps"]] == ["orders-sink"], "two sinks of a topic don't feed one another"
    stop, reset, resume = commands(found)
    assert stop.startswith("curl -X PUT") and resume.endswith("/orders-sink/resume")
    assert reset == (
        "kafka-consumer-groups --bootstrap-server <broker> --group connect-orders-sink --topic shop.orders "
        "--reset-offsets --to-datetime 2026-01-01T00:00:00.000 --execute"
    )


def test_a_topic_is_read_again_by_its_sinks(streams: Path) -> None:
    assert [step["name"] for step in plan(streams, "topic:shop.orders")["steps"]] == ["orders-sink", "other-sink"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("daily", " --partition-range 2026-01-01...2026-01-31"),
        ("hourly", " --partition-range 2026-01-01-00:00...2026-01-31-23:00"),
        ("regions", " --partition <key>"),
        ("whole", ""),
    ],
)
def test_partitions_of_an_asset(streams: Path, name: str, words: str) -> None:
    assert commands(plan(streams, name)) == [f"dagster asset materialize -m <module> --select {name}{words}"]


def test_a_flow(streams: Path) -> None:
    assert commands(plan(streams, "nightly")) == ["prefect deployment run 'nightly/<deployment>'"]
