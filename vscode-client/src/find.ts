/** Finds the server: what the settings name, else what the Python environment has, else what is on PATH. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** A way in which the server may be started. */
export interface Candidate {
  readonly command: string;
  readonly args: readonly string[];
  /** Where it was found, in words that finish "found in ...". */
  readonly origin: string;
}

/** A candidate that said its version. */
export interface Server extends Candidate {
  readonly version: string;
}

/** Thrown when there is no server; the message and the advice are for the user. */
export class NotFound extends Error {
  /** What to do, in words that finish "…, then restart". */
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

export const INSTALL = "pip install tidegate";

/** What to look through, and whom to tell about it. */
export interface Search {
  /** The setting `tidegate.server.path`. */
  readonly path: string;
  /** The interpreter selected for the workspace, if there is one. */
  readonly interpreter: string | undefined;
  /** The first folder of the workspace. */
  readonly folder: string | undefined;
  readonly log: (message: string) => void;
}

const ANSWER_TIMEOUT_MS = 20_000;
const IS_WINDOWS = process.platform === "win32";
const EXECUTABLE = IS_WINDOWS ? "tidegate.exe" : "tidegate";

/**
 * The first candidate that answers with its version.
 *
 * A path in the settings is meant: when it is wrong, nothing else is tried.
 *
 * @throws NotFound
 */
export async function findServer(search: Search): Promise<Server> {
  if (search.path !== "") {
    const command = expanded(search.path, search.folder);
    try {
      return await answering({ command, args: [], origin: "the settings" });
    } catch (error) {
      const problem = `the setting tidegate.server.path names '${command}', which ${(error as Error).message}`;
      throw new NotFound(problem, "Correct the setting");
    }
  }
  for (const candidate of candidates(search.interpreter)) {
    try {
      return await answering(candidate);
    } catch (error) {
      const line = [candidate.command, ...candidate.args].join(" ");
      search.log(`not in ${candidate.origin}: '${line}' ${(error as Error).message}`);
    }
  }
  const places = search.interpreter === undefined ? "on PATH" : `in ${search.interpreter}'s environment or on PATH`;
  throw new NotFound(`there is no server ${places}`, `Install it with '${INSTALL}' or name it in the setting`);
}

/** Whether two candidates start the same program. */
export function isSame(one: Candidate, other: Candidate): boolean {
  return one.command === other.command && one.args.join("\0") === other.args.join("\0");
}

function* candidates(interpreter: string | undefined): Generator<Candidate> {
  if (interpreter !== undefined) {
    const origin = "the Python environment";
    const folder = dirname(interpreter);
    for (const command of [join(folder, EXECUTABLE), join(folder, "Scripts", EXECUTABLE)]) {
      if (existsSync(command)) {
        yield { command, args: [], origin };
      }
    }
    // -P: a module of the workspace must not stand in for one of Python's own.
    yield { command: interpreter, args: ["-P", "-m", "tidegate_server.main"], origin };
  }
  yield { command: EXECUTABLE, args: [], origin: "PATH" };
}

/** The candidate with its version; rejects with what is wrong, in words that follow its name. */
function answering(candidate: Candidate): Promise<Server> {
  return new Promise((resolve, reject) => {
    const options = { timeout: ANSWER_TIMEOUT_MS, windowsHide: true };
    execFile(candidate.command, [...candidate.args, "--version"], options, (error, stdout, stderr) => {
      const version = /^tidegate (\S+)/.exec(stdout)?.[1];
      if (error === null && version !== undefined) {
        resolve({ ...candidate, version });
      } else if (error?.killed) {
        reject(new Error(`did not say its version within ${ANSWER_TIMEOUT_MS / 1000} seconds`));
      } else if (error?.code === "ENOENT") {
        reject(new Error("does not exist"));
      } else if (error?.code === "EACCES") {
        reject(new Error("can't be executed"));
      } else {
        reject(new Error(`is not tidegate: ${lastLine(stderr) || lastLine(stdout) || "it says no version"}`));
      }
    });
  });
}

function lastLine(text: string): string {
  return text.trim().split(/\r?\n/).at(-1) ?? "";
}

function expanded(path: string, folder: string | undefined): string {
  return path.replace(/^~(?=$|[/\\])/, homedir()).replaceAll("${workspaceFolder}", folder ?? "");
}
