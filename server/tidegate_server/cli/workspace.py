"""What every command does first: find the root, read the configuration, load the workspace."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tidegate_analyzers.check import FileResult, Policy, judge
from tidegate_analyzers.graph.index import Graph
from tidegate_analyzers.layout import Options
from tidegate_analyzers.rules.base import all_rules
from tidegate_analyzers.text import Document, Span
from tidegate_server.cache import Cache, cache_file
from tidegate_server.cli import Failure
from tidegate_server.clock import located
from tidegate_server.files import config_file, find_root, read_document
from tidegate_server.index import Loaded, Loader, Progress

if TYPE_CHECKING:
    from tidegate_server.base import Compared


@dataclass(slots=True)
class Settings:
    """The configuration of a root, and whether it had faults.

    Attributes:
        policy: what decides which findings are shown.
        options: what decides how files are read.
        baseline: the baseline file, relative to the root.
        max_lines: how many findings of a rule text output prints.
        faulty: whether something in the configuration was wrong.
    """

    policy: Policy
    options: Options
    baseline: str = ".tidegate-baseline.json"
    max_lines: int = 25
    faulty: bool = False


def settings_of(
    root: Path,
    *,
    profile: str | None = None,
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    rollup: bool | None = None,
) -> Settings:
    """The configuration of a root with the command line on top; faults are printed to standard error."""
    file = config_file(root)
    if file is None:
        policy = Policy(
            profile=profile or "recommended",
            select=select,
            ignore=ignore,
            rollup=profile != "strict" if rollup is None else rollup,
        )
        return Settings(policy, located(root, Options()))
    from tidegate_analyzers.config import read_config

    document = read_document(root, file.name)
    if document is None:
        raise Failure(f"the configuration {file} can't be read")
    config, problems = read_config(document)
    for problem in problems:
        print(_located(file, document, problem.span, problem.message), file=sys.stderr)
    policy = config.policy(profile=profile, select=select, ignore=ignore, rollup=rollup)
    return Settings(policy, located(root, config.options()), config.baseline, config.max_lines_per_rule, bool(problems))


def _located(file: Path, document: Document, span: Span, message: str) -> str:
    place = document.lines.position(span.start)
    return f"{file}:{place.line + 1}:{place.column + 1}: {message}"


def roots_of(paths: Iterable[str]) -> dict[Path, list[Path]]:
    """The roots that some paths belong to, each with its paths.

    Raises:
        Failure: a path does not exist.
    """
    found: dict[Path, list[Path]] = {}
    for text in paths or ["."]:
        path = Path(text)
        if not path.exists():
            raise Failure(f"'{text}' does not exist")
        found.setdefault(find_root(path), []).append(path)
    return found


def load(
    root: Path, settings: Settings, *, use_cache: bool = True, jobs: int = 0, progress: Progress | None = None
) -> Loaded:
    """The workspace at a root."""
    cache = Cache(cache_file(root) if use_cache else None)
    try:
        return Loader(root, settings.options, cache, jobs, progress).load()
    finally:
        cache.close()


def compared(
    root: Path, settings: Settings, graph: Graph, reference: str, opened: Iterable[str] = ()
) -> Compared | None:
    """What the workspace is compared with: a commit that was named, else the last one. `None` where no rule asks.

    Args:
        root: its folder.
        settings: its configuration.
        graph: the workspace.
        reference: the commit, empty for the last one.
        opened: files whose text is not that on disk.

    Raises:
        Failure: a commit was named that can't be had.
    """
    if not any(rule.code in COMPARE and settings.policy.active(rule) for rule in all_rules()):
        return None
    from tidegate_server import base  # not every command needs git

    try:
        return base.against(root, graph, reference, opened) if reference else base.last_commit(root, graph, opened)
    except base.NoBase as error:
        if reference:
            raise Failure(str(error)) from error
        print(f"tidegate: not compared with the last commit: {error}", file=sys.stderr)
        return None


COMPARE = frozenset(("TG702",))
"""The rules that compare with a commit."""


def judged(
    root: Path, settings: Settings, loaded: Loaded, graph: Graph, then: Compared | None = None
) -> Mapping[str, FileResult]:
    """What the rules say of a workspace as it is on disk; from the cache if nothing has changed since they were asked."""
    asked = f"{settings.policy!r} {settings.options!r}".encode()
    key = blake2b(loaded.identity + asked + (then.identity if then is not None else b""), digest_size=16).digest()
    cache = Cache(cache_file(root))
    try:
        known = cache.verdicts(key)
        if known is not None:
            with contextlib.suppress(msgspec.MsgspecError, TypeError):
                return _VERDICTS.decode(known)
        results = judge(graph, settings.policy, then.base if then is not None else None)
        if not any(result.failed for result in results.values()):
            cache.store_verdicts(key, msgspec.msgpack.encode(results))
        return results
    finally:
        cache.close()


_VERDICTS = msgspec.msgpack.Decoder(dict[str, FileResult])
