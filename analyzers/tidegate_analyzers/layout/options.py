"""What the configuration says to the layers that read and judge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """What the configuration says to the layers that read and judge; `config.Config` makes it.

    Attributes:
        dialect: the SQL dialect where nothing in the workspace tells it.
        airflow: the Airflow version where nothing in the workspace tells it.
        external_contracts: datasets whose contract is kept elsewhere, as regular expressions.
        compatibility: the versioning rule of contracts that name none.
        load_paths: folders of SQL files that something runs, though nothing in the workspace shows it.
        ignored: further folders in which nothing is reported.
        strict: whether what can't be proved is hinted at.
        contracts_folder: where new contracts are created.
        odcs_version: the ODCS version of new contracts.
        exhibit: whether the workspace is itself a collection of examples, so that a folder `examples` shields nothing.
        today: the date, as 2026-01-31; where it is empty nothing is known to be over.
    """

    dialect: str = ""
    airflow: str = ""
    external_contracts: tuple[str, ...] = ()
    compatibility: str = ""
    load_paths: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    strict: bool = False
    contracts_folder: str = "contracts"
    odcs_version: str = "v3.1.0"
    exhibit: bool = False
    today: str = ""
