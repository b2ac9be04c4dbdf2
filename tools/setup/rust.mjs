// The Rust side: cargo, the wasm32 target, and the wasm-bindgen programs at exactly the version in Cargo.lock.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { at, toolsDir } from "../lib/paths.mjs";
import { run, step, which } from "../lib/run.mjs";
import { say, ToolError } from "../lib/say.mjs";

const TARGET = "wasm32-unknown-unknown";

/** The first install takes minutes; for a build tool, compile time matters more than its own speed. */
const QUICK_PROFILE = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
};

export const installTarget = async () => {
  const sysroot = await run("rustc", ["--print", "sysroot"]);
  if (sysroot.code !== 0 || !(await which("cargo"))) {
    throw new ToolError("Rust is not installed: follow https://rustup.rs, then run the same command again.");
  }
  if (existsSync(join(sysroot.stdout.trim(), "lib", "rustlib", TARGET))) return;
  if (!(await which("rustup"))) {
    throw new ToolError(`This Rust has no ${TARGET} target and no rustup: install it with your package manager, or Rust from https://rustup.rs.`);
  }
  await step(`Adding the Rust target ${TARGET}`, "rustup", ["target", "add", TARGET], {
    advice: `The Rust target is missing and could not be added (see above): run \`rustup target add ${TARGET}\`.`,
  });
};

/**
 * The source of the standard library, to compile it along with the module.
 * @returns {Promise<boolean>} whether it is there
 */
export const installStandardSource = async () => {
  const sysroot = await run("rustc", ["--print", "sysroot"]);
  const source = join(sysroot.stdout.trim(), "lib", "rustlib", "src", "rust", "library", "Cargo.lock");
  if (existsSync(source)) return true;
  if (!(await which("rustup"))) return false;
  say("· Adding the source of the standard library (rustup component add rust-src) …");
  await run("rustup", ["component", "add", "rust-src"]);
  return existsSync(source);
};

/** The version of the wasm-bindgen crate in Cargo.lock: what the programs must equal. */
export const lockedBindgenVersion = async () => {
  const lock = await readFile(at("Cargo.lock"), "utf8");
  const version = /name = "wasm-bindgen"\r?\nversion = "([^"]+)"/.exec(lock)?.[1];
  if (!version) throw new ToolError("Cargo.lock names no wasm-bindgen: restore it with `git checkout Cargo.lock`.");
  return version;
};

/** @typedef {{ wasmBindgen: string, testRunner: string, version: string }} Bindgen paths of the two programs */

/** @returns {Promise<Bindgen>} */
export const installBindgen = async () => {
  const version = await lockedBindgenVersion();
  const local = {
    wasmBindgen: join(toolsDir, "bin", "wasm-bindgen"),
    testRunner: join(toolsDir, "bin", "wasm-bindgen-test-runner"),
    version,
  };
  if (await areOfVersion(local)) return local;
  const [wasmBindgen, testRunner] = await Promise.all([which("wasm-bindgen"), which("wasm-bindgen-test-runner")]);
  if (wasmBindgen && testRunner) {
    const installed = { wasmBindgen, testRunner, version };
    if (await areOfVersion(installed)) return installed;
  }
  // Without --locked: the locked set of wasm-bindgen-cli names crate versions that registries have dropped.
  const args = ["install", "wasm-bindgen-cli", "--version", version, "--root", toolsDir, "--force"];
  await step(`Building wasm-bindgen ${version} (2 to 4 minutes, once)`, "cargo", args, {
    env: QUICK_PROFILE,
    advice: `wasm-bindgen could not be built (see above): run \`cargo ${args.slice(0, 4).join(" ")}\` to see why.`,
  });
  return local;
};

/** @param {Bindgen} programs */
const areOfVersion = async ({ wasmBindgen, testRunner, version }) => {
  const asked = await Promise.all([wasmBindgen, testRunner].map((program) => run(program, ["--version"])));
  return asked.every(({ code, stdout }) => code === 0 && stdout.trim().endsWith(` ${version}`));
};
