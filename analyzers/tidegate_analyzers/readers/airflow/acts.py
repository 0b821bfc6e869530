"""What the function of a task does besides reading and writing data: requests, results, progress, the window it takes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from tidegate_analyzers.facts import Act, Sites, Step
from tidegate_analyzers.readers.airflow.shapes import Function, Functions
from tidegate_analyzers.readers.python.names import Env, dotted
from tidegate_analyzers.readers.python.values import CallOf, Imported
from tidegate_analyzers.readers.windows import WINDOW
from tidegate_analyzers.syntax.python import PythonFile

_POST = re.compile(r"(?:requests|httpx)\.(?:Client\.|Session\.)?post$|\.chat_postMessage$|smtplib\.\w+\.send\w+$")
_ASKS = re.compile(r"token|auth|login|search|query|graphql|lookup|export", re.I)
"""Words of addresses to which a POST asks for something and changes nothing."""

_FRAME = re.compile(
    r"(?:^|\.)(?:pd|pandas|pl|polars)\.(?:read_\w+|DataFrame|concat|merge|json_normalize)$|"
    r"\.(?:to_dataframe|get_pandas_df|get_df|fetch_pandas_all|fetchdf|toPandas)$"
)
_SAME_FRAME = frozenset(
    (
        "rename",
        "dropna",
        "fillna",
        "drop",
        "drop_duplicates",
        "astype",
        "merge",
        "reset_index",
        "copy",
        "assign",
        "query",
    )
)
"""Methods of a data frame that give another."""

_PROGRESS = re.compile(
    r"watermark|high_?water|hwm|(?:^|_)(?:last|latest|max|prev(?:ious)?)_|cursor|bookmark|offset|checkpoint|last_?(?:run|sync|id|updated|loaded|processed)",
    re.I,
)
"""Names of what says how far the work has come."""

_KEEPS = re.compile(
    r"(?:^|\.)_?(?:set|save|store|update|advance|write|put|commit)_(?:\w+_)?(?:watermark|bookmark|cursor|checkpoint|high_?water_?mark|offset)s?$"
)


def acts_of(function: Function, file: PythonFile, sites: Sites, env: Env) -> tuple[Act, ...]:
    """What a function does besides moving data, by its own text; functions that it calls are not followed."""
    nodes = list(_own_nodes(function))
    made = _made(nodes)

    def act(kind: str, node: ast.expr | ast.stmt | ast.arg) -> Act:
        span = file.span(node)
        return Act(kind, " ".join(file.text[span.start : span.end].split())[:120], sites.add(span))

    found = [act("post", call) for call in _posts(nodes, file, env, made)]
    found += [act("frame", node) for node in _frames(nodes, made)]
    found += [act("unread", call) for call in _unread(nodes, made)]
    window = next((node for node in (*_parameters(function), *nodes) if _takes_window(node)), None)
    return (*found, act("window", window)) if window is not None else tuple(found)


def progress_of(
    function: Function, file: PythonFile, sites: Sites, steps: Sequence[Step], functions: Functions
) -> tuple[Act, ...]:
    """Where a function keeps how far it has come, and how many of its steps come before that."""
    calls = [node for node in _own_nodes(function) if isinstance(node, ast.Call)]
    whole = file.span(function)
    found = []
    for call in calls:
        key = _progress_key(call, file)
        if not key:
            continue
        start = file.span(call).start
        earlier = [other for other in calls if file.span(other).start < start]
        places = [sites.span(step.site).start for step in steps]
        before = sum(whole.start <= place < start for place in places)
        if any(isinstance(other.func, ast.Name) and functions(other.func.id) is not None for other in earlier):
            before = len(steps)
        found.append(Act("progress", key, sites.add(file.span(call)), before))
    return tuple(found)


def _progress_key(call: ast.Call, file: PythonFile) -> str:
    """What a call keeps of how far the work has come: the name it is kept under; empty for other calls."""
    name = dotted(call.func)
    if name.endswith("Variable.set") and call.args:
        key = file.slice(call.args[0])
        return key if _PROGRESS.search(key) else ""
    return name if _KEEPS.search(name) else ""


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function's body in the order of the text, without those of functions defined in it."""
    todo: list[ast.AST] = list(reversed(function.body))
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            todo += reversed(list(ast.iter_child_nodes(node)))


def _made(nodes: list[ast.AST]) -> dict[str, list[ast.expr]]:
    """What the names of a function are bound to."""
    made: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    made.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            made.setdefault(node.target.id, []).append(node.value)
        elif isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
            made.setdefault(node.optional_vars.id, []).append(node.context_expr)
    return made


def _origin(name: str, made: dict[str, list[ast.expr]], env: Env) -> str:
    """A dotted name whose first part is replaced by what it was made by or imported as."""
    first, dot, rest = name.partition(".")
    if len(made.get(first, ())) == 1:
        first = dotted(made[first][0]).removesuffix("()")
    value = env.get(first.partition(".")[0])
    if isinstance(value, Imported):
        first = ".".join(part for part in (value.module, value.name, first.partition(".")[2]) if part)
    elif isinstance(value, CallOf):
        first = value.function
    return f"{first}{dot}{rest}"


def _posts(nodes: list[ast.AST], file: PythonFile, env: Env, made: dict[str, list[ast.expr]]) -> Iterator[ast.Call]:
    if any(isinstance(node, ast.Constant) and "idempotency" in str(node.value).casefold() for node in nodes):
        return
    for node in nodes:
        if isinstance(node, ast.Call) and _POST.search(_origin(dotted(node.func), made, env)):
            address = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "url"), None)
            words = file.slice(address) if address is not None else ""
            if isinstance(address, ast.Name):
                words += " ".join(file.slice(value) for value in made.get(address.id, ()))
            if not _ASKS.search(words):
                yield node


def _frames(nodes: list[ast.AST], made: dict[str, list[ast.expr]]) -> Iterator[ast.expr]:
    for node in nodes:
        if isinstance(node, ast.Return) and node.value is not None and _is_frame(node.value, made):
            yield node.value
        elif isinstance(node, ast.Call) and dotted(node.func).endswith("xcom_push"):
            value = next((k.value for k in node.keywords if k.arg == "value"), None) or next(iter(node.args[1:]), None)
            if value is not None and _is_frame(value, made):
                yield value


def _is_frame(node: ast.expr, made: dict[str, list[ast.expr]], within: frozenset[str] = frozenset()) -> bool:
    """Whether an expression is a data frame, whatever of it was bound; names in `within` are asked about already."""
    if isinstance(node, ast.Name):
        inner = within | {node.id}
        values = [value for value in made.get(node.id, ()) if not _again(value, inner)]
        return bool(values) and all(_is_frame(value, made, inner) for value in values)
    if isinstance(node, ast.Call):
        if _FRAME.search(dotted(node.func)):
            return True
        return (
            _again(node, frozenset())
            and isinstance(node.func, ast.Attribute)
            and _is_frame(node.func.value, made, within)
        )
    return False


def _again(node: ast.expr, names: frozenset[str]) -> bool:
    """Whether an expression is another frame made of one: of any, or of what is called one of some names."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SAME_FRAME):
        return False
    inner = node.func.value
    return not names or (isinstance(inner, ast.Name) and inner.id in names) or _again(inner, names)


_CHECKS = re.compile(r"(?:^|\.)(?:run_checkpoint|run_validation_operator)$|checkpoint\w*\.run$", re.I)
_SCANS = re.compile(r"(?:^|\.)scan\w*\.execute$", re.I)
_SCAN_READ = re.compile(r"assert_no|has_|get_|scan_results|is_")


def _unread(nodes: list[ast.AST], made: dict[str, list[ast.expr]]) -> Iterator[ast.Call]:
    """Checks whose result is neither read nor handed on."""
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call, kept = node.value, ""
        elif (
            isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name)
        ):
            call, kept = node.value, node.targets[0].id
        else:
            continue
        if kept in read:
            continue
        name = dotted(call.func)
        if _CHECKS.search(name):
            yield call
        elif _SCANS.search(name):
            scan = name.rpartition(".")[0]
            made_by = [dotted(value) for value in made.get(scan, ())]
            looks = any(
                isinstance(other, ast.Attribute) and dotted(other.value) == scan and _SCAN_READ.match(other.attr)
                for other in nodes
            )
            handed_on = any(
                isinstance(other, ast.Call) and any(isinstance(a, ast.Name) and a.id == scan for a in other.args)
                for other in nodes
            )
            if any(text.rpartition(".")[2] == "Scan" for text in made_by) and not looks and not handed_on:
                yield call


def _parameters(function: Function) -> Iterator[ast.arg]:
    arguments = function.args
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    if arguments.kwarg is not None:
        yield arguments.kwarg


_CONTEXT = frozenset(("context", "get_current_context", "dag_run", "ti", "task_instance", "data_interval"))


def _takes_window(node: ast.AST) -> TypeGuard[ast.expr | ast.arg]:
    """Whether a node names the window of the run, or the context that holds it."""
    if isinstance(node, ast.arg | ast.Name):
        word = node.arg if isinstance(node, ast.arg) else node.id
    elif isinstance(node, ast.Attribute):
        word = node.attr
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        word = node.value
    else:
        return False
    return word in _CONTEXT or bool(WINDOW.search(word))
