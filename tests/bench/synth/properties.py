"""The YAML beside the models: properties with columns and tests, sources, exposures, and some enforced contracts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.bench.synth.warehouse import Column, Model, RawTable

MODELS_IN_A_FILE = 10
"""How many models one properties file describes."""

CONTRACT_EVERY = 3
"""Every so many marts one has an enforced contract."""


def has_contract(model: Model, position: int) -> bool:
    """Whether the mart at a position is published under an enforced contract."""
    return model.layer == "marts" and position % CONTRACT_EVERY == 0


def models(described: Sequence[Model]) -> str:
    """The properties of some models of one folder."""
    return "version: 2\n\nmodels:\n" + "".join(_model(model, at) for at, model in enumerate(described))


def _model(model: Model, position: int) -> str:
    what = f"Read from {', '.join(model.reads)}." if model.reads else "A raw table with names and types set right."
    found = (
        f"  - name: {model.name}\n    description: >-\n      The {model.entity} records by {model.key}.\n      {what}\n"
    )
    if has_contract(model, position):
        found += "    config:\n      access: public\n      contract:\n        enforced: true\n"
    return found + "    columns:\n" + "".join(_column(column, model) for column in model.columns)


def _column(column: Column, model: Model) -> str:
    found = f"      - name: {column.name}\n        description: The {column.name.replace('_', ' ')} of the record.\n"
    found += f"        data_type: {column.type}\n"
    if column.name == model.key:
        tests = ("unique", "not_null") if model.layer == "staging" else ("not_null",)
        found += "        data_tests:\n" + "".join(f"          - {test}\n" for test in tests)
    elif column.name == "status" and model.layer == "staging":
        found += (
            "        data_tests:\n          - accepted_values:\n              arguments:\n"
            "                values: ['new', 'open', 'won', 'lost']\n              config:\n"
            "                severity: warn\n"
        )
    elif column.name == "running_open":
        found += "        data_tests:\n          - not_negative\n"
    return found


def sources(system: str, tables: Sequence[RawTable]) -> str:
    """The raw tables of a system."""
    head = f"""\
version: 2

sources:
  - name: {system}
    description: Raw tables landed from {system}.
    schema: raw_{system}
    loader: airbyte
    config:
      loaded_at_field: _loaded_at
      freshness:
        warn_after: {{count: 12, period: hour}}
        error_after: {{count: 24, period: hour}}
    tables:
"""
    return head + "".join(_table(table) for table in tables)


def _table(table: RawTable) -> str:
    found = f"      - name: {table.name}\n        description: One row for each change of the {table.name}.\n"
    found += "        columns:\n"
    for column in table.columns:
        found += f"          - name: {column.name}\n            data_type: {column.type}\n"
        if column.name == "id":
            found += "            data_tests:\n              - unique\n              - not_null\n"
    return found


def exposures(marts: Sequence[Model]) -> str:
    """A dashboard for each of some marts."""
    return "version: 2\n\nexposures:\n" + "".join(_exposure(at, model) for at, model in enumerate(marts))


def _exposure(position: int, model: Model) -> str:
    return f"""\
  - name: dashboard_{position}
    type: dashboard
    maturity: high
    owner:
      name: Reporting
      email: reporting@example.com
    depends_on:
      - ref('{model.name}')
"""


def files(layer: Sequence[Model]) -> Iterator[tuple[str, str]]:
    """The properties files of a layer: path below `models` and text."""
    folders: dict[str, list[Model]] = {}
    for model in layer:
        folders.setdefault(model.folder, []).append(model)
    for folder, members in folders.items():
        group = folder.rpartition("/")[2]
        for number, start in enumerate(range(0, len(members), MODELS_IN_A_FILE)):
            yield f"{folder}/_{group}__models_{number}.yml", models(members[start : start + MODELS_IN_A_FILE])
