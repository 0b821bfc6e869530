"""How many objects of a workspace could have a thing, and how many have it."""

from __future__ import annotations

from tidegate_analyzers.check.policy import Policy
from tidegate_analyzers.check.run import FileResult


class Totals:
    """The tallies of all files, kept up to date file by file."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], list[int]] = {}

    def add(self, result: FileResult, sign: int = 1) -> set[tuple[str, str]]:
        """Add or take away a file's tallies; returns the groups whose sums changed."""
        for code, group, n, have in result.tallies:
            total = self._sums.setdefault((code, group), [0, 0])
            total[0] += sign * n
            total[1] += sign * have
        return {(code, group) for code, group, _, _ in result.tallies}

    def copy(self) -> Totals:
        """The tallies as they are now."""
        other = Totals()
        other._sums = {key: list(sums) for key, sums in self._sums.items()}
        return other

    def get(self, code: str, group: str) -> tuple[int, int]:
        """(eligible, having) of a group."""
        n, have = self._sums.get((code, group), (0, 0))
        return n, have

    def rolls_up(self, code: str, group: str, policy: Policy) -> bool:
        """Whether a group has so little of the thing that one finding speaks for all."""
        n, have = self.get(code, group)
        return policy.rollup and n >= policy.rollup_min and have < n * policy.rollup_below
