"""`tidegate diff`: which columns changed since a commit, how bad it is, and who is hit."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from tidegate_analyzers.graph.comparison import LEVELS, changes
from tidegate_analyzers.graph.index import View
from tidegate_server import base
from tidegate_server.cli import Failure
from tidegate_server.cli.workspace import load, settings_of
from tidegate_server.files import find_root, read_document
from tidegate_server.present import Presenter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "--against",
        metavar="REF",
        default="",
        help="the commit to compare with (default: where this branch left the default branch, else the last one)",
    )
    parser.add_argument(
        "--format", choices=("text", "json", "markdown"), default="text", help="how to print (default: text)"
    )
    parser.add_argument(
        "--fail-on",
        choices=("breaking", "warning", "never"),
        default="breaking",
        help="the changes at which the exit status is 1 (default: breaking)",
    )
    parser.add_argument("--root", metavar="FOLDER", default=".", help="the workspace (default: the current folder)")


def run(options: argparse.Namespace) -> int:
    """Print what changed."""
    gc.disable()  # as in `check`
    folder = Path(options.root)
    if not folder.is_dir():
        raise Failure(f"'{options.root}' is no folder")
    root = find_root(folder)
    settings = settings_of(root)
    graph = load(root, settings).graph()
    try:
        if options.against:
            then, name = base.against(root, graph, options.against), options.against
        else:
            then, name = base.before_branch(root, graph)
    except base.NoBase as error:
        raise Failure(str(error)) from error
    if not name:
        name = "HEAD"
        print(
            "tidegate: no default branch was found that this one left: compared with the last commit", file=sys.stderr
        )
    # What an answer rests on is noted: most of the workspace can't differ.
    found = changes(View(graph, record=True), then.base)
    presenter = Presenter(root, graph, lambda path: read_document(root, path), Path.cwd())
    from tidegate_server.output import diff

    sys.stdout.reconfigure(errors="replace", newline="\n")  # type: ignore[union-attr]  # a text stream, unless a test replaced it
    compared = diff.Compared(name, then.commit, presenter)
    lines = {"json": diff.json, "markdown": diff.markdown, "text": diff.text}[options.format](found, compared)
    print("\n".join(lines))
    if settings.faulty:
        return 2
    failing = LEVELS[: LEVELS.index(options.fail_on) + 1] if options.fail_on != "never" else ()
    return int(any(change.level in failing for change in found))
