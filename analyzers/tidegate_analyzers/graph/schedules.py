"""When DAGs run, as far as their files tell."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate_analyzers.facts import Dag, Site, Value
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.tasks import defaults
from tidegate_analyzers.syntax import calendar
from tidegate_analyzers.syntax.calendar import Cron, Moment

_BY_HAND = frozenset((None, "None", "@once", "@never"))


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something runs.

    Attributes:
        kind: `cron`, `every` (a fixed time after the run before), `assets` (when data it waits for was written), `manual`
            or `unknown`.
        text: as it is written.
        cron: the expression.
        minutes: the time between two runs that are `every` so often.
        assets: the assets it waits for.
        path, site: where it is said.
        zone: the zone its times are in: empty for that of the scheduler, `?` where it can't be told.
    """

    kind: str
    text: str = ""
    cron: Cron | None = None
    minutes: float = 0
    assets: tuple[str, ...] = ()
    path: str = ""
    site: Site = 0
    zone: str = ""

    @property
    def gap(self) -> float | None:
        """The longest time between two runs that recurs each day; `None` where it isn't known."""
        if self.cron is not None:
            return self.cron.gap()
        return self.minutes if self.kind == "every" else None

    def runs(self, start: Moment, end: Moment) -> tuple[Moment, ...] | None:
        """The moments between two at which it runs; `None` where that isn't known."""
        if self.cron is not None:
            return tuple(self.cron.fires(start, end))
        return None


def airflow_major(view: View, path: str) -> int | None:
    """The major version of Airflow that a DAG file is written for: by its imports, else by what the workspace requires."""
    facts = view.facts(path)
    if facts is not None and any(module.startswith("airflow.sdk") for _, module, _ in facts.imports):
        return 3
    return view.layout.airflow_major()


def schedule_of(view: View, path: str, dag: Dag) -> Schedule:
    """When a DAG runs."""
    return view.memo(("schedule", path, dag.site, dag.id), lambda: _schedule_of(view, path, dag))


def _schedule_of(view: View, path: str, dag: Dag) -> Schedule:
    given = dag.setting("schedule") or dag.setting("schedule_interval") or dag.setting("timetable")
    assets = tuple(read.relation.parts[0] for read in dag.references if read.relation.kind == "asset")
    if given is None:
        return _usual(view, path, dag)
    if assets and not given.known:
        return Schedule("assets", given.text, assets=assets, path=path, site=given.site)
    return _read(given, path, zone_of(view, path, dag))


def _usual(view: View, path: str, dag: Dag) -> Schedule:
    """A DAG that names none: once a day before Airflow 3, which gives it none."""
    major = airflow_major(view, path)
    if not dag.defaults_known or major is None:
        return Schedule("unknown", path=path, site=dag.site)
    if major >= 3:
        return Schedule("manual", "", path=path, site=dag.site)
    return Schedule("every", "", minutes=calendar.DAY, path=path, site=dag.site, zone=zone_of(view, path, dag))


def _read(given: Value, path: str, zone: str) -> Schedule:
    text = str(given.value) if given.known else given.text
    if not given.known:
        return Schedule("unknown", text, path=path, site=given.site)
    if given.value in _BY_HAND:
        return Schedule("manual", text, path=path, site=given.site)
    cron = calendar.cron(text)
    if cron is not None:
        return Schedule("cron", text, cron, path=path, site=given.site, zone=zone)
    minutes = calendar.duration(text) if text.startswith("PT") else None
    if minutes:
        return Schedule("every", given.text or text, minutes=minutes, path=path, site=given.site, zone=zone)
    return Schedule("unknown", text, path=path, site=given.site)


def zone_of(view: View, path: str, dag: Dag) -> str:
    """The zone that the times of a DAG are in: that of its start."""
    start = dag.setting("start_date")
    if start is None:
        start = (defaults(view, path, dag) or {}).get("start_date")
    if start is None:
        return "" if dag.defaults_known else "?"
    if not start.known or not isinstance(start.value, str):
        return "?"
    return start.value.partition(" ")[2]


def start_of(view: View, path: str, dag: Dag) -> Moment | None:
    """The moment before which a DAG has no runs, if it is known."""
    start = dag.setting("start_date") or (defaults(view, path, dag) or {}).get("start_date")
    if start is None or not start.known or not isinstance(start.value, str):
        return None
    return calendar.moment(start.value.partition(" ")[0])
