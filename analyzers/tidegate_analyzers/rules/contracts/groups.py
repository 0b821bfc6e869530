"""Within what absence findings roll up: a dbt project, a DAG folder, a contracts folder."""

from __future__ import annotations

from tidegate_analyzers.graph.index import View

COUNTED = {
    "models": "published models",
    "incrementals": "incremental models",
    "sources": "sources of published models",
    "tables": "source tables",
    "warnings": "tests that only warn",
    "dags": "DAGs",
    "handovers": "datasets between DAGs",
    "contracts": "contracts",
    "streams": "streams",
    "connectors": "connectors",
    "ingests": "templates of a folder",
    "lakehouse": "tables of Delta and Iceberg",
}
"""What is counted in a group, by the kind its name begins with."""
STREAMS = "streams:"
"""The group of the streams of a workspace."""
CONNECTORS = "connectors:"
"""The group of the connectors of a workspace that name their converter."""
LAKEHOUSE = "lakehouse:"
"""The group of the tables that jobs of a workspace add files to."""
OF_PROJECTS = frozenset(("models", "sources", "tables", "warnings", "incrementals"))
"""The kinds of groups that are a dbt project's."""


def ingest_group(path: str) -> str:
    """The group of a template of a dataset that is taken in: its folder."""
    return f"ingests:{path.rpartition('/')[0]}"


def contract_group(path: str) -> str:
    """The group of a contract file: its top contracts folder."""
    folder = path.rpartition("/")[0]
    for part in ("contracts", "contract", "data-contracts", "datacontracts"):
        at = f"/{folder}/".find(f"/{part}/")
        if at >= 0:
            return f"contracts:{folder[: at + len(part)]}"
    return f"contracts:{folder}"


def dag_group(path: str) -> str:
    """The group of a DAG file: the DAG folder it lies in."""
    return f"dags:{_dag_folder(path)}"


def handover_group(path: str) -> str:
    """The group of what the DAGs of a folder hand over to others."""
    return f"handovers:{_dag_folder(path)}"


def _dag_folder(path: str) -> str:
    """The folder `dags` a file lies in, else the one at the root."""
    folder = path.rpartition("/")[0]
    at = f"/{folder}/".find("/dags/")
    return folder[: at + len("dags")] if at >= 0 else folder.partition("/")[0]


def project_group(view: View, path: str, what: str) -> str:
    """The group of a dbt file: its project, and what is counted in it."""
    project = view.layout.project_of(path)
    return f"{what}:{project.root if project is not None else ''}"
