"""Texts stay in step, whatever unit the client counts in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lsprotocol import types as lsp

from tests.support.editor import Editor, Partial, abilities, editing, write
from tidegate_analyzers.text import Document
from tidegate_server.lsp import convert

UTF8, UTF16, UTF32 = (kind.value for kind in (lsp.PositionEncodingKind.Utf8, lsp.PositionEncodingKind.Utf16, lsp.PositionEncodingKind.Utf32))  # fmt: skip
CODECS = {UTF8: ("utf-8", 1), UTF16: ("utf-16-le", 2), UTF32: ("utf-32-le", 4)}
PROJECT = "name: shop\nversion: '1.0'\nmodel-paths: [models]\n"
FACES = "/* \U0001f600é\u4e2d */ "
"""Five characters before the comment's end, of four, two and three bytes, the first of two UTF-16 units."""


def length(text: str, encoding: str) -> int:
    codec, size = CODECS[encoding]
    return len(text.encode(codec)) // size


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ((), UTF16),
        ((UTF16, UTF8), UTF16),
        ((UTF8, UTF16), UTF8),
        ((UTF32,), UTF32),
        (("utf-7", UTF8), UTF8),
        (("utf-7",), UTF16),
    ],
)
async def test_the_unit_is_the_clients_choice(tmp_path: Path, offered: tuple[str, ...], chosen: str) -> None:
    editor = Editor(tmp_path)
    await editor.launch({})
    result = await editor.initialize_session(lsp.InitializeParams(abilities(encodings=offered)))
    await editor.leave()
    assert result.capabilities.position_encoding == chosen


@pytest.mark.parametrize("encoding", CODECS)
async def test_places_and_edits_after_characters_of_many_units(tmp_path: Path, encoding: str) -> None:
    first = f"{FACES}select * from {{{{ ref('nowhere') }}}} -- \U0001f600\n"
    root = write(tmp_path / "shop", {"dbt_project.yml": PROJECT, "models/a.sql": first, "models/b.sql": "select 1"})

    def seen(text: str, name: str) -> lsp.Range:
        """Where a name stands, counted by hand."""
        before = text[: text.index(name)]
        line, column = before.count("\n"), length(before.rpartition("\n")[2], encoding)
        return lsp.Range(lsp.Position(line, column), lsp.Position(line, column + length(name, encoding)))

    async with editing(root, abilities(encodings=(encoding,))) as editor:
        editor.open("models/a.sql")
        await editor.has("models/a.sql", "TG706")
        (found,) = editor.diagnostics[editor.uri("models/a.sql")]
        assert found.range == seen(first, "nowhere")

        inside = seen(first, "where")
        editor.edit("models/a.sql", Partial(range=inside, text="\U0001f600b"))
        second = first.replace("where", "\U0001f600b")
        await editor.until(lambda: "'no\U0001f600b'" in editor.diagnostics[editor.uri("models/a.sql")][0].message)
        assert editor.diagnostics[editor.uri("models/a.sql")][0].range == seen(second, "no\U0001f600b")

        # Several edits in one message: each is about the text the ones before it left.
        line = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
        editor.edit(
            "models/a.sql",
            Partial(range=line, text="-- é\U0001f600\r\n"),
            Partial(range=lsp.Range(lsp.Position(0, length("-- é", encoding)), lsp.Position(0, 99)), text=""),
            Partial(range=lsp.Range(lsp.Position(1, inside.start.character), lsp.Position(1, inside.start.character)), text="w"),
        )  # fmt: skip
        third = "-- é\r\n" + second.replace("no\U0001f600b", "now\U0001f600b")
        await editor.until(lambda: "'now\U0001f600b'" in editor.diagnostics[editor.uri("models/a.sql")][0].message)
        assert editor.diagnostics[editor.uri("models/a.sql")][0].range == seen(third, "now\U0001f600b")

        at = seen(third, "now\U0001f600b").start
        editor.edit("models/a.sql", Partial(range=seen(third, "now\U0001f600b"), text="b"))
        await editor.has("models/a.sql")
        target = await editor.text_document_definition_async(lsp.DefinitionParams(editor.document("models/a.sql"), at))
        assert isinstance(target, list | tuple)
        (link,) = target
        assert isinstance(link, lsp.LocationLink)
        assert link.target_uri == editor.uri("models/b.sql")
        assert link.origin_selection_range == lsp.Range(at, lsp.Position(at.line, at.character + 1))


# -- any edits, against a reference that counts bytes --------------------------------------------------------------------

CHARACTERS = st.sampled_from(["a", "b", " ", "\t", "é", "\u4e2d", "\U0001f600", "\u0301", "\n", "\r", "\r\n", "\u2028", "\x0b", "\x0c", "\x85"])  # fmt: skip
TEXTS = st.lists(CHARACTERS, max_size=30).map("".join)
ENDS = re.compile("\r\n|\n|\r")


def reference(text: str, line: int, column: int, encoding: str) -> int:
    """The byte at which a place lies in the encoded text; places outside are moved to the edge."""
    codec, size = CODECS[encoding]
    starts = [0, *(end.end() for end in ENDS.finditer(text))]
    ends = [*(end.start() for end in ENDS.finditer(text)), len(text)]
    if line >= len(starts):
        return len(text.encode(codec))
    before, content = text[: starts[line]].encode(codec), text[starts[line] : ends[line]].encode(codec)
    return len(before) + min(column * size, len(content))


@st.composite
def places(draw: st.DrawFn, text: str, encoding: str) -> tuple[int, int]:
    """A place between two characters, behind the end of a line, or behind the end of the text."""
    lines = ENDS.split(text)
    line = draw(st.integers(0, len(lines)))
    if line == len(lines):
        return line, draw(st.integers(0, 3))
    column = draw(st.integers(0, len(lines[line]) + 2))
    return line, length(lines[line][:column], encoding) + max(column - len(lines[line]), 0)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str, list[tuple[tuple[int, int], tuple[int, int], str] | str], str]:
    """A text, edits one after the other, and what they make of it."""
    encoding = draw(st.sampled_from(sorted(CODECS)))
    codec = CODECS[encoding][0]
    first = text = draw(TEXTS)
    made: list[tuple[tuple[int, int], tuple[int, int], str] | str] = []
    for _ in range(draw(st.integers(1, 4))):
        new = draw(TEXTS)
        if draw(st.integers(0, 5)) == 0:
            made.append(new)
            text = new
            continue
        start, end = sorted((draw(places(text, encoding)), draw(places(text, encoding))))
        data = text.encode(codec)
        left, right = reference(text, *start, encoding), reference(text, *end, encoding)
        made.append((start, end, new))
        text = (data[:left] + new.encode(codec) + data[right:]).decode(codec)
    return encoding, first, made, text


@settings(max_examples=600, deadline=None)
@given(edits())
@example((UTF16, "\U0001f600a", [((0, 2), (0, 3), "b")], "\U0001f600b"))
@example((UTF8, "é\r\na", [((0, 2), (1, 0), "")], "éa"))
def test_any_edits(case: tuple[str, str, list[tuple[tuple[int, int], tuple[int, int], str] | str], str]) -> None:
    encoding, first, made, last = case
    document = Document("a.sql", first)
    for edit in made:
        if isinstance(edit, str):
            change: lsp.TextDocumentContentChangeEvent = lsp.TextDocumentContentChangeWholeDocument(edit)
        else:
            start, end, new = edit
            change = Partial(range=lsp.Range(lsp.Position(*start), lsp.Position(*end)), text=new)
        document = convert.changed(document, change, encoding)
    assert document.text == last


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from(sorted(CODECS)), st.data())
def test_a_place_is_the_same_there_and_back(text: str, encoding: str, data: st.DataObject) -> None:
    document = Document("a.sql", text)
    offset = data.draw(st.integers(0, len(text)))
    if text[offset - 1 : offset + 1] == "\r\n":
        offset += 1  # between the two there is no place
    assert convert.to_offset(document, convert.to_position(document, offset, encoding), encoding) == offset
