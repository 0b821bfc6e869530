"""The `tidegate` command."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys

from tidegate_server import __version__
from tidegate_server.cli import COMMANDS, Failure


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit status.

    0 clean, 1 findings at or above the threshold, 2 wrong usage or configuration, 3 an error of tidegate itself.
    """
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="tidegate: %(message)s")
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        prog="tidegate",
        description="Finds what goes wrong in data pipelines at night: missing contracts, loads that double rows, lost records.",
    )
    parser.add_argument("--version", action="version", version=f"tidegate {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary)
        # Only the command that runs is imported: `server` must answer an editor before anything else is loaded.
        if given[:1] == [name]:
            importlib.import_module(f"tidegate_server.cli.{name}").add_arguments(sub)
    options = parser.parse_args(given)
    if options.command is None:
        parser.print_help()
        return 2
    try:
        status: int = importlib.import_module(f"tidegate_server.cli.{options.command}").run(options)
        return status
    except Failure as failure:
        print(f"tidegate: {failure}", file=sys.stderr)
        return failure.status
    except KeyboardInterrupt:
        print("tidegate: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; say nothing more
        return 0
    except Exception:
        logging.getLogger("tidegate").exception("an error of tidegate itself; please report it with the lines below")
        return 3


if __name__ == "__main__":
    sys.exit(main())
