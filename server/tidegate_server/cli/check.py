"""`tidegate check [PATHS]`: find faults, print them, and mend what can be mended."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tidegate_analyzers import check as engine
from tidegate_analyzers.graph.coverage import coverage
from tidegate_analyzers.graph.index import Graph, View
from tidegate_analyzers.rules.base import names_rule
from tidegate_analyzers.text import Document, decode
from tidegate_server.baseline import Baseline
from tidegate_server.baseline import read as read_baseline
from tidegate_server.baseline import write as write_baseline
from tidegate_server.cli import Failure
from tidegate_server.cli.workspace import Settings, compared, judged, load, roots_of, settings_of
from tidegate_server.files import expand, find_root, read_document, relative_to
from tidegate_server.index import Loaded, Progress
from tidegate_server.present import RANK, Item, Presenter, worst


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="files and folders to report on (default: the current folder); the whole workspace is read",
    )
    parser.add_argument(
        "--format", choices=("text", "json", "sarif", "github"), default="text", help="how to print (default: text)"
    )
    parser.add_argument(
        "--profile",
        choices=("minimal", "recommended", "strict", "critical"),
        help="which rules run (default: recommended, or what the configuration says)",
    )
    parser.add_argument(
        "--select",
        metavar="CODES",
        default="",
        help="further rules to run, by code, name, prefix, category or group, separated by commas",
    )
    parser.add_argument("--ignore", metavar="CODES", default="", help="rules not to run")
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "hint", "never"),
        default="error",
        help="the severity at which the exit status is 1 (default: error)",
    )
    parser.add_argument(
        "--no-rollup", action="store_true", help="list what a project lacks throughout, instead of saying it once"
    )
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        help="do not report findings this file knows (default: .tidegate-baseline.json at the root, if there is one)",
    )
    parser.add_argument(
        "--write-baseline", action="store_true", help="write the findings to the baseline file and report none"
    )
    parser.add_argument("--fix", action="store_true", help="apply fixes that do not change what runs")
    parser.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff, also fixes that change what runs"
    )
    parser.add_argument("--diff", action="store_true", help="print what the fixes would change, and change nothing")
    parser.add_argument("--add-ignores", action="store_true", help="silence every finding with a comment at its place")
    parser.add_argument(
        "--stdin-filename", metavar="PATH", help="read the text of this file from standard input and report on it"
    )
    parser.add_argument(
        "--against",
        metavar="REF",
        default="",
        help="the commit that columns are compared with (default: the last one)",
    )
    parser.add_argument("--output-file", metavar="FILE", help="print to a file")
    parser.add_argument(
        "--jobs",
        type=_count,
        default=0,
        metavar="N",
        help="how many processes read files (default: as many as processors)",
    )
    parser.add_argument("--no-cache", action="store_true", help="read every file afresh")
    parser.add_argument("--stats", action="store_true", help="print how long it took and how much was understood")


def run(options: argparse.Namespace) -> int:
    """Check, and print or mend."""
    # This process ends soon and its facts have no cycles: collecting garbage would only cost time.
    gc.disable()
    started = time.perf_counter()
    _check_usage(options)
    if options.stdin_filename:  # it may not be written yet
        file = Path(options.stdin_filename)
        roots = {find_root(file): [file]}
    else:
        roots = roots_of(options.paths)
    items: list[Item] = []
    presenters: dict[str, Presenter] = {}
    files = known = max_lines = 0
    faulty = False
    stats: list[str] = []
    to_know: dict[Path, list[tuple[engine.Report, Presenter]]] = {}
    todo = sorted(roots, key=lambda root: len(root.parts))  # a root comes before those nested in it
    for root in todo:
        paths = roots[root]
        settings = settings_of(
            root,
            profile=options.profile,
            select=_codes(options.select),
            ignore=_codes(options.ignore),
            rollup=False if options.no_rollup else None,
        )
        faulty = faulty or settings.faulty
        max_lines = max(max_lines, settings.max_lines)
        loaded = load(root, settings, use_cache=not options.no_cache, jobs=options.jobs, progress=_progress())
        for nested in _inside(root, loaded, paths):
            todo += [nested] if nested not in roots else []
            roots.setdefault(nested, []).append(nested)
        given = _standard_input(root, settings, loaded, options)
        graph = loaded.graph()
        read_at = time.perf_counter()
        only = [given.path] if given is not None else _only(root, paths, loaded)
        then = compared(root, settings, graph, options.against, [given.path] if given is not None else [])
        base = then.base if then is not None else None
        as_on_disk = given is None and not options.no_cache
        results = (
            judged(root, settings, loaded, graph, then) if as_on_disk else engine.judge(graph, settings.policy, base)
        )
        report = engine.check(graph, settings.policy, only=only, results=results)
        presenter = Presenter(root, graph, _documents(root, given), Path.cwd())
        baseline_file = Path(options.baseline) if options.baseline else root / settings.baseline
        if options.write_baseline:
            to_know.setdefault(baseline_file, []).append((report, presenter))
            continue
        baseline = _baseline(baseline_file, options)
        if options.fix or options.diff or options.add_ignores:
            from tidegate_server.cli import mend  # the fixes bring the parsers along

            mending = mend.Mending(root, settings, loaded, baseline, base)
            report = mend.run(mending, report, options, only)
            if options.diff:
                continue
            presenter = mending.presenter()
        found = presenter.items(baseline.without_known(report, presenter))
        known += sum(map(len, report.shown.values())) - len(found)
        files += len(loaded.reads) if only is None else len(only)
        items += found
        presenters.update({item.place.path: presenter for item in found})
        stats += _stats(loaded, report, graph, started, read_at) if options.stats else []
    for file, reports in to_know.items():
        number = write_baseline(file, reports)
        print(f"{number} finding{'' if number == 1 else 's'} written to {file}", file=sys.stderr)
        known += number
    if not options.diff:
        _print(items, presenters, options, files=files, known=known, max_lines=max_lines, stats=stats)
    if faulty:
        return 2
    return 1 if options.fail_on != "never" and worst(items) >= RANK[options.fail_on] else 0


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("expected a number of processes, or 0 for as many as processors")
    return number


def _check_usage(options: argparse.Namespace) -> None:
    """What the parser of the arguments can't tell.

    Raises:
        Failure: the options contradict each other, or name rules that don't exist.
    """
    if options.stdin_filename and (options.fix or options.diff or options.add_ignores):
        raise Failure("--fix, --diff and --add-ignores change files; they can't be used with --stdin-filename")
    if options.add_ignores and options.fix:
        raise Failure("--add-ignores and --fix can't be used together")
    for code in (*_codes(options.select), *_codes(options.ignore)):
        if not names_rule(code):
            raise Failure(f"no rule is meant by '{code}'; `tidegate rules` lists them")


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in text.split(",") if code.strip())


def _only(root: Path, paths: list[Path], loaded: Loaded) -> list[str] | None:
    """The paths to report on, or `None` for all."""
    if any(relative_to(root, path) == "." for path in paths):
        return None
    return list(expand(root, paths, loaded.reads))


def _inside(root: Path, loaded: Loaded, paths: list[Path]) -> list[Path]:
    """The roots nested in a root that some of the paths hold."""
    given = [path.resolve() for path in paths]
    return [root / folder for folder in loaded.nested if any((root / folder).is_relative_to(path) for path in given)]


def _documents(root: Path, given: Document | None) -> Callable[[str], Document | None]:
    def document(path: str) -> Document | None:
        return given if given is not None and path == given.path else read_document(root, path)

    return document


def _standard_input(root: Path, settings: Settings, loaded: Loaded, options: argparse.Namespace) -> Document | None:
    """The text given on standard input, put in the place of its file."""
    if not options.stdin_filename:
        return None
    path = relative_to(root, Path(options.stdin_filename))
    role = loaded.layout.role(path) if path is not None else None
    if path is None or role is None:
        raise Failure(f"'{options.stdin_filename}' is no file that is read here")
    text = decode(sys.stdin.buffer.read())
    if not isinstance(text, str):
        raise Failure(f"standard input can't be read: {text.reason}")
    from tidegate_analyzers.readers.dispatch import read

    document = Document(path, text)
    loaded.reads[path] = read(document, role)
    return document


def _baseline(file: Path, options: argparse.Namespace) -> Baseline:
    known = read_baseline(file)
    if known is None and options.baseline:
        raise Failure(f"there is no baseline {file}; --write-baseline makes one")
    return known if known is not None else Baseline()


def _progress() -> Progress | None:
    """Progress on a terminal, once it takes longer than a second."""
    if not sys.stderr.isatty():
        return None
    started = time.monotonic()
    shown = [0.0]

    def progress(done: int, total: int) -> None:
        now = time.monotonic()
        if now - started > 1 and (now - shown[0] > 0.1 or done >= total):
            shown[0] = now
            end = "\r" + " " * 40 + "\r" if done >= total else ""
            print(f"\rreading {done} of {total} files{end}", end="", file=sys.stderr, flush=True)

    return progress


def _stats(loaded: Loaded, report: engine.Report, graph: Graph, started: float, read_at: float) -> list[str]:
    tasks = [task for read in loaded.reads.values() for dag in read.facts.dags for task in dag.tasks]
    opaque = sum(1 for task in tasks if task.opaque)
    failed = sorted({code for result in report.results.values() for code in result.failed})
    lines = [
        f"read {len(loaded.reads)} files ({loaded.fresh} afresh) in {read_at - started:.2f} s, checked in {time.perf_counter() - read_at:.2f} s",
        *coverage(View(graph)).lines(),
        f"tasks followed: {len(tasks) - opaque} of {len(tasks)}",
    ]
    if failed:
        lines.append(f"rules that failed: {', '.join(failed)}")
    return lines


def _print(
    items: list[Item],
    presenters: dict[str, Presenter],
    options: argparse.Namespace,
    *,
    files: int,
    known: int,
    max_lines: int,
    stats: list[str],
) -> None:
    from tidegate_server.output import github, json, sarif, text

    colour = options.output_file is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    paint = text.Paint(colour or bool(os.environ.get("FORCE_COLOR")))
    if options.format == "json":
        lines = [json.render(items, files=files, known=known)]
    elif options.format == "sarif":
        lines = [sarif.render(items)]
    elif options.format == "github":
        lines = list(github.render(items))
    else:
        lines = list(text.render(items, presenters, paint, max_lines=sys.maxsize if options.no_rollup else max_lines))
        lines.append(text.summary(items, files, known=known, paint=paint))
    if options.output_file:
        try:
            Path(options.output_file).write_text("\n".join(lines) + "\n", "utf-8")
        except OSError as error:
            raise Failure(f"the output can't be written: {error}") from error
    else:
        sys.stdout.reconfigure(errors="replace", newline="\n")  # type: ignore[union-attr]  # a text stream, unless a test replaced it
        print("\n".join(lines))
    for line in stats:
        print(line, file=sys.stderr)
