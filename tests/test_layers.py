"""The layers: each imports only from those before it, and nothing of the engine knows the disk or the protocol."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tidegate_analyzers
import tidegate_server

LAYERS = (
    "text",
    "syntax",
    "facts",
    "layout",
    "readers",
    "workspace",
    "graph",
    "safety",
    "rules",
    "fixes",
    "check",
    "config",
    "ide",
    "replay",
)
"""From left to right: each may use itself and what stands before it."""

EARLIER = {"reference_files": "text"}
"""Modules beside the layers, with the layer they stand on."""

OUTSIDE = {
    "pygls": "the protocol",
    "lsprotocol": "the protocol",
    "tidegate_server": "the faces",
    "sqlite3": "the disk",
    "shutil": "the disk",
    "tempfile": "the disk",
    "glob": "the disk",
    "subprocess": "the world",
    "socket": "the world",
    "time": "the clock",
    "datetime": "the clock",
    "threading": "the process",
    "multiprocessing": "the process",
    "asyncio": "the process",
}
RECKONS = {"datetime": ("syntax/calendar.py",)}
"""What is outside but for the modules named here; `test_the_calendar_does_not_ask_for_the_time` looks at them."""
PARSERS = frozenset(
    (
        "sqlglot",
        "ruamel",
        "yaml",
        "tree_sitter",
        "tree_sitter_python",
        "tree_sitter_java",
        "tree_sitter_scala",
        "jinja2",
        "cronsim",
    )
)
"""Parsers are hidden by `syntax`; what reads SQL trees is named here."""
SEES_TREES = ("syntax", "readers.sql", "readers.dbt", "fixes")

ENGINE = Path(tidegate_analyzers.__file__).parent
SERVER = Path(tidegate_server.__file__).parent


def imports(text: str) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, wherever it stands; names imported from a package count as its modules."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            yield node.lineno, module
            if module == "tidegate_analyzers":
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def layer_of(module: str) -> str | None:
    """The layer of a module of the engine."""
    parts = module.split(".")
    if parts[0] != "tidegate_analyzers" or len(parts) == 1:
        return None
    return EARLIER.get(parts[1], parts[1])


def faults(path: str, text: str) -> list[str]:
    """What a module of the engine must not import; its path is relative to the package."""
    here = EARLIER.get(path.split("/")[0].removesuffix(".py"), path.split("/")[0].removesuffix(".py"))
    module = path.removesuffix(".py").replace("/", ".")
    found = []
    for line, name in imports(text):
        top = name.split(".")[0]
        layer = layer_of(name)
        if top in OUTSIDE and path not in RECKONS.get(top, ()):
            found.append(f"{path}:{line}: {name} is {OUTSIDE[top]}")
        elif top in PARSERS and not module.startswith(SEES_TREES):
            found.append(f"{path}:{line}: {name} is hidden by syntax")
        elif layer is not None and here != "__init__":
            if layer not in LAYERS:
                found.append(f"{path}:{line}: {name} stands in no layer")
            elif LAYERS.index(layer) > LAYERS.index(here):
                found.append(f"{path}:{line}: {here} imports {layer}, which comes after it")
    return found


def modules() -> list[str]:
    """Every module of the engine, relative to the package."""
    return sorted(file.relative_to(ENGINE).as_posix() for file in ENGINE.rglob("*.py"))


def test_every_module_stands_in_a_layer() -> None:
    tops = {path.split("/")[0].removesuffix(".py") for path in modules()}
    assert tops - {"__init__"} == {*LAYERS, *EARLIER}


def test_the_layers_are_those_of_the_architecture() -> None:
    text = (ENGINE.parents[1] / "ARCHITECTURE.md").read_text("utf-8")
    table = re.findall(r"^\| `(\w+)/?` \|", text.partition("## Layers")[2].partition("\n## ")[0], re.M)
    assert [name for name in table if name != "tidegate_server"] == list(LAYERS)


def test_layers_import_from_the_left() -> None:
    found = [fault for path in modules() for fault in faults(path, (ENGINE / path).read_text("utf-8"))]
    assert found == []


PLANTED = [
    ("text.py", "from tidegate_analyzers.facts import FileFacts\n", "text imports facts"),
    ("syntax/sql.py", "import tidegate_analyzers.readers.dispatch\n", "syntax imports readers"),
    ("readers/odcs.py", "from tidegate_analyzers import graph\n", "readers imports graph"),
    ("graph/index.py", "def f() -> None:\n    from tidegate_analyzers.rules.base import rule\n", "graph imports rules"),
    ("rules/base.py", "if TYPE_CHECKING:\n    from tidegate_analyzers.check import check\n", "rules imports check"),
    ("check/__init__.py", "from tidegate_analyzers.ide.hover import hover\n", "check imports ide"),
    ("ide/hover.py", "from tidegate_server.files import walk\n", "is the faces"),
    ("rules/base.py", "import lsprotocol.types as t\n", "is the protocol"),
    ("readers/odcs.py", "from datetime import datetime\n", "is the clock"),
    ("graph/index.py", "from sqlglot import exp\n", "is hidden by syntax"),
    ("graph/index.py", "from tidegate_analyzers.nowhere import x\n", "stands in no layer"),
]


@pytest.mark.parametrize(("path", "line", "told"), PLANTED, ids=[told for _, _, told in PLANTED])
def test_a_planted_import_is_caught(path: str, line: str, told: str) -> None:
    text = (ENGINE / path).read_text("utf-8")
    (fault,) = faults(path, f"{text}\n{line}")
    assert told in fault


ASKS = frozenset(("now", "utcnow", "today", "fromtimestamp", "time"))


def asked_for_the_time(text: str) -> list[str]:
    """The attributes by which a module asks what time it is."""
    return [node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute) and node.attr in ASKS]


def test_the_calendar_does_not_ask_for_the_time() -> None:
    for path in {path for paths in RECKONS.values() for path in paths}:
        assert asked_for_the_time((ENGINE / path).read_text("utf-8")) == []
    assert asked_for_the_time("from datetime import datetime\nat = datetime.now()\n") == ["now"]


def test_the_protocol_is_known_to_the_server_alone() -> None:
    """The command line starts without the protocol: only `lsp` knows it, and only `server` imports `lsp`."""
    for file in sorted(SERVER.rglob("*.py")):
        path = file.relative_to(SERVER).as_posix()
        names = {name for _, name in imports(file.read_text("utf-8"))}
        if not path.startswith("lsp/"):
            assert not {name for name in names if name.split(".")[0] in ("pygls", "lsprotocol")}, path
            if path != "cli/server.py":
                assert not {name for name in names if name.startswith("tidegate_server.lsp")}, path
