"""The faces of tidegate: the language server and the command line. The only package that knows disk and protocol."""

__version__ = "0.1.0"
