"""How many of a project's models need rendering, how many can be rendered, and why the others can't.

    python -m tests.bench.rendering PROJECT [--show 20] [--all]

`--all` renders every model, also those whose columns placeholders show.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from sqlglot import exp

from tests.bench.report import table
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt.rendered import render_text
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.layout import Options
from tidegate_analyzers.syntax.render import Rendered
from tidegate_analyzers.syntax.sql import parse_sql
from tidegate_server.cache import Cache
from tidegate_server.index import Loader


def main() -> None:
    """Print the figures of a project."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("--show", type=int, default=15, help="so many reasons, with an example each")
    parser.add_argument("--all", action="store_true")
    given = parser.parse_args()
    loaded = Loader(given.project.resolve(), Options(), Cache(None)).load()
    view = View(loaded.graph())
    models = hidden = rendered = selects = bodies = templates = 0
    reasons: Counter[str] = Counter()
    examples: dict[str, str] = {}
    times: list[float] = []
    for path, read in sorted(loaded.reads.items()):
        bodies += sum(len(macro.body) for macro in read.facts.macros)
        for key, node in dbt.nodes_in(view, path, read.facts):
            if node.kind != "model" or node.language != "sql":
                continue
            models += 1
            hidden += bool(node.template)
            templates += len(node.template)
            text = node.template or ((given.project / path).read_text("utf-8") if given.all else "")
            if not text:
                continue
            start = time.process_time()
            found = render_text(view, key.path, text)
            times.append((time.process_time() - start) * 1000)
            role = loaded.layout.role(path)
            if isinstance(found, Rendered):
                rendered += 1
                trees = [statement.tree for statement in parse_sql(found.sql, role.dialect if role else "")]
                if sum(isinstance(tree, exp.Query) for tree in trees) == 1:
                    selects += 1
                    continue
                reason = "rendered, but no query" if found.sql.strip() else "rendered to nothing"
            else:
                reason = found.reason
            reasons[reason] += 1
            examples.setdefault(reason, path)
    asked = len(times) or 1
    rows = [("what", "number", "share")]
    rows.append(("models", str(models), ""))
    rows.append(("of these: only rendering shows their columns", str(hidden), f"{hidden / max(models, 1):.1%}"))
    rows.append(("rendered", str(rendered), f"{rendered / asked:.1%}"))
    rows.append(("rendered to one query that parses", str(selects), f"{selects / asked:.1%}"))
    rows.append(("text of macros kept, kB", f"{bodies / 1000:.0f}", ""))
    rows.append(("text of models kept, kB", f"{templates / 1000:.0f}", ""))
    if times:
        slow = sorted(times)
        rows.append(("mean / median / p95 / max ms", f"{statistics.mean(slow):.1f} / {statistics.median(slow):.1f} / {slow[int(len(slow) * 0.95)]:.1f} / {slow[-1]:.1f}", ""))  # fmt: skip
    sys.stdout.write(table(rows) + "\n")
    for reason, number in reasons.most_common(given.show):
        sys.stdout.write(f"{number:6}  {reason}  ({examples[reason]})\n")


if __name__ == "__main__":
    main()
