"""What to show at a place: a word of the vocabulary, a dataset, a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from tidegate_analyzers.check import Shown
from tidegate_analyzers.facts import FileRead, NodeRef
from tidegate_analyzers.graph import dbt, symbols
from tidegate_analyzers.graph.columns import Dataset
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.ide import columns
from tidegate_analyzers.ide.compiled import block_at
from tidegate_analyzers.ide.completion.documentation import documentation, macro_told
from tidegate_analyzers.ide.dataset import Sheet, model_sheet, relation_sheet, source_sheet
from tidegate_analyzers.ide.lineage import assets
from tidegate_analyzers.ide.lineage.jobs import find_job
from tidegate_analyzers.ide.lineage.point import source_number
from tidegate_analyzers.ide.moving import job_sheet, topic_sheet
from tidegate_analyzers.ide.orchestration import orchestration_sheet
from tidegate_analyzers.ide.targets import Target, target_at
from tidegate_analyzers.ide.template_words import template_word
from tidegate_analyzers.ide.vocabulary import Meaning, meaning
from tidegate_analyzers.rules.base import find_rule
from tidegate_analyzers.safety.models import DEFAULTS
from tidegate_analyzers.syntax.jinja.cursor import open_block
from tidegate_analyzers.text import Document, Span
from tidegate_analyzers.workspace import Snapshot

_WORD = re.compile(r"[A-Za-z_][\w-]*")
_CODE = re.compile(r"\bTG\d{3}\b")
_SIGNS = {"fact": "·", "held": "✓", "failed": "✗", "unknown": "?"}


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown, and the span it is about."""

    markdown: str
    span: Span


def hover(
    view: View,
    snapshot: Snapshot,
    document: Document,
    offset: int,
    found: Iterable[Shown] = (),
    *,
    page: Callable[[str], str] = str,
) -> Hover | None:
    """What to show at an offset.

    Args:
        view: the graph.
        snapshot: the files.
        document: the text.
        offset: where the cursor is.
        found: the findings of the file; those at the offset are explained.
        page: gives the address of a rule's page.
    """
    read = snapshot.read(document.path)
    if read is None:
        return None
    parts: list[str] = []
    span: Span | None = None
    target = target_at(read, offset)
    word = _word_at(document, offset)
    if (about := _about(view, read, document, offset, target, word)) is not None:
        parts.append(about.markdown)
        span = about.span
    if word is not None:
        known = _meaning(read, document, *word)
        if known is not None and target_kind(target) not in ("ref", "dataset"):
            known = _on_adapter(view, document.path, word[0], known)
            parts.append(_vocabulary(known, _missing(read, word[1], found, known), page))
            span = span or word[1]
    if read.facts.role == "dbt_sql" and (block := block_at(view, document, offset)) is not None:
        # A reference that compiles to the name above its sheet tells nothing new.
        if not (parts and parts[0].startswith(f"**{block[1].sql}**")):
            head = "Compiled, macros of packages as what they usually produce" if block[1].replaced else "Compiled"
            parts.append(f"{head}:\n\n```sql\n{block[1].sql}\n```")
        span = span or block[0]
    if code := _code_at(document, offset):
        parts.append(_rule(code[0], page))
        span = span or code[1]
    for item in found:
        place = read.span(item.finding.site)
        if place.contains(offset) and item.finding.evidence:
            parts.append(_evidence(item, page))
            span = span or place
    return Hover("\n\n---\n\n".join(parts), span) if parts and span is not None else None


def _about(
    view: View, read: FileRead, document: Document, offset: int, target: Target | None, word: tuple[str, Span] | None
) -> Hover | None:
    """What stands at an offset: a column, a macro, a word of Jinja, a dataset."""
    # The head of a model's file stands for the model, but for the names in it.
    if target is None or target.kind == "model":
        spot = columns.spot_at(view, document, offset)
        told = columns.sheet(view, document, spot) if spot is not None else None
        if told is not None and spot is not None:
            return Hover(told.markdown(), spot.span)
    if (rendered := template_word(view, read, document, offset)) is not None:
        return Hover(*rendered)
    named = symbols.occurrence_at(read, offset)
    if named is not None and (symbol := symbols.meaning(view, document.path, named)) is not None:
        about = orchestration_sheet(view, symbol)
        if about:
            return Hover(about, named.span)
    if named is not None and named.kind == "macro" and (macro := macro_told(view, document.path, named)):
        return Hover(macro, named.span)
    if read.facts.role == "dbt_sql" and (target is None or target.kind in ("model", "dataset")):
        code = open_block(document.text, offset)
        if code is not None:
            if word is None or code.quote or _meaning(read, document, *word) is not None:
                return None
            known = documentation(view, ("word", "name", word[0]))
            return Hover(known, word[1]) if known else None
    sheet = _sheet(view, document.path, target) if target is not None else ""
    return Hover(sheet, target.span) if target is not None and sheet else None


def target_kind(target: Target | None) -> str:
    """The kind of a target, empty for none."""
    return target.kind if target is not None else ""


def _sheet(view: View, path: str, target: Target) -> str:
    value = target.value
    if target.kind in ("ref", "model"):
        ref = value if isinstance(value, NodeRef) else NodeRef("ref", (value,), 0)
        resolution = dbt.resolve_ref(view, path, ref)
        if resolution.node is not None:
            return _with_columns(view, model_sheet(view, resolution.node), resolution.node)
        if resolution.source is not None and (table := dbt.source_of(view, resolution.source)) is not None:
            return _with_columns(view, source_sheet(view, resolution.source, table), resolution.source)
        return ""
    if target.kind == "source":
        posting = Posting(path, "source", target.owner)
        return _with_columns(view, source_sheet(view, posting, value), posting)
    if target.kind == "topic":
        return topic_sheet(view, value).markdown()
    if target.kind == "job":
        return job_sheet(view, path, value).markdown()
    if target.kind == "asset":
        return _asset(view, target)
    if target.kind == "dataset" and value.kind not in ("ref", "source", "this") and not value.dynamic:
        return relation_sheet(view, value).markdown()
    return ""


def _asset(view: View, target: Target) -> str:
    """What is said of the one asset, model or source that goes by a key."""
    found = assets.points(view, target.value)
    point = found[0] if len(found) == 1 else None
    facts = view.facts(point.path) if point is not None else None
    if point is None or facts is None:
        return ""
    if point.kind == "job":
        job = facts.jobs[find_job(view, point.path, point.name)]
        return job_sheet(view, point.path, job).markdown()
    if point.kind == "source":
        number = source_number(view, point.path, point.name)
        return _sheet(view, point.path, Target("source", target.span, facts.sources[number], number))
    return _sheet(view, point.path, Target("model", target.span, point.name))


def _with_columns(view: View, sheet: Sheet, dataset: Dataset) -> str:
    return "\n\n".join(part for part in (sheet.markdown(), columns.column_table(view, dataset)) if part)


def _word_at(document: Document, offset: int) -> tuple[str, Span] | None:
    line = document.lines.line_span(document.lines.position(offset).line)
    for match in _WORD.finditer(document.text, line.start, line.end):
        if match.start() <= offset <= match.end():
            return match.group(), Span(match.start(), match.end())
    return None


def _meaning(read: FileRead, document: Document, word: str, span: Span) -> Meaning | None:
    """The meaning of a word where it stands: as a key, an argument or a function."""
    facts = read.facts
    after = document.text[span.end : span.end + 2].lstrip()
    before = document.text[max(span.start - 1, 0) : span.start]
    is_key = after.startswith(":") or (before in "\"'" and document.text[span.end + 1 : span.end + 2] == ":")
    if facts.pipelines:
        return meaning("pipeline.yaml", word) if is_key else None
    if facts.contracts:
        return meaning("ODCS", word) if is_key else None
    if facts.role in ("dbt_yaml", "dbt_project"):
        return (meaning("dbt YAML", word) or meaning("dbt config", word.lstrip("+"))) if is_key else None
    if facts.role == "dbt_sql":
        if after.startswith("="):
            return meaning("dbt config", word)
        return meaning("dbt SQL", word) if after.startswith("(") else None
    if facts.role == "python" and (after.startswith("=") or is_key):
        return meaning("Airflow", word)
    return None


def _missing(read: FileRead, span: Span, found: Iterable[Shown], known: Meaning) -> list[str]:
    """What the rules that guard a term ask for near the word: in the file, where it has few, else on the line."""
    listed = [item for item in found if item.finding.code in known.rules]
    near = [item for item in listed if abs(read.span(item.finding.site).start - span.start) < 400]
    return [item.message for item in (near or listed)[:3]]


def _on_adapter(view: View, path: str, word: str, known: Meaning) -> Meaning:
    """The meaning of a word with what the project's adapter makes of it where nothing is said."""
    project = view.layout.project_of(path)
    default = DEFAULTS.get(project.adapter, "") if project is not None else ""
    if word.lstrip("+") != "incremental_strategy" or project is None or not default:
        return known
    return replace(known, here=f"{known.here} Where none is named, {project.adapter} takes `{default}`.")


def _vocabulary(known: Meaning, missing: list[str], page: Callable[[str], str]) -> str:
    lines = [f"**{known.term}** — {known.definition}", f"*Here:* {known.here}"]
    if missing:
        lines.append("*Missing:*\n" + "\n".join(f"- {message}" for message in missing))
    if known.rules:
        lines.append("*Guarded by:* " + ", ".join(f"[{code}]({page(code)})" for code in known.rules))
    return "\n\n".join(lines)


def _code_at(document: Document, offset: int) -> tuple[str, Span] | None:
    line = document.lines.line_span(document.lines.position(offset).line)
    for match in _CODE.finditer(document.text, line.start, line.end):
        if match.start() <= offset <= match.end():
            return match.group(), Span(match.start(), match.end())
    return None


def _rule(code: str, page: Callable[[str], str]) -> str:
    rule = find_rule(code)
    if rule is None:
        return f"**{code}** — there is no such rule"
    why = rule.page.strip().partition("\n## ")[0].partition("\n")[2].strip()
    return f"**{code} {rule.name}** — {rule.summary}\n\n{why}\n\n[The rule's page]({page(code)})"


def _evidence(item: Shown, page: Callable[[str], str]) -> str:
    finding = item.finding
    steps = "\n".join(f"- {line}" for line in _steps(item))
    return f"**{finding.code} {finding.name}** ({finding.confidence})\n\n{steps}\n\n[The rule's page]({page(finding.code)})"


def _steps(item: Shown) -> Iterator[str]:
    for step in item.finding.evidence:
        guard = f" {step.guard}" if step.guard else ""
        yield f"{_SIGNS[step.outcome]}{guard} {step.text}"
