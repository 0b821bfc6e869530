"""Renaming what stands inside of queries: columns, common table expressions and aliases.

A column keeps its old name wherever a query passes it on without giving it one: `select amount` becomes `select total
as amount`, so that nothing behind it changes. What passes on all columns by a star passes on the new name, and is
followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Site, Value, columns
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.boundaries import boundary_of
from tidegate_analyzers.graph.columns import ColumnKey, dataset_columns, dataset_of, readers
from tidegate_analyzers.graph.contracts import contract_object, described
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.columns.places import ColumnPlace, carriers, of_alias, of_column, of_cte, of_key, source_of
from tidegate_analyzers.ide.columns.query import query_of
from tidegate_analyzers.ide.columns.spots import Spot, root_of, spot_at
from tidegate_analyzers.ide.rename.common import CONTRACTS, PROJECT, Refused, Renamable
from tidegate_analyzers.readers.sql.scopes import Col, QueryMap
from tidegate_analyzers.text import Change, Document, Edit, Note, Span
from tidegate_analyzers.workspace import Snapshot

_NAME = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_QUOTES = {'"': '"', "`": "`", "[": "]"}
LIKELY = Note("Likely", "Places that are likely, but not for certain, of this column", confirm=True)
KEEP = Note("Keep the old name too", "The column is published: others may go by its old name", True, optional=True)
_KEYED = frozenset(
    (
        "unique_key",
        "partition_by",
        "cluster_by",
        "merge_update_columns",
        "merge_exclude_columns",
        "sort",
        "dist",
        "order_by",
        "updated_at",
        "check_cols",
        "event_time",
        "loaded_at_field",
    )
)
"""Settings that name columns of the model they stand at."""


class ColumnRenamer:
    """Renames columns, CTEs and aliases."""

    def prepare(self, view: View, snapshot: Snapshot, document: Document, offset: int) -> Renamable | None:
        """The name at an offset."""
        spot = spot_at(view, document, offset)
        if spot is None:
            return None
        if spot.kind == "column":
            _home(view, spot)
        span = _inner(document, spot.span)
        # A range that is shown holds the cursor, also where that is beside a quote.
        return Renamable(span if span.contains(offset) else spot.span, document.slice(span))

    def rename(self, view: View, snapshot: Snapshot, document: Document, offset: int, name: str) -> Change | None:
        """The edits of a rename."""
        spot = spot_at(view, document, offset)
        if spot is None:
            return None
        if not _NAME.match(name):
            raise Refused(f"'{name}' is no name that SQL takes without quotes: letters, digits and _ make one")
        if spot.kind != "column":
            assert spot.query is not None
            return Change(tuple(_inside(document, spot, name)))
        home = _home(view, spot)
        renaming = _Renaming(view, snapshot, name)
        if home is None:
            assert spot.query is not None
            return renaming.local(document, spot.query, root_of(spot.made[0]))
        return renaming.of_dataset(home)


def _inside(document: Document, spot: Spot, name: str) -> Iterator[Edit]:
    """The edits of a CTE or an alias, which no other file knows."""
    query = spot.query
    assert query is not None
    taken = {cte.name.casefold() for cte in query.ctes} if spot.cte is not None else set()
    if spot.bound is not None and spot.cte is None:
        taken = {b.name for scope in query.scopes if spot.bound in scope.relations for b in scope.relations}
    if name.casefold() in taken and name.casefold() != spot.name.casefold():
        raise Refused(f"the query has a '{name}' already")
    places = (
        of_cte(query, document.path, spot.cte)
        if spot.cte is not None
        else of_alias(query, document.path, spot.bound)
        if spot.bound is not None
        else iter(())
    )
    found = list(dict.fromkeys(place.span for place in places))
    _refuse_unread(query, spot.name, found)
    for span in found:
        yield Edit(document.path, _inner(document, span), name)


def _home(view: View, spot: Spot) -> ColumnKey | None:
    """The column that would be renamed, before stars passed it on; `None` for one that is the file's own.

    Raises:
        Refused: it has no name that can be changed here.
    """
    if spot.made and not (spot.mention is None and spot.keys):
        if len({id(root_of(column)) for column in spot.made}) > 1 or spot.keys:
            raise Refused(f"several relations are united here, and each of them has a '{spot.name}'")
        if root_of(spot.made[0]).span is None:
            raise Refused(f"a macro makes '{spot.name}'")
        return None
    homes = {source_of(view, key)[0] for key in spot.keys}
    if len(homes) != 1:
        raise Refused(f"'{spot.name}' may be a column of several relations")
    home = homes.pop()
    if not isinstance(home.dataset, NodeKey):
        raise Refused(f"'{spot.name}' is a column of a source, whose names are given elsewhere")
    column = dataset_columns(view, home.dataset).get(home.name)
    if column is None or not column.is_made or not column.site:
        raise Refused(f"it is not known where '{home.dataset.name}' makes '{spot.name}'")
    project = view.layout.project_of(home.dataset.path)
    if project is not None and project.installed:
        raise Refused(f"'{home.dataset.name}' belongs to the installed package '{project.name}'")
    return home


class _Renaming:
    def __init__(self, view: View, snapshot: Snapshot, name: str) -> None:
        self.view = view
        self.snapshot = snapshot
        self.name = name
        self.edits: dict[tuple[str, Span], Edit] = {}
        self.kept: dict[tuple[str, Span], Edit] = {}

    # -- a column that only one file knows ----------------------------------------------------------------------------

    def local(self, document: Document, query: QueryMap, column: Col) -> Change:
        """The edits of a column of a CTE or subquery."""
        self._refuse_taken(query, column)
        places = list(of_column(query, document.path, column))
        self._refuse_alias(query, document, column.name)
        _refuse_unread(query, column.name, [place.span for place in places])
        for place in places:
            self._in_query(document, query, place, column)
        return self._change()

    def _refuse_taken(self, query: QueryMap, column: Col) -> None:
        for scope in query.scopes:
            shape = scope.shape
            if any(item is column for item in shape.items) and shape.column(self.name.casefold()) not in (None, column):
                raise Refused(f"the query gives a column '{self.name}' already")

    def _refuse_alias(self, query: QueryMap, document: Document, name: str) -> None:
        """Refuse where a clause before the select list names what this makes, or else a column of an input."""
        mentions = (item for item in query.mentions if item.name.casefold() == name.casefold())
        for number, column in {edge for mention in mentions for edge in mention.found.unless}:
            relation = query.inputs[number].relation if number >= 0 else None
            dataset = dataset_of(self.view, document.path, relation) if relation is not None else None
            known = dataset_columns(self.view, dataset) if dataset is not None else None
            if known is None or not known.complete or known.get(column) is not None:
                raise Refused(f"in {document.path}, '{name}' may be one that is read, or one that is made of it")

    # -- a column of a dataset ----------------------------------------------------------------------------------------

    def of_dataset(self, home: ColumnKey) -> Change:
        """The edits of a column that a model or seed gives."""
        assert isinstance(home.dataset, NodeKey)
        taken = dataset_columns(self.view, home.dataset).get(self.name)
        if taken is not None and taken.kind != "catalog" and self.name.casefold() != home.name:
            raise Refused(f"'{home.dataset.name}' has a column '{self.name}' already")
        for place in of_key(self.view, home):
            document = self._document(place.path)
            query = query_of(self.view, document)
            if place.access == "made" and document.slice(_inner(document, place.span)).casefold() != home.name:
                raise Refused(f"a macro makes '{home.name}' in {document.path}")
            if query is None:
                self._replace(document, place.span, self.name, PROJECT if place.certain else LIKELY)
            elif place.access == "made":
                self._producer(document, query, place)
            else:
                self._in_query(document, query, place, None)
        for carrier in carriers(self.view, home):
            for reader in readers(self.view, carrier.dataset):
                document = self._document(reader.path)
                query = query_of(self.view, document)
                if query is not None:
                    self._refuse_alias(query, document, carrier.name)
            self._settings(carrier)
            self._contracts(carrier)
        return self._change()

    def _document(self, path: str) -> Document:
        document = self.snapshot.document(path)
        project = self.view.layout.project_of(path)
        if document is None:
            raise Refused(f"{path} can't be read")
        if project is not None and project.installed:
            raise Refused(f"the installed package '{project.name}' uses it in {path}")
        return document

    def _producer(self, document: Document, query: QueryMap, place: ColumnPlace) -> None:
        column = next(
            (
                root_of(item)
                for scope in query.scopes
                for item in scope.shape.columns()
                if item.span is not None and item.span.start == place.span.start
            ),
            None,
        )
        if column is None:
            raise Refused(f"it is not known where {document.path} makes '{document.slice(place.span)}'")
        if sum(item.name.casefold() == column.name.casefold() for item in query.shape.columns()) > 1:
            raise Refused(f"{document.path} makes '{column.name}' more than once")
        places = list(of_column(query, document.path, column))
        self._refuse_alias(query, document, column.name)
        _refuse_unread(query, column.name, [item.span for item in places])
        for item in places:
            self._in_query(document, query, item, column)
        for node in self._nodes(document.path):
            if boundary_of(self.view, node) is not None and column.span is not None and column in query.shape.items:
                self._keep_old(document, query, column)

    def _nodes(self, path: str) -> Iterator[NodeKey]:
        facts = self.view.facts(path)
        for number, node in enumerate(facts.nodes if facts is not None else ()):
            yield NodeKey(path, number, node.name, node.kind)

    def _keep_old(self, document: Document, query: QueryMap, column: Col) -> None:
        if column.span is None or column.tree is None:
            return
        written = query.source.span_of(column.tree)
        if written is None:
            return
        text = document.text[written.start : written.end]
        text = text if written == column.span else f"{text} as {column.name}"
        edit = Edit(document.path, Span(column.span.end, column.span.end), f", {text}", KEEP)
        self.kept[document.path, edit.span] = edit

    def _in_query(self, document: Document, query: QueryMap, place: ColumnPlace, made: Col | None) -> None:
        """One place in SQL: a bare item of a select list keeps its name behind `as`."""
        mention = query.at.get(place.span.start)
        if mention is not None and mention.clause == "using":
            raise Refused(f"{document.path} joins by it with USING, which needs the same name on both sides")
        bare = next(
            (
                item
                for scope in query.scopes
                for item in scope.shape.columns()
                if item.tree is not None and item.span == place.span and mention is not None
            ),
            None,
        )
        note = PROJECT if place.certain else LIKELY
        if bare is None:
            self._replace(document, place.span, self.name, note)
        elif bare is made:
            # It got its name from what it passes on: now it has one of its own.
            self._replace(document, Span(place.span.end, place.span.end), f" as {self.name}", note)
        else:
            old = document.slice(_inner(document, place.span))
            self._replace(document, place.span, self.name, note, behind=f" as {old}")

    def _replace(self, document: Document, span: Span, text: str, note: Note, behind: str = "") -> None:
        inner = _inner(document, span)
        if behind and inner != span:
            text = document.text[span.start : inner.start] + text + document.text[inner.end : span.end] + behind
            inner = span
        else:
            text += behind
        self.edits.setdefault((document.path, inner), Edit(document.path, inner, text, note))

    def _change(self) -> Change:
        # What is inserted at one place comes in this order: the new name, then the old one beside it.
        edits = [*self.edits.values(), *self.kept.values()]
        return Change(tuple(sorted(edits, key=lambda edit: (edit.path, edit.span.start))))

    # -- settings and contracts ---------------------------------------------------------------------------------------

    def _settings(self, home: ColumnKey) -> None:
        assert isinstance(home.dataset, NodeKey)
        for path, setting in dbt.settings_of(self.view, home.dataset):
            if setting.name in _KEYED and setting.value.site:
                self._words(path, setting.value, home.name)

    def _words(self, path: str, value: Value, old: str) -> None:
        read = self.snapshot.read(path)
        if read is None:
            return
        document = self._document(path)
        span = read.span(value.site)
        text = document.text[span.start : span.end]
        pattern = rf"""(?<=['"]){re.escape(old)}(?=['"])|\A{re.escape(old)}\Z"""
        for match in re.finditer(pattern, text, re.I):
            place = Span(span.start + match.start(), span.start + match.end())
            self._replace(document, place, self.name, PROJECT)

    def _contracts(self, home: ColumnKey) -> None:
        assert isinstance(home.dataset, NodeKey)
        alias = dbt.config_value(self.view, home.dataset, "alias")
        table = str(alias.value) if alias is not None and alias.known else home.dataset.name
        for posting, _ in described(self.view, table.casefold(), (table,)):
            obj = contract_object(self.view, posting)
            for column in columns(obj.columns) if obj is not None else ():
                if column.name.casefold() == home.name:
                    self._replace(
                        self._document(posting.path), self._span(posting.path, column.site), self.name, CONTRACTS
                    )

    def _span(self, path: str, site: Site) -> Span:
        read = self.snapshot.read(path)
        return read.span(site) if read is not None else Span(0, 0)


def _inner(document: Document, span: Span) -> Span:
    """A name without its quotes."""
    text = document.text[span.start : span.end]
    if len(text) > 2 and text[0] in _QUOTES and text[-1] == _QUOTES[text[0]]:
        return Span(span.start + 1, span.end - 1)
    return span


def _refuse_unread(query: QueryMap, name: str, known: list[Span]) -> None:
    """Refuse to rename what also stands in an arm of a condition that is not read.

    Raises:
        Refused: it does.
    """
    template = query.source.parsed.template
    starts = {span.start for span in known}
    for match in re.finditer(rf"(?<![\w'\"]){re.escape(name)}(?!\w)", query.source.text, re.I):
        if match.start() in starts or template.sql[match.start()] != " ":
            continue
        if any(block.start <= match.start() < block.end for block in query.source.scan.blocks):
            continue
        raise Refused(f"'{name}' also stands in a part of the template that only some runs have")
