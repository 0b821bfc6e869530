"""Moments, durations and cron expressions; the calls by which Python writes them."""

from __future__ import annotations

import pytest

from tests.support.workspace import Workspace
from tidegate_analyzers.facts import Value
from tidegate_analyzers.syntax import calendar

JANUARY = calendar.moment("2026-01-01") or 0


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("30d", 43_200),
        ("27 h", 1_620),
        ("1.5 hours", 90),
        ("90 minutes", 90),
        ("P1DT12H", 2_160),
        ("PT300S", 5),
        ("2 weeks", 20_160),
        ("P1Y", 525_600),
        ("soon", None),
        ("P", None),
        ("30", None),
        ("-3d", None),
    ],
)
def test_durations(text: str, minutes: float | None) -> None:
    assert calendar.duration(text) == minutes


@pytest.mark.parametrize(
    ("minutes", "text"), [(40, "40 min"), (100, "1 h 40 min"), (1_620, "27 h"), (43_200, "30 d"), (0, "0 min")]
)
def test_durations_for_people(minutes: float, text: str) -> None:
    assert calendar.duration_text(minutes) == text


def test_moments_are_read_and_written() -> None:
    assert calendar.written(calendar.moment("2026-02-28T23:59") or 0) == "2026-02-28T23:59"
    assert calendar.written(JANUARY) == "2026-01-01"
    assert calendar.moment("2026-02-30") is None
    assert calendar.moment("2026-01-01T00:00+01:00") is None


@pytest.mark.parametrize(
    ("text", "gap", "times"),
    [
        ("0 3 * * *", 1_440, (180,)),
        ("@hourly", 60, tuple(range(0, 1_440, 60))),
        ("0 3,9 * * *", 1_080, (180, 540)),  # the night counts
        ("0 6 * * 1-5", 1_440, (360,)),  # the weekend does not
        ("0 0 1 * *", 28 * 1_440, (0,)),
        ("30 5 * * MON#1", 28 * 1_440, (330,)),
    ],
)
def test_cron(text: str, gap: float, times: tuple[int, ...]) -> None:
    found = calendar.cron(text)
    assert found is not None
    assert (found.gap(), found.times()) == (gap, times)


@pytest.mark.parametrize(
    "text", ["", "daily", "@once", "0 0 30 2 *", "H 3 * * *", "0 3 * *", "0 0 3 * * *", "61 3 * * *"]
)
def test_what_is_no_cron_expression(text: str) -> None:
    assert calendar.cron(text) is None


def test_fires_begin_with_the_first_moment_and_end_before_the_last() -> None:
    found = calendar.cron("0 0 * * *")
    assert found is not None
    assert [calendar.written(at) for at in found.fires(JANUARY, JANUARY + 2 * calendar.DAY)] == [
        "2026-01-01",
        "2026-01-02",
    ]


@pytest.mark.parametrize(
    ("size", "start", "following"),
    [
        ("hour", "2026-12-31T23:00", "2027-01-01"),
        ("day", "2026-12-31", "2027-01-01"),
        ("month", "2026-12-01", "2027-01-01"),
        ("year", "2026-01-01", "2027-01-01"),
    ],
)
def test_batches(size: str, start: str, following: str) -> None:
    at = calendar.moment("2026-12-31T23:30") or 0
    assert calendar.written(calendar.floor_batch(at, size)) == start
    assert calendar.written(calendar.next_batch(at, size)) == following


DAG = """\
import pendulum
from datetime import datetime, timedelta, timezone
from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG("d", schedule={schedule}, start_date={start}) as dag:
    EmptyOperator(task_id="a")
"""


def _setting(name: str, text: str) -> Value | None:
    facts = Workspace({"dags/d.py": text}).view.facts("dags/d.py")
    assert facts is not None
    return facts.dags[0].setting(name)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("timedelta(hours=6)", "PT21600S"),
        ("timedelta(1, 30)", "PT86430S"),
        ("timedelta(hours=HOURS)", None),
        ("timedelta()", None),
    ],
)
def test_durations_in_python(written: str, text: str | None) -> None:
    schedule = _setting("schedule", DAG.format(schedule=written, start="None"))
    assert schedule is not None
    assert (schedule.known, schedule.value) == (text is not None, text)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("datetime(2026, 1, 31)", "2026-01-31T00:00"),
        ("datetime(2026, 1, 31, 6, 30, tzinfo=timezone.utc)", "2026-01-31T06:30 UTC"),
        ('pendulum.datetime(2026, 1, day=31, tz="Europe/Berlin")', "2026-01-31T00:00 Europe/Berlin"),
        ('datetime(2026, 1, 31, tzinfo=pendulum.timezone("Europe/Berlin"))', "2026-01-31T00:00 Europe/Berlin"),
        ("datetime(2026, 1, 31, tzinfo=ZONE)", None),
        ("datetime(2026, 13, 1)", None),
        ("datetime(YEAR, 1, 1)", None),
        ("datetime.now()", None),
    ],
)
def test_dates_in_python(written: str, text: str | None) -> None:
    start = _setting("start_date", DAG.format(schedule="None", start=written))
    assert start is not None
    assert (start.known, start.value) == (text is not None, text)
