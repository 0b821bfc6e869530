"""Files that no reader likes, and where they are said to be broken or not understood."""

from __future__ import annotations

DEEP = 10_000
DBT = "shop/models/"
PIPELINE = "apiVersion: tidegate/v1\nkind: Pipeline\n"
CONTRACT = "apiVersion: v3.1.0\nkind: DataContract\n"
DAG = "from airflow import DAG\n"
INSERT = "insert into a.b select * from a.c;\n"

Files = dict[str, str | bytes]

BILLION = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
)
MERGES = "a0: &a0 {k0: 1}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n  k{n}: 1\n" for n in range(1, 25)
)

CASES: dict[str, tuple[Files, list[str]]] = {
    "a table whose definition lacks a comma": (
        {"ddl/orders.sql": "create table orders (\n  id int,\n  name text\n  primary key (id)\n);\n"},
        [],
    ),
    # broken in each language
    "yaml: flow never closed": ({"p.yaml": f"{PIPELINE}stages: [a, b\nowner: 'x'\n"}, ["p.yaml:4:6 TG002"]),
    "yaml: quote never closed": ({f"{DBT}s.yml": "models:\n  - name: 'a\n"}, [f"{DBT}s.yml:2:11 TG002"]),
    "yaml: tab": ({"p.yaml": f"{PIPELINE}\towner: x\n"}, ["p.yaml:3:1 TG002"]),
    "yaml: odcs": ({"c.yaml": f"{CONTRACT}schema: [\n"}, ["c.yaml:3:9 TG002"]),
    "yaml: project": ({"other/dbt_project.yml": "name: [x\n"}, ["other/dbt_project.yml:1:8 TG002"]),
    "yaml: directive": ({"p.yaml": f"{PIPELINE}---\n%YAML 9\n---\n"}, ["p.yaml:4:7 TG002"]),
    "yaml: tags run nothing": (
        {"p.yaml": f"{PIPELINE}owner: !!python/object/apply:os.mkdir [pwned]\nstages: !x [!!binary zz, !!int abc]\n"},
        [],
    ),
    "jinja: expression": ({f"{DBT}a.sql": "select {{ a\nfrom b\n"}, [f"{DBT}a.sql:1:8 TG002"]),
    "jinja: statement": ({f"{DBT}a.sql": "{% if a %}\nselect 1\n"}, [f"{DBT}a.sql:1:1 TG002"]),
    "jinja: comment": ({f"{DBT}a.sql": "select 1 {# a\n"}, [f"{DBT}a.sql:1:10 TG002"]),
    "jinja: raw": ({f"{DBT}a.sql": "{% raw %} select 1\n"}, [f"{DBT}a.sql:1:1 TG002"]),
    "jinja: wrong end": (
        {f"{DBT}a.sql": "{% if a %}{% for b in c %}{% endif %}{% endfor %}\n"},
        [f"{DBT}a.sql:1:11 TG002", f"{DBT}a.sql:1:38 TG002"],
    ),
    "sql: nonsense": ({f"{DBT}a.sql": "select from where )(\n"}, [f"{DBT}a.sql:1:13 TG003"]),
    "sql: quote never closed": ({f"{DBT}a.sql": "select 'a\n"}, [f"{DBT}a.sql:1:9 TG003"]),
    "python: broken": ({"dags/d.py": f"{DAG}with DAG('d') as d:\n    x = (\n"}, ["dags/d.py:3:9 TG002"]),
    "python: indentation": ({"dags/d.py": f"{DAG}with DAG('d'):\nx = 1\n"}, ["dags/d.py:3:1 TG002"]),
    "python: NUL in the text": ({"dags/d.py": f"{DAG}DAG('d\\0')\n"}, []),
    # what expands
    "yaml: cycles": (
        {
            f"{DBT}s.yml": "models: &m\n  - name: a\n    columns: *m\n",
            "p.yaml": f"{PIPELINE}stages: &a\n  - *a\n",
            "c.yaml": f"{CONTRACT}schema: &s\n  - name: x\n    properties: *s\n",
            "other/dbt_project.yml": "name: q\nmodels: &a\n  q: *a\n",
        },
        [
            "c.yaml:5:17 TG002",
            "other/dbt_project.yml:3:6 TG002",
            "p.yaml:4:5 TG002",
            f"{DBT}s.yml:3:14 TG002",
        ],
    ),
    "yaml: a billion laughs": (
        {
            f"{DBT}s.yml": f"{BILLION}models: *k\n",
            "p.yaml": f"{PIPELINE}{BILLION}stages: *k\n",
            "c.yaml": f"{CONTRACT}{BILLION}schema: *k\n",
            "other/dbt_project.yml": f"name: q\n{BILLION}models: *k\n",
        },
        [],
    ),
    "yaml: merges of merges": ({f"{DBT}s.yml": f"{MERGES}models:\n  - <<: *a24\n    name: x\n"}, []),
    # depth
    "deep: yaml flow": (
        {"p.yaml": f"{PIPELINE}stages: {'[' * DEEP}{']' * DEEP}\n", f"{DBT}s.yml": f"models: {'[' * DEEP}\n"},
        [f"{DBT}s.yml:1:10008 TG002"],
    ),
    "deep: yaml mappings": (
        {
            "p.yaml": PIPELINE + "".join(f"{' ' * n}a:\n" for n in range(1500)),
            f"{DBT}s.yml": f"models: {'{a: ' * DEEP}{'}' * DEEP}\n",
            f"{DBT}t.yml": f"models:\n  {'- ' * DEEP}x\n",
        },
        [],
    ),
    "deep: sql brackets": (
        {
            f"{DBT}a.sql": f"select {'(' * DEEP}1{')' * DEEP}\n",
            f"{DBT}b.sql": f"select {'(' * DEEP}\n",
            f"{DBT}c.sql": f"select * from {'(select * from ' * 3000}t{')' * 3000}\n",
            f"{DBT}d.sql": f"select {'case when 1 then ' * DEEP}1{' end' * DEEP}\n",
        },
        [f"{DBT}{name}.sql:1:1 TG003" for name in "abd"],
    ),
    "deep: sql operators": (
        {
            f"{DBT}a.sql": f"select {'1+' * DEEP}1\n",
            f"{DBT}b.sql": f"select {'not ' * DEEP}1\n",
            f"{DBT}c.sql": f"select {'- ' * DEEP}1\n",
            f"{DBT}d.sql": f"select 1 {'union all select 1 ' * 5000}\n",
            "e.sql": f"{'begin ' * DEEP}",
            "f.sql": f"{'/*' * DEEP}",
        },
        [f"{DBT}{name}.sql:1:1 TG003" for name in "bc"],
    ),
    "deep: python brackets": (
        {
            "dags/a.py": f"{DAG}DAG('a')\nx = {'(' * DEEP}1{')' * DEEP}\n",
            "dags/b.py": f"{DAG}DAG('b')\nx = {'[' * DEEP}\n",
            "dags/c.py": f"{DAG}DAG('c')\nx = {'-' * DEEP}1\n",
            "dags/d.py": f"{DAG}DAG('d')\nx = {'1+' * DEEP}1\n",
            "dags/e.py": f"{DAG}DAG('e')\nx = a{'.b' * DEEP}\n",
            "dags/f.py": f"{DAG}DAG('f')\nx = f{'(1)' * DEEP}\n",
            "dags/g.py": f"{DAG}DAG('g')\n" + "".join(f"{' ' * n}if x:\n" for n in range(110)),
        },
        [
            "dags/a.py:3:205 TG002",
            "dags/b.py:3:205 TG002",
            *(f"dags/{name}.py:1:1 TG003" for name in "cdef"),
            "dags/g.py:103:1 TG002",
        ],
    ),
    "deep: dependencies": (
        {
            "dags/a.py": f"{DAG}from airflow.operators.empty import EmptyOperator\nwith DAG('d', owner='x'):\n"
            f"    a = EmptyOperator(task_id='a')\n    {'a >> ' * 3000}a\n",
            "dags/b.py": f"{DAG}x = 'a'\n{chr(10).join(['x = x + x'] * 60)}\nDAG(x)\n",
            "dags/c.py": f"{DAG}x = y\ny = x\nDAG(x, default_args=y)\ndef f(a=f): return f()\nf()\n",
        },
        ["dags/a.py:1:1 TG003"],
    ),
    "deep: jinja": (
        {
            f"{DBT}a.sql": "{% if x %}" * DEEP + "select 1" + "{% endif %}" * DEEP,
            f"{DBT}b.sql": f"select {{{{ {'(' * DEEP}1{')' * DEEP} }}}}",
            f"{DBT}c.sql": f"select {{{{ {'not ' * DEEP}1 }}}}",
            f"{DBT}d.sql": f"select {{{{ a{'|b' * DEEP} }}}}",
            f"{DBT}e.sql": f"select {{{{ a{'.b' * DEEP} }}}}",
            f"{DBT}f.sql": f"select {{{{ {'[' * DEEP}{']' * DEEP} }}}}",
            f"{DBT}g.sql": f"select * from {{{{ ref({chr(39)}a{chr(39)} {'~ a' * DEEP}) }}}}",
        },
        [],
    ),
    "deep: jinja never closed": (
        {f"{DBT}a.sql": "{% for a in b %}" * DEEP},
        [f"{DBT}a.sql:1:{1 + 16 * number} TG002" for number in range(50)],
    ),
    "deep: toml and json around": (
        {
            "uv.lock": f"a = {'[' * DEEP}",
            "poetry.lock": f"a = {'{a=' * DEEP}",
            "pyproject.toml": f"[project]\ndependencies = {'[' * DEEP}",
            "shop/target/manifest.json": "[" * DEEP,
            "shop/target/catalog.json": f'{{"a": {"[" * DEEP}',
            "Pipfile": "[",
        },
        [],
    ),
    # size
    "large: sql": ({f"{DBT}a.sql": "select 1;\n" * 5_000_000}, [f"{DBT}a.sql:1:1 TG003"]),
    "large: yaml": ({"p.yaml": "a: 1\n" * 10_000_000}, ["p.yaml:1:1 TG003"]),
    "large: python": ({"dags/d.py": "x = 1\n" * 8_000_000}, ["dags/d.py:1:1 TG003"]),
    "long lines": (
        {
            "a.sql": f"insert into a.b select {', '.join(f'c{n}' for n in range(100_000))} from a.c",
            "p.yaml": f"{PIPELINE}owner: {'x' * 2_000_000}\n",
            f"{DBT}a.sql": f"select '{'x' * 3_000_000}'\n",
            "dags/d.py": f"{DAG}x = '{'x' * 400_000}'\n",
        },
        [f"{DBT}a.sql:1:1 TG003"],
    ),
    "long numbers": (
        {
            "p.yaml": f"{PIPELINE}version: {'9' * 100_000}\n",
            f"{DBT}s.yml": f"models:\n  - name: {'9' * 100_000}\n    version: {'1' * 9999}e{'9' * 9999}\n",
            f"{DBT}a.sql": f"select {'9' * 100_000}, {{{{ {'9' * 100_000} }}}}\n",
            "dags/d.py": f"{DAG}DAG('x', retries={'9' * 4000})\n",
        },
        [],
    ),
    # bytes
    "bytes: NUL": (
        {"a.sql": b"select 1\0", "p.yaml": b"apiVersion: tidegate/v1\0\n", "dags/d.py": b"x = 1\0\n"},
        ["dags/d.py:1:1 TG003", "p.yaml:1:1 TG003"],
    ),
    "bytes: not UTF-8": (
        {
            "a.sql": b"insert into a.b select '\xff\xfe\xfa' from c;\n",
            "p.yaml": b"apiVersion: tidegate/v1\nkind: \xff\n",
            f"{DBT}a.sql": b"select '\x80\xc3\x28'\n",
            "dags/d.py": b"from airflow import DAG\n# \xff\nwith DAG('\xff') as d: pass\n",
        },
        [],
    ),
    "bytes: UTF-16": (
        {
            "p.yaml": PIPELINE.encode("utf-16"),
            f"{DBT}a.sql": "select {{ ä\n".encode("utf-16-be").join([b"\xfe\xff", b""]),
            f"{DBT}odd.sql": b"\xff\xfes\0e",
        },
        [f"{DBT}a.sql:1:8 TG002"],
    ),
    "bytes: marks": (
        {"p.yaml": b"\xef\xbb\xbf" + f"{PIPELINE}a: [\n".encode(), f"{DBT}a.sql": b"\xef\xbb\xbfselect {{ a\n"},
        ["p.yaml:3:4 TG002", f"{DBT}a.sql:1:8 TG002"],
    ),
    "bytes: nothing": (
        dict.fromkeys(("a.sql", "p.yaml", f"{DBT}a.sql", f"{DBT}s.yml", "dags/d.py", "other/dbt_project.yml", "requirements.txt", "pyproject.toml", "uv.lock", "shop/packages.yml", "shop/profiles.yml", "shop/target/manifest.json", "shop/target/catalog.json", "shop/seeds/a.csv", ".gitignore"), b""),
        [],
    ),
    "lines: CR alone": (
        {"p.yaml": f"# a\n{PIPELINE}a: [\n".replace("\n", "\r"), f"{DBT}a.sql": "select\r {{ a\r"},
        ["p.yaml:4:4 TG002", f"{DBT}a.sql:2:2 TG002"],
    ),
    "lines: CR LF and LF": ({"p.yaml": "apiVersion: tidegate/v1\r\nkind: Pipeline\na: [\r\n\n"}, ["p.yaml:3:4 TG002"]),
    "lines: what only Python calls a line": (
        {
            "p.yaml": "apiVersion: tidegate/v1\nowner: 'a\u2028b\u0085c\x0bd'\na: [\n",
            f"{DBT}a.sql": "select '\u2028\x0c\x1c\x85' ,\n {{ a\n",
            "dags/d.py": f"{DAG}\x0c\nDAG('\u2028\x1c')\nx = (\n",
        },
        ["dags/d.py:4:5 TG002", "p.yaml:3:4 TG002", f"{DBT}a.sql:2:2 TG002"],
    ),
    # form
    "form: anything but what is expected": (
        {
            "other/dbt_project.yml": "name: {a: 1}\nmodel-paths: {x: [1]}\nmodels: 5\nvars: []\nseeds: {a: {b: [*x]}}\n",
            "third/dbt_project.yml": "- a\n- b\n",
            "third/models/a.sql": "select 1\n",
            f"{DBT}s.yml": "models: {a: b}\nsources: [1, [2], null, {name: [x], tables: 3}]\nversion: [2]\nexposures: x\n",
            f"{DBT}t.yml": "- 1\n--- 3\n--- null\n",
            "p.yaml": f"{PIPELINE}stages: {{a: 1}}\nschedule: []\nquality: 3\nowner: {{}}\n",
            "c.yaml": "kind: DataContract\napiVersion: [3]\nschema: 7\nteam: 3\nslaProperties: {a: b}\n",
            "shop/target/manifest.json": '{"metadata": [1], "nodes": 5}',
            "shop/target/catalog.json": '{"metadata": {"generated_at": 7}, "nodes": {"": {}, "model.shop.a": {"columns": {"": {"index": "x", "type": [1], "name": {}}, ".": {}}}}, "sources": {"source": {"columns": null}}}',
            "shop/packages.yml": "packages: {a: b}\n",
            "shop/package-lock.yml": "packages: 5\n",
            "shop/profiles.yml": "shop: [1, 2]\n",
            "uv.lock": "package = 3\n",
            "poetry.lock": "[[package]]\nname = 3\n",
            "airflow.cfg": "[core\n= 3\n",
            "CODEOWNERS": "* \n[ @a\n\\\n",
            "requirements.txt": "==\n-r x\n===3\n",
            "Dockerfile": "FROM\nRUN pip install\n",
        },
        ["other/dbt_project.yml:5:17 TG002"],
    ),
    "form: keys that are no text": (
        {
            "p.yaml": f"{PIPELINE}? [a]\n: b\n? {{c: d}}\n: e\n1: 2\nnull: 3\n",
            f"{DBT}s.yml": "? [a]\n: b\nmodels:\n  - ? {name: x}\n    : y\n    1.5: 2\n",
        },
        [],
    ),
}  # fmt: skip
