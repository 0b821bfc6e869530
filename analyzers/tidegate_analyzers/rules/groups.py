"""Groups of rules that go across the hundreds: what can be selected and ignored by one word, besides categories."""

from __future__ import annotations

GROUPS: dict[str, tuple[str, ...]] = {
    "airflow": (
        *("TG201", "TG205", "TG206", "TG208", "TG305", "TG408", "TG502", "TG503", "TG504", "TG606"),
        *("TG80", "TG810", "TG813"),
    ),
    "contracts": ("TG1",),
    "data-loss": ("TG302", "TG303", "TG304", "TG404", "TG408", "TG412"),
    "dbt": (
        *("TG110", "TG202", "TG207", "TG209", "TG210", "TG308", "TG309", "TG310", "TG404", "TG507", "TG601", "TG607"),
        *("TG70", "TG71", "TG812", "TG901", "TG902", "TG903"),
    ),
    "loads": ("TG2",),
    "orchestration": ("TG502", "TG503", "TG504", "TG606", "TG80", "TG810", "TG811", "TG813"),
    "performance": ("TG503", "TG807", "TG901", "TG902", "TG903", "TG904", "TG906", "TG907"),
    "streaming": (
        *("TG213", "TG214", "TG216", "TG302", "TG303", "TG311", "TG401", "TG403", "TG405", "TG406"),
        *("TG409", "TG410", "TG411", "TG412", "TG413"),
    ),
}
"""Codes, or beginnings of codes, by the name of the group."""
