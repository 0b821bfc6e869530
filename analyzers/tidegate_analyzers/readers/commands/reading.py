"""From command lines to effects: SQL and files that are run, loads, scripts, files that are copied and deleted."""

from __future__ import annotations

import re
import shlex

from msgspec.structs import replace

from tidegate_analyzers.facts import Relation, Site, Step, Write
from tidegate_analyzers.readers.airflow.steps import StepReader, looks_like_sql, table_relation
from tidegate_analyzers.readers.commands.big_query import read_bq
from tidegate_analyzers.readers.commands.effects import Effects
from tidegate_analyzers.readers.commands.options import Options
from tidegate_analyzers.readers.commands.programs import CLIENTS, HARMLESS, RUNNERS, STORAGE, WRAPPERS, Client
from tidegate_analyzers.readers.commands.words import Command, Word, commands
from tidegate_analyzers.readers.python.values import Items, Text, Value
from tidegate_analyzers.syntax.fragment import Fragment, constant, hole
from tidegate_analyzers.text import Span

_COPY = re.compile(r"\s*\\copy\s+(?P<table>(?:[\w.\"$]|\{\{.*?\}\})+)\s*(?:\([^)]*\))?\s+from\b", re.I)
_SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ash"))
MAX_DEPTH = 3


def read_command(value: Value | None, steps: StepReader, site: Site, body: Effects) -> None:
    """What a command does: the text of a shell, or the words of a program."""
    if isinstance(value, Text):
        read_shell(value.fragment, steps, site, body)
    elif isinstance(value, Items):
        read_arguments(words_of(value), steps, site, body)
        body.opaque = body.opaque or value.open
    else:
        body.opaque = True


def read_shell(line: Fragment, steps: StepReader, site: Site, body: Effects) -> None:
    """What the commands of a shell do."""
    _Reader(line, steps, site, body, 0).shell()


def read_arguments(words: list[Fragment], steps: StepReader, site: Site, body: Effects) -> None:
    """What a program does that is given as the list of its words."""
    line = Fragment("", ())
    command = Command()
    for word in words:
        start = len(line.text)
        line += word
        command.words.append(Word(word.text, start, len(line.text), word.text))
        end = line.source_offset(len(line.text), end=True)
        line += constant(" ", Span(end, end))
    _Reader(line, steps, site, body, 0).command(command)


def words_of(value: Value | None) -> list[Fragment]:
    """The words of a list; what is not known of it is a hole."""
    if not isinstance(value, Items):
        return [value.fragment] if isinstance(value, Text) else []
    found: list[Fragment] = []
    at = 0
    for item in value.items:
        found.append(item.fragment if isinstance(item, Text) else hole("value", Span(at, at)))
        at = found[-1].source_offset(len(found[-1].text), end=True)
    return found


class _Reader:
    def __init__(self, line: Fragment, steps: StepReader, site: Site, body: Effects, depth: int) -> None:
        self.line = line
        self.steps = steps
        self.site = site
        self.body = body
        self.depth = depth
        self.folder = ""

    def shell(self) -> None:
        """Every command of the line."""
        found = commands(self.line.text)
        if found is None:
            self.body.opaque = True
            return
        for command in found:
            start = len(self.body.steps)
            self.command(command)
            for number in range(start, len(self.body.steps)):
                step = self.body.steps[number]
                both = " and ".join(words for words in (command.condition, step.condition) if words)
                self.body.steps[number] = replace(step, condition=both)

    def command(self, command: Command) -> None:
        """One command."""
        words = _unwrapped(command.words)
        if not words:
            return
        program = words[0].text.rpartition("/")[2]
        if program == "cd":
            self.folder = words[1].name if len(words) == 2 else ""
        client = CLIENTS.get(program)
        if program == "snow" and len(words) > 1 and words[1].text == "sql":
            client = CLIENTS["snowsql"]
        if client is not None:
            self._client(client, Options(words[1:]), command)
        elif program == "bq":
            read_bq(words, command, self.line, self.steps, self.body)
        elif program == "dbt":
            self._dbt(words)
        elif program in _SHELLS:
            self._inner(words[1:], command)
        elif re.fullmatch(r"python[\d.]*|spark-submit|pyspark|flink|papermill", program):
            self._script(program, words[1:])
        elif re.fullmatch(r".+\.py", program):
            self.body.steps.append(Step("script", words[0].name, site=self._site(words[0])))
        elif not self._storage(words) and program not in HARMLESS:
            self.body.opaque = True
            text = " ".join(word.text for word in words)[:400]
            why = f"'{program}' is a program that is not known"
            self.body.write(Write("call", Relation("table", (text,)), self._site(words[0]), opaque=why))

    def _site(self, first: Word, last: Word | None = None) -> Site:
        span = self.line.source_span(Span(first.start, (last or first).end))
        return self.steps.sites.add(span) if span.end > span.start else self.site

    # -- SQL ---------------------------------------------------------------------------------------------------------------

    def _client(self, client: Client, options: Options, command: Command) -> None:
        given = [
            *((word, False) for word in options.values(client.sql)),
            *((word, True) for word in options.values(client.file)),
        ]
        plain = options.plain
        if client.database and len(plain) > 1:
            given += [(word, False) for word in plain[1:]]
        for word, is_file in sorted(given, key=lambda item: item[0].start):
            self._file(word) if is_file else self._sql(word, client.dialect)
        if given:
            return
        source = command.source.words if command.source is not None else []
        if command.document is not None:
            self._sql(command.document, client.dialect)
        elif command.file is not None:
            self._file(command.file)
        elif source and source[0].text in ("cat", "envsubst") and len(source) > 1:
            for word in source[1:]:
                self._file(word)
        elif source and source[0].text == "echo" and len(source) > 1:
            self._sql(source[-1], client.dialect)
        else:
            self.body.opaque = True

    def _sql(self, word: Word, dialect: str) -> None:
        copied = _COPY.match(word.text)
        if copied is not None:
            relation = table_relation(copied["table"].replace('"', ""))
            self.body.write(Write("append", relation, self._site(word), rows="file", option="\\copy"))
        elif looks_like_sql(word.text):
            site = self._site(word)
            index = self.steps.add(word.fragment(self.line), dialect, site, "")
            self.body.steps.append(Step("sql", "", index, site))
        else:
            self.body.opaque = True

    def _file(self, word: Word) -> None:
        path = word.name.rpartition("}}")[2].strip()
        known = re.search(r"\.\w+$", path)
        self.body.steps.append(
            Step("file", path, site=self._site(word)) if known else Step("unknown", "", site=self._site(word))
        )

    # -- programs ----------------------------------------------------------------------------------------------------------

    def _dbt(self, words: list[Word]) -> None:
        texts = ["dbt", *(word.name for word in words[1:])]
        if self.folder and not any(text.startswith("--project-dir") for text in texts):
            texts += ["--project-dir", self.folder]
        self.body.steps.append(Step("dbt", shlex.join(texts), site=self._site(words[0], words[-1])))
        self.body.opaque = True

    def _inner(self, words: list[Word], command: Command) -> None:
        """`bash -c "..."`; a script of the shell is not read."""
        at = next((i for i, word in enumerate(words) if re.fullmatch(r"-\w*c", word.text)), None)
        if at is None and command.document is not None:
            text = command.document
        elif at is not None and at + 1 < len(words):
            text = words[at + 1]
        else:
            self.body.opaque = True
            return
        if self.depth < MAX_DEPTH:
            _Reader(text.fragment(self.line), self.steps, self.site, self.body, self.depth + 1).shell()

    def _script(self, program: str, words: list[Word]) -> None:
        """`python load.py`, `python -m etl.load`, `spark-submit --master yarn load.py`."""
        flags = ("-v", "--verbose", "--supervise", "-u", "-O", "-B", "-E", "-s", "-I")
        index = 0
        while index < len(words):
            word = words[index]
            if program.startswith("python") and word.text == "-m" and index + 1 < len(words):
                module = words[index + 1]
                self.body.steps.append(Step("script", f"-m {module.name}", site=self._site(module)))
                return
            if word.text.startswith("-"):
                takes = not program.startswith("python") or word.text in ("-W", "-X")
                index += 2 if takes and "=" not in word.text and word.text not in flags else 1
                if word.text in ("-c", "-", "--class"):
                    break
                continue
            if word.text.endswith(".py"):
                self.body.steps.append(Step("script", word.name, site=self._site(word)))
                return
            if program in ("flink",):
                index += 1
                continue
            break
        self.body.opaque = True

    def _storage(self, words: list[Word]) -> bool:
        """Files that are copied or deleted; whether the command is one that does."""
        texts = [word.text for word in words]
        for program, verbs in STORAGE.items():
            if tuple(texts[: len(program)]) != program:
                continue
            if program == ("rm",) and not any(re.match(r"-\w*[rR]", text) for text in texts):
                return True  # a file of the machine it runs on
            rest = words[len(program) :]
            at = next((i for i, word in enumerate(rest) if word.text in verbs), None) if verbs else -1
            if at is None:
                self.body.opaque = self.body.opaque or not program[0].startswith("rm")
                return True
            plain = [word for word in rest[at + 1 :] if not word.text.startswith("-")]
            deletes = not verbs or rest[at].text == verbs[-1]
            for word in plain if deletes else plain[-1:] if len(plain) > 1 else []:
                relation = Relation("path", (word.name,))
                mode = "delete" if deletes else "replace"
                self.body.write(
                    Write(mode, relation, self._site(word), rows="" if deletes else "file", partition=word.name)
                )
            return True
        return False


def _unwrapped(words: list[Word]) -> list[Word]:
    """The words of the program that is run in the end."""
    for _ in range(4):
        if not words:
            return words
        first = words[0].text.rpartition("/")[2]
        if first in WRAPPERS or (first == "env" and len(words) > 1):
            words = [*words[1:]]
            while words and (words[0].text.startswith("-") or re.match(r"\w+=", words[0].text)):
                words = words[1:]
        elif first == "timeout":
            words = words[2:]
        elif first in RUNNERS and RUNNERS[first] in (word.text for word in words[1:3]):
            at = next(i for i, word in enumerate(words) if word.text == RUNNERS[first])
            words = words[at + 1 :]
            while words and words[0].text.startswith("-"):
                words = words[1:]
        else:
            return words
    return words
