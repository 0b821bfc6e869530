"""Loads that are safe to run again."""
