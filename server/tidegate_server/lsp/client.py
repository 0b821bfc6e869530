"""What the client can do, asked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lsprotocol import types as lsp
from pygls.capabilities import get_capability

_SIGNATURE = "text_document.signature_help.signature_information"


def _shows_markdown(formats: Any) -> bool:
    return formats is not None and lsp.MarkupKind.Markdown in formats


@dataclass(frozen=True, slots=True)
class Completing:
    """Abilities of the client in completion.

    Attributes:
        snippets: whether what is inserted may have places to fill in.
        insert_replace: whether it can be told both what to replace and what to insert before.
        default_range: whether the range may be said once for all items.
        markdown: whether documentation may be Markdown.
        signature_markdown, active_parameters, label_offsets: the same of signatures; whether each may say which of its
            parameters is active, and parameters may be given by their place in the signature.
    """

    snippets: bool = False
    insert_replace: bool = False
    default_range: bool = False
    markdown: bool = False
    signature_markdown: bool = False
    active_parameters: bool = False
    label_offsets: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """Abilities of the client.

    Attributes:
        encoding: the unit in which positions count.
        pull: whether it asks for diagnostics and can be told to ask again.
        related, links_codes: whether diagnostics may point to other places, and to a page on their code.
        tags: whether diagnostics may be tagged unnecessary.
        location_links, declaration_links: whether definitions and declarations may say what led to them.
        symbol_trees: whether outlines may be nested.
        action_literals, resolves_edits: whether code actions may be given without a command, and their edits later.
        versioned_edits, creates_files, moves_files: whether edits may name the version they are for, create files, and
            give files other names.
        annotations: whether edits may ask to be confirmed.
        progress: whether it shows the progress of work the server starts.
        watches: whether it watches files for the server.
        configures, tells_changes: whether it can be asked for settings, and tells when they change.
        markdown: whether hovers may be Markdown.
        completion: what it can do in completion.
        fold_limit: how many folds it takes, `None` for any number.
        link_tooltips: whether document links may have tooltips.
        commands: the commands of its own that lenses may name.
        shows_documents: whether it shows a document when asked to.
        refreshes: what it can be told to ask for again: `codeLens`, `inlayHint`, `semanticTokens`, `content`.
    """

    encoding: lsp.PositionEncodingKind | str = lsp.PositionEncodingKind.Utf16
    pull: bool = False
    related: bool = False
    links_codes: bool = False
    tags: bool = False
    location_links: bool = False
    declaration_links: bool = False
    symbol_trees: bool = False
    action_literals: bool = False
    resolves_edits: bool = False
    versioned_edits: bool = False
    creates_files: bool = False
    moves_files: bool = False
    annotations: bool = False
    progress: bool = False
    watches: bool = False
    configures: bool = False
    tells_changes: bool = False
    markdown: bool = False
    fold_limit: int | None = None
    link_tooltips: bool = False
    commands: frozenset[str] = frozenset()
    shows_documents: bool = False
    refreshes: frozenset[str] = frozenset()
    completion: Completing = Completing()

    @classmethod
    def of(cls, able: lsp.ClientCapabilities, encoding: lsp.PositionEncodingKind | str) -> Client:
        """The abilities a client announced."""

        def has(name: str) -> Any:
            return get_capability(able, name, None)

        resolvable = has("text_document.code_action.resolve_support.properties") or ()
        operations = has("workspace.workspace_edit.resource_operations") or ()
        formats = has("text_document.hover.content_format")
        asks = able.text_document is not None and able.text_document.diagnostic is not None
        # Neovim names the operations alone; an edit can hold them in no other form.
        document_changes = bool(has("workspace.workspace_edit.document_changes") or operations)
        return cls(
            encoding=encoding,
            pull=asks and bool(has("workspace.diagnostics.refresh_support")),
            related=bool(has("text_document.publish_diagnostics.related_information")),
            links_codes=bool(has("text_document.publish_diagnostics.code_description_support")),
            tags=bool(has("text_document.publish_diagnostics.tag_support")),
            location_links=bool(has("text_document.definition.link_support")),
            declaration_links=bool(has("text_document.declaration.link_support")),
            symbol_trees=bool(has("text_document.document_symbol.hierarchical_document_symbol_support")),
            action_literals=has("text_document.code_action.code_action_literal_support") is not None,
            resolves_edits="edit" in resolvable and bool(has("text_document.code_action.data_support")),
            versioned_edits=document_changes,
            creates_files=lsp.ResourceOperationKind.Create in operations,
            moves_files=lsp.ResourceOperationKind.Rename in operations,
            annotations=has("workspace.workspace_edit.change_annotation_support") is not None and document_changes,
            progress=bool(has("window.work_done_progress")),
            watches=bool(has("workspace.did_change_watched_files.dynamic_registration")),
            configures=bool(has("workspace.configuration")),
            tells_changes=bool(has("workspace.did_change_configuration.dynamic_registration")),
            markdown=formats is None or lsp.MarkupKind.Markdown in formats,
            fold_limit=has("text_document.folding_range.range_limit"),
            link_tooltips=bool(has("text_document.document_link.tooltip_support")),
            commands=_commands(able.experimental),
            shows_documents=bool(has("window.show_document.support")),
            refreshes=frozenset(
                name
                for name, ability in (
                    ("codeLens", "workspace.code_lens.refresh_support"),
                    ("inlayHint", "workspace.inlay_hint.refresh_support"),
                    ("semanticTokens", "workspace.semantic_tokens.refresh_support"),
                    ("content", "workspace.text_document_content"),
                )
                if has(ability)
            ),
            completion=Completing(
                snippets=bool(has("text_document.completion.completion_item.snippet_support")),
                insert_replace=bool(has("text_document.completion.completion_item.insert_replace_support")),
                default_range="editRange" in (has("text_document.completion.completion_list.item_defaults") or ()),
                markdown=_shows_markdown(has("text_document.completion.completion_item.documentation_format")),
                signature_markdown=_shows_markdown(has(f"{_SIGNATURE}.documentation_format")),
                active_parameters=bool(has(f"{_SIGNATURE}.active_parameter_support")),
                label_offsets=bool(has(f"{_SIGNATURE}.parameter_information.label_offset_support")),
            ),
        )


def _commands(experimental: Any) -> frozenset[str]:
    """The commands a client says it has, in the form in which clients say so: `commands: {commands: [...]}`."""
    inner = experimental
    for _ in range(2):
        inner = inner.get("commands") if isinstance(inner, Mapping) else getattr(inner, "commands", None)
    return frozenset(map(str, inner)) if isinstance(inner, list | tuple) else frozenset()
