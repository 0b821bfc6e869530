/** The Python environment selected for the workspace, as the extension ms-python.python tells it. */

import * as vscode from "vscode";

/** The part of that extension's interface used here. */
interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(
      environment: { readonly path: string } | string,
    ): Promise<{ readonly executable: { readonly uri: vscode.Uri | undefined } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

/** The environment, whether or not there is an extension to ask. */
export interface PythonEnvironment {
  /** The path of the interpreter, if one is selected. */
  interpreter(folder: vscode.Uri | undefined): Promise<string | undefined>;
  readonly onDidChange: vscode.Event<unknown>;
}

const NONE: PythonEnvironment = {
  interpreter: () => Promise.resolve(undefined),
  onDidChange: () => new vscode.Disposable(() => undefined),
};

/** Ask the Python extension, if it is installed. */
export async function pythonEnvironment(log: (message: string) => void): Promise<PythonEnvironment> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (extension === undefined) {
    return NONE;
  }
  try {
    const { environments } = await extension.activate();
    return {
      onDidChange: environments.onDidChangeActiveEnvironmentPath,
      async interpreter(folder) {
        const active = environments.getActiveEnvironmentPath(folder);
        // The path may name the folder of the environment; the executable is what has neighbours.
        const resolved = await environments.resolveEnvironment(active);
        return resolved?.executable.uri?.fsPath;
      },
    };
  } catch (error) {
    log(`the Python extension does not tell its environment: ${String(error)}`);
    return NONE;
  }
}
