"""A real VS Code with the extension's package installed, looked at and used through its window.

One session does everything and reports what it saw; the tests judge that. The server is found in the environment that
the Python extension names, as it is for most users; a small extension takes that one's place and name.

`TIDEGATE_PICTURES=tests/editors/screenshots` takes the pictures of the repository anew; `lost-column.png` among them is
also `references/images/vscode.png`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.support import installed
from tests.support.repository import commit

pytestmark = pytest.mark.editor

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
EXAMPLE = REPOSITORY / "references" / "examples" / "orders"
INSTALL = "install what is missing: sh tests/editors/setup.sh"
TIMEOUT = 240
PACKAGED = {
    "extension.vsixmanifest",
    "[Content_Types].xml",
    "extension/LICENSE.txt",
    "extension/NOTICE",
    "extension/dist/LICENSES.txt",
    "extension/dist/extension.js",
    "extension/icon.png",
    "extension/package.json",
    "extension/readme.md",
}

PYTHON_EXTENSION = """
exports.activate = () => ({
  environments: {
    getActiveEnvironmentPath: () => ({ id: PATH, path: PATH }),
    resolveEnvironment: async (environment) => ({ executable: { uri: require("vscode").Uri.file(environment.path) } }),
    onDidChangeActiveEnvironmentPath: () => ({ dispose() {} }),
  },
});
"""


@dataclass(frozen=True)
class Session:
    """What was seen in VS Code, and what it left."""

    seen: dict[str, Any]
    workspace: Path
    log: str

    def text(self, path: str) -> str:
        """The text of a file as it is now."""
        return (self.workspace / path).read_text("utf-8")


@pytest.fixture(scope="module")
def vsix() -> Path:
    _tools()
    command = ["sh", str(HERE / "setup.sh"), "vsix"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (package,) = (REPOSITORY / "vscode-client").glob("*.vsix")
    return package


@pytest.fixture(scope="module")
def session(vsix: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    home = tmp_path_factory.mktemp("vscode")
    workspace = home / "orders"
    commit(Path(shutil.copytree(EXAMPLE, workspace)))
    pictures = Path(os.environ.get("TIDEGATE_PICTURES") or home / "pictures").resolve()
    pictures.mkdir(parents=True, exist_ok=True)
    means = {
        "tools": str(_tools()),
        "chromium": str(_chromium()),
        "home": str(home),
        "workspace": str(workspace),
        "extensions": [str(_python_extension(home)), str(vsix)],
        "pictures": str(pictures),
        "report": str(home / "report.json"),
    }
    (home / "means.json").write_text(json.dumps(means), "utf-8")
    told = _run([str(_tools() / "bin" / "node"), str(HERE / "vscode" / "session.mjs"), str(home / "means.json")])
    report = home / "report.json"
    seen = json.loads(report.read_text("utf-8")) if report.is_file() else {"failure": "no report"}
    logs = "\n".join(file.read_text("utf-8") for file in (home / "user" / "logs").rglob("Tidegate.log"))
    assert "failure" not in seen, f"{seen['failure']}\n{told}\n{logs}\npictures: {pictures}"
    seen["left"] = _processes_of(home)
    return Session(seen, workspace, logs)


def _tools() -> Path:
    tools = installed.tools()
    for part in ("bin/node", "code-server/node_modules/code-server/out/node/entry.js", "playwright/node_modules"):
        assert (tools / part).exists(), f"{tools / part} is missing; {INSTALL}"
    return tools


def _chromium() -> Path:
    chromium = Path(os.environ.get("TIDEGATE_CHROMIUM") or "/usr/bin/chromium")
    assert chromium.exists(), f"{chromium} is missing; {INSTALL}"
    return chromium


def _python_extension(home: Path) -> Path:
    """A package that says which interpreter is selected, as the Python extension does."""
    manifest = {
        "name": "python",
        "publisher": "ms-python",
        "version": "2026.0.0",
        "engines": {"vscode": "^1.91.0"},
        "main": "./extension.js",
        "activationEvents": [],
    }
    about = (
        '<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011"><Metadata>'
        '<Identity Language="en-US" Id="python" Version="2026.0.0" Publisher="ms-python"/><DisplayName>Python</DisplayName>'
        '</Metadata><Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation><Assets>'
        '<Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json"/></Assets></PackageManifest>'
    )
    package = home / "python.vsix"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("extension.vsixmanifest", about)
        archive.writestr("extension/package.json", json.dumps(manifest))
        archive.writestr("extension/extension.js", f"const PATH = {json.dumps(sys.executable)};{PYTHON_EXTENSION}")
    return package


def _run(command: list[str]) -> str:
    """Run to the end; what it wrote. One that takes too long is asked to end what it started."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            return process.communicate(timeout=TIMEOUT)[0]
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)
            try:
                return f"no end within {TIMEOUT} seconds\n{process.communicate(timeout=20)[0]}"
            finally:
                process.kill()


def _processes_of(home: Path) -> list[str]:
    """Processes that run with a folder in their environment: those of the session."""
    left = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(home) in (process / "environ").read_bytes():
                left.append((process / "cmdline").read_text("utf-8").replace("\0", " "))
        except OSError:
            continue  # it has ended, or is another user's
    return left


@pytest.mark.ledger("U-10")
def test_the_package_holds_what_it_needs_alone(vsix: Path) -> None:
    with zipfile.ZipFile(vsix) as archive:
        assert set(archive.namelist()) == PACKAGED
    assert vsix.stat().st_size < 200_000


def test_where_the_server_is_looked_for() -> None:
    command = [str(_tools() / "bin" / "node"), "--no-warnings", "--test", str(HERE / "vscode" / "find.test.mjs")]
    environment = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_server_is_found_in_the_selected_environment(session: Session) -> None:
    assert f"found in the Python environment: {Path(sys.executable).parent}" in session.log


@pytest.mark.ledger("U-10")
def test_the_problems_panel_lists_what_the_command_line_reports(session: Session) -> None:
    command = [sys.executable, "-m", "tidegate_server.main", "check", "--no-cache", "--format", "json"]
    done = subprocess.run(command, cwd=EXAMPLE, capture_output=True, text=True, check=False)
    expected = sorted(
        f"{item['message']}tidegate{item['code']}[Ln {item['location']['line']}, Col {item['location']['column']}]"
        for item in json.loads(done.stdout)["findings"]
    )
    assert expected, done.stderr
    assert sorted(row for row in session.seen["problems"] if re.search(r"tidegateTG\d+\[Ln", row)) == expected


def test_a_finding_is_underlined(session: Session) -> None:
    assert session.seen["squiggles"] == 1


def test_hover_tells_the_finding_and_the_dataset(session: Session) -> None:
    assert "no model, seed or snapshot 'stg_custmers' exists; did you mean 'stg_customers'?" in session.seen["hover"]
    assert "sales.orders — table" in session.seen["hoverDataset"]
    assert "TG201 unguarded-insert-load" in session.seen["hoverDataset"]


def test_definition_leads_to_the_model(session: Session) -> None:
    assert session.seen["definition"] == "orders.sql"


def test_lines_above_a_model_lead_to_its_lineage(session: Session) -> None:
    assert session.seen["lenses"] == ["2 upstream · 3 downstream", "2 tests", "contract: dbt", "replay"]
    assert any(row.startswith("customers") for row in session.seen["callers"])
    assert any(row.startswith("daily_revenue") for row in session.seen["callers"])


def test_the_compiled_model_stands_beside_and_follows(session: Session) -> None:
    assert "-- of sales.payments" in session.seen["compiled"]
    assert any("sales.orders" in line for line in session.seen["compiled"])


def test_a_fix_that_changes_what_runs_is_shown_first(session: Session) -> None:
    assert session.seen["fixes"] == [
        "Change to 'stg_customers' (changes what runs)",
        "Silence TG706 here",
        "Create the model 'stg_custmers'",
    ]
    before = (EXAMPLE / "warehouse/models/marts/customers.sql").read_text("utf-8")
    after = before.replace("from {{ ref('stg_custmers') }}", "/* ä€😀 */ from {{ ref('stg_customers') }}")
    assert session.text("warehouse/models/marts/customers.sql") == after


def test_a_fix_makes_the_contract(session: Session) -> None:
    assert session.seen["pipelineFixes"][0] == "Create a data contract for 'sales.orders' and name it here"
    made = session.text("contracts/sales/orders.odcs.yaml")
    assert "\napiVersion: v3.1.0\nkind: DataContract\n" in made
    assert "      - name: order_date\n        logicalType: date\n        physicalType: date\n" in made
    assert made.endswith("\n") and not made.endswith("\n\n")
    added = set(session.text("pipeline.yaml").splitlines()) - set((EXAMPLE / "pipeline.yaml").read_text().splitlines())
    assert added == {"    contract: contracts/sales/orders.odcs.yaml"}


def test_a_column_is_told_offered_and_found(session: Session) -> None:
    assert session.seen["hoverColumn"].rstrip().split("\n") == [
        "stg_payments.amount — column",
        "made from: sales.payments.amount (identity)",
        "feeds: orders.amount",
    ]
    assert session.seen["references"] == [
        "orders.sqlwarehouse/models/marts1",
        "payments.amount) as amount",
        "stg_payments.sqlwarehouse/models/staging1",
    ]
    offered = ["payment_id", "order_id", "amount", "paid_on"]
    assert session.seen["offered"] == [f"{name}, Field" for name in offered]
    assert "'stg_payments' has no column 'amout'; did you mean 'amount'?" in session.seen["unknown"]


def test_a_column_that_loses_its_name_is_a_problem_where_it_is_made_and_where_it_is_read(session: Session) -> None:
    reader, maker = sorted(session.seen["lost"])
    assert "gives no column 'amount' any more; it is likely 'paid' now at line 6" in reader
    assert "gives no column 'amount' any more; it is likely 'paid' now; 'orders' relies on it at line 4" in maker


def test_a_column_gets_another_name_in_every_file(session: Session) -> None:
    marts, staging = "warehouse/models/marts/orders.sql", "warehouse/models/staging/stg_payments.sql"
    before = {path: (EXAMPLE / path).read_text("utf-8") for path in (marts, staging)}
    assert session.text(marts) == before[marts].replace("payments.amount", "payments.paid")
    assert session.text(staging) == before[staging].replace("    amount,", "    amount as paid,")


def test_the_user_is_told_what_to_do_without_a_server(session: Session) -> None:
    assert session.seen["notice"] == (
        "Tidegate is not running: the setting tidegate.server.path names '/opt/missing/bin/tidegate', which does not exist."
        " Correct the setting, then run 'Tidegate: Restart Server'."
    )
    assert session.seen["buttons"] == ["Open Settings"]


def test_the_server_is_started_again(session: Session) -> None:
    assert session.seen["runsBefore"] == 2, "at the beginning, and when the setting was right again"
    assert session.log.count("the server is running") == 3


def test_nothing_is_asked_of_the_network(session: Session) -> None:
    assert session.seen["strayed"] == []


def test_no_process_is_left(session: Session) -> None:
    assert session.seen["left"] == []
