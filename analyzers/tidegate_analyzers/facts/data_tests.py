"""The data tests that a properties file lists; packed, since few rules ask for them."""

from __future__ import annotations

import msgspec

from tidegate_analyzers.facts.base import Fact, Setting, Site


class DataTest(Fact, frozen=True, array_like=True, gc=False):
    """A data test of a model or source table.

    Attributes:
        name: what it is called by, with its package if that is written (`dbt_utils.recency`).
        site: the last part of the name.
        column: the column it stands at, or empty.
        config: what it says of its severity, of storing failures and of being enabled.
    """

    name: str
    site: Site
    column: str = ""
    config: tuple[Setting, ...] = ()

    @property
    def base_name(self) -> str:
        """The name without a package."""
        return self.name.rpartition(".")[2]


_TESTS = msgspec.msgpack.Decoder(tuple[DataTest, ...])


def data_tests(packed: msgspec.Raw) -> tuple[DataTest, ...]:
    """The data tests of a properties entry or source table."""
    return _TESTS.decode(packed)
