"""What a file is to its workspace. Part of every cache key: the same text read in another role says other things."""

from __future__ import annotations

from tidegate_analyzers.facts import Fact


class Role(Fact, frozen=True, array_like=True, gc=False):
    """The part a file plays.

    Attributes:
        kind: `dbt_project`, `dbt_sql`, `dbt_python`, `dbt_seed`, `dbt_yaml`, `dbt_catalog`, `yaml`, `python`, `sql`,
            `packages`, `config`, `json`, `properties`, `shell`, `scala`, `java` or `notebook`.
        resource: for dbt files, `model`, `snapshot`, `test`, `analysis` or `macro`.
        dialect: the SQL dialect; empty where not known.
        materialized: what the project file says this model's folder is materialized as; empty if nothing.
        outline: read only what others may name: the file belongs to an installed package.
    """

    kind: str
    resource: str = ""
    dialect: str = ""
    materialized: str = ""
    outline: bool = False

    @property
    def key(self) -> str:
        """The role as text, for cache keys."""
        return "|".join((self.kind, self.resource, self.dialect, self.materialized, "outline" if self.outline else ""))
