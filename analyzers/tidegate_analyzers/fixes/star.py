"""Write out the columns that a `*` stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.fixes.layout import in_select_list
from tidegate_analyzers.fixes.sql_names import qualifier, spelled
from tidegate_analyzers.graph.available import Available, columns_of_shape
from tidegate_analyzers.readers.dbt.query import conditions_in, query_in, query_where
from tidegate_analyzers.readers.sql.scopes import Bound, QueryMap, Scope
from tidegate_analyzers.readers.sql.scopes.names import relation_named
from tidegate_analyzers.syntax.jinja import scan
from tidegate_analyzers.syntax.sql import identifier_span
from tidegate_analyzers.syntax.sql_words import Word, masked, sql_words
from tidegate_analyzers.syntax.template.conditions import decided
from tidegate_analyzers.text import Change, Document, Span, apply_edits

_MODIFIERS = frozenset(("except", "exclude", "replace", "rename"))
_BEHIND = frozenset(
    ("from", "where", "group", "order", "having", "qualify", "limit", "union", "intersect", "except", "minus", "window")
)
_MAX_CONDITIONS = 5


@dataclass(frozen=True, slots=True)
class StarItem:
    """A star of a select list.

    Attributes:
        span: from its qualifier to the end of what it leaves out or replaces.
        qualifier: the qualifier as written, empty for a bare star.
        scope: the SELECT.
        bounds: the relations whose columns it stands for.
        without: the columns it leaves out, case folded.
        renamed: new names as written, by folded old ones.
        replaced: expressions as written with their names, by folded name.
    """

    span: Span
    qualifier: str
    scope: Scope
    bounds: tuple[Bound, ...]
    without: frozenset[str]
    renamed: dict[str, str]
    replaced: dict[str, str]


@fix("columns.expand-star")
def expand_star(workspace: Workspace, path: str, site: str) -> Change | None:
    """Every column in the place of the star at a site."""
    document = workspace.document(path)
    return expanded(workspace, document, workspace.span(path, site).start)[1] if document is not None else None


def expanded(workspace: Workspace, document: Document, offset: int) -> tuple[int, Change | None]:
    """The change that writes out the star an offset touches, and how many columns that are.

    It is made only where every column is known whatever the conditions of the template come to, and where the query
    gives the same columns afterwards.
    """
    role = workspace.graph.layout.role(document.path)
    query = query_in(document.text, role.dialect) if role is not None and role.resource != "macro" else None
    star = star_at(document, query, role.dialect, offset) if query is not None and role is not None else None
    if query is None or star is None or role is None:
        return 0, None
    items = _items(workspace, document, query, star, role.dialect)
    if not items or not _holds_always(workspace, document, role.dialect, star.span.start, items):
        return 0, None
    span, text = in_select_list(document, star.span, items)
    change = Change((edit(document, span, text),))
    after = query_in(apply_edits(document.text, change.edits), role.dialect)
    if after is None or _given(workspace, document, after) != _given(workspace, document, query):
        return 0, None
    return len(items), change


def _given(workspace: Workspace, document: Document, query: QueryMap) -> tuple[list[str], bool]:
    found, complete = columns_of_shape(workspace.view, document.path, query, query.shape)
    return [column.name.casefold() for column in found], complete


def star_at(document: Document, query: QueryMap, dialect: str, offset: int) -> StarItem | None:
    """The star that an offset touches."""
    for scope in query.scopes:
        for projection, star in _stars(scope):
            place = identifier_span(projection)
            if place is None or place.start > offset or query.source.parsed.template.within(place.start, place.end):
                continue
            found = _star(document, query, scope, projection, star, dialect)
            if found is not None and found.span.contains(offset):
                return found
    return None


def _stars(scope: Scope) -> Iterator[tuple[exp.Expression, exp.Star]]:
    if not isinstance(scope.node, exp.Select):
        return
    for projection in scope.node.expressions:
        if isinstance(projection, exp.Star):
            yield projection, projection
        elif isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star):
            yield projection, projection.this


def _star(
    document: Document, query: QueryMap, scope: Scope, projection: exp.Expression, star: exp.Star, dialect: str
) -> StarItem | None:
    start, sign = identifier_span(projection), star.meta.get("start")
    if start is None or sign is None or star.args.get("ilike") is not None:
        return None
    name = ""
    bounds = [bound for bound in scope.relations if not bound.hidden]
    if projection is not star:
        part = projection.args.get("table")
        named = relation_named(scope, part.name.casefold())[0] if isinstance(part, exp.Identifier) else None
        if named is None or named not in bounds:
            return None
        name, bounds = document.text[start.start : sign].rstrip(". \t"), [named]
    words = sql_words(masked(document.text, scan(document.text)), dialect, sign + 1)
    read = _modifiers(document, words, sign + 1)
    if read is None:
        return None
    end, replaced, renamed = read
    without = frozenset(item.name.casefold() for item in star.args.get("except_") or ())
    if len(replaced) != len(star.args.get("replace") or ()) or len(renamed) != len(star.args.get("rename") or ()):
        return None
    return StarItem(Span(start.start, end), name, scope, tuple(bounds), without, renamed, replaced)


def _modifiers(
    document: Document, words: Iterator[Word], end: int
) -> tuple[int, dict[str, str], dict[str, str]] | None:
    """What follows a star: its end, what it replaces, and what it renames; `None` if that can't be read."""
    text = document.text
    replaced: dict[str, str] = {}
    renamed: dict[str, str] = {}
    word = next(words, None)
    while word is not None and word.kind == "name" and (kind := text[word.start : word.end].casefold()) in _MODIFIERS:
        opening = next(words, None)
        if opening is None or opening.kind != "open":
            # Snowflake: `* exclude a`, `* rename a as b`.
            if kind not in ("exclude", "rename") or opening is None:
                return None
            group = [opening, *(next(words, opening) for _ in range(2 if kind == "rename" else 0))]
            end = group[-1].end
            parts = [group]
        else:
            parts, end = _parts(text, words)
        for part in parts:
            if any(item.kind == "comment" for item in part) or not part:
                return None
            if kind in ("except", "exclude"):
                continue
            if len(part) < 3 or text[part[-2].start : part[-2].end].casefold() != "as":
                return None
            name = text[part[-1].start : part[-1].end]
            before = text[part[0].start : part[-3].end]
            if kind == "rename":
                renamed[before.strip('"`').casefold()] = name
            else:
                replaced[name.strip('"`').casefold()] = f"{before} as {name}"
        word = next(words, None)
    ends = word is None or text[word.start] in ",);-{/#" or text[word.start : word.end].casefold() in _BEHIND
    return (end, replaced, renamed) if ends else None


def _parts(text: str, words: Iterator[Word]) -> tuple[list[list[Word]], int]:
    """The words in brackets up to their end, at each comma a new part."""
    parts: list[list[Word]] = [[]]
    depth = 1
    for word in words:
        depth += {"open": 1, "close": -1}.get(word.kind, 0)
        if not depth:
            return parts, word.end
        if depth == 1 and text[word.start : word.end] == ",":
            parts.append([])
        else:
            parts[-1].append(word)
    return [[]], len(text)


def _items(workspace: Workspace, document: Document, query: QueryMap, star: StarItem, dialect: str) -> list[str] | None:
    """The columns as they are written; `None` where not all are known."""
    visible = [bound for bound in star.scope.relations if not bound.hidden]
    known = {id(bound): columns_of_shape(workspace.view, document.path, query, bound.shape) for bound in visible}
    merged = frozenset[str]().union(*(bound.using for bound in visible))
    if any(not known[id(bound)][1] for bound in star.bounds) or _hides(query, visible):
        return None
    if merged and not star.qualifier and not _merges_first(known[id(visible[0])][0], merged):
        return None
    items: list[str] = []
    for bound in star.bounds:
        columns = known[id(bound)][0]
        if any(count > 1 for count in Counter(column.name.casefold() for column in columns).values()):
            return None
        others = [known[id(other)] for other in visible if other is not bound]
        for column in columns:
            folded = column.name.casefold()
            if folded in star.without or (not star.qualifier and folded in merged and bound is not visible[0]):
                continue
            if folded in star.replaced:
                items.append(star.replaced[folded])
                continue
            name = spelled(workspace, document, column, dialect)
            if folded not in merged or star.qualifier:
                name = _qualified(workspace, document, star, bound, name, folded, others)
            if not name:
                return None
            items.append(f"{name} as {star.renamed[folded]}" if folded in star.renamed else name)
    return items


def _hides(query: QueryMap, bounds: list[Bound]) -> bool:
    """Whether what looks like an alias is a block that may render to more."""
    within = query.source.parsed.template.within
    return any(bound.alias_span is not None and within(*bound.alias_span) for bound in bounds)


def _merges_first(columns: list[Available], merged: frozenset[str]) -> bool:
    """Whether the column that USING merges is the first anyway: databases differ in where they put it."""
    return len(merged) == 1 and bool(columns) and columns[0].name.casefold() in merged


def _qualified(
    workspace: Workspace,
    document: Document,
    star: StarItem,
    bound: Bound,
    name: str,
    folded: str,
    others: list[tuple[list[Available], bool]],
) -> str:
    """A column with the name of its relation where another may have one of its name."""
    if not name or not any(
        not complete or any(column.name.casefold() == folded for column in columns) for columns, complete in others
    ):
        return name
    relation = star.qualifier or qualifier(workspace, document, bound)
    return f"{relation}.{name}" if relation else ""


def _holds_always(workspace: Workspace, document: Document, dialect: str, start: int, items: list[str]) -> bool:
    """Whether the star stands for the same columns in every arm of the template that has it."""
    conditions = conditions_in(document.text)
    if len(conditions) > _MAX_CONDITIONS:
        return False
    for condition in conditions:
        known = decided(condition, dialect)
        for truth in (True, False):
            if truth == known:
                continue
            query = query_where(document.text, dialect, {condition: truth})
            if query is None:
                return False
            star = star_at(document, query, dialect, start)
            if star is not None and _items(workspace, document, query, star, dialect) != items:
                return False
    return True
