"""What software a workspace says it runs on: requirements, lock files, images, profiles.

Only names and versions are taken. They decide which dialect SQL is in, what an incremental model does when it
does not say, and whether Airflow 2 or 3 is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tidegate_analyzers.facts import FileFacts, FileRead, Name, Package, Problem, Setting, Sites, Value
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.airflow.kept import kept_in_environment
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.told import told_in_config
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, Sequence, parse_yaml, text_of
from tidegate_analyzers.text import Document, Span

_REQUIREMENT = re.compile(
    r"(?m)(?:^|[\"'\s])(?P<name>apache[-_]airflow|dbt-(?:core|[a-z0-9]+)|pyspark|delta-spark|dagster|prefect)(?:\[[^\]]*\])?\s*(?P<spec>(?:[<>=!~^]=?|=)\s*[\"']?\s*[\w.*]+(?:\s*,\s*[<>=!~]=?\s*[\w.*]+)*)?",
)
_LOCKED = re.compile(
    r'name\s*=\s*"(?P<name>apache-airflow|dbt-[a-z0-9]+|pyspark)"\s*\r?\nversion\s*=\s*"(?P<version>[^"]+)"'
)
_IMAGE = re.compile(
    r"(?im)^\s*FROM\s+(?:[\w.\-/]*/)?(?P<name>airflow|astro-runtime|runtime|dbt-[a-z]+):(?P<version>[\w.\-]+)"
)
_CONSTRAINT = re.compile(r"constraints-(?P<version>\d+\.\d+(?:\.\d+)?)/")
_NOT_ADAPTERS = frozenset(
    (
        "dbt-core",
        "dbt-extractor",
        "dbt-semantic",
        "dbt-common",
        "dbt-adapters",
        "dbt-utils",
        "dbt-tests",
        "dbt-artifacts",
        "dbt-checkpoint",
        "dbt-score",
        "dbt-bouncer",
        "dbt-metricflow",
        "dbt-protos",
        "dbt-project",
    )
)


def read_packages(document: Document, role: Role) -> FileRead:
    """The facts of one such file."""
    sites = Sites()
    name = PurePosixPath(document.path).name
    if name.startswith("profiles."):
        return sites.finish(FileFacts("packages", packages=tuple(_profiles(document.text))))
    if name in ("packages.yml", "packages.yaml", "dependencies.yml", "dependencies.yaml", "package-lock.yml"):
        packages, names, problems = _dbt_packages(document, sites)
        made = () if name == "package-lock.yml" else names
        return sites.finish(FileFacts("packages", problems, packages=packages, names=made))
    if name == "CODEOWNERS":
        return sites.finish(FileFacts("packages", settings=_owners(document, sites)))
    if name == "tidegate.toml":
        return sites.finish(FileFacts("packages", told=told_in_config(document, sites)))
    if name == "airflow.cfg" or name == ".env":
        kept = tuple(kept_in_environment(document.text, sites))
        return sites.finish(FileFacts("packages", settings=_airflow_config(document, sites), names=kept))
    if name in ("ruff.toml", ".ruff.toml"):
        return sites.finish(FileFacts("packages", settings=tuple(_ruff(document, sites))))
    if name == "manifest.json":
        adapter = re.search(r'"adapter_type"\s*:\s*"(\w+)"', document.text)
        return sites.finish(
            FileFacts("packages", packages=(Package(f"dbt-{adapter.group(1)}", "", "manifest"),) if adapter else ())
        )
    settings = _environment(document, sites)
    if name == "pyproject.toml":
        settings += tuple(_ruff(document, sites))
    packages = tuple(_requirements(document.text, name))
    told = told_in_config(document, sites) if name == "pyproject.toml" else ()
    kept = tuple(kept_in_environment(document.text, sites)) if "ockerfile" in name else ()
    return sites.finish(FileFacts("packages", packages=packages, settings=settings, names=kept, told=told))


def _requirements(text: str, name: str) -> list[Package]:
    found: dict[tuple[str, str], Package] = {}
    for match in _LOCKED.finditer(text):
        found[match["name"], match["version"]] = Package(match["name"], match["version"], "lock")
    if name not in ("poetry.lock", "uv.lock"):
        for match in _REQUIREMENT.finditer(text):
            package = match["name"].replace("_", "-")
            spec = re.sub(r"[\"'\s]", "", match["spec"] or "")
            if package.startswith("dbt-") and package in _NOT_ADAPTERS and package != "dbt-core":
                continue
            found.setdefault((package, spec), Package(package, spec, "requirement"))
    for match in _IMAGE.finditer(text):
        package = "apache-airflow" if match["name"] == "airflow" else match["name"]
        if package not in ("astro-runtime", "runtime"):
            found.setdefault((package, match["version"]), Package(package, match["version"], "image"))
    for match in _CONSTRAINT.finditer(text):
        found.setdefault(
            ("apache-airflow", match["version"]), Package("apache-airflow", match["version"], "constraint")
        )
    return list(found.values())


def _profiles(text: str) -> list[Package]:
    file = parse_yaml(text)
    found: list[Package] = []
    for root in file.documents:
        if not isinstance(root, Mapping):
            continue
        for profile, body in root.items():
            outputs = body.get("outputs") if isinstance(body, Mapping) else None
            for _, output in outputs.items() if isinstance(outputs, Mapping) else ():
                adapter = text_of(output.get("type")) if isinstance(output, Mapping) else None
                if adapter:
                    found.append(Package(f"dbt-{adapter}", "", f"profile:{profile.value}"))
    return list(dict.fromkeys(found))


def _dbt_packages(
    document: Document, sites: Sites
) -> tuple[tuple[Package, ...], tuple[Name, ...], tuple[Problem, ...]]:
    file = parse_yaml(document.text)
    found: list[Package] = []
    names: list[Name] = []
    for root in file.documents:
        listed = root.get("packages") if isinstance(root, Mapping) else None
        for item in listed.items() if isinstance(listed, Sequence) else ():
            if isinstance(item, Mapping):
                for key in ("package", "git", "local", "tarball", "private"):
                    node = item.get(key)
                    if isinstance(node, Scalar) and text_of(node):
                        package = node.value.rstrip("/").removesuffix(".git").rpartition("/")[2]
                        found.append(Package(package, node.value, f"dbt-{key}"))
                        start = document.text.rfind(package, node.start, node.end)
                        if package and start >= 0:
                            names.append(_made(package, start, sites))
        for key in ("projects",):
            projects = root.get(key) if isinstance(root, Mapping) else None
            for item in projects.items() if isinstance(projects, Sequence) else ():
                name = item.get("name") if isinstance(item, Mapping) else None
                if isinstance(name, Scalar) and text_of(name):
                    found.append(Package(name.value, "", "dbt-project"))
                    names.append(_made(name.value, name.inner.start, sites))
    problems = tuple(syntax_problems(file.problems, sites))
    return tuple(found), tuple(names), problems


def _made(package: str, start: int, sites: Sites) -> Name:
    """A package as dbt calls it; its repository is often spelled with hyphens."""
    return Name("package", package.replace("-", "_"), sites.add(Span(start, start + len(package))), made=True)


_AIRFLOW_KEYS = "default_task_retries|catchup_by_default|max_active_runs_per_dag|default_task_execution_timeout|default_timeout|xcom_backend"
_AIRFLOW_KEY = re.compile(rf"(?mi)^\s*(?:AIRFLOW__[A-Z]+__)?(?P<key>{_AIRFLOW_KEYS})\s*[=:]\s*[\"']?(?P<value>\w+)")


def _airflow_config(document: Document, sites: Sites) -> tuple[Setting, ...]:
    return tuple(
        Setting(
            f"airflow.{match['key'].lower()}",
            Value(True, _scalar(match["value"]), (), match["value"]),
            sites.add(Span(match.start("key"), match.end("key"))),
        )
        for match in _AIRFLOW_KEY.finditer(document.text)
    )


_AIRFLOW_ENV = re.compile(
    rf"AIRFLOW__(?:CORE|SCHEDULER|SENSORS)__(?P<key>{_AIRFLOW_KEYS})\s*[=:]\s*[\"']?(?P<value>\w+)", re.I
)


def _environment(document: Document, sites: Sites) -> tuple[Setting, ...]:
    return tuple(
        Setting(
            f"airflow.{match['key'].lower()}",
            Value(True, _scalar(match["value"]), (), match["value"]),
            sites.add(Span(match.start("key"), match.end("key"))),
        )
        for match in _AIRFLOW_ENV.finditer(document.text)
    )


_RUFF = re.compile(r"(?m)^\s*(?P<key>(?:lint\.)?(?:extend-)?(?P<how>select|ignore))\s*=\s*\[(?P<codes>[^\]]*)\]")
_DATES_OF_DAGS = "AIR304"
"""ruff's rule on start dates that move."""


def _ruff(document: Document, sites: Sites) -> Iterator[Setting]:
    """Whether ruff looks at the start dates of DAGs."""
    words = {"select": list[str](), "ignore": list[str]()}
    place = 0
    for match in _RUFF.finditer(document.text) if "ruff" in f"{document.path}{document.text}" else ():
        codes = re.findall(r"[A-Z]+\d*", match["codes"])
        words[match["how"]] += codes
        if match["how"] == "select" and any(_covers(code) for code in codes):
            place = sites.add(Span(match.start("key"), match.end("key")))
    if place and not any(_covers(code) for code in words["ignore"]):
        yield Setting(f"ruff.{_DATES_OF_DAGS}", Value(True, True), place)


def _covers(code: str) -> bool:
    return code == "ALL" or _DATES_OF_DAGS.startswith(code)


def _scalar(text: str) -> int | bool | str:
    if text.isdigit():
        return int(text)
    return {"true": True, "false": False}.get(text.lower(), text)


def _owners(document: Document, sites: Sites) -> tuple[Setting, ...]:
    found = []
    # A pattern without owners takes them away from what it matches.
    for match in re.finditer(r"(?m)^(?P<pattern>[^#\s]\S*)(?P<owners>[^#\r\n]*)", document.text):
        found.append(
            Setting(
                f"codeowners:{match['pattern']}",
                Value(True, match["owners"].split()),
                sites.add(Span(match.start(), match.end())),
            )
        )
    return tuple(found)
