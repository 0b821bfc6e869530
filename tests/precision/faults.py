"""Faults that can be planted in healthy files: each takes away, or turns round, what makes a load or a stream safe.

A fault is a search and what stands in its place; it is planted where the search holds, once for each place. A file counts
as healthy for a fault if no rule that should report it speaks there before. `only` has to hold in the whole text, so that
what is left is a fault for certain, and not another way of being safe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault.

    Attributes:
        name: what is done to the file.
        codes: the rules of which one should report it.
        ends: the ends of the names of files it is planted in.
        search: what is replaced.
        new: what stands there instead; groups may be used.
        only: what the text must hold.
        never: what it must not hold: another guard.
    """

    name: str
    codes: tuple[str, ...]
    ends: tuple[str, ...]
    search: str
    new: str
    only: str = ""
    never: str = ""

    def plant(self, text: str) -> Iterator[tuple[int, str]]:
        """Each place where the fault fits, with the text that has it."""
        if (self.only and not re.search(self.only, text, re.I | re.S)) or (
            self.never and re.search(self.never, text, re.I | re.S)
        ):
            return
        for match in re.finditer(self.search, text, re.I | re.M):
            changed = text[: match.start()] + match.expand(self.new) + text[match.end() :]
            if changed != text and not _COMMENT.match(text, text.rfind("\n", 0, match.end()) + 1):
                yield match.start(), changed


_COMMENT = re.compile(r"[ \t]*(?:#(?! MAGIC)|//|/?\*)")
"""How a line begins that says nothing."""

_PYTHON, _SQL, _JSON, _YAML = (".py",), (".sql",), (".json", ".sh", ".properties"), (".yml", ".yaml")
_ENTRY = r"""^[ \t]*"%s"\s*:\s*"[^"]*",?[ \t]*\n"""

_MANAGED = r"kafka\.auth\.mode|kafka\.api\.key|confluent\.cloud|playground\s+ccloud|custom-connector"
"""Words of Confluent Cloud, whose sinks have a dead letter topic without being told."""
_SCHEDULED = r"\b(?:airflow|prefect|dagster)\b"

FAULTS = (
    Fault(
        "dbt: the unique key is dropped",
        ("TG202",),
        _SQL,
        r"""(?<=[\s(,{])['"]?unique_key['"]?\s*[=:]\s*(?:\[[^\]]*\]|'[^']*'|"[^"]*")\s*,?""",
        "",
        only=r"materialized['\"]?\s*[=:]\s*['\"]incremental.*is_incremental\(\).*>=\s*\(*\s*select\s+max\([^()]*\)\s+from\s+"
        r"\{\{\s*this\s*\}\}",
        never=r"insert_overwrite|microbatch|\bnot\s+(?:in|exists)\b|left\s+(?:outer\s+)?join\s+\{\{\s*this|partition_by|pre_hook",
    ),
    Fault(
        "dbt: merge becomes append",
        ("TG202",),
        _SQL,
        r"""incremental_strategy\s*=\s*['"](?:merge|delete\+insert)['"]""",
        "incremental_strategy='append'",
        only=r"is_incremental\(\)",
        never=r"\bnot\s+(?:in|exists)\b|left\s+(?:outer\s+)?join\s+\{\{\s*this|>\s*\(?\s*\(?\s*select|\bis\s+null",
    ),
    Fault(
        "SQL: the delete before the insert is dropped",
        ("TG201",),
        _PYTHON,
        r"""^(?P<pad>[ \t]*)(?:delete\s+from|truncate(?:\s+table)?)\s[^;'"]{3,400};""",
        r"\g<pad>",
        only=r"insert\s+into[^;]*select",
        never=r"not\s+exists|on\s+conflict|merge\s+into|on\s+duplicate|schedule(?:_interval)?\s*=\s*(?:None|['\"]@once)",
    ),
    Fault(
        "SQL: the conflict clause is dropped",
        ("TG201",),
        _PYTHON,
        r"""(?P<insert>insert\s+into\s[^;"']{5,3000}?\bselect\b[^;"']{5,5000}?)\s+on\s+conflict\s*(?:\([^)]*\))?\s*"""
        r"""do\s+(?:nothing|update\s+set[^;"']*)""",
        r"\g<insert>",
        only=_SCHEDULED,
        never=r"delete\s+from|truncate|not\s+exists",
    ),
    Fault(
        "BigQuery: truncate becomes append",
        ("TG205",),
        _PYTHON,
        r"""WRITE_TRUNCATE""",
        "WRITE_APPEND",
        only=r"\bDAG\(|@dag\b",
        never=r"\$\{|nodash|default_view=\"graph\"|schedule(?:_interval)?\s*=\s*(?:None|['\"]@once)",
    ),
    Fault(
        "pandas: replace becomes append",
        ("TG204",),
        _PYTHON,
        r"""(?<=to_sql\()(?P<before>\s*(?:name\s*=\s*)?f?['"][^()]*if_exists\s*=\s*)['"]replace['"]""",
        r"""\g<before>'append'""",
        never=r"method\s*=",
    ),
    Fault(
        "Spark: overwrite becomes append",
        ("TG203",),
        (".py", ".scala"),
        r"""(?P<key>(?:\.mode\(|\bmode\s*=)\s*)(?:['"]overwrite['"]|SaveMode\.Overwrite)""",
        r'\g<key>"append"',
        only=r"\.write\b|\.write\.",
        never=r"DROP TABLE|\.range\(|faker|createDataFrame\(\s*\[\s*\(",
    ),
    Fault(
        "Spark: the checkpoint is dropped",
        ("TG401",),
        (".py", ".scala"),
        r"""\s*\.option\(\s*['"]checkpointLocation['"]\s*,[^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)""",
        "",
        only=r"writeStream.*\.(?:start|toTable|table)\(",
        never=r"spark\.sql\.streaming\.checkpointLocation|\.options\(|['\"](?:console|memory)['\"]",
    ),
    Fault(
        "Spark: the checkpoint moves to /tmp",
        ("TG405",),
        (".py", ".scala"),
        r"""(?P<key>\.option\(\s*['"]checkpointLocation['"]\s*,\s*)[^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)""",
        r'\g<key>"/tmp/checkpoints")',
        only=r"writeStream.*\.(?:start|toTable|table)\(",
        never=r"local\[|['\"](?:console|memory)['\"]|checkpointLocation['\"]\s*,\s*s?['\"](?:/tmp|file:|dbfs:/tmp)",
    ),
    Fault(
        "Spark: the watermark is dropped",
        ("TG403", "TG411"),
        (".py", ".scala"),
        r"""\s*\.withWatermark\([^()\n]*\)""",
        "",
        only=r"readStream.*(?:window\(|dropDuplicates)",
    ),
    Fault(
        "Connect: the dead letter topic is dropped",
        ("TG302",),
        _JSON,
        _ENTRY % r"errors\.deadletterqueue\.topic\.name",
        "",
        only=r'"errors\.tolerance"\s*:\s*"all"',
        never=_MANAGED,
    ),
    Fault(
        "Connect: nothing is said of errors",
        ("TG311",),
        _JSON,
        r"""(?:^[ \t]*"errors\.[\w.]+"\s*:\s*"[^"]*",?[ \t]*\n){2,}""",
        "",
        only=r'"errors\.deadletterqueue\.topic\.name"',
        never=rf"reporter\.error|{_MANAGED}|SourceConnector|:\s*\"\"",
    ),
    Fault(
        "Connect: upsert becomes insert",
        ("TG205",),
        _JSON,
        r'''"insert\.mode"\s*:\s*"(?:upsert|UPSERT)"''',
        '"insert.mode": "insert"',
        only=r"Jdbc",
    ),
    Fault(
        "dlt: merge becomes append",
        ("TG205",),
        _PYTHON,
        r"""(?P<key>write_disposition\s*=\s*)['"]merge['"]""",
        r"""\g<key>'append'""",
        only=r"import dlt",
        never=r"dlt\.sources\.incremental|incremental\[",
    ),
    Fault(
        "dlt: the key of a merge is dropped",
        ("TG205",),
        _PYTHON,
        r"""(?:primary_key|merge_key)\s*=\s*(?:['"][^'"]*['"]|\[[^\]]*\]|\([^)]*\))\s*,?""",
        "",
        only=r"import dlt.*write_disposition\s*=\s*['\"]merge",
        never=r"(?:primary_key|merge_key).*(?:primary_key|merge_key)",
    ),
    Fault(
        "Kafka: offsets are committed by themselves",
        ("TG213",),
        _PYTHON,
        r"""(?P<key>['"]?enable[._]auto[._]commit['"]?\s*[=:]\s*)(?:False|['"]false['"])""",
        r"\g<key>True",
        only=r"\.poll\(|for\s+\w+\s+in\s+\w*consumer",
    ),
    Fault(
        "Airflow: today instead of the run's date",
        ("TG206",),
        _PYTHON,
        r"""(?<=[=:,\[(\s])['"]\{\{\s*ds\s*\}\}['"](?=\s*[,\])}])""",
        "__import__('datetime').date.today().isoformat()",
        only=r"op_kwargs|op_args|arguments|bash_command|env_vars|parameters",
    ),
    Fault(
        "Airflow: catch-up without a bound",
        ("TG503",),
        _PYTHON,
        r"""catchup\s*=\s*False""",
        "catchup=True",
        only=r"start_date\s*=\s*(?:pendulum\.)?(?:datetime|datetime\.datetime)\(\s*20(?:1\d|2[0-4])",
        never=r"max_active_\w*runs|depends_on_past|get_\w*schedule|@weekly|@monthly|timedelta\(days=(?:[2-9]|\d\d)|"
        r"['\"][\d*/,-]+ [\d*/,-]+ (?:[\d,/-]+ \S+ \S+|\* \* [^*'\"]+)['\"]|schedule(?:_interval)?\s*=\s*(?:None|['\"]@once)",
    ),
    Fault(
        "a test that can't fail",
        ("TG305",),
        _PYTHON,
        r"""(?P<command>\bdbt\s+(?:test|build)\b[^'"\n&|;\\]*?)(?=\s*(?:['"\n&|;\\]))""",
        r"\g<command> || true",
        only=r"bash_command\s*=",
    ),
    Fault(
        "Flink: checkpoints are switched off",
        ("TG409",),
        (".java", ".py"),
        r"""^[ \t]*\w+\.(?:enableCheckpointing|enable_checkpointing)\([^;\n]*\);?[ \t]*$""",
        "",
        never=r"KinesisAnalyticsRuntime|RuntimeExecutionMode\.BATCH|execution\.checkpointing\.interval",
    ),
    Fault(
        "Flink SQL: the watermark is dropped",
        ("TG403",),
        (".sql", ".py", ".java"),
        r""",\s*WATERMARK\s+FOR\s+[`\w]+\s+AS\s+[^,)\n]+""",
        "",
        only=r"\b(?:TUMBLE|HOP|SESSION|CUMULATE)\s*\(",
    ),
    Fault(
        "pandas: bad lines are skipped",
        ("TG303",),
        _PYTHON,
        r"""(?<=pd\.read_csv\()(?P<first>[^(),\n]+)(?=[,)])""",
        r"\g<first>, on_bad_lines='skip'",
        never=r"on_bad_lines|error_bad_lines",
    ),
    Fault(
        "Spark: malformed records are dropped",
        ("TG303",),
        (".py", ".scala"),
        r"""(?P<read>\bspark\.read\b)(?=(?:[\s\\]*\.(?:option|schema)\([^()\n]*\))*[\s\\]*"""
        r"""\.(?:csv\(|json\(|format\(\s*['"](?:csv|json)['"]))""",
        r'\g<read>.option("mode", "DROPMALFORMED")',
        never=r"badRecordsPath|columnNameOfCorruptRecord|_rescued_data",
    ),
    Fault(
        "Snowflake: COPY goes on behind errors",
        ("TG303",),
        (".sql", ".py"),
        r"""(?:(?P<copy>\bcopy\s+into\s+[\w.{}"]+\s*(?:\([^()]*\)\s*)?from\s+(?:@|\(\s*select)(?:(?!on_error|;|\"{3})[\s\S]){5,3000}?)"""
        r"""(?=\s*(?:;|\"{3}|\Z))|on_error\s*=\s*'?abort_statement'?)""",
        r"\g<copy> on_error = continue",
        never=r"on_error\s*=\s*'?(?:continue|skip)|validate\(",
    ),
    Fault(
        "the transaction's id without its version",
        ("TG216",),
        (".py", ".scala"),
        r"""\s*\.option\(\s*['"]txnVersion['"][^\n]*?\)(?=\s*(?:\.|\\|$))""",
        "",
        only="txnAppId",
    ),
    Fault(
        "vacuum keeps nothing",
        ("TG905",),
        (".py", ".sql", ".scala"),
        r"""(?P<vacuum>\bsql\(\s*[fs]?["']{1,3}\s*VACUUM\s+(?!FULL|ANALYZE)(?:[\w.]*['`][^'`\n]*['`]|[\w.{}$]+))"""
        r"""(?:\s+RETAIN\s+\d+\s+HOURS)?(?=["';\s])""",
        r"\g<vacuum> RETAIN 0 HOURS",
        only=r"delta",
    ),
)
"""Every fault that is planted."""
