"""The date, which the engine is told and never asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tidegate_analyzers.layout import Options


def dated(options: Options) -> Options:
    """Options that know the date, as it is in UTC."""
    return replace(options, today=datetime.now(UTC).date().isoformat())
