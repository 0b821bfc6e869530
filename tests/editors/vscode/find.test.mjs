// node --test find.test.mjs          Where the extension looks for the server. PYTHON: an interpreter that has tidegate.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, test } from "node:test";
import { findServer, isSame, NotFound } from "../../../vscode-client/src/find.ts";

const root = mkdtempSync(join(tmpdir(), "find-"));
after(() => rmSync(root, { recursive: true }));
process.env.PATH = `${join(root, "path")}:/usr/bin:/bin`;

function program(path, body, mode = 0o755) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, mode);
  return file;
}

async function find(search) {
  const log = [];
  const found = await findServer({ path: "", interpreter: undefined, folder: root, log: (line) => log.push(line), ...search });
  return { ...found, log };
}

const fails = (search, message, advice) =>
  assert.rejects(find(search), (error) => {
    assert(error instanceof NotFound);
    assert.match(error.message, message);
    assert.match(error.advice, advice);
    return true;
  });

test("without a server the user is told where it was looked for and how to install it", async () => {
  await fails({}, /^there is no server on PATH$/, /^Install it with 'pip install tidegate'/);
  const interpreter = program("none/python", "exit 1");
  await fails({ interpreter }, /^there is no server in .*none\/python's environment or on PATH$/, /^Install it/);
});

test("PATH comes last", async () => {
  const command = program("path/tidegate", "echo tidegate 1.0.0");
  const { version, origin, log } = await find({ interpreter: program("broken/python", "echo oops >&2; exit 1") });
  assert.deepEqual([version, origin], ["1.0.0", "PATH"]);
  assert.match(log[0], /not in the Python environment: .*broken\/python -P -m tidegate_server.main' is not tidegate: oops/);
  assert(isSame(await find({}), await find({})), command);
});

test("the selected environment comes before PATH", async () => {
  const command = program("env/bin/tidegate", "echo tidegate 2.0.0");
  const found = await find({ interpreter: join(root, "env/bin/python") });
  assert.deepEqual([found.command, found.version, found.origin], [command, "2.0.0", "the Python environment"]);
});

test("an environment without scripts is asked for the module, and a module of the workspace does not stand in", async () => {
  mkdirSync(join(root, "tidegate_server"));
  writeFileSync(join(root, "tidegate_server/__init__.py"), "raise SystemExit('of the workspace')");
  const interpreter = program("bare/python", `cd '${root}' && exec '${process.env.PYTHON}' "$@"`);
  const found = await find({ interpreter });
  assert.deepEqual([found.command, found.origin], [interpreter, "the Python environment"]);
  assert.match(found.version, /^\d+\.\d+/);
});

test("the setting comes first, and may begin with ~ or hold the folder", async () => {
  const command = program("own/tidegate", "echo tidegate 3.0.0");
  for (const path of [command, "${workspaceFolder}/own/tidegate", `~/${relative(homedir(), command)}`]) {
    const found = await find({ path, interpreter: join(root, "env/bin/python") });
    assert.deepEqual([found.version, found.origin], ["3.0.0", "the settings"], path);
  }
});

test("a wrong setting is meant: nothing else is tried", async () => {
  const advice = /^Correct the setting$/;
  await fails({ path: join(root, "gone") }, /^the setting tidegate.server.path names '.*gone', which does not exist$/, advice);
  await fails({ path: program("plain", "", 0o644) }, /which can't be executed$/, advice);
  await fails({ path: program("other", "echo ruff 1.0") }, /which is not tidegate: ruff 1.0$/, advice);
  await fails({ path: program("silent", "") }, /which is not tidegate: it says no version$/, advice);
});
