"""The parts of a generated workspace: a warehouse as values, and one writer for each kind of file."""
