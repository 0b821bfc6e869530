"""The words by which a text speaks of the window of its run."""

from __future__ import annotations

import re

WINDOW = re.compile(
    r"(?<![\w.])(?:ds|ds_nodash|ts|ts_nodash|ts_nodash_with_tz|data_interval_start|data_interval_end|logical_date|execution_date|next_ds|next_execution_date|"
    r"prev_ds|prev_execution_date|yesterday_ds|tomorrow_ds|macros\.ds_add|macros\.ds_format|dag_run\.logical_date|run_id|batch_date|batch_run_date_str|partition_date|exec_date|run_date|date_str|start_date|end_date)\b"
)
"""Words of Airflow's templates, and names people give to a run's own date, that make a text depend on the run."""
