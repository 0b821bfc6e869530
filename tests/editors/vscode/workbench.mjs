// Starts a real VS Code in a folder of its own and drives it through a browser, as a person would.
import { execFile, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.layoutControl.enabled": false,
  "workbench.reduceMotion": "on",
  "window.commandCenter": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "chat.disableAIFeatures": true,
  "git.enabled": false,
  "files.autoSave": "off",
  "editor.minimap.enabled": false,
  "editor.stickyScroll.enabled": false,
  "editor.hover.delay": 100,
  "editor.occurrencesHighlight": "off",
  "problems.defaultViewMode": "tree",
  "workbench.colorTheme": "Default Dark Modern",
};

/**
 * A running VS Code.
 *
 * @param {{tools: string, home: string, workspace: string, extensions: string[]}} means `home` takes everything it writes.
 */
export async function startVSCode({ tools, home, workspace, extensions }) {
  const user = join(home, "user");
  mkdirSync(join(user, "User"), { recursive: true });
  writeFileSync(join(user, "User", "settings.json"), JSON.stringify(SETTINGS));
  const entry = join(tools, "code-server/node_modules/code-server/out/node/entry.js");
  const common = [entry, "--user-data-dir", user, "--extensions-dir", join(home, "extensions")];
  const env = environment(home);
  for (const extension of extensions) {
    await promisify(execFile)(process.execPath, [...common, "--install-extension", extension], { env, timeout: 60_000 });
  }
  const port = await freePort();
  const logFile = join(home, "code-server.log");
  const log = openSync(logFile, "w");
  const flags = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust",
    "--disable-getting-started-override", "--disable-proxy"];
  // A process group of its own: ending it ends the extension host and the language server too.
  const child = spawn(process.execPath, [...common, "--bind-addr", `127.0.0.1:${port}`, ...flags], {
    env,
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  const address = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 30_000;
  while (!(await fetch(`${address}/healthz`).catch(() => undefined))?.ok) {
    if (child.exitCode !== null || Date.now() > deadline) {
      killGroup(child.pid, "SIGKILL");
      throw new Error(`VS Code did not start:\n${readFileSync(logFile, "utf8")}`);
    }
    await sleep(50);
  }
  return {
    address: `${address}/?folder=${encodeURIComponent(workspace)}`,
    async stop() {
      if (child.exitCode === null) {
        killGroup(child.pid, "SIGTERM");
        await Promise.race([new Promise((resolve) => child.once("exit", resolve)), sleep(5_000)]);
      }
      killGroup(child.pid, "SIGKILL");
    },
  };
}

function environment(home) {
  // Inside another VS Code these would make a client of that one; PORT and PASSWORD are read by code-server.
  const kept = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|CODE_SERVER_|(PORT|PASSWORD)$)/.test(name));
  const folders = ["CONFIG", "DATA", "CACHE", "STATE"].map((kind) => [`XDG_${kind}_HOME`, join(home, kind.toLowerCase())]);
  return {
    ...Object.fromEntries([...kept, ...folders]),
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: "" }), // nothing is asked of a marketplace
    VSCODE_CLI: "1", // the environment is this one, not that of a login shell
  };
}

function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // it has ended
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A browser to look at it with. */
export function launchBrowser({ tools, chromium }) {
  const { chromium: launcher } = createRequire(join(tools, "playwright/package.json"))("playwright-core");
  return launcher.launch({
    executablePath: chromium,
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--font-render-hinting=none"],
  });
}

/** The window of VS Code. */
export class Workbench {
  constructor(page) {
    this.page = page;
    /** Requests that left the machine, or tried to. */
    this.strayed = [];
  }

  static async open(browser, address) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const workbench = new Workbench(page);
    page.on("request", (request) => {
      if (/^https?:/.test(request.url()) && !request.url().startsWith(new URL(address).origin)) {
        workbench.strayed.push(request.url());
      }
    });
    await page.goto(address, { waitUntil: "domcontentloaded" });
    await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
    return workbench;
  }

  /** The field that opens above the window, once it holds a text. */
  async ask(key, text) {
    await this.page.keyboard.press(key);
    const input = this.page.locator(".quick-input-widget input.input");
    await input.waitFor();
    await input.fill(text);
  }

  /** Takes the first row that begins with a label; the first row of all may be another while the list fills. */
  async choose(label) {
    await this.page.locator(`.quick-input-list .monaco-list-row[aria-label^="${label}"]`).first().click();
  }

  async openFile(path) {
    const name = path.split("/").at(-1);
    await this.ask("Control+P", path);
    await this.choose(name);
    await this.page.locator(".tab.active").filter({ hasText: name }).waitFor();
    await this.page.locator(".editor-instance .view-lines").first().waitFor();
  }

  async command(title) {
    await this.ask("F1", `>${title}`);
    await this.choose(title);
  }

  async goTo(line, column = 1) {
    await this.ask("Control+G", `:${line}:${column}`);
    await this.page.keyboard.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
    await this.page.locator(".editor-instance .monaco-editor.focused").waitFor();
    await this.cursorIn(line);
  }

  async save() {
    await this.page.keyboard.press("Control+S");
    await this.page.locator(".tab.active.dirty").waitFor({ state: "detached" });
  }

  async cursorIn(line) {
    await this.page.locator(".statusbar").getByText(new RegExp(`Ln ${line}, Col \\d+`)).waitFor();
  }

  /** Rests the mouse on the first such text in the editor; what the hover says that holds `part`. */
  async hover(text, part) {
    const word = this.page.locator(".editor-instance .view-line span").filter({ hasText: text }).last();
    const hover = this.page.locator(".monaco-hover:visible .hover-contents").filter({ hasText: part }).first();
    await word.hover();
    await hover.waitFor();
    return (await this.page.locator(".monaco-hover:visible .hover-contents").allTextContents()).join("\n");
  }

  /** Puts the mouse where nothing answers it. */
  async away() {
    await this.page.mouse.move(700, 1);
    await this.page.locator(".monaco-hover:visible").waitFor({ state: "hidden" });
  }

  /** The titles in the menu of quick-fixes; the one that begins with `title` is taken. */
  async fix(title, beforeChoosing = async () => {}) {
    const rows = this.page.locator(".action-widget .monaco-list-row.action");
    const wanted = rows.filter({ hasText: title }).first();
    // The menu closes again when VS Code takes the focus elsewhere, as it may just after a file was opened.
    for (let tries = 1; ; tries++) {
      await this.page.keyboard.press("Control+.");
      try {
        await wanted.waitFor({ timeout: 10_000 });
        break;
      } catch (error) {
        if (tries === 3) {
          throw error;
        }
        await this.page.keyboard.press("Escape");
      }
    }
    const titles = await rows.allTextContents();
    await beforeChoosing();
    await wanted.click();
    return titles.map(plain);
  }

  /** The rows of the Problems panel that hold a text. */
  problem(text) {
    return this.page.locator(".markers-panel .monaco-list-row").filter({ hasText: text });
  }

  /** The text of every row of the Problems panel: only those in sight are drawn, so it is made as high as the window. */
  async problems() {
    await this.command("View: Toggle Maximized Panel");
    const rows = await this.page.locator(".markers-panel .monaco-list-row").allTextContents();
    await this.command("View: Toggle Maximized Panel");
    return rows.map(plain);
  }
}

/** Text as drawn has hard spaces. */
function plain(text) {
  return text.replaceAll("\u00a0", " ").trim();
}
