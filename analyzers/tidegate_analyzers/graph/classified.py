"""Which columns are said to be sensitive, and where their values go unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tidegate_analyzers.facts import NOWHERE, Column, Site, columns
from tidegate_analyzers.graph import contracts, dbt
from tidegate_analyzers.graph.columns import ColumnKey, Dataset, dataset_columns, upstream
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View

_SENSITIVE = frozenset(
    (
        "pii", "contains_pii", "is_pii", "has_pii", "phi", "contains_phi", "pci", "sensitive", "is_sensitive",
        "personal", "personal_data", "restricted", "highly_restricted", "confidential", "highly_confidential",
        "strictly_confidential", "secret", "top_secret",
    )
)  # fmt: skip
_LOW = frozenset(("public", "open", "internal", "unrestricted", "unclassified", "non_sensitive", "not_sensitive"))
_HIDDEN = ("mask", "hash", "encrypt", "anonym", "pseudonym", "token", "redact")


class Said(NamedTuple):
    """What is said of a column: the words, and where the first of them stands."""

    words: tuple[str, ...] = ()
    path: str = ""
    site: Site = NOWHERE

    @property
    def sensitive(self) -> str:
        """The word that says it is sensitive, empty where none does."""
        if any(map(_hides, self.words)):
            return ""
        return next(filter(_is_sensitive, self.words), "")

    @property
    def low(self) -> str:
        """The word that says it is not sensitive, where no other says more."""
        return next((word for word in self.words if word in _LOW), "") if not self.settles else ""

    @property
    def settles(self) -> bool:
        """Whether somebody has decided about it: it is sensitive, is hidden, or a mark is denied."""
        return any(_is_sensitive(word) or _hides(word) or word[:1] in ("-", "{") for word in self.words)


def _is_sensitive(word: str) -> bool:
    return word in _SENSITIVE or "policytags/" in word


def _hides(word: str) -> bool:
    return any(part in word for part in _HIDDEN)


def said_of(view: View, key: ColumnKey) -> Said:
    """The words that YAML and contracts have for a column."""

    def compute() -> Said:
        known = dataset_columns(view, key.dataset).get(key.name)
        found: list[tuple[Column, str]] = []
        if known is not None and known.declared is not None:
            found.append((known.declared, known.declared_in))
        found += _in_contracts(view, key)
        words = [
            (word.strip().replace("-", "_").replace(" ", "_") if word[:1] != "-" else word, path, column.site)
            for column, path in found
            for word in column.classes
            if not (word[:1] == "-" and _hides(word))
        ]
        return Said(tuple(word for word, _, _ in words), *words[0][1:]) if words else Said()

    return view.memo(("said", key), compute)


def _in_contracts(view: View, key: ColumnKey) -> Iterator[tuple[Column, str]]:
    for names, parts in _names(view, key.dataset):
        for name in names:
            for posting, obj in contracts.described(view, name, parts):
                if isinstance(key.dataset, NodeKey) and not contracts.may_describe(view, obj, key.dataset):
                    continue
                for column in columns(obj.columns):
                    if key.name in (column.name.casefold(), column.physical.casefold()):
                        yield column, posting.path


def _names(view: View, dataset: Dataset) -> Iterator[tuple[set[str], tuple[str, ...]]]:
    if isinstance(dataset, NodeKey):
        names = contracts.names_of_node(view, dataset)
        yield {name.casefold() for name in names}, names[:1]
        return
    table = dbt.source_of(view, dataset)
    if table is not None and not table.relation.dynamic and len(table.relation.parts) > 1:
        yield {table.relation.name}, table.relation.parts


def leak(view: View, key: ColumnKey) -> tuple[ColumnKey, ...]:
    """The way from a column back to the sensitive one whose values it has unchanged, empty where there is none.

    The first is a column that `key` is made of, the last is sensitive. The way ends where somebody has said of a column
    that it is not.
    """

    def compute() -> tuple[ColumnKey, ...]:
        known = dataset_columns(view, key.dataset).get(key.name)
        if known is None or known.kind != "identity":
            return ()
        for above in upstream(view, key):
            said = said_of(view, above)
            if said.sensitive:
                return (above,)
            if said.settles or said.low:
                continue
            if further := leak(view, above):
                return (above, *further)
        return ()

    return view.follow(("leak", key), compute, ())
