"""Diagnostics on their way to the client: pushed, or kept until it pulls them; the same are never sent twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

from lsprotocol import types as lsp

from tidegate_analyzers import reference_files
from tidegate_analyzers.check import Shown
from tidegate_analyzers.text import Document
from tidegate_analyzers.workspace import Token
from tidegate_server.baseline import Baseline
from tidegate_server.lsp import convert
from tidegate_server.lsp.client import Client
from tidegate_server.lsp.findings import Sheet
from tidegate_server.present import page_url

UriOf = Callable[[str], str]

HELD = 50
"""How many texts are held while diagnostics are made; those of a whole workspace would be more than all its facts."""


@dataclass(frozen=True, slots=True)
class Page:
    """The diagnostics of a file.

    Attributes:
        items: the diagnostics.
        key: a key of their content; the `resultId` of pulled diagnostics.
        prints: what each is recognised by, where there is a baseline.
    """

    items: tuple[lsp.Diagnostic, ...] = ()
    key: str = ""
    prints: tuple[str, ...] = ()

    def without_known(self, path: str, baseline: Baseline) -> Page:
        """What is left of the page of a file when known findings are taken away."""
        if not self.prints:
            return self
        left = baseline.unknown(path, self.prints)
        if len(left) == len(self.items):
            return self
        items = tuple(self.items[number] for number in left)
        return Page(items, _key(items) if items else "")


@lru_cache(maxsize=256)
def rule_page(code: str) -> str:
    """The address of a rule's page: the packaged file, which is there offline."""
    file = reference_files.root() / "rules" / f"{code}.md"
    return convert.path_to_uri(file) if file.is_file() else page_url(code)


def render(sheet: Sheet, paths: Iterable[str], uri_of: UriOf, client: Client, token: Token) -> dict[str, Page]:
    """The diagnostics of some files, known ones included.

    Args:
        sheet: their findings.
        paths: the files.
        uri_of: the address of a path.
        client: what the client can show.
        token: stops the work.
    """
    texts: dict[str, Document | None] = {}

    def document(path: str) -> Document | None:
        if path not in texts:
            if len(texts) >= HELD:
                texts.clear()
            texts[path] = sheet.state.snapshot.document(path)
        return texts[path]

    pages: dict[str, Page] = {}
    for path in paths:
        token.check()
        shown = sheet.found(path)
        text = document(path) if shown else None
        read = sheet.state.snapshot.read(path)
        if read is None or not shown:
            pages[path] = Page()
            continue
        # A file that can't be read has its finding at its start.
        text = text or Document(path, "")
        items = tuple(
            convert.to_diagnostic(item, text, read, client, _related(item, sheet, document, uri_of, client), rule_page)
            for item in shown
        )
        pages[path] = Page(items, _key(items), sheet.prints(path, shown))
    return pages


def _related(
    shown: Shown, sheet: Sheet, document: Callable[[str], Document | None], uri_of: UriOf, client: Client
) -> list[lsp.DiagnosticRelatedInformation]:
    found = []
    for item in shown.finding.related if client.related else ():
        read, text = sheet.state.snapshot.read(item.path), document(item.path)
        if read is not None and text is not None:
            place = convert.to_range(text, read.span(item.site), client.encoding)
            found.append(lsp.DiagnosticRelatedInformation(lsp.Location(uri_of(item.path), place), item.message))
    return found


def _key(items: tuple[lsp.Diagnostic, ...]) -> str:
    return blake2b(repr(items).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


@dataclass(slots=True)
class Board:
    """The latest diagnostics of a root, and what the client has of them.

    Attributes:
        pages: by path, of files with diagnostics.
        revision: grows whenever a page changes.
    """

    pages: dict[str, Page] = field(default_factory=dict)
    revision: int = 0
    _sent: dict[str, tuple[str, str]] = field(default_factory=dict)

    def put(self, path: str, page: Page) -> bool:
        """Keep a page; tells whether it differs from the one before."""
        if self.pages.get(path, _BLANK).key == page.key:
            return False
        if page.items:
            self.pages[path] = page
        else:
            self.pages.pop(path, None)
        self.revision += 1
        return True

    def unsent(self, path: str, uri: str) -> list[tuple[str, Page]]:
        """What the client lacks of a path, by the address it is sent to; notes that it is sent now."""
        page = self.pages.get(path, _BLANK)
        old, key = self._sent.get(path, (uri, ""))
        self._sent[path] = (uri, page.key)
        news = [(old, _BLANK)] if old != uri and key else []
        if page.key != (key if old == uri else ""):
            news.append((uri, page))
        return news

    def sent(self) -> list[str]:
        """The paths of which the client holds pushed diagnostics."""
        return [path for path, (_, key) in self._sent.items() if key]

    def forget(self, path: str) -> str | None:
        """Nothing is pushed for a path any more; returns the address at which the client holds diagnostics of it."""
        uri, key = self._sent.pop(path, ("", ""))
        return uri if key else None


_BLANK = Page()
