"""Command lines: which programs they start, and what these do to data."""

from tidegate_analyzers.readers.commands.reading import read_arguments, read_command, read_shell, words_of

__all__ = ["read_arguments", "read_command", "read_shell", "words_of"]
