"""`bq`, the command line of BigQuery (https://cloud.google.com/bigquery/docs/reference/bq-cli-reference)."""

from __future__ import annotations

import re

from tidegate_analyzers.facts import Site, Step, Write
from tidegate_analyzers.readers.airflow.loads import load_write
from tidegate_analyzers.readers.airflow.steps import StepReader, looks_like_sql, table_relation
from tidegate_analyzers.readers.commands.effects import Effects
from tidegate_analyzers.readers.commands.programs import BQ_COMMANDS, BQ_VALUES
from tidegate_analyzers.readers.commands.words import Command, Word
from tidegate_analyzers.syntax.fragment import Fragment
from tidegate_analyzers.text import Span

_OFF = frozenset(("false", "0", "no"))
_READS = frozenset(("show", "ls", "head", "wait", "cancel", "extract", "mkdef", "init", "version"))


def read_bq(words: list[Word], command: Command, line: Fragment, steps: StepReader, body: Effects) -> None:
    """What a `bq` command does."""
    verb, options, plain = _parted(words[1:])
    named = next((word for word in words if word.text == verb), words[0])
    site = steps.sites.add(line.source_span(Span(words[0].start, named.end)))
    target = plain[0].name if plain else ""
    if verb == "load" and target:
        word = "WRITE_TRUNCATE" if _is_on(options, "replace") else "WRITE_APPEND"
        body.write(_write(target, word, site, options))
    elif verb == "query":
        _query(options, plain, command, line, steps, site, body)
    elif verb == "cp" and len(plain) > 1:
        adds = _is_on(options, "append_table") or "-a" in options
        default = "WRITE_TRUNCATE" if _is_on(options, "force") or "-f" in options else "WRITE_EMPTY"
        body.write(_write(plain[1].name, "WRITE_APPEND" if adds else default, site, options))
    elif verb in ("rm", "truncate") and target:
        body.write(Write("drop" if verb == "rm" else "truncate", table_relation(target), site, whole=True))
    elif verb == "insert" and target:
        body.write(Write("append", table_relation(target), site, rows="file", option="bq insert"))
    elif verb not in _READS and verb != "mk":
        body.opaque = True


def _query(
    options: dict[str, str],
    plain: list[Word],
    command: Command,
    line: Fragment,
    steps: StepReader,
    site: Site,
    body: Effects,
) -> None:
    source = command.source.words if command.source is not None else []
    files = [command.file] if command.file is not None else source[1:] if source and source[0].text == "cat" else []
    given = [word for word in plain if looks_like_sql(word.text)]
    if command.document is not None and not given:
        given = [command.document]
    for word in given[:1]:
        place = steps.sites.add(line.source_span(Span(word.start, word.end)))
        body.steps.append(Step("sql", "", steps.add(word.fragment(line), "bigquery", place, ""), place))
    if not given:
        for file in files:
            body.steps.append(Step("file", file.name.rpartition("}}")[2].strip(), site=site))
    if not given and not files:
        body.opaque = True
    if target := options.get("destination_table", ""):
        how = "WRITE_APPEND" if _is_on(options, "append_table") else "WRITE_EMPTY"
        body.write(_write(target, "WRITE_TRUNCATE" if _is_on(options, "replace") else how, site, options))


def _write(target: str, word: str, site: Site, options: dict[str, str]) -> Write:
    named = re.sub(r"\\(?=\$)", "", target)
    write = load_write(table_relation(named), None, word, site, ())
    told = {"WRITE_TRUNCATE": "--replace", "WRITE_APPEND": "bq appends unless told to replace"}
    option = "--append_table" if _is_on(options, "append_table") else told.get(word, "")
    fixed = "a second job of the same id is refused" if options.get("job_id") else ""
    return Write(
        write.mode,
        write.target,
        site,
        rows="file",
        option=option,
        whole=write.whole,
        partition=write.partition,
        opaque=fixed,
    )


def _is_on(options: dict[str, str], name: str) -> bool:
    return options.get(name, "false").lower() not in _OFF


def _parted(words: list[Word]) -> tuple[str, dict[str, str], list[Word]]:
    """The command, the options by name, and the plain words behind the command."""
    verb, options, plain = "", {}, []
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if word.text.startswith("-"):
            name, equals, value = word.name.partition("=")
            if not equals and BQ_VALUES.match(f"--{name.lstrip('-')}") and index < len(words):
                value = words[index].name
                index += 1
            key = name if not name.startswith("--") else name[2:]
            options[key] = value if equals or value else "true"
            if key.startswith("no") and key[2:] in ("replace", "append_table", "force"):
                options[key[2:]] = "false"
        elif not verb and word.text in BQ_COMMANDS:
            verb = word.text
        else:
            plain.append(word)
    return verb, options, plain
