"""`tidegate replay TARGET --from DATE --to DATE`: what running it again for an interval comes to, and how it is done."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from tidegate_analyzers import replay
from tidegate_analyzers.graph.index import View
from tidegate_server.cli import Failure
from tidegate_server.cli.workspace import load, settings_of
from tidegate_server.files import find_root, read_document
from tidegate_server.present import Presenter

FORMATS = ("text", "json", "markdown")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "target",
        metavar="TARGET",
        help="a DAG, task (DAG.TASK), model, source or table (SCHEMA.TABLE), topic, pipeline or stage (PIPELINE.STAGE); "
        "with its kind before a colon (dag:orders) where several things have the name",
    )
    parser.add_argument(
        "--from",
        dest="start",
        required=True,
        metavar="DATE",
        help="the first day (2026-01-31), or moment (2026-01-31T06:00)",
    )
    parser.add_argument(
        "--to",
        dest="end",
        required=True,
        metavar="DATE",
        help="the last day, which counts; a moment does not count itself",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print (default: text)")
    parser.add_argument("--root", metavar="FOLDER", default=".", help="the workspace (default: the current folder)")


def run(options: argparse.Namespace) -> int:
    """Print the plan. The status is 1 where running it as it stands would leave wrong or missing data."""
    gc.disable()  # as in `check`
    folder = Path(options.root)
    if not folder.is_dir():
        raise Failure(f"'{options.root}' is no folder")
    try:
        interval = replay.interval(options.start, options.end)
    except replay.NoInterval as error:
        raise Failure(str(error)) from error
    root = find_root(folder)
    settings = settings_of(root)
    graph = load(root, settings).graph()
    view = View(graph)
    try:
        plan = replay.simulate(view, replay.find(view, options.target), interval, settings.options.today)
    except replay.Unknown as unknown:
        raise Failure(str(unknown)) from unknown
    presenter = Presenter(root, graph, lambda path: read_document(root, path), Path.cwd())
    from tidegate_server.output import replay as output

    sys.stdout.reconfigure(errors="replace", newline="\n")  # type: ignore[union-attr]  # a text stream, unless a test replaced it
    lines = {"json": output.json, "markdown": output.markdown, "text": output.text}[options.format](plan, presenter)
    print("\n".join(lines))
    return 2 if settings.faulty else int(plan.leaves_damage)
