/** What the server offers beyond the editor's own requests: compiled models beside their sources, lineage as calls. */

import * as vscode from "vscode";
import type { ClientCapabilities, FeatureState, StaticFeature } from "vscode-languageclient/node";

/** The scheme of documents whose text the server makes; the language client asks for it, and again after changes. */
const COMPILED = "tidegate-compiled";
const SHOW_LINEAGE = "tidegate.showLineage";

/** The commands of this client. */
export function viewCommands(): vscode.Disposable[] {
  return [
    vscode.commands.registerCommand("tidegate.showCompiled", showCompiled),
    vscode.commands.registerCommand(SHOW_LINEAGE, showLineage),
  ];
}

/** Tells the server which commands its code lenses may name. */
export class Commands implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    const experimental = (capabilities.experimental ?? {}) as object;
    capabilities.experimental = { ...experimental, commands: { commands: [SHOW_LINEAGE] } };
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
