"""What stands around the dbt project: Airflow DAGs that load and run it, and data contracts of published marts."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.synth import words
from tests.bench.synth.warehouse import Model, Warehouse

DAG_EVERY = 40
"""One DAG for so many models."""

CONTRACT_EVERY = 40
"""One contract file for so many models."""

LOGICAL_TYPES = {
    "varchar": "string",
    "bigint": "integer",
    "integer": "integer",
    "double": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}


def files(warehouse: Warehouse) -> Iterator[tuple[str, str]]:
    """Every file: path and text."""
    number = len(warehouse.models)
    for position in range(max(number // DAG_EVERY, 2)):
        system = words.SYSTEMS[position % len(words.SYSTEMS)]
        yield f"dags/{system}_{position}.py", _dag(position, system)
    marts = warehouse.layer("marts")
    for position in range(max(number // CONTRACT_EVERY, 1)):
        model = marts[position * len(marts) // max(number // CONTRACT_EVERY, 1)]
        yield f"contracts/{model.name}.odcs.yaml", _contract(model)


def _dag(position: int, system: str) -> str:
    return f'''\
"""The daily run of {system}: extract, check, load, build, publish."""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sensors.external_task import ExternalTaskSensor

DEFAULT_ARGS = {{
    "owner": "data-platform",
    "depends_on_past": False,
    "retries": 2,
    "retry_delay": timedelta(minutes=5),
}}
LANDING = "landing_{system}.records_{position}"


def check_rows(**context):
    """Fail when nothing has landed for the day."""
    rows = context["ti"].xcom_pull(task_ids="count_rows") or [[0]]
    if rows[0][0] < 1:
        raise ValueError(f"no rows for {{context['ds']}}")


with DAG(
    dag_id="{system}_{position}",
    default_args=DEFAULT_ARGS,
    schedule="{position % 60} {position % 24} * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    tags=["{system}", "dbt"],
) as dag:
    wait = ExternalTaskSensor(task_id="wait_for_export", external_dag_id="export_{system}", timeout=3600)
    extract = BashOperator(
        task_id="extract",
        bash_command="python -m jobs.extract {system} --date {{{{ ds }}}}",
        execution_timeout=timedelta(minutes={20 + position % 40}),
    )
    count = SQLExecuteQueryOperator(
        task_id="count_rows",
        conn_id="warehouse",
        sql=f"select count(*) from {{LANDING}} where day = '{{{{{{{{ ds }}}}}}}}'",
    )
    check = PythonOperator(task_id="check_rows", python_callable=check_rows)
    clear = SQLExecuteQueryOperator(
        task_id="clear",
        conn_id="warehouse",
        sql=f"delete from raw_{system}.records_{position} where day = '{{{{{{{{ ds }}}}}}}}'",
    )
    load = SQLExecuteQueryOperator(
        task_id="load",
        conn_id="warehouse",
        sql=f"insert into raw_{system}.records_{position} select * from {{LANDING}} where day = '{{{{{{{{ ds }}}}}}}}'",
    )
    build = BashOperator(task_id="dbt_build", bash_command="dbt build --select staging.{system}+")

    wait >> extract >> count >> check >> clear >> load >> build
'''


def _contract(model: Model) -> str:
    head = f"""\
apiVersion: v3.1.0
kind: DataContract
id: {model.name}
name: {model.name}
version: 1.0.0
status: active
domain: {model.group}
description:
  purpose: What readers of {model.name} can rely on.
team:
  name: Analytics
servers:
  - server: warehouse
    type: duckdb
    database: dev.duckdb
    schema: main_marts
slaProperties:
  - property: latency
    value: 24
    unit: h
schema:
  - name: {model.name}
    physicalType: table
    properties:
"""
    return head + "".join(
        f"      - name: {column.name}\n"
        f"        logicalType: {LOGICAL_TYPES[column.type]}\n"
        f"        physicalType: {column.type}\n"
        f"        required: {'true' if column.name == model.key else 'false'}\n"
        for column in model.columns
    )
