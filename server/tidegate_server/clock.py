"""The date and the name of the workspace, which the engine is told and never asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tidegate_analyzers.layout import Options, is_exhibit


def located(root: Path, options: Options) -> Options:
    """Options that know the date, as it is in UTC, and what the workspace is called."""
    return replace(options, today=datetime.now(UTC).date().isoformat(), exhibit=is_exhibit(root.resolve().name))
