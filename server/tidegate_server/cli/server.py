"""`tidegate server`: the language server, on standard input and output."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--stdio", action="store_true", help="talk over standard input and output (the default)")
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="warning",
        help="how much is logged to standard error (default: warning)",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until the client says goodbye."""
    logging.getLogger("tidegate_server").setLevel(options.log_level.upper())
    logging.getLogger("tidegate_analyzers").setLevel(options.log_level.upper())
    # pygls logs every message it sends, and every error it was told to answer with.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    # Five hundred classes of the protocol are made on import; looking for garbage among them takes a tenth of the time.
    gc.disable()
    from tidegate_server.lsp.app import create

    server = create()
    gc.freeze()
    gc.enable()
    # What lives long is set aside when it is complete; until then it is looked through in vain again and again.
    gc.set_threshold(700, 10, 1000)
    server.start_io()
    sys.stderr.flush()
    os._exit(1)  # the client went without a word; whatever still runs has nobody to run for
