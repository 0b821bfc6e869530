"""The date and the name of the workspace, which the engine is told and never asks for."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tidegate_analyzers.layout import Options, is_exhibit


def located(root: Path, options: Options) -> Options:
    """Options that know the date, as it is in UTC, and what the workspace is called."""
    return replace(options, today=today(), exhibit=is_exhibit(root.resolve().name))


def today() -> str:
    """The date in UTC: that of `SOURCE_DATE_EPOCH` where output has to be the same every time."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(float(given), UTC) if given.isdecimal() else datetime.now(UTC)
    return now.date().isoformat()
