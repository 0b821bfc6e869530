"""Takes over yesterday's orders and payments from the shop every night, and builds the marts."""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG(
    dag_id="orders_daily",
    schedule="0 3 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args={"owner": "data-platform", "retries": 2, "retry_delay": timedelta(minutes=5)},
) as dag:
    load_orders = SQLExecuteQueryOperator(
        task_id="load_orders",
        conn_id="warehouse",
        sql="sql/load_orders.sql",
    )

    load_payments = SQLExecuteQueryOperator(
        task_id="load_payments",
        conn_id="warehouse",
        sql=[
            "DELETE FROM sales.payments WHERE paid_on = '{{ ds }}'",
            "INSERT INTO sales.payments SELECT * FROM shop.payments WHERE paid_on = '{{ ds }}'",
        ],
    )

    build_marts = BashOperator(
        task_id="build_marts",
        bash_command="dbt build --project-dir warehouse",
    )

    [load_orders, load_payments] >> build_marts
