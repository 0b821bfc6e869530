"""What there is to say of an item, made when it is looked at."""

from __future__ import annotations

from tidegate_analyzers.facts import MacroDef
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.graph.symbols import Occurrence, Symbol, meaning
from tidegate_analyzers.ide.airflow_words import airflow_word, major_of, word_page
from tidegate_analyzers.ide.completion.words import jinja_word, setting_word, sql_function
from tidegate_analyzers.ide.dataset import model_sheet, source_sheet
from tidegate_analyzers.ide.orchestration import orchestration_sheet


def documentation(view: View, about: tuple[str | int, ...]) -> str:
    """The documentation of an item as Markdown, empty where there is none.

    Args:
        view: the graph.
        about: what the item says of itself.
    """
    kind, *rest = about or ("",)
    if kind == "node":
        path, number = str(rest[0]), int(rest[1])
        facts = view.facts(path)
        if facts is None or number >= len(facts.nodes):
            return ""
        node = facts.nodes[number]
        return model_sheet(view, NodeKey(path, number, node.name, node.kind)).markdown()
    if kind == "source":
        path, number = str(rest[0]), int(rest[1])
        facts = view.facts(path)
        if facts is None or number >= len(facts.sources):
            return ""
        return source_sheet(view, Posting(path, "source", number), facts.sources[number]).markdown()
    if kind == "macro":
        return macro_page(view, str(rest[0]), int(rest[1]))
    if kind == "word":
        word = jinja_word(str(rest[0]), str(rest[1]))
        return f"```jinja\n{word.signature}\n```\n\n{word.text}" if word is not None else ""
    if kind == "function":
        forms = sql_function(str(rest[0]), str(rest[1]))
        return "\n\n".join(f"```sql\n{form.signature}\n```\n\n{form.text}" for form in forms)
    if kind == "setting":
        setting = setting_word(str(rest[0]))
        return f"**{setting.name}** — {setting.text}" if setting is not None else ""
    if kind == "column":
        text, type_, owner = (str(part) for part in rest)
        return f"`{type_ or 'type not known'}` of `{owner}`" + (f"\n\n{text}" if text else "")
    if kind == "airflow":
        named, name, of, root = (*map(str, rest), "", "")[:4]
        return orchestration_sheet(view, Symbol(named, name, root, of))
    if kind == "airflow-word":
        where, name, path = (*map(str, rest), "")[:3]
        known = airflow_word(where, name)
        return word_page(known, major_of(view, path)) if known is not None else ""
    if kind == "text":
        return str(rest[0])
    return ""


def macro_signature(macro: MacroDef) -> str:
    """A macro with its parameters and their defaults."""
    given = [f"{p.name}={p.default}" if p.default else p.name for p in macro.parameters]
    return f"{macro.name}({', '.join(given)})"


def macro_told(view: View, path: str, found: Occurrence) -> str:
    """The page of the macro that a name in a file stands for; that of dbt's own where no project defines it."""
    symbol = meaning(view, path, found)
    if symbol is None:
        return documentation(view, ("word", "name", found.name.removeprefix("dbt.")))
    for posting in view.find(f"macro:{symbol.name}"):
        if symbol.root in view.layout.macro_owners(posting.path):
            return macro_page(view, posting.path, posting.number)
    return ""


def macro_page(view: View, path: str, number: int) -> str:
    """A macro: how it is called, what YAML says of it and of its parameters, and where it is."""
    facts = view.facts(path)
    if facts is None or number >= len(facts.macros):
        return ""
    macro = facts.macros[number]
    parts = [f"```jinja\n{macro_signature(macro)}\n```"]
    for _, entry in dbt.properties_of(view, view.layout.project_of(path), "macro", macro.name):
        if entry.description:
            parts.append(entry.description)
        described = [
            f"- `{item.name}`{f' ({item.type})' if item.type else ''}{f': {item.description}' if item.description else ''}"
            for item in entry.arguments
        ]
        if described:
            parts.append("\n".join(described))
    parts.append(f"`{path}`")
    return "\n\n".join(parts)
