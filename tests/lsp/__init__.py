"""The language server, through its own process."""
