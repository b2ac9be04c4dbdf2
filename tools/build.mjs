// Build: Rust → WebAssembly → bindings → one module, and one script for each entry of the package → dist/.
// Does nothing when neither the sources nor the tools changed since dist/ was made.
// Imports node built-ins only until set-up has installed the npm packages.
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "./build/compile.mjs";
import { hashOf } from "./lib/hash.mjs";
import { at, distDir, toolsDir } from "./lib/paths.mjs";
import { run, step } from "./lib/run.mjs";
import { command, say } from "./lib/say.mjs";
import { setUp } from "./setup.mjs";

const NAME = "mqtt_mooring";
/** What applications import; package.json's `exports` names them. */
const ENTRIES = ["index.js", "init.js", "inline.js"];
const stampFile = join(toolsDir, "dist-built-from");
const partial = join(toolsDir, "dist-partial");

/** The module with the names of its functions. */
export const namedModule = join(toolsDir, "named.wasm");

/**
 * @param {import("./setup/rust.mjs").Bindgen} bindgen
 * @returns {Promise<boolean>} whether there was anything to do
 */
export const build = async ({ wasmBindgen, version }) => {
  const rustc = await run("rustc", ["--version"]);
  const inputs = ["Cargo.toml", "Cargo.lock", "src", "package", "package-lock.json", "tools/build.mjs", "tools/build"];
  const wanted = await hashOf(inputs.map((path) => at(path)), [version, rustc.stdout]);
  const built = await readFile(stampFile, "utf8").catch(() => "");
  if (built === wanted && existsSync(join(distDir, `${NAME}_bg.wasm`))) return false;

  const { bundle, shrink } = await import("./build/bundle.mjs");
  const wasm = await compile(NAME);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await step("Generating the JavaScript bindings", wasmBindgen, ["--target", "web", "--no-typescript", "--out-dir", partial, "--out-name", NAME, wasm], {
    advice: "wasm-bindgen refused the module (see above): run `npm run build` again after correcting the source.",
  });
  const module = join(partial, `${NAME}_bg.wasm`);
  const names = await shrink(module, namedModule);
  await cp(at("package"), partial, { recursive: true });
  const script = join(partial, `${NAME}.js`);
  await bundle(ENTRIES.map((name) => join(partial, name)), script, module, names);
  // They are in the bundles.
  await Promise.all(["snippets", `${NAME}.js`, "load.js"].map((name) => rm(join(partial, name), { recursive: true })));
  for (const types of ["types.d.ts", "types"]) await cp(at("src", "web", types), join(partial, types), { recursive: true });

  await rm(distDir, { recursive: true, force: true });
  await rename(partial, distDir);
  await writeFile(stampFile, wanted);
  return true;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await command(async () => {
    if (!(await build(await setUp()))) say("up to date: dist/");
  });
}
