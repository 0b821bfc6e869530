"""The commands: one module each, with `add_arguments` and `run`."""

from __future__ import annotations

COMMANDS = {
    "check": "find faults in a workspace",
    "diff": "print which columns changed since a commit, and who is hit",
    "explain": "print why a rule speaks or is silent at a place, or the page of a rule",
    "lineage": "print what data and columns come of, and what comes of them",
    "replay": "print what running something again for an interval comes to, and how it is done",
    "rules": "list the rules",
    "server": "run the language server on standard input and output",
}


class Failure(Exception):
    """A command can't do what was asked; the message says what to do.

    Attributes:
        status: the exit status.
    """

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.status = status
