"""The words by which a text speaks of the window of its run."""

from __future__ import annotations

import re

WINDOW = re.compile(
    r"(?<![\w.])(?:ds(?:_nodash)?|ts(?:_nodash)?(?:_with_tz)?|data_interval_(?:start|end)\w*|logical_date\w*|execution_date\w*|next_(?:ds|execution)\w*|prev_(?:ds|execution|data)\w*|"
    r"yesterday_ds\w*|tomorrow_ds\w*|macros\.ds_\w+|dag_run\.(?:logical_date|run_id)|run_id|"
    r"(?:batch|run|exec|load|process|processing|partition|report|business|window|target|snapshot)_?(?:run_)?(?:date|dt|day|ts|start|end)\w*|date_str|(?:start|end|from|to)_(?:date|ts|dt)\w*)\b"
)
"""Words of Airflow's templates, and names people give to a run's own date, that make a text depend on the run."""
