/** The VS Code client of Tidegate: finds the server, starts it, and starts it again when that is called for. */

import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, State } from "vscode-languageclient/node";
import { findServer, INSTALL, isSame, NotFound, type Server } from "./find";
import { type PythonEnvironment, pythonEnvironment } from "./python";
import { Commands, viewCommands } from "./views";

const ID = "tidegate";
const LANGUAGES = ["sql", "jinja-sql", "snowflake-sql", "yaml", "jinja-yaml", "python"];
/** Languages in which pipelines are written, too, as is much else: they don't start the server. */
const PROGRAMS = ["json", "jsonc", "properties", "java-properties", "shellscript", "scala", "java"];

let runner: Runner | undefined;

/** Called by VS Code when a file or workspace that concerns Tidegate is opened. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("Tidegate", { log: true });
  const python = await pythonEnvironment((message) => output.info(message));
  const started = new Runner(output, python);
  runner = started;
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand("tidegate.restart", () => started.restart()),
    vscode.commands.registerCommand("tidegate.showOutput", () => output.show()),
    ...viewCommands(),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("tidegate.server")) {
        void started.restart();
      }
    }),
    python.onDidChange(() => void started.restart({ unlessSame: true })),
  );
  await started.restart();
}

/** Called by VS Code when it closes. */
export async function deactivate(): Promise<void> {
  await runner?.stop();
}

/** Runs one server; what is asked of it happens in the order it was asked. */
class Runner {
  private client: LanguageClient | undefined;
  private server: Server | undefined;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly output: vscode.LogOutputChannel,
    private readonly python: PythonEnvironment,
  ) {}

  /** Look for the server anew and start it. `unlessSame`: leave one alone that runs and would be found again. */
  restart({ unlessSame = false } = {}): Promise<void> {
    return this.next(async () => {
      const found = await this.find();
      const isRunning = this.client?.state === State.Running;
      if (unlessSame && isRunning && found !== undefined && this.server !== undefined && isSame(found, this.server)) {
        return;
      }
      await this.end();
      if (found !== undefined) {
        await this.begin(found);
      }
    });
  }

  /** Stop the server. */
  stop(): Promise<void> {
    return this.next(() => this.end());
  }

  private next(step: () => Promise<void>): Promise<void> {
    this.work = this.work.then(step).catch((error: unknown) => this.output.error(String(error)));
    return this.work;
  }

  private async find(): Promise<Server | undefined> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    try {
      return await findServer({
        path: vscode.workspace.getConfiguration(ID).get("server.path", ""),
        interpreter: await this.python.interpreter(folder),
        folder: folder?.fsPath,
        log: (message) => this.output.info(message),
      });
    } catch (error) {
      if (!(error instanceof NotFound)) {
        throw error;
      }
      this.output.error(error.message);
      void this.sayWhatToDo(error);
      return undefined;
    }
  }

  private async sayWhatToDo({ message, advice }: NotFound): Promise<void> {
    const copy = "Copy Install Command";
    const settings = "Open Settings";
    const chosen = await vscode.window.showErrorMessage(
      `Tidegate is not running: ${message}. ${advice}, then run 'Tidegate: Restart Server'.`,
      ...(advice.includes(INSTALL) ? [copy, settings] : [settings]),
    );
    if (chosen === copy) {
      await vscode.env.clipboard.writeText(INSTALL);
    } else if (chosen === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "tidegate.server.path");
    }
  }

  private async begin(server: Server): Promise<void> {
    const { command, version, origin } = server;
    this.output.info(`starting tidegate ${version}, found in ${origin}: ${[command, ...server.args].join(" ")}`);
    const settings = vscode.workspace.getConfiguration(ID);
    const args = [...server.args, "server", ...settings.get<string[]>("server.args", [])];
    const options: LanguageClientOptions = {
      documentSelector: [...LANGUAGES, ...PROGRAMS].map((language) => ({ scheme: "file", language })),
      outputChannel: this.output,
      initializationOptions: () => vscode.workspace.getConfiguration(ID),
    };
    this.server = server;
    this.client = new LanguageClient(ID, "Tidegate", { command, args }, options);
    this.client.registerFeature(new Commands());
    try {
      await this.client.start();
      this.output.info("the server is running");
    } catch (error) {
      // The client has shown the error; it stays in place, so that nothing but a restart tries again.
      this.output.error(`the server did not start: ${String(error)}`);
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = this.server = undefined;
    if (client === undefined) {
      return;
    }
    if (client.state === State.Starting) {
      await client.start().catch(() => undefined); // one that starts again after a crash can't be stopped before
    }
    if (client.needsStop()) {
      await client.dispose();
    }
  }
}
