"""`tidegate explain CODE [PATH:LINE]`: the page of a rule, or why it speaks or is silent at a place."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from tidegate_analyzers.check import Policy, run_rules
from tidegate_analyzers.graph.index import Graph
from tidegate_analyzers.rules.base import Rule, all_rules, find_rule
from tidegate_analyzers.safety.verdict import Step
from tidegate_server.cli import Failure
from tidegate_server.cli.workspace import load, settings_of
from tidegate_server.files import find_root, read_document, relative_to
from tidegate_server.present import Presenter

_SIGNS = {"fact": "·", "held": "✓", "failed": "✗", "unknown": "?"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("code", metavar="CODE", help="a rule, by code or name")
    parser.add_argument("place", metavar="PATH:LINE", nargs="?", help="a place; without it the rule's page is printed")


def run(options: argparse.Namespace) -> int:
    """Print the page, or the evidence at the place."""
    rule = find_rule(options.code)
    if rule is None:
        raise Failure(f"there is no rule '{options.code}'; the rules are {', '.join(r.code for r in all_rules())}")
    if options.place is None:
        print(f"# {rule.code} {rule.name}\n\n{rule.page.strip()}")
        return 0
    place = re.fullmatch(r"(?P<path>.+?):(?P<line>\d+)(?::\d+)?", options.place)
    if place is None:
        raise Failure(f"'{options.place}' is no place; expected PATH:LINE, such as dags/orders.py:12")
    text, number = place["path"], place["line"]
    file = Path(text)
    if not file.is_file():
        raise Failure(f"'{text}' is no file")
    root = find_root(file)
    settings = settings_of(root)
    loaded = load(root, settings)
    path = relative_to(root, file)
    if path is None or path not in loaded.reads:
        raise Failure(f"'{text}' is not read as part of {root}: no reader is meant for it, or it is ignored")
    graph = loaded.graph()
    presenter = Presenter(root, graph, lambda p: read_document(root, p), Path.cwd())
    told = _tell(graph, presenter, rule, path, int(number))
    if not told:
        print(f"{rule.code} has nothing to say about {text}:{number}: it looks at nothing there")
    return 0


def _tell(graph: Graph, presenter: Presenter, rule: Rule, path: str, line: int) -> bool:
    """Print everything the rule looked at on a line; where there is nothing, on the nearest line within a statement."""
    result = run_rules(graph, path, Policy(profile="all"), explaining=True)
    told = [
        (finding.site, f"{finding.severity}: {finding.message} ({finding.confidence})", finding.evidence)
        for finding in result.findings
        if finding.code == rule.code
    ]
    told += [
        (quiet.site, f"silent about '{quiet.subject}'", quiet.evidence)
        for quiet in result.quiet
        if quiet.code == rule.code
    ]
    found: list[tuple[int, int, str, tuple[Step, ...]]] = []
    for site, headline, evidence in told:
        place = presenter.place(path, site)
        found.append((_distance(place.line, place.end_line, line), place.line, headline, evidence))
    if not found:
        return False
    nearest = min(distance for distance, *_ in found)
    if nearest > 15:
        return False
    for distance, at, headline, evidence in sorted(found, key=lambda item: item[1]):
        if distance == nearest:
            near = f", nearest to line {line}" if distance else ""
            print(f"{rule.code} {rule.name} at {presenter.shown_path(path)}:{at}{near}")
            print(f"  {headline}")
            for step in evidence:
                print(f"  {_SIGNS[step.outcome]} {_words(step, presenter)}")
    return True


def _distance(start: int, end: int, line: int) -> int:
    return 0 if start <= line <= end else min(abs(start - line), abs(end - line))


def _words(step: Step, presenter: Presenter) -> str:
    guard = f"{step.guard} " if step.guard else ""
    verb = (
        {"held": "holds: ", "failed": "does not hold: ", "unknown": "can't be told: ", "fact": ""}[step.outcome]
        if step.guard
        else ""
    )
    where = ""
    if step.path:
        if step.path in presenter.graph.files and step.site:
            place = presenter.place(step.path, step.site)
            where = f"  [{place.path}:{place.line}]"
        else:
            where = f"  [{presenter.shown_path(step.path)}]"
    return f"{guard}{verb}{step.text}{where}"
