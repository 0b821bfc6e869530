"""What a language server answers: `python -m tests.bench.features PROJECT -- tidegate server`.

Every request is made once, at a place in a copy of `tests/data/bakery`, and what came is printed in a line; then faults
are typed into files, and their diagnostics are printed, as they come while typing and after the file is saved.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.client import CAPABILITIES, Client, Message, ServerEnded
from tests.bench.processes import program

QUIET = 2.0
"""A server that was silent for so many seconds has said what it has to say."""
TIMEOUT = 30.0

CUSTOMERS = "models/marts/customers.sql"
ORDERS = "models/marts/orders.sql"
STG_ORDERS = "models/staging/stg_orders.sql"
STG_PAYMENTS = "models/staging/stg_payments.sql"
STG_PRODUCTS = "models/staging/stg_products.sql"
PAID = "models/intermediate/int_payments_by_order.sql"
INT_ORDERS = "models/intermediate/int_orders.sql"
MARTS_YML = "models/marts/_marts.yml"


class Listener(Client):
    """A client that notes refusals and messages, too."""

    def _take(self, message: Message, came: float) -> None:
        if "error" in message:
            message = message | {"result": f"refused: {message['error']['message']}"}
        elif message.get("method") == "window/showMessage":
            _print("  says", message["params"]["message"][:200].replace("\n", " "))
        super()._take(message, came)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request at a place.

    Attributes:
        what: what is asked, in words.
        method: the method, without `textDocument/`.
        path: the file.
        around: a piece of it that stands there once; `|` is the cursor.
        typed: the text that the piece is replaced by before, as somebody types it.
        also: further parameters.
    """

    what: str
    method: str
    path: str
    around: str = "|"
    typed: str = ""
    also: tuple[tuple[str, Any], ...] = ()


NEW_NAME = (("newName", "renamed"),)
ALL = (("context", {"includeDeclaration": True}),)

ASKS = (
    Ask("definition, model", "definition", CUSTOMERS, "ref('ord|ers')"),
    Ask("definition, seed", "definition", STG_PRODUCTS, "ref('raw_|products')"),
    Ask("definition, source", "definition", STG_PAYMENTS, "'landing', 'pay|ments'"),
    Ask("definition, macro", "definition", STG_PRODUCTS, "eur|os("),
    Ask("definition, CTE", "definition", CUSTOMERS, "left join vis|its"),
    Ask("definition, column of a CTE", "definition", CUSTOMERS, "visits.first_|order_at"),
    Ask("definition, column of a model", "definition", CUSTOMERS, "c.customer_|name"),
    Ask("definition, model in YAML", "definition", MARTS_YML, "ref('best_|sellers')"),
    Ask("definition, column in YAML", "definition", MARTS_YML, "- name: to|tal"),
    Ask("declaration, model", "declaration", CUSTOMERS, "ref('ord|ers')"),
    Ask("references, model", "references", CUSTOMERS, "ref('ord|ers')", also=ALL),
    Ask("references, source", "references", STG_PAYMENTS, "'landing', 'pay|ments'", also=ALL),
    Ask("references, macro", "references", STG_PRODUCTS, "eur|os(", also=ALL),
    Ask("references, CTE", "references", CUSTOMERS, "left join vis|its", also=ALL),
    Ask("references, column", "references", STG_ORDERS, "as ordered|_at", also=ALL),
    Ask("highlight, CTE", "documentHighlight", CUSTOMERS, "left join vis|its"),
    Ask("highlight, column", "documentHighlight", CUSTOMERS, "visits.first_|order_at"),
    Ask("hover, model", "hover", CUSTOMERS, "ref('ord|ers')"),
    Ask("hover, source", "hover", STG_PAYMENTS, "'landing', 'pay|ments'"),
    Ask("hover, column", "hover", CUSTOMERS, "c.customer_|name"),
    Ask("hover, column through a CTE", "hover", CUSTOMERS, "visits.first_|order_at"),
    Ask("hover, macro", "hover", STG_PRODUCTS, "eur|os("),
    Ask("hover, CTE", "hover", CUSTOMERS, "left join vis|its"),
    Ask("hover, model in YAML", "hover", MARTS_YML, "ref('best_|sellers')"),
    Ask("prepareRename, model", "prepareRename", CUSTOMERS, "ref('ord|ers')"),
    Ask("rename, model", "rename", CUSTOMERS, "ref('ord|ers')", also=NEW_NAME),
    Ask("rename, source table", "rename", STG_PAYMENTS, "'landing', 'pay|ments'", also=NEW_NAME),
    Ask("rename, macro", "rename", STG_PRODUCTS, "eur|os(", also=NEW_NAME),
    Ask("rename, CTE", "rename", CUSTOMERS, "left join vis|its", also=NEW_NAME),
    Ask("rename, column", "rename", STG_ORDERS, "as ordered|_at", also=NEW_NAME),
    Ask("document symbols", "documentSymbol", CUSTOMERS),
    Ask("document symbols, YAML", "documentSymbol", MARTS_YML),
    Ask("workspace symbols", "workspace/symbol", CUSTOMERS, also=(("query", "orders"),)),
    Ask("folding", "foldingRange", CUSTOMERS),
    Ask("selection", "selectionRange", CUSTOMERS, "c.customer_|name"),
    Ask("semantic tokens", "semanticTokens/full", CUSTOMERS),
    Ask("links", "documentLink", CUSTOMERS),
    Ask("lenses", "codeLens", CUSTOMERS),
    Ask("inlay hints", "inlayHint", INT_ORDERS),
    Ask("call hierarchy, model", "prepareCallHierarchy", CUSTOMERS, "ref('ord|ers')"),
    Ask("call hierarchy, column", "prepareCallHierarchy", CUSTOMERS, "c.customer_|name"),
    Ask("code actions on a star", "codeAction", INT_ORDERS, "o.|*"),
    Ask("code actions on a CTE", "codeAction", CUSTOMERS, "with vis|its"),
    Ask("signature, macro", "signatureHelp", STG_PRODUCTS, "euros('price_cents')", "euros(|'price_cents')"),
    Ask("signature, function", "signatureHelp", CUSTOMERS, "coalesce(visits.paid, 0)", "coalesce(visits.paid, |0)"),
    Ask("completion, ref(", "completion", CUSTOMERS, "ref('orders')", "ref('|')"),
    Ask("completion, source, name", "completion", STG_PAYMENTS, "'landing', 'payments'", "'|', 'payments'"),
    Ask("completion, source, table", "completion", STG_PAYMENTS, "'landing', 'payments'", "'landing', '|'"),
    Ask("completion, columns of a ref", "completion", CUSTOMERS, "c.customer_name", "c.|"),
    Ask("completion, columns of a CTE", "completion", CUSTOMERS, "visits.first_order_at", "visits.|"),
    Ask("completion, columns through stars", "completion", ORDERS, "o.order_id,\n    o.customer_id", "o.|,\n    o.customer_id"),
    Ask("completion, a bare column", "completion", CUSTOMERS, "sum(paid)", "sum(sta|)"),
    Ask("completion, macros", "completion", STG_PRODUCTS, "euros('price_cents')", "eu|"),
    Ask("completion, config keys", "completion", ORDERS, "config(materialized='incremental', ", "config(|"),
    Ask("completion, YAML keys", "completion", MARTS_YML, "  - name: customers\n    columns:", "  - name: customers\n    |\n    columns:"),
    Ask("completion, YAML column names", "completion", MARTS_YML, "- name: total", "- name: |"),
)  # fmt: skip

FAULTS = (
    ("unknown ref", CUSTOMERS, "ref('orders')", "ref('ordersx')"),
    ("unknown source", STG_PAYMENTS, "'payments'", "'paymentsx'"),
    ("unknown macro", STG_PRODUCTS, "euros(", "eurosx("),
    ("unknown column of a model", CUSTOMERS, "c.city", "c.cityx"),
    ("unknown column of a CTE", CUSTOMERS, "visits.first_order_at", "visits.first_order_atx"),
    ("unknown column through stars", ORDERS, "o.status", "o.statusx"),
    ("ambiguous column", CUSTOMERS, "    c.city", "    customer_id as x"),
    ("Jinja that is not closed", CUSTOMERS, "ref('orders') }}", "ref('orders')"),
    ("SQL that can't be read", CUSTOMERS, "left join", "left joinn by"),
    ("two faults in a file", CUSTOMERS, "select\n    c.customer_id,", "select\n    c.customer_idx, c.cityx,"),
    ("a column that consumers read is renamed", STG_ORDERS, "as ordered_at", "as orderedx_at"),
    ("unknown ref in YAML", MARTS_YML, "ref('best_sellers')", "ref('best_sellersx')"),
    ("unknown column in YAML", MARTS_YML, "- name: total", "- name: totalx"),
)


class Session:
    """A server with a project open."""

    def __init__(self, client: Client, root: Path) -> None:
        self.client = client
        self.root = root
        self._versions: dict[str, int] = {}

    def show(self, path: str, text: str) -> str:
        """Open a file with a text, or change it to that; gives its address."""
        uri = (self.root / path).as_uri()
        version = self._versions[path] = self._versions.get(path, 0) + 1
        if version == 1:
            language = "yaml" if path.endswith(".yml") else "sql"
            document: Message = {"uri": uri, "languageId": language, "version": 1, "text": text}
            self.client.notify("textDocument/didOpen", {"textDocument": document})
        else:
            change: Message = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}
            self.client.notify("textDocument/didChange", change)
        return uri

    async def quiet(self) -> None:
        """Wait until the server is silent."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        await asyncio.sleep(QUIET)
        while loop.time() - start < TIMEOUT and loop.time() - self.client.last_heard < QUIET:
            await asyncio.sleep(0.1)

    async def ask(self, ask: Ask) -> Any:
        """The answer to a request; the file is as it was afterwards."""
        text = (self.root / ask.path).read_text("utf-8")
        if ask.typed:
            old, piece = ask.around, ask.typed
            shown = text.replace(old, piece.replace("|", ""), 1)
            at = text.index(old) + piece.index("|")
        else:
            shown = text
            at = text.index(ask.around.replace("|", "")) + ask.around.index("|") if ask.around != "|" else 0
        uri = self.show(ask.path, shown)
        if ask.typed:
            await asyncio.sleep(0.3)
        position = {"line": shown.count("\n", 0, at), "character": at - shown.rfind("\n", 0, at) - 1}
        params = _parameters(ask, uri, position) | dict(ask.also)
        method = ask.method if "/symbol" in ask.method else f"textDocument/{ask.method}"
        answer = await self._request(method, params)
        if ask.method == "prepareCallHierarchy" and isinstance(answer, list) and answer:
            answer = [
                await self._request(f"callHierarchy/{way}Calls", {"item": answer[0]})
                for way in ("incoming", "outgoing")
            ]
        if ask.typed:
            self.show(ask.path, text)
        return answer

    async def diagnostics(self, *, pulls: bool) -> set[tuple[str, str]]:
        """What is said of every file now: its name and the message."""
        await self.quiet()
        said = {(Path(path).name, item["message"]) for path, found in self.client.published.items() for item in found}
        for path in self._versions if pulls else ():
            answer = await self._request(
                "textDocument/diagnostic", {"textDocument": {"uri": (self.root / path).as_uri()}}
            )
            items = answer.get("items", ()) if isinstance(answer, dict) else ()
            said |= {(Path(path).name, item["message"]) for item in items}
        return said

    async def _request(self, method: str, params: Message) -> Any:
        try:
            return (await self.client.request(method, params, TIMEOUT))[1]
        except TimeoutError:
            return "no answer in time"


def _parameters(ask: Ask, uri: str, position: Message) -> Message:
    document: Message = {"textDocument": {"uri": uri}}
    if ask.method == "codeAction":
        return document | {"range": {"start": position, "end": position}, "context": {"diagnostics": []}}
    if ask.method == "inlayHint":
        return document | {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}}
    if ask.method == "selectionRange":
        return document | {"positions": [position]}
    return document | {"position": position}


def brief(answer: Any, width: int) -> str:
    """An answer in a line: how many, and how it begins."""
    if isinstance(answer, str):
        return answer.replace("\n", " ")[:width]
    if isinstance(answer, str):
        return answer.replace("\n", " ")[:width]
    items = answer.get("items", answer.get("data")) if isinstance(answer, dict) else answer
    count = f"{len(items)} " if isinstance(items, list) else ""
    if isinstance(items, list) and items and isinstance(items[0], dict) and "label" in items[0]:
        labels = [item["label"] for item in items]
        return f"{count}{str(labels)[:width]}"
    if answer in (None, [], {}):
        return "nothing"
    return count + json.dumps(answer, ensure_ascii=False)[:width]


def _capabilities() -> Message:
    kinds: Message = {"codeActionKind": {"valueSet": []}}
    edits: Message = {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]}
    document = {"rename": {"prepareSupport": True}, "codeAction": {"codeActionLiteralSupport": kinds}}
    return CAPABILITIES | {
        "workspace": CAPABILITIES["workspace"] | {"workspaceEdit": edits},
        "textDocument": CAPABILITIES["textDocument"] | document,
    }


async def run(command: list[str], root: Path, width: int, wait: float) -> None:
    """Ask everything and print what came."""
    with tempfile.TemporaryFile() as log:
        client = await Listener.start(command, root, dict(os.environ), log.fileno())
        try:
            uri = root.as_uri()
            params = {"processId": os.getpid(), "rootUri": uri, "capabilities": _capabilities()}
            params["workspaceFolders"] = [{"uri": uri, "name": root.name}]
            _, told = await client.request("initialize", params, 120)
            client.notify("initialized", {})
            able = told["capabilities"]
            _print("announced", ", ".join(sorted(name for name, value in able.items() if value)))
            session = Session(client, root)
            for path in dict.fromkeys(ask.path for ask in ASKS):
                session.show(path, (root / path).read_text("utf-8"))
            await asyncio.sleep(wait)
            await session.quiet()
            for ask in ASKS:
                _print(ask.what, brief(await session.ask(ask), width))
            await _faults(session, pulls=bool(able.get("diagnosticProvider")))
        except ServerEnded:
            log.seek(0)
            _print("the server ended", log.read()[-500:].decode(errors="replace"))
        finally:
            await client.stop()


async def _faults(session: Session, *, pulls: bool) -> None:
    clean = await session.diagnostics(pulls=pulls)
    _print("without faults", str(sorted(clean)))
    for what, path, old, new in FAULTS:
        file = session.root / path
        text = file.read_text("utf-8")
        assert old in text
        session.show(path, text.replace(old, new, 1))
        _print(f"{what}, typed", str(sorted(await session.diagnostics(pulls=pulls) - clean)))
        file.write_text(text.replace(old, new, 1), "utf-8")
        uri = file.as_uri()
        session.client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        _print(f"{what}, saved", str(sorted(await session.diagnostics(pulls=pulls) - clean)))
        file.write_text(text, "utf-8")
        session.show(path, text)
        session.client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        await session.quiet()


def _print(what: str, told: str) -> None:
    sys.stdout.write(f"{what:45} {told}\n")
    sys.stdout.flush()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="what a language server answers")
    parser.add_argument("project", metavar="PROJECT", type=Path, help="a copy of tests/data/bakery; it is written to")
    parser.add_argument("server", metavar="COMMAND", nargs="+", help="the server's command, after --")
    parser.add_argument("--width", metavar="N", type=int, default=200, help="how much of an answer (default: 200)")
    parser.add_argument(
        "--wait", metavar="S", type=float, default=5, help="seconds before the first request (default: 5)"
    )
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        command = [program(options.server[0]), *options.server[1:]]
        asyncio.run(run(command, options.project.resolve(), options.width, options.wait))


if __name__ == "__main__":
    main()
