"""Passwords, keys and tokens that are written out in the files of a pipeline.

What is told is where they stand and under which name, never what they are. Names of secrets, templates, environment
variables, placeholders and what is known by everybody (`postgres`, `airflow`) are none, nor is what opens a service on the
own machine.
"""

from __future__ import annotations

import ast
import math
import re
from array import array
from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace

from tidegate_analyzers.facts import FileRead, Problem
from tidegate_analyzers.text import Document, Span

CODE = "TG912"

_PASSWORD = r"pass(?:word|wd|phrase)|pwd"
_KEY_WORDS = rf"{_PASSWORD}|secret|secret[_.-]?key|secret[_.-]?access[_.-]?key|client[_.-]?secret|api[_.-]?key|auth[_.-]?token|access[_.-]?token|private[_.-]?key|credential"
_NAME = re.compile(rf"(?:[\w.\-]*[_.\-])?(?:{_KEY_WORDS})|\w+(?:Password|Secret|ApiKey|Token)", re.I)
_IS_PASSWORD = re.compile(rf"(?:{_PASSWORD})$", re.I)
_MAY_HOLD = re.compile(rf"{_KEY_WORDS}|://[^\s/@\"']+:[^\s/@\"']+@|token|PRIVATE KEY|hooks\.slack\.com", re.I)
_ENTRY = re.compile(
    rf"(?P<quote>[\"']?)(?P<name>(?:[\w.\-]*[_.\-])?(?:{_KEY_WORDS}))(?P=quote)[ \t]*[:=][ \t]*(?P<value>\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\s\"'{{}}\[\],#]+)",
    re.I,
)
_DSN = re.compile(
    r"\b[a-z][a-z0-9+.\-]*://(?P<user>[^\s:/@\"'{}$<>]+):(?P<password>[^\s:/@\"'{}$<>]+)@(?P<host>[\w.\-]+)", re.I
)
_WORDS_OF_DSN = re.compile(r"\bpassword\s*=\s*(?P<password>[^\s'\"{}$;]+)", re.I)
_KNOWN = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----(?!(?:\\n|\s)*[\w+/=.\- ]{0,40}?(?:\\n|\s)*-----END)|\bgh[pousr]_[A-Za-z0-9]{36,}|\bglpat-[\w\-]{20,}|\bxox[abprs]-[\w\-]{20,}|"
    r"https://hooks\.slack\.com/services/T\w+/B\w+/\w{16,}|\bsk_live_\w{20,}|\bAIza[\w\-]{35}|\bdapi[0-9a-f]{32}\b"
)
_HERE = re.compile(r"localhost|127\.0\.0\.1|0\.0\.0\.0|host\.docker\.internal", re.I)
_NOT_WRITTEN = re.compile(
    r"[{}<>$%]|^(?:env|vault|ssm|arn|secret|secrets|file|ref|projects|gcp|aws|azure|op)[:/.]|^[/.~]|://|\.\.\.", re.I
)
_PLACEHOLDER = re.compile(
    r"x+|\*+|\W+|(?:change|replace|insert|enter|put|set|fill)[-_ ]?.*|your.*|my[-_]?.*|.*(?:example|dummy|placeholder|redacted|hidden|masked|sample|fake|todo|fixme|xxx).*|"
    r"(?:test|demo|foo|bar|baz|none|null|true|false|pass(?:word|wd|phrase)?|pwd|secret|admin|root|postgres(?:ql)?|airflow|mysql|guest|user(?:name)?|default|"
    r"docker|minio(?:admin)?|clickhouse|superset|redis|rabbitmq|kafka|connect|local|string|str|token|api_?key|key|dev|dbt|debezium|hive|spark|oracle|mssql|sa|"
    r"abc|qwerty|in4mix|mypass|letmein|s3cr3t|p@ssw0rd|passw0rd|pa55word|pw)[\d!@#.\-_]*(?:pass(?:word)?|pw|user|secret)?\d{0,4}|\d{1,8}",
    re.I,
)
_WORDS = re.compile(r"[a-z]+(?:[-_./ ][a-z0-9]+)+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z]+|[A-Z]+|(?:[A-Z]?[a-z]+){2,}")
"""Names of things, as a secret's own name is written."""

_KINDS = frozenset(("python", "yaml", "json", "properties"))
_LEAST, _LEAST_OF_KEYS, _RANDOM = 6, 16, 3.2


def with_secrets(document: Document, read: FileRead) -> FileRead:
    """The facts of a file of a pipeline, with the secrets that are written in it."""
    facts = read.facts
    is_pipeline = facts.dags or facts.jobs or facts.pipelines or facts.contracts
    is_profile = document.path.rpartition("/")[2] in ("profiles.yml", "profiles.yaml")
    if not (is_profile or (is_pipeline and facts.role in _KINDS)) or not _MAY_HOLD.search(document.text):
        return read
    spans = array("I", read.spans)
    problems = []
    seen: set[tuple[int, int]] = set()
    places = _in_python(document.text) if facts.role == "python" else _in_text(document.text)
    for span, what in places:
        if (span.start, span.end) not in seen:
            seen.add((span.start, span.end))
            spans.extend(span)
            problems.append(Problem(CODE, f"{what} is written out: whoever reads the file has it", len(spans) // 2 - 1))
    return FileRead(replace(facts, problems=(*facts.problems, *problems)), spans.tobytes()) if problems else read


def _in_python(text: str) -> Iterator[tuple[Span, str]]:
    """The secrets among the arguments, entries and constants of a program."""
    from tidegate_analyzers.syntax.python import parse_python  # only where there is Python

    file = parse_python(text)
    for node in ast.walk(file.tree):
        pairs: list[tuple[str, ast.expr]] = []
        if isinstance(node, ast.Call):
            pairs = [(keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg]
        elif isinstance(node, ast.Dict):
            keys = ((key.value if isinstance(key, ast.Constant) else None) for key in node.keys)
            pairs = [(key, value) for key, value in zip(keys, node.values, strict=True) if isinstance(key, str)]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            pairs = [(node.targets[0].id, node.value)]
        near = file.slice(node) if isinstance(node, ast.Call | ast.Dict) else ""
        if _HERE.search(near):
            continue
        for name, value in pairs:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                span = file.span(value)
                if _is_secret(name, value.value):
                    yield Span(span.start, span.end), f"the secret '{name}'"
                elif (what := _inside(value.value)) is not None:
                    yield Span(span.start, span.end), what
        arguments = node.args if isinstance(node, ast.Call) else []
        for argument in arguments:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                what = _inside(argument.value)
                if what is not None:
                    yield file.span(argument), what


def _in_text(text: str) -> Iterator[tuple[Span, str]]:
    """The secrets among the entries of a configuration, line by line."""
    start = 0
    for line in text.splitlines(keepends=True):
        if not line.lstrip().startswith(("#", "//")) and _MAY_HOLD.search(line):
            near = text[max(start - 400, 0) : start + len(line) + 400]
            for found in _ENTRY.finditer(line) if not _HERE.search(near) else ():
                value = found["value"]
                quoted = value[:1] in "\"'"
                if _is_secret(found["name"], value[1:-1] if quoted else value):
                    place = (found.start("value") + quoted, found.end("value") - quoted)
                    yield Span(start + place[0], start + place[1]), f"the secret '{found['name']}'"
            if (what := _inside(line)) is not None:
                dsn = _DSN.search(line) or _KNOWN.search(line)
                if dsn is not None:
                    yield Span(start + dsn.start(), start + dsn.end()), what
        start += len(line)


def _inside(text: str) -> str | None:
    """What a text holds of secrets within: a connection with its password, a key of a known form."""
    if _KNOWN.search(text):
        return "a key"
    found = _DSN.search(text)
    if found is not None:
        host = found["host"].casefold()
        away = "." in host and not _HERE.search(host) and not host.endswith((".local", ".internal", ".test"))
        if away and "example" not in host and found["password"] != found["user"] and _is_password(found["password"]):
            return f"the password of '{found['user']}' at '{found['host']}'"
    if "host=" in text and not _HERE.search(text) and (words := _WORDS_OF_DSN.search(text)) is not None:
        return "the password of a connection" if _is_password(words["password"]) else None
    return None


def _is_secret(name: str, value: str) -> bool:
    if not _NAME.fullmatch(name) or value.casefold() == name.casefold():
        return False
    if _IS_PASSWORD.search(name):
        return _is_password(value)
    return (
        len(value) >= _LEAST_OF_KEYS
        and not re.search(r"\s", value)
        and not _is_named(value)
        and bool(re.search(r"\d", value))
        and _entropy(value) > _RANDOM
    )


def _is_password(value: str) -> bool:
    return len(value) >= _LEAST and not re.search(r"\s", value) and not _is_named(value)


def _is_named(value: str) -> bool:
    """Whether a value stands for a secret that is kept elsewhere, or for none at all."""
    bare = value.strip("_=")
    return bool(_NOT_WRITTEN.search(value) or _PLACEHOLDER.fullmatch(bare) or _WORDS.fullmatch(bare))


def _entropy(value: str) -> float:
    """Bits a character."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
