"""The configuration: one model, from which the editor's settings and the reference page are made.

It stands in `tidegate.toml`, or under `[tool.tidegate]` of `pyproject.toml`, at the root of the workspace.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from tidegate_analyzers.check import Policy
from tidegate_analyzers.layout import Options
from tidegate_analyzers.rules.base import all_rules, names_rule
from tidegate_analyzers.text import Document, Span

Level = Literal["error", "warning", "info", "hint", "off"]
Codes = Annotated[list[str], Field(default_factory=list)]


def _one_rule(word: str) -> str:
    if all(word not in (rule.code, rule.name) for rule in all_rules()):
        raise ValueError(f"there is no rule '{word}'; `tidegate rules` lists them")
    return word


def _some_rules(word: str) -> str:
    if not names_rule(word):
        raise ValueError(f"no rule is meant by '{word}'; `tidegate rules` lists them")
    return word


def _lower(word: object) -> object:
    return word.lower() if isinstance(word, str) else word


OneRule = Annotated[str, AfterValidator(_one_rule)]
SomeRules = Annotated[str, AfterValidator(_some_rules)]


class Section(BaseModel):
    """A table of the configuration; unknown keys are faults."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, alias_generator=lambda name: name.replace("_", "-")
    )


class Contracts(Section):
    """What the workspace says of its contracts."""

    external: Codes = Field(
        default_factory=list, description="Regular expressions for datasets whose contract is kept elsewhere."
    )
    compatibility: Literal[
        "", "BACKWARD", "FORWARD", "FULL", "BACKWARD_TRANSITIVE", "FORWARD_TRANSITIVE", "FULL_TRANSITIVE", "NONE"
    ] = Field(default="", description="The compatibility mode of contracts that name none.")
    folder: str = Field(default="contracts", description="Where quick-fixes create new contracts.")
    api_version: str = Field(default="v3.1.0", description="The ODCS version of new contracts.")

    @field_validator("external")
    @classmethod
    def _are_patterns(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"'{pattern}' is no regular expression: {error}") from error
        return patterns

    @field_validator("folder")
    @classmethod
    def _is_inside(cls, folder: str) -> str:
        if folder.startswith(("/", "\\")) or ":" in folder or ".." in re.split(r"[/\\]", folder):
            raise ValueError(f"'{folder}' is no folder below the root")
        return folder


Dialect = Literal[
    "", "athena", "bigquery", "clickhouse", "databricks", "duckdb", "fabric", "glue", "hive", "mysql", "oracle",
    "postgres", "redshift", "snowflake", "spark", "sqlite", "sqlserver", "synapse", "trino", "tsql",
]  # fmt: skip


class Sql(Section):
    """How SQL is read."""

    dialect: Annotated[Dialect, BeforeValidator(_lower)] = Field(
        default="", description="The SQL dialect where neither a dbt profile nor an operator tells it."
    )
    load_paths: Codes = Field(
        default_factory=list,
        description="Folders of SQL files that something runs, though nothing in the workspace shows it.",
    )


class Airflow(Section):
    """What is known of Airflow."""

    version: str = Field(default="", description="The Airflow version where no requirement tells it.")


class Facts(Section):
    """What is told of things that are not seen in the workspace; see TG004."""

    clears: dict[str, list[str]] = Field(
        default_factory=dict,
        description="The tables that a task (`dag.task`) or a function (`module.function`) empties; in the file alone.",
    )
    upserts: dict[str, list[str]] = Field(
        default_factory=dict,
        description="The columns by which a task, function or script (its path) matches the rows it writes; in the file alone.",
    )
    columns: dict[str, list[str]] = Field(
        default_factory=dict,
        description="The columns that a dbt macro (`macro` or `package.macro`) yields; in the file alone.",
    )
    idempotent: Codes = Field(
        default_factory=list,
        description="Tasks, functions and scripts of which a second run changes nothing; in the file alone.",
    )


class Editor(Section):
    """What the editor shows beside findings."""

    code_lens: bool = Field(
        default=True, description="Show lineage in numbers, tests and the contract above models and sources."
    )
    star_hints: bool = Field(default=False, description="Show the columns that a `*` stands for behind it.")
    type_hints: bool = Field(default=False, description="Show the inferred types of columns behind their names.")


class Config(Section):
    """Everything that can be set."""

    profile: Literal["minimal", "recommended", "strict", "critical"] = Field(
        default="recommended",
        description="Which rules run: errors only, the recommended ones, all, or the critical rules of pipeline architecture.",
    )
    select: list[SomeRules] = Field(
        default_factory=list, description="Further rules to run, by code, name, prefix, category or group."
    )
    ignore: list[SomeRules] = Field(
        default_factory=list, description="Rules not to run, by code, name, prefix, category or group."
    )
    severity: dict[OneRule, Level] = Field(
        default_factory=dict,
        description="Severities by rule code or name: error, warning, info, hint, or off for none.",
    )
    per_path_ignores: dict[str, list[SomeRules]] = Field(
        default_factory=dict, description="Rules not to run in paths that match a pattern."
    )
    exclude: Codes = Field(default_factory=list, description="Patterns of paths in which nothing is reported.")
    rollup: bool = Field(
        default=True, description="Report once for a project what nearly all of it lacks; never in the strict profile."
    )
    rollup_below: float = Field(
        default=0.2, ge=0, le=1, description="The share of objects below which a project has no habit of a thing."
    )
    rollup_min: int = Field(
        default=10, ge=1, description="How many objects a project needs for its findings to roll up."
    )
    max_lines_per_rule: int = Field(
        default=25,
        ge=1,
        description="How many findings of a rule text output prints for a project before it folds the rest.",
    )
    baseline: str = Field(
        default=".tidegate-baseline.json", description="The file of known findings, relative to the root."
    )
    contracts: Contracts = Field(default_factory=Contracts, description="Contracts.")
    sql: Sql = Field(default_factory=Sql, description="SQL.")
    airflow: Airflow = Field(default_factory=Airflow, description="Airflow.")
    facts: Facts = Field(default_factory=Facts, description="Facts.")
    editor: Editor = Field(default_factory=Editor, description="The editor.")

    def policy(
        self,
        *,
        profile: str | None = None,
        select: tuple[str, ...] = (),
        ignore: tuple[str, ...] = (),
        rollup: bool | None = None,
    ) -> Policy:
        """What `check` needs of it, with what the command line says on top. The strict profile lists everything."""
        chosen = profile or self.profile
        return Policy(
            profile=chosen,
            select=(*self.select, *select),
            ignore=(*self.ignore, *ignore),
            severity={**self.severity},
            per_path={pattern: tuple(codes) for pattern, codes in self.per_path_ignores.items()},
            rollup=self.rollup and chosen != "strict" if rollup is None else rollup,
            rollup_below=self.rollup_below,
            rollup_min=self.rollup_min,
            exclude=tuple(self.exclude),
        )

    def options(self) -> Options:
        """What the layers that read and judge need of it."""
        return Options(
            dialect=self.sql.dialect,
            airflow=self.airflow.version,
            external_contracts=tuple(self.contracts.external),
            compatibility=self.contracts.compatibility,
            load_paths=tuple(self.sql.load_paths),
            ignored=tuple(self.exclude),
            strict=self.profile == "strict",
            contracts_folder=self.contracts.folder.strip("/"),
            odcs_version=self.contracts.api_version,
        )


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """A fault in the configuration, in the words and at the place the user needs."""

    path: str
    span: Span
    message: str


def read_config(document: Document) -> tuple[Config, list[ConfigProblem]]:
    """The configuration in a file, `pyproject.toml` included. What is wrong is reported and left out."""
    try:
        table = table_of(document)
    except tomllib.TOMLDecodeError as error:
        return Config(), [ConfigProblem(document.path, _toml_place(document, str(error)), _toml_words(str(error)))]
    if table is None:
        place = _key_span(document, "", ["tool", "tidegate"])
        return Config(), [ConfigProblem(document.path, place, "'tool.tidegate' is to be a table")]
    return from_table(table, document, "tool.tidegate" if _is_pyproject(document) else "")


def table_of(document: Document) -> dict[str, Any] | None:
    """The table of the configuration in a file; `None` if something else stands in its place.

    Raises:
        TOMLDecodeError: the file is not TOML.
    """
    try:
        loaded = tomllib.loads(document.text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("it nests too deeply (at line 1, column 1)") from None
    if not _is_pyproject(document):
        return loaded
    tools = loaded.get("tool", {})
    table = tools.get("tidegate", {}) if isinstance(tools, dict) else {}
    return table if isinstance(table, dict) else None


def _is_pyproject(document: Document) -> bool:
    return document.path.rpartition("/")[2] == "pyproject.toml"


def from_table(table: Mapping[str, Any], document: Document, prefix: str) -> tuple[Config, list[ConfigProblem]]:
    """The configuration in a table; entries that are wrong are reported and left out."""
    problems: list[ConfigProblem] = []
    current: dict[str, Any] = dict(table)
    for _ in range(50):
        try:
            return Config.model_validate(current), problems
        except ValidationError as error:
            for fault in error.errors():
                where = [str(part) for part in fault["loc"] if part != "[key]"]
                problems.append(ConfigProblem(document.path, _key_span(document, prefix, where), _words(where, fault)))
            # Items of a list go from the last, so that the others keep their numbers.
            for fault in sorted(
                error.errors(), key=lambda fault: [str(part).zfill(6) for part in fault["loc"]], reverse=True
            ):
                current = _without(current, [part for part in fault["loc"] if part != "[key]"])
    return Config(), problems


def _words(where: list[str], fault: Any) -> str:
    key = ".".join(part for part in where if not part.isdigit())
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{key}' in the configuration"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"'{key}': {message[:1].lower()}{message[1:]}"


def _without(table: Any, where: list[Any]) -> Any:
    """A table or list without the entry at a path."""
    key, *rest = where
    if isinstance(table, list):
        inner = table[key : key + 1] if isinstance(key, int) else []
        kept = [_without(inner[0], rest)] if rest and inner else []
        return [*table[:key], *kept, *table[key + 1 :]] if inner else table
    copy = dict(table)
    if rest and isinstance(copy.get(key), dict | list):
        copy[key] = _without(copy[key], rest)
    else:
        copy.pop(key, None)
    return copy


def _key_span(document: Document, prefix: str, where: list[str]) -> Span:
    """Where a key stands in a TOML text: the longest part of it that is written, in its table or dotted."""
    wanted = ".".join(part for part in (prefix, *where) if part)
    section = ""
    at = 0
    best, best_length = Span(0, 0), -1
    for line in re.split(r"(?<=\n)", document.text):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        key = re.match(r"\s*([\w.\"'\-*/ ]+?)\s*=", line)
        found = header or key
        if found:
            name = re.sub(r"[\"']", "", found.group(1))
            if header:
                section = name
            full = name if header else ".".join(part for part in (section, name) if part)
            if (full == wanted or wanted.startswith(full + ".")) and len(full) > best_length:
                best, best_length = Span(at + found.start(1), at + found.end(1)), len(full)
        at += len(line)
    return best


def _toml_place(document: Document, message: str) -> Span:
    found = re.search(r"line (\d+), column (\d+)", message)
    if not found:
        return Span(max(len(document.text) - 1, 0), len(document.text))
    line = int(found.group(1)) - 1
    span = document.lines.line_span(min(line, document.lines.line_count - 1))
    start = min(span.start + int(found.group(2)) - 1, span.end)
    return Span(start, span.end)


def _toml_words(message: str) -> str:
    words = re.sub(r"\s*\(at .*\)\Z", "", message)
    return f"this is not TOML: {words[:1].lower()}{words[1:]}"
