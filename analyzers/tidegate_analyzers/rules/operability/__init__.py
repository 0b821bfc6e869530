"""Ownership and freshness."""
