"""From a target and an interval to the plan of its replay."""

from __future__ import annotations

from tidegate_analyzers.graph.dbt.selected import KINDS as NODES
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.replay import windows
from tidegate_analyzers.replay.airflow_commands import airflow_commands, dags_reached
from tidegate_analyzers.replay.consumers import consumers
from tidegate_analyzers.replay.dbt_commands import dbt_commands, test_command
from tidegate_analyzers.replay.hazards import Judged
from tidegate_analyzers.replay.job_commands import job_commands
from tidegate_analyzers.replay.plan import Interval, Item, Plan, Unit
from tidegate_analyzers.replay.reach import MAX_ITEMS, Reach, reached, starts
from tidegate_analyzers.replay.retention import limits
from tidegate_analyzers.replay.things import node_key, site_of, written_by


def simulate(view: View, target: Item, interval: Interval, today: str = "") -> Plan:
    """What running a target again for an interval comes to.

    Args:
        view: the graph.
        target: what to run again, as `target.find` gives it.
        interval: for when.
        today: the date, by which it is told what sources still hold.
    """
    first, unknown = starts(view, target)
    reach = reached(view, first)
    reach.dags = ((target.path, target.name),) if target.kind == "dag" else ()
    plan = Plan(f"{target.kind}:{target.name}", (target,), interval, unknown=list(unknown))
    if len(reach.order) >= MAX_ITEMS:
        plan.unknown.append(f"more than {MAX_ITEMS} things are reached; the rest is left out")
    runnable = [item for item in reach.order if item.kind not in ("exposure", "source")]
    judged = Judged(view)
    for item in runnable:
        plan.units.append(_unit(view, item, reach))
        plan.hazards += judged.of(item)
    plan.safe = judged.safe
    plan.hazards.sort(key=lambda hazard: ("unsafe", "void", "outside", "unknown").index(hazard.level))
    for (path, _), (dag, _) in dags_reached(view, reach).items():
        plan.windows.append(windows.of_dag(view, path, dag, interval))
        if not dag.tasks:
            plan.unknown.append(f"no task of the DAG '{dag.id}' can be seen here: what it does is not known")
        elif dag.incomplete:
            plan.unknown.append(
                f"the DAG '{dag.id}' has more tasks or another order than can be seen here ({dag.incomplete})"
            )
    for item in runnable:
        key = node_key(view, item) if item.kind in NODES else None
        found = windows.of_node(view, key, interval) if key is not None else None
        if found is not None:
            plan.windows.append(found)
    plan.limits = list(dict.fromkeys(limits(view, runnable, interval, today)))
    plan.consumers = list(dict.fromkeys(consumers(view, reach)))
    _commands(view, target, first, reach, plan)
    return plan


def _unit(view: View, item: Item, reach: Reach) -> Unit:
    writes = tuple(dict.fromkeys(str(relation) for relation in written_by(view, item)))
    how = ""
    if item.kind in NODES and (key := node_key(view, item)) is not None:
        how = windows.build_of(view, key).how
    by = reach.by.get(item)
    return Unit(item, site_of(view, item), writes, how, by.name if by is not None else "")


def _commands(view: View, target: Item, first: list[Item], reach: Reach, plan: Plan) -> None:
    covered: list[Item] = []
    for command, items in airflow_commands(view, reach, plan.interval):
        plan.commands.append(command)
        covered += items if command.lines else []
    plan.commands += job_commands(view, reach, plan.interval)
    plan.commands += dbt_commands(view, target, reach, frozenset(covered), plan.interval)
    if target.kind in NODES and (key := node_key(view, target)) is not None:
        plan.after.append(test_command(view, key, target))
