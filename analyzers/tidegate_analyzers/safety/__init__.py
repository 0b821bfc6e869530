"""The re-run-safety lattice: what happens to a target when the same load runs twice.

A verdict is never a pattern: it says which statement was judged, which guards were tried, and why each held or
did not. What can't be told is `UNKNOWN`, and rules stay silent on it.
"""
