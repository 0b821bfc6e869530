"""Statements that keep the files of lakehouse tables in order, and may remove more than is good.

Delta's `VACUUM t [RETAIN n HOURS]`, https://docs.delta.io/latest/delta-utility.html; Iceberg's procedures
`expire_snapshots` and `remove_orphan_files`, https://iceberg.apache.org/docs/latest/spark-procedures/, and Trino's,
https://trino.io/docs/current/connector/iceberg.html. Their grammar is small, and the parser does not know it.
"""

from __future__ import annotations

import re

from tidegate_analyzers.facts import Relation, Site, Upkeep

_NAME = r"(?P<name>(?:\{\{.*?\}\}|`[^`]*`|\"[^\"]*\"|'[^']*'|[\w.$/:-])+)"
_VACUUM = re.compile(rf"\s*VACUUM\s+(?!FULL\b|FREEZE\b|VERBOSE\b|ANALYZE\b|\(){_NAME}(?P<rest>.*)", re.I | re.S)
_RETAIN = re.compile(r"\bRETAIN\s+(?P<hours>[\d.]+)\s+HOURS?\b", re.I)
_CHECK = re.compile(r"\s*SET\s+spark\.databricks\.delta\.retentionDurationCheck\.enabled\s*=\s*['\"]?false\b", re.I)
_OPTIMIZE = re.compile(rf"\s*OPTIMIZE\s+(?:TABLE\s+)?{_NAME}", re.I)
_PROCEDURE = re.compile(
    r"\s*CALL\s+(?:[\w`\"]+\.)*(?P<what>expire_snapshots|remove_orphan_files|rewrite_data_files)\s*\((?P<given>.*)\)",
    re.I | re.S,
)
_EXECUTE = re.compile(
    rf"\s*ALTER\s+TABLE\s+{_NAME}\s+EXECUTE\s+(?P<what>expire_snapshots|remove_orphan_files|optimize)\b(?P<given>.*)",
    re.I | re.S,
)
_TABLE = re.compile(r"(?:\btable\s*=>\s*)?'(?P<name>[^']+)'", re.I)
_OLDER = re.compile(r"\bolder_than\s*=>\s*(?:now\(\)|current_timestamp(?:\(\))?)\s*(?=[,)]|$)", re.I)
_LAST = re.compile(r"\bretain_last\s*=>\s*(?P<last>\d+)", re.I)
_THRESHOLD = re.compile(r"\bretention_threshold\s*=>\s*'(?P<n>[\d.]+)\s*(?P<unit>[smhd])\w*'", re.I)
_HOURS = {"s": 1 / 3600, "m": 1 / 60, "h": 1.0, "d": 24.0}
_KINDS = {
    "expire_snapshots": "expire",
    "remove_orphan_files": "orphans",
    "rewrite_data_files": "optimize",
    "optimize": "optimize",
}
_AUTOMATIC = re.compile(
    rf"\s*(?:CREATE|ALTER)\b.*?\bTABLE\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?{_NAME}.*?\bdelta\.autoOptimize\.\w+['\"`]?\s*=\s*['\"]?true",
    re.I | re.S,
)
_WORDS = ("VACUUM", "OPTIMIZE", "CALL", "ALTER", "SET")
"""How such statements begin."""


def upkeep(statement: str, site: Site) -> Upkeep | None:
    """What a statement does for the files of a table, if it is one of these."""
    text = " ".join(statement.split())
    if "autoOptimize" in text and (found := _AUTOMATIC.match(text)):
        return Upkeep("automatic", _relation(found["name"]), site, text[:200])
    if not text[:8].upper().startswith(_WORDS):
        return None
    if _CHECK.match(text):
        return Upkeep("unchecked", None, site, text[:200])
    if found := _VACUUM.match(text):
        if re.search(r"\bDRY\s+RUN\b", found["rest"], re.I):
            return None
        kept = _RETAIN.search(found["rest"])
        return Upkeep("vacuum", _relation(found["name"]), site, text[:200], float(kept["hours"]) if kept else None)
    if found := _OPTIMIZE.match(text):
        return Upkeep("optimize", _relation(found["name"]), site, text[:200])
    if found := _PROCEDURE.match(text):
        given = found["given"]
        named = _TABLE.search(given)
        last = _LAST.search(given)
        return Upkeep(
            _KINDS[found["what"].casefold()],
            _relation(named["name"]) if named else None,
            site,
            text[:200],
            0.0 if _OLDER.search(given) else None,
            int(last["last"]) if last else None,
        )
    if found := _EXECUTE.match(text):
        limit = _THRESHOLD.search(found["given"])
        hours = float(limit["n"]) * _HOURS[limit["unit"].casefold()] if limit else None
        return Upkeep(_KINDS[found["what"].casefold()], _relation(found["name"]), site, text[:200], hours)
    return None


def _relation(name: str) -> Relation:
    quoted = re.fullmatch(r"(?:delta\.)?[`'\"](?P<path>[^`'\"]*/[^`'\"]*)[`'\"]", name)
    if quoted is not None:
        return Relation("path", (quoted["path"].rstrip("/"),))
    return Relation("table", tuple(part.strip("`\"'") for part in name.split(".") if part))
