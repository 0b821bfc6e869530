"""The clause about invalid records in the contracts of what a failure path is written for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tidegate_analyzers.facts import Contract
from tidegate_analyzers.fixes import odcs
from tidegate_analyzers.graph import contracts
from tidegate_analyzers.ide.refactor.asked import Asked
from tidegate_analyzers.text import Edit


def clauses(
    asked: Asked, names: Iterable[tuple[str, ...]], value_of: Callable[[Contract], dict[str, object]]
) -> Iterator[Edit]:
    """The clause in each contract that describes any of some datasets, by their parts, and has none."""
    done: set[tuple[str, int]] = set()
    for parts in names:
        for posting, _ in contracts.described(asked.view, parts[-1].casefold(), parts):
            contract = contracts.contract_of(asked.view, posting)
            where = (posting.path, posting.number)
            if contract is None or where in done or contract.extension("invalidRecords") is not None:
                continue
            done.add(where)
            made = odcs.custom_property(asked.workspace, *where, "tidegate.invalidRecords", value_of(contract))
            yield from made.edits if made is not None else ()
