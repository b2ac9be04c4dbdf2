// wasm-pack, for those who want it: the program, and the folder it finds wasm-bindgen in. It takes its test runner from
// beside wasm-bindgen; so beside a link to that lies the project's own, which drives the browser itself (see
// ../test/wasm-runner.mjs for why).
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { at, toolsDir } from "../lib/paths.mjs";
import { isExecutable, step, which } from "../lib/run.mjs";

const VERSION = "0.15.1";

/** @returns {Promise<string>} the program's path */
export const installWasmPack = async () => {
  const local = join(toolsDir, "bin", "wasm-pack");
  if (await isExecutable(local)) return local;
  const installed = await which("wasm-pack");
  if (installed) return installed;
  const args = ["install", "wasm-pack", "--version", VERSION, "--root", toolsDir];
  await step(`Building wasm-pack ${VERSION} (4 minutes, once)`, "cargo", args, {
    advice: `wasm-pack could not be built (see above): run \`cargo install wasm-pack --version ${VERSION}\` to see why.`,
  });
  return local;
};

/**
 * @param {import("./rust.mjs").Bindgen} bindgen
 * @returns {Promise<string>} the folder to put first on PATH
 */
export const besideBindgen = async ({ wasmBindgen, testRunner }) => {
  const folder = join(toolsDir, "wasm-pack");
  const link = join(folder, "wasm-bindgen");
  const runner = join(folder, "wasm-bindgen-test-runner");
  await mkdir(folder, { recursive: true });
  await rm(link, { force: true });
  await symlink(wasmBindgen, link);
  const quoted = (/** @type {string} */ path) => `'${path.replaceAll("'", `'\\''`)}'`;
  const lines = [
    "#!/bin/sh",
    `WASM_BINDGEN_TEST_RUNNER=${quoted(testRunner)} exec ${quoted(process.execPath)} ${quoted(at("tools/test/wasm-runner.mjs"))} "$@"`,
  ];
  await writeFile(runner, `${lines.join("\n")}\n`);
  await chmod(runner, 0o755);
  return folder;
};
