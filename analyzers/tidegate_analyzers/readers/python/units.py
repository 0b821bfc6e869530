"""The decorators that make a job of a function, by the package they come from."""

from __future__ import annotations

from typing import NamedTuple


class Unit(NamedTuple):
    """What a decorator makes.

    Attributes:
        engine: what runs it.
        kind: the kind of job.
        names: how it may be written, dotted; any way where empty.
    """

    engine: str
    kind: str
    names: tuple[str, ...] = ()

    def fits(self, name: str) -> bool:
        """Whether a decorator, dotted, is this one."""
        return not self.names or name in self.names


UNITS: dict[str, dict[str, Unit]] = {
    "prefect": {"flow": Unit("prefect", "flow"), "task": Unit("prefect", "task")},
    "dagster": {
        "asset": Unit("dagster", "asset"),
        "multi_asset": Unit("dagster", "asset"),
        "graph_asset": Unit("dagster", "asset"),
        "graph_multi_asset": Unit("dagster", "asset"),
        "op": Unit("dagster", "op"),
        "asset_check": Unit("dagster", "check"),
        "multi_asset_check": Unit("dagster", "check"),
        "schedule": Unit("dagster", "schedule"),
        "sensor": Unit("dagster", "sensor"),
        "asset_sensor": Unit("dagster", "sensor"),
    },
    "faust": {"agent": Unit("faust", "task")},
    "dagster_dbt": {"dbt_assets": Unit("dagster", "asset")},
    "dagster_dlt": {"dlt_assets": Unit("dagster", "asset")},
    "dlt": {
        "source": Unit("dlt", "source", ("dlt.source", "source")),
        "resource": Unit("dlt", "resource", ("dlt.resource", "resource")),
        "transformer": Unit("dlt", "resource", ("dlt.transformer", "transformer")),
        "table": Unit("databricks", "asset", ("dlt.table",)),
        "view": Unit("databricks", "asset", ("dlt.view",)),
        "append_flow": Unit("databricks", "asset", ("dlt.append_flow",)),
    },
    "pyspark": {
        name: Unit("databricks", "asset", (f"dp.{name}", f"pipelines.{name}"))
        for name in ("table", "materialized_view", "temporary_view", "append_flow")
    },
}
"""https://docs.prefect.io, https://docs.dagster.io, https://faust.readthedocs.io, https://dlthub.com/docs."""
