"""Airflow DAG files, versions 2 and 3: DAGs, tasks, their order and what they write. Nothing is imported or run."""
