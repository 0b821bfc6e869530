"""How a command line loses the exit status of a check of data."""

from __future__ import annotations

import re

from tidegate_analyzers.graph.quality_tasks import CHECK_COMMAND

_REST = re.compile(r"""(?:\\\n|"[^"]*"|'[^']*'|\{\{.*?\}\}|\{%.*?%\}|[^\n;|&"'(){}])*""", re.S)
"""What else belongs to a simple command."""
_SWALLOWS = re.compile(r"\|\|\s*(?P<what>true|:|exit\s+0|/bin/true)\s*(?:$|[\n;)#}]|&&)")
_SAYS = re.compile(r"\|\|\s*(?P<what>echo|printf|logger)\b(?P<rest>[^\n]*)")
_FAILS = re.compile(r"\bexit\b|\bfalse\b|\breturn\b|\bkill\b")
_FILTER = re.compile(r"\|\s*(?P<what>tee|cat|grep|sed|awk|tail|head|jq|ts)\b")
_STRICT = re.compile(r"\bset\s+(?:-\w*e|-o\s+errexit)|\bbash\s+-\w*e")
_LOOSE = re.compile(r"\bset\s+(?:\+\w*e|\+o\s+errexit)")
_READ = re.compile(r"\$\?|PIPESTATUS|\$\{?(?:rc|status|ret|exit_code)\b")
_ASKS = re.compile(
    r"(?:^|\s)(?:if|while|until|elif|echo|printf|logger|alias|function|trap|!)\s(?:[^\n;|&]*)$|#[^\n]*$|[\"'][^\"'\n]*$|<<"
)


def lost(command: str, *, whole: bool) -> tuple[str, str] | None:
    """Why the failure of a check in a command line fails nothing: words, and what would mend it.

    Args:
        command: the command line.
        whole: whether all of it runs as one script of bash, so that the last command decides.
    """
    for match in CHECK_COMMAND.finditer(command):
        before = command[: match.start()]
        if _ASKS.search(before[max(before.rfind("\n"), before.rfind(";")) + 1 :]) or "<<" in before:
            continue
        behind = command[match.end() :]
        rest = behind[_REST.match(behind).end() :]  # type: ignore[union-attr]  # it matches nothing at least
        line = rest.partition("\n")[0].partition(";")[0]
        if rest.startswith(("||", "&&")) and (found := _SWALLOWS.search(f"{line}\n")) is not None:
            return f"'|| {found['what']}' makes a success of every failure", "swallowed"
        said = _SAYS.match(rest)
        if said is not None and not _FAILS.search(said["rest"]):
            return f"'|| {said['what']} …' makes a success of every failure", ""
        if not whole:
            continue
        piped = _FILTER.match(rest) if not rest.startswith("||") else None
        if piped is not None and "pipefail" not in before and not _READ.search(rest):
            return f"the exit status is that of '{piped['what']}'", "pipefail"
        if rest.startswith((";", "\n")) and _goes_on(rest) and not _READ.search(rest):
            last_strict = max((found.end() for found in _STRICT.finditer(before)), default=-1)
            last_loose = max((found.end() for found in _LOOSE.finditer(before)), default=-1)
            if last_strict <= last_loose:
                return "the commands behind it run all the same, and the last of them decides", "errexit"
    return None


_NO_COMMAND = re.compile(r"\s*(?:#.*|fi|done|esac|\}|\)|EOF|;;|\{%.*%\})?\s*")


def _goes_on(rest: str) -> bool:
    """Whether further commands follow."""
    return any(not _NO_COMMAND.fullmatch(part) for part in re.split(r"[\n;]", rest))
