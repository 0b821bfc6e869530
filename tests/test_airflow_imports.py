"""A DAG says the same, whichever version of Airflow it takes its names from."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest

from tests.support.workspace import Workspace
from tidegate_analyzers.facts import FileFacts

DAG = """\
from {dag} import DAG
from {operators} import BashOperator
from {decorators} import task
from airflow.providers.postgres.hooks.postgres import PostgresHook

ARGS = {{"owner": "sales", "retries": 2, "email_on_failure": True}}

with DAG("orders", schedule="0 6 * * *", catchup=False, default_args=ARGS, tags=["sales"]) as dag:
    extract = BashOperator(task_id="extract", bash_command="take --day {{{{ ds }}}}")

    @task
    def load(day=None):
        PostgresHook("wh").run("INSERT INTO mart.orders SELECT * FROM shop.orders")

    extract >> load()
"""


@dataclass(frozen=True)
class Names:
    """Where a version of Airflow has its names."""

    dag: str
    operators: str
    decorators: str

    @property
    def facts(self) -> FileFacts:
        """What is read of the DAG with these names."""
        text = DAG.format(dag=self.dag, operators=self.operators, decorators=self.decorators)
        facts = Workspace({"dags/orders.py": text}).view.facts("dags/orders.py")
        assert facts is not None
        return facts


OLD = Names("airflow", "airflow.operators.bash", "airflow.decorators")
NEW = Names("airflow.sdk", "airflow.providers.standard.operators.bash", "airflow.sdk")


@pytest.mark.ledger("S4-016")
@pytest.mark.parametrize("older", [OLD, Names("airflow.models.dag", "airflow.operators.bash_operator", OLD.decorators)])
def test_the_same_facts(older: Names) -> None:
    new = NEW.facts
    (dag,) = new.dags
    assert [task.id for task in dag.tasks] == ["extract", "load"]
    assert [task.upstream for task in dag.tasks] == [(), (0,)]
    assert msgspec.structs.replace(older.facts, imports=()) == msgspec.structs.replace(new, imports=())
