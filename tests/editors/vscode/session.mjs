// node session.mjs MEANS.json
//
// Works in VS Code as a person would, and writes what it saw, and how long each step took, to a report.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launchBrowser, startVSCode, Workbench } from "./workbench.mjs";

const means = JSON.parse(readFileSync(process.argv[2], "utf8"));
const seen = { seconds: {} };
const ending = [];

async function step(name, work) {
  const started = performance.now();
  try {
    await work();
  } catch (error) {
    throw new Error(`${name}: ${error.stack ?? error}`);
  } finally {
    seen.seconds[name] = Math.round(performance.now() - started) / 1000;
  }
}

async function session() {
  let vscode, browser, window, page;
  const picture = (name) => page.screenshot({ path: join(means.pictures, `${name}.png`) });
  const settings = (values) => {
    mkdirSync(join(means.workspace, ".vscode"), { recursive: true });
    writeFileSync(join(means.workspace, ".vscode", "settings.json"), JSON.stringify(values));
  };

  await step("start", async () => {
    vscode = await startVSCode(means);
    ending.push(() => vscode.stop());
    browser = await launchBrowser(means);
    ending.push(() => browser.close());
    window = await Workbench.open(browser, vscode.address);
    page = window.page;
    ending.push(() => page.screenshot({ path: join(means.home, "end.png") }));
  });

  await step("problems", async () => {
    await page.keyboard.press("Control+Shift+M");
    await window.problem("TG706").waitFor();
    seen.problems = await window.problems();
  });

  await step("a fix that makes a file", async () => {
    await window.openFile("pipeline.yaml");
    await window.goTo(28, 20);
    await page.locator(".squiggly-error").first().waitFor();
    seen.pipelineFixes = await window.fix("Create a data contract for 'sales.orders'", () => picture("quick-fix"));
    await window.problem("TG108").waitFor({ state: "detached" });
    await window.command("File: Save All Files");
    await page.locator(".tab.dirty").waitFor({ state: "detached" });
    await window.goTo(31, 25);
    await page.keyboard.press("F12");
    await page.locator(".tab.active").filter({ hasText: "orders.odcs.yaml" }).waitFor();
    await page.locator(".view-line").filter({ hasText: "DataContract" }).waitFor();
    await picture("contract-created");
  });

  await step("squiggles", async () => {
    await window.openFile("marts/customers.sql");
    await page.locator(".squiggly-error").first().waitFor();
    await page.locator(".squiggly-warning").first().waitFor();
    seen.squiggles = await page.locator(".squiggly-error").count();
    await picture("squiggles");
  });

  await step("hover", async () => {
    seen.hover = await window.hover("stg_custmers", "no model, seed or snapshot");
    await picture("hover-finding");
    await window.away();
    await window.openFile("sql/load_orders.sql");
    await page.locator(".squiggly-warning").first().waitFor();
    seen.hoverDataset = await window.hover("sales", "written by");
    await picture("hover-dataset");
    await window.away();
  });

  await step("definition", async () => {
    await window.openFile("marts/customers.sql");
    await window.goTo(6, 20);
    await page.keyboard.press("F12");
    await window.cursorIn(1);
    seen.definition = await page.locator(".tab.active").getAttribute("data-resource-name");
  });

  await step("lines above a model, and lineage", async () => {
    await window.openFile("marts/orders.sql");
    const lines = page.locator(".codelens-decoration a");
    await lines.filter({ hasText: "downstream" }).first().waitFor();
    seen.lenses = await lines.allTextContents();
    await lines.filter({ hasText: "downstream" }).first().click();
    const rows = page.locator(".call-hierarchy .monaco-list-row");
    await rows.filter({ hasText: "daily_revenue" }).waitFor();
    seen.callers = await rows.allTextContents();
    await picture("lineage");
    await page.keyboard.press("Escape");
    await page.locator(".call-hierarchy").waitFor({ state: "detached" });
  });

  await step("the compiled model", async () => {
    await window.openFile("staging/stg_orders.sql");
    await window.command("Tidegate: Show Compiled Model");
    const shown = page.locator(".editor-group-container:not(.active) .view-line");
    await shown.filter({ hasText: "Compiled without" }).waitFor();
    await shown.filter({ hasText: "sales.orders" }).waitFor();
    await picture("compiled");
    await window.goTo(1, 1);
    await page.keyboard.insertText("-- of {{ source('sales', 'payments') }}\n");
    await shown.filter({ hasText: "-- of sales.payments" }).waitFor();
    seen.compiled = (await shown.allTextContents()).map((line) => line.replaceAll("\u00a0", " "));
    await window.command("File: Revert File");
    await page.locator(".tab.active.dirty").waitFor({ state: "detached" });
    await window.command("View: Close Editors in Other Groups");
  });

  await step("a fix that waits for a yes", async () => {
    await window.openFile("marts/customers.sql");
    await window.goTo(5, 1);
    await page.keyboard.insertText("/* ä€😀 */ "); // one to four bytes a character, one and two units of UTF-16
    await window.problem("TG706").filter({ hasText: "Ln 5, Col 25" }).waitFor();
    await window.goTo(5, 30);
    seen.fixes = await window.fix("Change to 'stg_customers'");
    const apply = page.getByRole("button", { name: "Apply" });
    await apply.waitFor();
    await page.locator(".edit-checkbox").first().check();
    await picture("preview");
    await apply.click();
    await page.keyboard.press("Control+Shift+M");
    await window.problem("TG706").waitFor({ state: "detached" });
    await window.save();
  });

  await step("columns: what is offered, told and found", async () => {
    await window.openFile("marts/orders.sql");
    await window.goTo(6, 20); // payments.amount
    await page.keyboard.press("Control+K");
    await page.keyboard.press("Control+I");
    const hover = page.locator(".monaco-hover:visible .hover-contents").filter({ hasText: "stg_payments.amount" });
    await hover.first().waitFor();
    seen.hoverColumn = await hover.first().textContent();
    await page.waitForTimeout(500); // it fades in
    await picture("hover-column");
    await page.keyboard.press("Escape");
    await page.locator(".monaco-hover:visible").waitFor({ state: "hidden" });
    await window.command("Peek References");
    const places = page.locator(".reference-zone-widget .monaco-list-row");
    await places.filter({ hasText: "stg_payments.sql" }).waitFor();
    seen.references = (await places.allTextContents()).map((row) => row.replaceAll("\u00a0", " "));
    await page.keyboard.press("Escape");
    await page.locator(".reference-zone-widget").waitFor({ state: "detached" });
    await window.goTo(4, 26);
    await page.keyboard.insertText("\npayments");
    await page.keyboard.type(".");
    const offered = page.locator(".suggest-widget.visible .monaco-list-row");
    await offered.filter({ hasText: "paid_on" }).waitFor();
    seen.offered = await offered.evaluateAll((rows) => rows.map((row) => row.getAttribute("aria-label")));
    await picture("completion");
    await page.keyboard.press("Escape");
    await page.keyboard.type("amout,");
    await window.problem("TG709").first().waitFor();
    seen.unknown = await window.problem("TG709").first().getAttribute("aria-label");
    await picture("unknown-column");
    await window.command("File: Revert File");
    await window.problem("TG709").first().waitFor({ state: "detached" });
  });

  await step("columns: another name", async () => {
    await window.openFile("staging/stg_payments.sql");
    await window.goTo(4, 11);
    await page.keyboard.insertText(" as paid");
    await window.problem("TG702").first().waitFor();
    await page.locator(".squiggly-error, .squiggly-warning").first().waitFor();
    await window.problem("TG702").filter({ hasText: "relies on it" }).first().waitFor();
    await window.problem("TG702").filter({ hasText: "Ln 6, Col 18" }).first().waitFor();
    await page.keyboard.press("Escape"); // words of the file are offered
    await page.waitForTimeout(1000); // lines above the model have moved to their place
    await picture("lost-column");
    await window.command("View: Toggle Maximized Panel");
    seen.lost = await window.problem("TG702").evaluateAll((rows) => rows.map((row) => row.getAttribute("aria-label")));
    await window.command("View: Toggle Maximized Panel");
    await window.command("File: Revert File");
    await window.problem("TG702").first().waitFor({ state: "detached" });
    await window.goTo(4, 6);
    await page.keyboard.press("F2");
    const box = page.locator(".rename-box input");
    await box.waitFor();
    await box.fill("paid");
    await page.keyboard.press("Enter");
    await page.locator(".view-line").filter({ hasText: "paid" }).filter({ hasText: "amount" }).waitFor();
    await window.command("File: Save All Files");
    await page.locator(".tab.dirty").waitFor({ state: "detached" });
  });

  await step("settings", async () => {
    await window.command("View: Toggle Maximized Panel"); // all rows are in sight from here on
    await window.problem("TG605").waitFor();
    settings({ "tidegate.ignore": ["TG605"] });
    await window.problem("TG605").waitFor({ state: "detached" });
  });

  await step("no server", async () => {
    settings({ "tidegate.server.path": "/opt/missing/bin/tidegate" });
    const notice = page.locator(".notification-toast").filter({ hasText: "Tidegate is not running" });
    await notice.waitFor();
    seen.notice = await notice.locator(".notification-list-item-message").textContent();
    seen.buttons = await notice.locator(".monaco-button").allTextContents();
    await window.problem("TG101").first().waitFor({ state: "detached" });
    await picture("no-server");
    await window.command("Notifications: Clear All Notifications");
    settings({});
    await window.problem("TG605").waitFor();
  });

  await step("restart", async () => {
    await window.command("Tidegate: Show Output");
    const running = page.locator(".part.panel .view-line").filter({ hasText: "the server is running" });
    await running.first().waitFor();
    seen.runsBefore = await running.count();
    await window.command("Tidegate: Restart Server");
    await running.nth(seen.runsBefore).waitFor();
  });

  seen.strayed = window.strayed;
}

async function end() {
  for (const work of ending.splice(0).reverse()) {
    await work().catch((error) => console.error(String(error)));
  }
}

process.on("SIGTERM", () => void end().finally(() => process.exit(1)));
try {
  await session();
} catch (error) {
  seen.failure = String(error.stack ?? error);
} finally {
  await end();
  writeFileSync(means.report, JSON.stringify(seen, null, 2));
}
process.exit(seen.failure === undefined ? 0 : 1);
