"""`tidegate lineage [NAME]`: what data and columns come of, and what comes of them."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from pathlib import Path

from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.lineage import asked, walk
from tidegate_server.cli import Failure
from tidegate_server.cli.workspace import load, settings_of
from tidegate_server.files import find_root, relative_to

FORMATS = ("text", "json", "dot", "mermaid", "openlineage")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        help="MODEL, MODEL.COLUMN, PROJECT.MODEL, source:NAME.TABLE, source:NAME.TABLE.COLUMN, exposure:NAME, "
        "task:DAG.TASK, job:NAME, topic:NAME, table:NAME or a file; everything there is if it is left out",
    )
    parser.add_argument("--upstream", action="store_true", help="what it comes of (default: both ways)")
    parser.add_argument("--downstream", action="store_true", help="what comes of it (default: both ways)")
    parser.add_argument("--depth", type=_depth, default=0, metavar="N", help="go N steps at most (default: all)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print (default: text)")
    parser.add_argument("--root", metavar="FOLDER", default=".", help="the workspace (default: the current folder)")
    parser.add_argument(
        "--namespace",
        metavar="NAME",
        default="",
        help="with openlineage, the namespace of datasets and jobs (default: the names of their projects)",
    )


def run(options: argparse.Namespace) -> int:
    """Print the lineage."""
    gc.disable()  # as in `check`
    folder = Path(options.root)
    if not folder.is_dir():
        raise Failure(f"'{options.root}' is no folder")
    root = find_root(folder)
    settings = settings_of(root)
    view = View(load(root, settings).graph())
    both = not options.upstream and not options.downstream
    if options.name is None:
        found = walk.whole(view)
    else:
        try:
            start = asked.find(view, _name(root, options.name))
        except asked.Unknown as unknown:
            raise Failure(str(unknown)) from unknown
        found = walk.walk(
            view,
            start,
            upstream=both or options.upstream,
            downstream=both or options.downstream,
            depth=options.depth,
        )
    sys.stdout.reconfigure(errors="replace", newline="\n")  # type: ignore[union-attr]  # a text stream, unless a test replaced it
    for line in _lines(view, found, options):
        print(line)
    return 2 if settings.faulty else 0


def _lines(view: View, found: walk.Lineage, options: argparse.Namespace) -> list[str]:
    if options.format == "openlineage":
        from tidegate_server.output import openlineage

        return openlineage.render(view, found, options.namespace, _now())
    from tidegate_server.output import lineage

    return {"json": lineage.json, "dot": lineage.dot, "mermaid": lineage.mermaid, "text": lineage.text}[options.format](
        view, found
    )


def _name(root: Path, text: str) -> str:
    """What was asked for; the path of a file relative to the root."""
    file = Path(text)
    return (relative_to(root, file) or text) if file.is_file() else text


def _now() -> float:
    """The time of events: `SOURCE_DATE_EPOCH` where output has to be the same every time, else now."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return float(given) if given.isdecimal() else time.time()


def _depth(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("expected a number of steps, or 0 for all")
    return number
