"""The types that configuration gives to the columns of a seed."""

from __future__ import annotations

from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View


def seed_type(view: View, key: NodeKey, column: str) -> str:
    """The type of a seed's column by its `column_types`; `column` is case folded."""

    def compute() -> dict[str, str]:
        config = dbt.config_value(view, key, "column_types")
        types = config.value if config is not None and config.known and isinstance(config.value, dict) else {}
        return {str(name).casefold(): _rendered(view, key.path, type_) for name, type_ in types.items()}

    return view.memo(("column types", key), compute).get(column, "")


def _rendered(view: View, path: str, type_: object) -> str:
    if not isinstance(type_, str):
        return ""
    if "{" not in type_:
        return type_.strip().lower()
    project = view.layout.project_of(path)

    def compute() -> str:
        from tidegate_analyzers.graph.dbt.rendered import render_text
        from tidegate_analyzers.syntax.render import Rendered

        found = render_text(view, path, type_)
        return found.sql.strip().lower() if isinstance(found, Rendered) and not found.assumed else ""

    return view.memo(("type", project.root if project is not None else "", type_), compute)
