/**
 * What the server offers beyond the editor's own requests: compiled models beside their sources, lineage as calls, and
 * runbooks of replays.
 */

import * as vscode from "vscode";
import type { ClientCapabilities, FeatureState, StaticFeature } from "vscode-languageclient/node";

/** The scheme of documents whose text the server makes; the language client asks for it, and again after changes. */
const COMPILED = "tidegate-compiled";
const SHOW_LINEAGE = "tidegate.showLineage";
const SHOW_REPLAY = "tidegate.showReplay";
const DAY = 24 * 60 * 60 * 1000;

/** The commands of this client. */
export function viewCommands(): vscode.Disposable[] {
  return [
    vscode.commands.registerCommand("tidegate.showCompiled", showCompiled),
    vscode.commands.registerCommand(SHOW_LINEAGE, showLineage),
    vscode.commands.registerCommand(SHOW_REPLAY, showReplay),
  ];
}

/** Tells the server which commands its code lenses may name. */
export class Commands implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    const experimental = (capabilities.experimental ?? {}) as object;
    capabilities.experimental = { ...experimental, commands: { commands: [SHOW_LINEAGE, SHOW_REPLAY] } };
  }

  initialize(): void {}

  getState(): FeatureState {
    return { kind: "static" };
  }

  clear(): void {}
}

/** The model in the editor as the SQL it stands for, beside it. */
async function showCompiled(): Promise<void> {
  const source = vscode.window.activeTextEditor?.document.uri;
  if (source?.scheme !== "file") {
    return;
  }
  const document = await vscode.workspace.openTextDocument(source.with({ scheme: COMPILED }));
  await vscode.window.showTextDocument(document, {
    viewColumn: vscode.ViewColumn.Beside,
    preserveFocus: true,
    preview: true,
  });
}

/** What a model reads and who reads it; without a place that of the cursor. */
async function showLineage(uri?: string, at?: { readonly line: number; readonly character: number }): Promise<void> {
  if (uri !== undefined && at !== undefined) {
    const place = new vscode.Position(at.line, at.character);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(place, place) });
  }
  await vscode.commands.executeCommand("editor.showCallHierarchy");
}

/** The runbook of a replay, as a new document: its points can be ticked off. */
async function showReplay(uri?: string, target?: string): Promise<void> {
  const from = uri ?? vscode.window.activeTextEditor?.document.uri.toString();
  const what = target ?? (await ask("What to run again: a DAG, task, model, table, pipeline or stage", ""));
  if (from === undefined || !what) {
    return;
  }
  const start = await ask(`The first day of the replay of ${what}`, daysAgo(7));
  const end = start && (await ask(`The last day of the replay of ${what}`, daysAgo(1)));
  if (!start || !end) {
    return;
  }
  const asked = { uri: from, target: what, from: start, to: end };
  const answer = await vscode.commands.executeCommand<{ markdown: string } | null>("tidegate.replay", asked);
  if (answer) {
    const document = await vscode.workspace.openTextDocument({ language: "markdown", content: answer.markdown });
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside });
  }
}

function ask(prompt: string, value: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({ prompt, value });
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * DAY).toISOString().slice(0, "2026-01-31".length);
}
