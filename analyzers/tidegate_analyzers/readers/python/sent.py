"""What a program sends to a database: SQL, and load jobs of BigQuery's client."""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.facts import Relation, Site, Step, Write
from tidegate_analyzers.readers.airflow.big_query import table_name
from tidegate_analyzers.readers.airflow.operators import APPENDS, CLEARS, REPLACES, dialect_of
from tidegate_analyzers.readers.airflow.steps import ONE_OF_SEVERAL, StepReader, looks_like_sql, table_relation
from tidegate_analyzers.readers.python.body import Body
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.names import Env, dotted
from tidegate_analyzers.readers.python.values import CallOf, Choice, FileText, Imported, Items, Text, Value
from tidegate_analyzers.syntax.python import PythonFile

_EXECUTE = frozenset(
    (
        "run",
        "execute",
        "executemany",
        "execute_query",
        "query",
        "sql",
        "run_query",
        "exec_driver_sql",
        "execute_async",
        "execute_string",
        "command",
    )
)
_LOADS = frozenset(
    (
        "load_table_from_uri",
        "load_table_from_file",
        "load_table_from_dataframe",
        "load_table_from_json",
        "query",
        "copy_table",
    )
)
_READS = re.compile(r"get_(?:records|first|pandas_df|df)|read_sql\w*|fetch\w*")
_JOB_CONFIG = re.compile(r"(?:Load|Query|Copy)JobConfig$")


class Sent:
    """Reads the calls of a body that send something to a database.

    Attributes:
        values: what calls of functions of the same module are for certain, by the identity of the call.
        dispositions: the ways of writing that are set on the configuration of a load, by its name.
    """

    def __init__(self, file: PythonFile, evaluator: Evaluator, steps: StepReader, body: Body) -> None:
        self.file = file
        self.evaluator = evaluator
        self.steps = steps
        self.body = body
        self.values: dict[int, Value] = {}
        self.dispositions: dict[str, set[str]] = {}

    def takes(self, call: ast.Call, method: str, name: str, env: Env) -> bool:
        """Read a call, if it is one that sends something."""
        if method in _LOADS and self._load(call, method, env):
            return True
        if (method in _EXECUTE and isinstance(call.func, ast.Attribute)) or _READS.match(method):
            self._execute(call, name, env)
            return True
        return False

    def _execute(self, call: ast.Call, name: str, env: Env) -> None:
        """A call that sends SQL, if its first argument is SQL; other `run` methods are other things."""
        given = next(
            (
                keyword.value
                for keyword in call.keywords
                if keyword.arg in ("sql", "query", "statement", "operation", "command")
            ),
            None,
        )
        node = given or (call.args[0] if call.args else None)
        if node is None:
            return
        value = self.values.get(id(node)) or self.evaluator.value(node, env)
        site = self.steps.sites.add(self.file.span(node))
        items = value.items if isinstance(value, Items) else (value,)
        for item in items:
            self._send(item, name, site, env)

    def _send(self, value: Value, name: str, site: Site, env: Env) -> None:
        dialect = dialect_of(name) or dialect_of(_origin(name, env))
        if isinstance(value, Text):
            if looks_like_sql(value.text):
                self.body.steps.append(Step("sql", "", self.steps.add(value.fragment, dialect, site, name), site))
            elif value.text.strip().lower().endswith(".sql"):
                self.body.steps += self.steps.steps(value, dialect, site, name)
        elif isinstance(value, Choice):
            start = len(self.body.steps)
            for option in value.options:
                self._send(option, name, site, env)
            self.body.under(start, ONE_OF_SEVERAL)
        elif isinstance(value, FileText | Imported):
            self.body.steps += self.steps.steps(value, dialect, site, name)
        elif isinstance(value, CallOf) and CLEARS.search(value.function):
            self.body.write(
                Write(
                    "call",
                    Relation("table", (value.text,)),
                    site,
                    opaque=f"'{value.function}' builds a statement that is not known",
                )
            )
        elif name.rpartition(".")[2] not in ("query", "run", "command") and not _READS.match(name.rpartition(".")[2]):
            self.body.steps.append(Step("unknown", "", site=site))
            self.body.opaque = True

    def _load(self, call: ast.Call, method: str, env: Env) -> bool:
        """A load job of the BigQuery client, whose configuration says how it writes."""
        config_node = next((keyword.value for keyword in call.keywords if keyword.arg == "job_config"), None)
        if config_node is None:
            return False
        config = self.evaluator.value(config_node, env)
        if not (isinstance(config, CallOf) and _JOB_CONFIG.search(config.function)):
            return False
        settings = dict(config.keywords)
        words = {word_of(settings["write_disposition"])} if "write_disposition" in settings else set()
        words |= self.dispositions.get(dotted(config_node), set())
        if method == "query":
            if "destination" not in settings:
                return False
            name = settings["destination"].text if isinstance(settings["destination"], Text) else ""
        else:
            name = self._target(call, env)
        relation = table_relation(name) if name else Relation("table", ())
        site = self.steps.sites.add(self.file.span(config_node))
        if words == set(words & APPENDS) and words:
            self.body.write(
                Write(
                    "append",
                    relation,
                    site,
                    rows="file",
                    option=next(iter(words)),
                    partition=relation.name.partition("$")[2],
                )
            )
        elif words & REPLACES:
            self.body.write(Write("replace", relation, site, rows="file", option=", ".join(sorted(words)), whole=True))
        else:
            self.body.write(Write("call", relation, site, rows="file", opaque="how it writes is not known"))
        return True

    def _target(self, call: ast.Call, env: Env) -> str:
        node = next(
            (keyword.value for keyword in call.keywords if keyword.arg in ("destination", "table_id", "table")), None
        )
        if node is None:
            node = call.args[1] if len(call.args) > 1 else None
        return table_name(node, env, self.evaluator) if node is not None else ""


def word_of(value: Value) -> str:
    """The last word of a value that names something: of `WriteDisposition.WRITE_APPEND` the latter."""
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Imported):
        return value.name
    return str(getattr(value, "text", "")).rpartition(".")[2]


def _origin(name: str, env: Env) -> str:
    """What the object of a method call was made by: `hook.run` with `hook = PostgresHook(...)`."""
    value = env.get(name.partition(".")[0])
    return value.function if isinstance(value, CallOf) else ""
