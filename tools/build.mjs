// Build: Rust → WebAssembly → bindings → one script and one module → dist/, with the npm entry points beside them.
// Does nothing when neither the sources nor the tools changed since dist/ was made.
// Imports node built-ins only until set-up has installed the npm packages.
import { appendFile, cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
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
  const manifest = await packageManifest();
  const wanted = await hashOf(inputs.map((path) => at(path)), [version, rustc.stdout, manifest]);
  const built = await readFile(stampFile, "utf8").catch(() => "");
  if (built === wanted && existsSync(join(distDir, `${NAME}_bg.wasm`))) return false;

  const { bundle, shrink } = await import("./build/bundle.mjs");
  const wasm = await compile(NAME);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await step("Generating the JavaScript bindings", wasmBindgen, ["--target", "web", "--out-dir", partial, "--out-name", NAME, wasm], {
    advice: "wasm-bindgen refused the module (see above): run `npm run build` again after correcting the source.",
  });
  const module = join(partial, `${NAME}_bg.wasm`);
  await shrink(module, namedModule);
  await cp(at("package"), partial, { recursive: true });
  const script = join(partial, `${NAME}.js`);
  await bundle(join(partial, "index.js"), script, module);
  // The scripts are in the bundle; the module's own exports are nobody's but the bindings'.
  await rm(join(partial, "snippets"), { recursive: true });
  await rm(script);
  await rm(`${module}.d.ts`);
  await appendFile(join(partial, "index.d.ts"), await exportedTypes());
  await writeFile(join(partial, "package.json"), manifest);

  await rm(distDir, { recursive: true, force: true });
  await rename(partial, distDir);
  await writeFile(stampFile, wanted);
  return true;
};

/**
 * What makes dist/ a package. Only the entry has a side effect, and must be kept for it: it loads the module. A bundler
 * that took MqttClient from behind it would get a class that is never ready.
 */
const packageManifest = async () => {
  const { name, version, license } = JSON.parse(await readFile(at("package.json"), "utf8"));
  const exports = { ".": { types: "./index.d.ts", default: "./index.js" } };
  const manifest = { name, version, license, type: "module", exports, sideEffects: ["./index.js"] };
  return `${JSON.stringify(manifest, null, 2)}\n`;
};

/** All that types.d.ts exports but the class, for whoever imports the package: the bindings' declarations have more. */
const exportedTypes = async () => {
  const declared = await readFile(at("src", "web", "types.d.ts"), "utf8");
  const names = [...declared.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name]) => name);
  return `export type {\n  ${names.sort().join(",\n  ")},\n} from "./${NAME}.js";\n`;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await command(async () => {
    if (!(await build(await setUp()))) say("up to date: dist/");
  });
}
