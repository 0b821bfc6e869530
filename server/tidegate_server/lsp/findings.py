"""What the rules said of every file, kept until something it rests on changes. Belongs to the event loop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from tidegate_analyzers.check import FileResult, Shown, Totals, outside, rolled_up, shown_in
from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.text import Document
from tidegate_server.baseline import Baseline, fingerprint
from tidegate_server.lsp.analysis import State

K = TypeVar("K")
Group = tuple[str, str]
"""A rule's code and the project within which its findings roll up."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is needed to show the findings of some files; made on the event loop, used beside it."""

    state: State
    results: dict[str, FileResult]
    totals: Totals
    rolled: dict[str, list[Shown]]
    baseline: Baseline

    def shown(self, path: str) -> list[Shown]:
        """The findings of a file that are not known, by place."""
        found = self.found(path)
        if not self.baseline or not found:
            return found
        return [found[number] for number in self.baseline.unknown(path, self.prints(path, found))]

    def prints(self, path: str, found: Iterable[Shown]) -> tuple[str, ...]:
        """What findings of a file are recognised by; nothing where there is no baseline to find them in."""
        read = self.state.snapshot.read(path)
        if not self.baseline or read is None:
            return ()
        text = self.state.snapshot.document(path) or Document(path, "")
        findings = (item.finding for item in found)
        return tuple(fingerprint(f.code, f.subject, text.slice(read.span(f.site))) for f in findings)

    def found(self, path: str) -> list[Shown]:
        """The findings of a file, those that stand for its whole project included, by place."""
        read = self.state.snapshot.read(path)
        if read is None:
            return []
        result = self.results.get(path, FileResult())
        if not result.findings and outside(path, self.state.policy, self.state.graph):
            return []
        is_open = path in self.state.snapshot.open
        found = shown_in(read, path, result, self.totals, self.state.policy, is_open=is_open)
        if is_open and self.baseline:
            found = [item for item in found if not self._stood_for(item)]
        found = [*found, *self.rolled.get(path, ())]
        return sorted(found, key=lambda shown: _place(read, shown))

    def _stood_for(self, item: Shown) -> bool:
        """Whether a known finding of the project speaks for one of an open file."""
        code, group = item.finding.code, item.finding.group
        if not group or not self.totals.rolls_up(code, group, self.state.policy):
            return False
        return any(
            print_ in self.baseline
            for path, found in self.rolled.items()
            for print_ in self.prints(path, [s for s in found if (s.finding.code, s.finding.subject) == (code, group)])
        )


def _place(read: FileRead, shown: Shown) -> tuple[int, int, str]:
    span = read.span(shown.finding.site)
    return (span.start, span.end, shown.finding.code)


@dataclass(slots=True)
class Findings:
    """The results of a workspace, by path, and who rests on what."""

    results: dict[str, FileResult] = field(default_factory=dict)
    totals: Totals = field(default_factory=Totals)
    rolled: dict[str, list[Shown]] = field(default_factory=dict)
    _users: dict[str, list[str]] = field(default_factory=dict)
    _members: dict[Group, list[str]] = field(default_factory=dict)
    _pointers: dict[str, list[str]] = field(default_factory=dict)
    _rolling: set[Group] = field(default_factory=set)

    def put(self, path: str, result: FileResult) -> set[Group]:
        """Keep a file's result; returns the groups whose sums changed."""
        old = self.results.get(path, _NOTHING)
        if not (result.findings or result.tallies or result.keys):
            self.results.pop(path, None)
        else:
            self.results[path] = result
        _move(self._users, path, old.keys, result.keys)
        _move(self._members, path, _groups(old), _groups(result))
        _move(self._pointers, path, _related(old), _related(result))
        if old.tallies == result.tallies:
            return set()
        return self.totals.add(old, -1) | self.totals.add(result)

    def users_of(self, keys: Iterable[str]) -> set[str]:
        """The files whose results rest on some keys."""
        return {path for key in keys for path in self._users.get(key, ())}

    def pointing_to(self, paths: Iterable[str]) -> set[str]:
        """The files with findings that point to places in some others."""
        return {source for path in paths for source in self._pointers.get(path, ())}

    def regroup(self, groups: Iterable[Group], state: State) -> set[str]:
        """Say again what stands for whole projects, after the sums of some groups changed.

        Returns:
            The files that show something else now.
        """
        policy = state.policy
        rolling = {group for group in self._members if self.totals.rolls_up(*group, policy)}
        affected: set[str] = set()
        for group in groups:
            # Each finding of a group that does not roll up tells the share of the project that is well.
            if group not in rolling or group not in self._rolling:
                affected.update(self._members.get(group, ()))
        self._rolling = rolling
        before = self.rolled
        found: dict[str, list[Shown]] = {}
        members = {path for group in rolling for path in self._members[group]}
        for path, shown in rolled_up(state.graph, {path: self.results[path] for path in members}, self.totals, policy):
            found.setdefault(path, []).append(shown)
        self.rolled = found
        return affected | {path for path in before.keys() | found.keys() if before.get(path) != found.get(path)}

    def sheet(self, state: State, paths: Iterable[str], baseline: Baseline) -> Sheet:
        """What is needed to show some files."""
        results = {path: self.results[path] for path in paths if path in self.results}
        return Sheet(state, results, self.totals.copy(), self.rolled, baseline)


_NOTHING = FileResult()


def _move(index: dict[K, list[str]], path: str, old: Iterable[K], new: Iterable[K]) -> None:
    """Enter a path under other keys. Lists, since there are a hundred thousand and most hold one path."""
    before, after = set(old), set(new)
    for key in before - after:
        users = index[key]
        users.remove(path)
        if not users:
            del index[key]
    for key in after - before:
        index.setdefault(key, []).append(path)


def _groups(result: FileResult) -> set[Group]:
    return {(finding.code, finding.group) for finding in result.findings if finding.group}


def _related(result: FileResult) -> set[str]:
    return {item.path for finding in result.findings for item in finding.related if item.path != finding.path}
