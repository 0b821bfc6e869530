"""Making loads safe to run again: delete the run's window first, merge by key, replace a partition.

All of these change what runs, so they are offered, shown and confirmed, never applied by themselves.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from tidegate_analyzers.facts import Relation, SqlText, Write
from tidegate_analyzers.fixes.base import Workspace, edit, fix, indent_of
from tidegate_analyzers.fixes.known import known_dataset
from tidegate_analyzers.graph.contracts import contract_object
from tidegate_analyzers.readers.sql.guess import parse_any
from tidegate_analyzers.readers.sql.inserts import inserted_columns
from tidegate_analyzers.syntax.python import PythonFile, literal_fragment, parse_python
from tidegate_analyzers.syntax.sql import Statement
from tidegate_analyzers.text import Change, Document, Edit, Span

_WINDOW_TEMPLATE = "{{ ds }}"
_QUALIFIER = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w*\.(?=[A-Za-z_\"`])")
_CONFLICT_DIALECTS = frozenset(("postgres", "duckdb", "sqlite", "cockroach"))


@dataclass(frozen=True, slots=True)
class _Place:
    """A statement in a text: where it is, and how to write SQL there."""

    document: Document
    sql: str
    """The text that holds the statement: the file, or the string it stands in."""
    statement: Statement
    write: Write
    text: SqlText
    to_source: Callable[[Span], Span]
    in_python: bool


def _place(workspace: Workspace, path: str, text_index: str, order: str) -> _Place | None:
    document = workspace.document(path)
    facts = workspace.view.facts(path)
    read = workspace.graph.files.get(path)
    if document is None or facts is None or read is None or int(text_index) >= len(facts.sql):
        return None
    text = facts.sql[int(text_index)]
    write = next((w for w in text.writes if w.order == int(order)), None) or next(
        (w for w in text.writes if w.mode == "insert"), None
    )
    if write is None:
        return None
    at = read.span(write.site).start
    if path.endswith(".py"):
        return _in_python(document, text, write, at)
    _, parsed = parse_any(document.text, workspace.graph.layout.options.dialect)
    statement = next((s for s in parsed.statements if s.span.start <= at < s.span.end), None)
    return (
        _Place(document, document.text, statement, write, text, lambda span: span, False)
        if statement is not None
        else None
    )


def _in_python(document: Document, text: SqlText, write: Write, at: int) -> _Place | None:
    file = parse_python(document.text)
    literal = _literal_at(file, at)
    if literal is None:
        return None
    fragment = literal_fragment(file.text, file.span(literal))
    _, parsed = parse_any(fragment.text, "")
    for statement in parsed.statements:
        if fragment.source_span(statement.span).start <= at < fragment.source_span(statement.span).end:
            return _Place(document, fragment.text, statement, write, text, fragment.source_span, True)
    return None


def _literal_at(file: PythonFile, at: int) -> ast.expr | None:
    """The outermost string literal around an offset."""
    found: ast.expr | None = None
    for node in ast.walk(file.tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            span = file.span(node)
            if span.start <= at < span.end and (found is None or file.span(found).covers(span) is False):
                found = node
    return found


@fix("sql.delete-window")
def delete_window(workspace: Workspace, path: str, text_index: str, order: str) -> Change | None:
    """Delete the rows of the run's window before they are inserted."""
    place = _place(workspace, path, text_index, order)
    if place is None or place.statement.tree is None:
        return None
    written = _written_target(place)
    delete = f"DELETE FROM {written} WHERE {_window(place)}"
    return Change((_before(place, delete),))


def _written_target(place: _Place) -> str:
    """The target as the statement spells it, f-string fields included."""
    match = re.match(
        r"\s*(?:with\b.*?\b)?insert\s+(?:into\s+)?(?:table\s+)?((?:\{\{.*?\}\}|[`\"\w.$\[\]{}-])+)",
        place.sql[place.statement.span.start : place.statement.span.end],
        re.I | re.S,
    )
    return match.group(1) if match else str(place.write.target)


def _window(place: _Place) -> str:
    """The condition by which the statement takes its window; a placeholder where it takes none."""
    conditions = [r.text for arm in place.write.arms for r in arm if r.kind in ("window", "wall_clock")]
    plain = [_QUALIFIER.sub("", text) for text in dict.fromkeys(conditions) if "(" not in text.split("=")[0]]
    if plain and all(text.count("(") == text.count(")") for text in plain):
        return " AND ".join(plain)
    return f"\"<batch_column>\" = '{_WINDOW_TEMPLATE}'"


def _before(place: _Place, sql: str) -> Edit:
    start = _source(place, place.statement.span).start
    if place.in_python:
        opened = _opening(place.document.text, start)
        if "f" in opened.lower():
            sql = sql.replace("{{ ", "{{{{ ").replace(" }}", " }}}}")
        if '"""' not in opened and "'''" not in opened:
            quote = opened[-1:]
            sql = sql.replace(quote, "\\" + quote)
            return edit(place.document, (start, start), f"{sql}; ")
    indent = indent_of(place.document, start) if place.document.text[:start].rpartition("\n")[2].strip() == "" else ""
    return edit(place.document, (start, start), f"{sql};\n{indent}")


def _source(place: _Place, span: Span) -> Span:
    return place.to_source(span)


def _opening(text: str, at: int) -> str:
    """The prefix and quotes of the string literal that an offset lies in."""
    found = re.findall(r"([A-Za-z]{0,2}(?:'''|\"\"\"|'|\"))", text[max(0, at - 400) : at])
    for opening in reversed(found):
        if opening.endswith(("'''", '"""')):
            return str(opening)
    return str(found[-1]) if found else '"'


@fix("sql.merge")
def merge(workspace: Workspace, path: str, text_index: str, order: str) -> Change | None:
    """Turn the INSERT into one that matches by key."""
    place = _place(workspace, path, text_index, order)
    if place is None or not isinstance(place.statement.tree, exp.Insert):
        return None
    tree = place.statement.tree
    columns = inserted_columns(tree)
    key = _key(workspace, place.write.target, path)
    if not columns:
        return None
    spelled_key = key or ('"<key>"',)
    span = place.statement.span
    rest = [column for column in columns if column not in key]
    original = place.sql[span.start : span.end]
    query_at = re.search(r"\b(?:with|select)\b", original, re.I)
    if query_at is None:
        return None
    dialect = _dialect_of(workspace, place, path)
    if dialect in _CONFLICT_DIALECTS:
        action = "DO UPDATE SET " + ", ".join(f"{c} = EXCLUDED.{c}" for c in rest) if rest and key else "DO NOTHING"
        target_list = "" if isinstance(tree.this, exp.Schema) else f" ({', '.join(columns)})"
        head = original[: query_at.start()].rstrip()
        new = f"{head}{target_list} {original[query_at.start() :]}\nON CONFLICT ({', '.join(spelled_key)}) {action}"
    else:
        on = " AND ".join(f"target.{c} = source.{c}" for c in spelled_key)
        update = f"\nWHEN MATCHED THEN UPDATE SET {', '.join(f'{c} = source.{c}' for c in rest)}" if rest else ""
        new = (
            f"MERGE INTO {_written_target(place)} AS target\nUSING ({original[query_at.start() :]}) AS source\nON {on}{update}\n"
            f"WHEN NOT MATCHED THEN INSERT ({', '.join(columns)}) VALUES ({', '.join(f'source.{c}' for c in columns)})"
        )
    source = _source(place, span)
    if place.in_python and "f" in _opening(place.document.text, source.start).lower():
        return None  # the fields of an f-string would have to be written again
    if place.in_python and not _opening(place.document.text, source.start).endswith(("'''", '"""')):
        quote = _opening(place.document.text, source.start)[-1]
        new = new.replace("\n", " ").replace(quote, "\\" + quote)
    return Change((edit(place.document, source, new),))


def _key(workspace: Workspace, target: Relation, path: str) -> tuple[str, ...]:
    view = workspace.view
    for posting in view.find(f"contract:{target.name}"):
        obj = contract_object(view, posting)
        if obj is not None and obj.key:
            return obj.key
    return known_dataset(view, str(target), path).key


def _dialect_of(workspace: Workspace, place: _Place, path: str) -> str:
    """The dialect of a statement: that of the operator that runs it, or of the configuration."""
    from tidegate_analyzers.graph import tasks
    from tidegate_analyzers.readers.airflow.operators import dialect_of

    view = workspace.view
    operators = [task.operator for _, _, task in tasks.runners(view, path)]
    facts = view.facts(path)
    for dag in facts.dags if facts is not None else ():
        operators += [
            task.operator
            for task in dag.tasks
            if any(
                step.kind == "sql" and facts is not None and facts.sql[step.index] is place.text for step in task.steps
            )
        ]
    found = {dialect_of(operator) for operator in operators} - {""}
    return found.pop() if len(found) == 1 else workspace.graph.layout.options.dialect


@fix("append.replace-partition")
def replace_partition(workspace: Workspace, path: str, site: str) -> Change | None:
    """Let the load job replace the partition of its run."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    file = parse_python(document.text)
    call = _call_with(file, span)
    table = (
        next(
            (
                k.value
                for k in call.keywords
                if k.arg in ("destination_project_dataset_table", "destination_dataset_table")
            ),
            None,
        )
        if call is not None
        else None
    )
    word = document.slice(span)
    if table is None or not isinstance(table, ast.Constant | ast.JoinedStr) or "WRITE_APPEND" not in word:
        return None
    place = file.span(table)
    literal = document.slice(place)
    decorator = "${{{{ ds_nodash }}}}" if literal[:1].lower() == "f" else "${{ ds_nodash }}"
    if "$" in literal or not literal.endswith(("'", '"')) or literal.endswith(('"""', "'''")):
        return None
    return Change(
        (
            edit(document, (place.end - 1, place.end - 1), decorator),
            edit(document, span, word.replace("WRITE_APPEND", "WRITE_TRUNCATE")),
        )
    )


def _call_with(file: PythonFile, span: Span) -> ast.Call | None:
    """The innermost call that has an argument at a span."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call) and any(file.span(k.value) == span for k in node.keywords):
            return node
    return None


@fix("airflow.template-date")
def template_date(workspace: Workspace, path: str, site: str) -> Change | None:
    """Put the run's own date in the place of today's."""
    document = workspace.document(path)
    if document is None:
        return None
    file = parse_python(document.text)
    span = workspace.span(path, site)
    node = _chain_around(file, span)
    if node is None:
        return None
    place, template = file.span(node), _template_for(file, node)
    inside = _literal_at(file, span.start)
    if isinstance(inside, ast.JoinedStr):
        text = document.text
        start, end = text.rfind("{", 0, place.start), text.find("}", place.end)
        return Change((edit(document, (start, end + 1), "{{" + template + "}}"),)) if start >= 0 <= end else None
    return Change((edit(document, place, f'"{template}"'),))


def _chain_around(file: PythonFile, span: Span) -> ast.expr | None:
    """The longest chain of calls that begins with the call at a span: `datetime.now().strftime(...)`."""
    best: ast.expr | None = None
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call | ast.Attribute):
            place = file.span(node)
            if (
                place.start == span.start
                and place.end >= span.end
                and (best is None or place.end > file.span(best).end)
            ):
                best = node
    while isinstance(best, ast.Attribute):
        best = best.value
    return best


def _template_for(file: PythonFile, node: ast.expr) -> str:
    written = file.slice(node)
    match = re.search(r"strftime\(\s*['\"]([^'\"]+)['\"]", written)
    if match is None:
        return "{{ ds }}" if "date" in written and "isoformat" not in written else "{{ data_interval_start }}"
    return {"%Y-%m-%d": "{{ ds }}", "%Y%m%d": "{{ ds_nodash }}"}.get(
        match.group(1), "{{ data_interval_start.strftime('" + match.group(1) + "') }}"
    )


@fix("dag.owner")
def dag_owner(workspace: Workspace, path: str, number: str) -> Change | None:
    """Name an owner in default_args."""
    document = workspace.document(path)
    facts = workspace.view.facts(path)
    read = workspace.graph.files.get(path)
    if document is None or facts is None or read is None or int(number) >= len(facts.dags):
        return None
    file = parse_python(document.text)
    owners = workspace.graph.layout.owners_of(path)
    who = owners[0].rpartition("/")[2].lstrip("@") if owners else "<team>"
    whole = read.span(facts.dags[int(number)].whole)
    call = next((n for n in ast.walk(file.tree) if isinstance(n, ast.Call) and file.span(n) == whole), None)
    if call is None:
        return None
    given = next((k.value for k in call.keywords if k.arg == "default_args"), None)
    if isinstance(given, ast.Name):
        given = _dict_of(file, given.id)
    if isinstance(given, ast.Dict):
        return _owner_in(document, file, given, who)
    if given is not None:
        return None
    end = file.span(call).end - 1
    last = max(
        (file.span(k.value).end for k in call.keywords), default=max((file.span(a).end for a in call.args), default=0)
    )
    separator = ", " if last else ""
    return Change((edit(document, (last or end, last or end), f'{separator}default_args={{"owner": "{who}"}}'),))


def _dict_of(file: PythonFile, name: str) -> ast.Dict | None:
    for node in ast.walk(file.tree):
        if (
            isinstance(node, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
            and isinstance(node.value, ast.Dict)
        ):
            return node.value
    return None


def _owner_in(document: Document, file: PythonFile, given: ast.Dict, who: str) -> Change | None:
    for key, value in zip(given.keys, given.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "owner":
            return Change((edit(document, file.span(value), f'"{who}"'),))
    at = file.span(given).start + 1
    if not given.keys:
        return Change((edit(document, (at, at), f'"owner": "{who}"'),))
    first = next((key for key in given.keys if key is not None), None)
    if first is None:
        return Change((edit(document, (at, at), f'"owner": "{who}", '),))
    start = file.span(first).start
    own_line = document.lines.position(start).line != document.lines.position(file.span(given).start).line
    separator = ",\n" + indent_of(document, start) if own_line else ", "
    return Change((edit(document, (start, start), f'"owner": "{who}"{separator}'),))
