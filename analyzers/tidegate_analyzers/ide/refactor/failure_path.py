"""Write the whole failure path of a dbt model: what is valid, where the rest goes, who reads what, how it is replayed."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.fixes import odcs
from tidegate_analyzers.fixes.known import known_model
from tidegate_analyzers.fixes.sql_names import PLAIN
from tidegate_analyzers.graph import contracts, dbt
from tidegate_analyzers.graph.columns import node_columns
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.data_tests import tests_of_model
from tidegate_analyzers.ide.refactor.asked import REWRITE, Asked, Refactoring
from tidegate_analyzers.ide.refactor.replays import replay_dag
from tidegate_analyzers.layout import Project
from tidegate_analyzers.text import Change, Edit, NewFile, Span

_MACRO = """\
{#- A valid row of '%(name)s': '%(name)s_valid' takes these rows, '%(name)s_quarantine' the others. -#}
{%% macro %(name)s_is_valid() %%}
    (case when %(condition)s then 1 else 0 end = 1)
{%% endmacro %%}
"""
_VALID = """\
select
%(columns)s
from {{ ref('%(name)s') }}
where {{ %(name)s_is_valid() }}
"""
_QUARANTINE = """\
{{ config(materialized='incremental', unique_key='_record_key', on_schema_change='append_new_columns') }}

{#- The key is made of the whole record and never null: a record that comes again is not added again. -#}
{%% set texts = [] %%}
{%% for column in [%(names)s] %%}
    {%% do texts.append("coalesce(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), '')") %%}
    {%% do texts.append("'|'") %%}
{%% endfor %%}

with rejected as (
    select
%(deeper)s,
        {{ dbt.hash(dbt.concat(texts)) }} as _record_key
    from {{ ref('%(name)s') }}
    where not {{ %(name)s_is_valid() }}
),

numbered as (
    select *, row_number() over (partition by _record_key order by _record_key) as _copy
    from rejected
)

select
%(columns)s,
    _record_key,
    '%(name)s_is_valid' as _error_rule,
    '%(version)s' as _contract_version,
    '%(name)s' as _source,
    '{{ invocation_id }}' as _run_id,
    {{ dbt.current_timestamp() }} as _quarantined_at,
    'open' as _status
from numbered
where _copy = 1
{%% if is_incremental() %%}
    and not exists (select 1 from {{ this }} as known where known._record_key = numbered._record_key)
{%% endif %%}
"""
_PROPERTIES = """\
version: 2

models:
  - name: %(name)s_valid
    description: The rows of '%(name)s' that are valid; what is built on it reads these.
    columns:
%(tests)s
  - name: %(name)s_quarantine
    description: >-
      The rows of '%(name)s' that are not valid, once each, with the rule that they break. Mended at their source they
      come back by themselves with the next run of '%(name)s_valid'%(replayed)s.
    columns:
      - name: _record_key
        description: A hash of the whole record.
        %(word)s: [unique, not_null]
      - name: _error_rule
        description: The rule that the record breaks.
      - name: _contract_version
        description: The version of the contract that says so.
      - name: _status
        description: open, fixed, replayed or discarded.
"""
_REPLAY = "dbt build --select %(name)s_quarantine %(name)s_valid+ --project-dir <folder of the dbt project>"


def write_failure_path(asked: Asked) -> Iterator[Refactoring]:
    """On the `source` of a model whose columns are known, and of which tests say what must be there."""
    if asked.role.kind != "dbt_sql" or asked.role.resource != "model":
        return
    key = _model(asked)
    project = asked.view.layout.project_of(asked.path)
    if key is None or project is None or not PLAIN.fullmatch(key.name):
        return
    known = known_model(asked.view, key)
    columns = node_columns(asked.view, key)
    names = [column.name for column in columns.items]
    required = list(dict.fromkeys([*known.key, *(column.name for column in known.columns if column.not_null)]))
    if not columns.complete or not names or not required or not all(map(PLAIN.fullmatch, names)):
        return
    if not {name.casefold() for name in required} <= {name.casefold() for name in names}:
        return
    if any(asked.view.find(f"node:{key.name}_{end}") for end in ("valid", "quarantine")):
        return
    change = _change(asked, project, key, names, required, known.owner)
    yield Refactoring(f"Write the failure path of '{key.name}'", REWRITE, change, safe=False)


def _model(asked: Asked) -> NodeKey | None:
    """The model of the file, if a `source` of it stands on the line asked about."""
    read = asked.workspace.graph.files.get(asked.path)
    line = asked.document.lines.line_span(asked.document.lines.position(asked.at).line)
    for number, node in enumerate(read.facts.nodes if read is not None else ()):
        for ref in node.refs:
            if ref.function == "source" and read is not None and line.start <= read.span(ref.site).start <= line.end:
                return NodeKey(asked.path, number, node.name, node.kind)
    return None


def _change(asked: Asked, project: Project, key: NodeKey, names: list[str], required: list[str], owner: str) -> Change:
    folder = asked.path.rpartition("/")[0]
    macros = f"{project.root}/{next(iter(project.facts.folders('macro')), 'macros')}".strip("/")
    clauses, version = _clauses(asked, key)
    dag = replay_dag(asked, key.name, owner, _REPLAY % {"name": key.name})
    texts = {
        "name": key.name,
        "condition": " and ".join(f"{name} is not null" for name in required),
        "columns": ",\n".join(f"    {name}" for name in names),
        "deeper": ",\n".join(f"        {name}" for name in names),
        "names": ", ".join(f"'{name}'" for name in names),
        "version": version,
        "word": "data_tests",
        "tests": "\n".join(f"      - name: {name}\n        data_tests: [not_null]" for name in required),
        "replayed": f", or with the DAG 'replay_{key.name}'" if dag is not None else "",
    }
    made = {
        f"{macros}/{key.name}_is_valid.sql": _MACRO,
        f"{folder}/{key.name}_valid.sql": _VALID,
        f"{folder}/{key.name}_quarantine.sql": _QUARANTINE,
        f"{folder}/_{key.name}_failure_path.yml": _PROPERTIES,
    }
    newline = asked.document.newline
    files = [NewFile(path, (text % texts).replace("\n", newline)) for path, text in made.items()]
    edits = (*_routed(asked, key), *_warned(asked, key, required), *clauses)
    return Change(edits, (*files, *((dag,) if dag is not None else ())))


def _routed(asked: Asked, key: NodeKey) -> Iterator[Edit]:
    """What reads the model reads its valid rows."""
    for posting, kind in dbt.users(asked.view, key):
        read = asked.workspace.graph.files.get(posting.path)
        if kind not in ("model", "snapshot") or posting.kind != "node" or read is None:
            continue
        ref = read.facts.nodes[posting.number].refs[posting.inner]
        document = asked.workspace.document(posting.path)
        span = read.span(ref.sites[-1] if ref.sites else ref.site)
        if document is None or ref.version:
            continue
        written = document.slice(span)
        at = written.find(key.name)
        if at >= 0:
            start = span.start + at
            yield Edit(posting.path, Span(start, start + len(key.name)), f"{key.name}_valid")


def _warned(asked: Asked, key: NodeKey, required: list[str]) -> Iterator[Edit]:
    """The tests that say what is valid no longer stop what comes behind; those of the valid rows do."""
    wanted = {name.casefold() for name in required}
    for path, test in tests_of_model(asked.view, key):
        read, document = asked.workspace.graph.files.get(path), asked.workspace.document(path)
        if test.name != "not_null" or test.column.casefold() not in wanted or read is None or document is None:
            continue
        span = read.span(test.site)
        if document.slice(span) == test.name and not document.text[span.end :].lstrip(" '\"").startswith(":"):
            yield Edit(path, span, "not_null: {config: {severity: warn}}")


def _clauses(asked: Asked, key: NodeKey) -> tuple[list[Edit], str]:
    """The clause about invalid records in the contracts of the model and its readers, and the version of one."""
    edits: list[Edit] = []
    version = "<contract version>"
    readers = [key]
    for posting, kind in dbt.users(asked.view, key):
        facts = asked.view.facts(posting.path)
        if kind == "model" and posting.kind == "node" and facts is not None:
            readers.append(NodeKey(posting.path, posting.number, facts.nodes[posting.number].name, "model"))
    done: set[tuple[str, int]] = set()
    for reader in readers:
        for posting, obj in contracts.described(asked.view, reader.name, (reader.name,)):
            contract = contracts.contract_of(asked.view, posting)
            where = (posting.path, posting.number)
            if contract is None or where in done or not contracts.may_describe(asked.view, obj, reader):
                continue
            done.add(where)
            version = str(contract.version.value or version)
            value = {
                "definition": f"not {key.name}_is_valid()",
                "action": "quarantine",
                "location": f"{key.name}_quarantine",
                "retention": "30d",
                "owner": known_model(asked.view, reader).owner or "<team>",
            }
            if contract.extension("invalidRecords") is None:
                clause = odcs.custom_property(asked.workspace, *where, "tidegate.invalidRecords", value)
                edits += clause.edits if clause is not None else ()
    return edits, version
