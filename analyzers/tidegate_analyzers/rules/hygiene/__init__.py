"""Syntax, coverage and suppressions."""
