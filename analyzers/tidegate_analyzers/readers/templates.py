"""The names in the templates that Airflow renders: variables, connections, and tasks whose results are taken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.text import Span

_BLOCK = re.compile(r"\{\{(?P<expression>.*?)\}\}|\{%(?P<statement>.*?)%\}", re.S)
_FORMATTED = re.compile(r"\{\{\{\{(?P<expression>.*?)\}\}\}\}|\{\{%(?P<statement>.*?)%\}\}", re.S)
_NAME = re.compile(
    r"""\bvar\s*\.\s*(?:value|json)\s*\.\s*(?:get\(\s*(?P<q1>['"])(?P<variable>[^'"{}]+)(?P=q1)|(?!get\s*\()(?P<variable2>\w+))"""
    r"""|\bconn\s*\.\s*(?:get\(\s*(?P<q2>['"])(?P<connection>[^'"{}]+)(?P=q2)|(?!get\s*\()(?P<connection2>\w+))"""
    r"""|\bxcom_pull\s*\((?P<pull>[^()]*)"""
)
_TASKS = re.compile(r"""(?:\btask_ids\s*=\s*|\A\s*)(?P<given>\[[^\]]*\]|(?P<quote>['"])[^'"]*(?P=quote))""")
_QUOTED = re.compile(r"""(?P<quote>['"])(?P<name>[\w.-]+)(?P=quote)""")
_ELSEWHERE = re.compile(r"\bdag_id\s*=")


def template_names(text: str, start: int, *, formatted: bool = False) -> Iterator[tuple[str, str, Span]]:
    """The kind, the name and the characters of each name; of a dotted task id its last part.

    Args:
        text: the template as it is written.
        start: its offset in its file.
        formatted: whether it is an f-string, in which brackets of templates stand twice.
    """
    for block in (_FORMATTED if formatted else _BLOCK).finditer(text):
        group = "expression" if block["expression"] is not None else "statement"
        at = start + block.start(group)
        for match in _NAME.finditer(block[group]):
            for kind in ("variable", "connection"):
                for named in (kind, f"{kind}2"):
                    if match[named] is not None:
                        yield kind, match[named], Span(at + match.start(named), at + match.end(named))
            if match["pull"] is not None and not _ELSEWHERE.search(match["pull"]):
                given = _TASKS.search(match["pull"])
                for task in _QUOTED.finditer(given["given"]) if given is not None else ():
                    end = at + match.start("pull") + given.start("given") + task.end("name") if given else 0
                    yield "task", task["name"], Span(end - len(task["name"].rpartition(".")[2]), end)
