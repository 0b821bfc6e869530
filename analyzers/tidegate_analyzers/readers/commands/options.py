"""The options of a command line."""

from __future__ import annotations

from tidegate_analyzers.readers.commands.words import Word


class Options:
    """Words behind a program; which of its options take a value is told by who asks for them."""

    def __init__(self, words: list[Word]) -> None:
        self.words = words

    def values(self, names: tuple[str, ...]) -> list[Word]:
        """The values of options: `-c X`, `-cX`, `--command X`, `--command=X`."""
        found: list[Word] = []
        for index, word in enumerate(self.words):
            for name in names:
                if word.text == name and index + 1 < len(self.words):
                    found.append(self.words[index + 1])
                elif name.startswith("--") and word.text.startswith(f"{name}="):
                    found.append(_rest(word, len(name) + 1))
                elif len(name) == 2 and word.text.startswith(name) and word.raw[2:3] in ("'", '"', "="):
                    found.append(_rest(word, 2))
        return found

    @property
    def plain(self) -> list[Word]:
        """The words that are no options."""
        return [word for word in self.words if not word.text.startswith("-")]


def _rest(word: Word, length: int) -> Word:
    """A word without its beginning."""
    text = word.text[length:]
    at = word.raw.find(text)
    return (
        Word(text, word.start + at, word.start + at + len(text), text)
        if at >= 0
        else Word(text, word.start, word.end, "")
    )
