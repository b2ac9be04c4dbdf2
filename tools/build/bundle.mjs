// The bindings and the modules they import → one minified file; the names by which it and the WebAssembly module know
// each other → one or two letters. Nothing else is renamed: what applications see is as the source has it.
import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";
import { ToolError } from "../lib/say.mjs";
import { step } from "../lib/run.mjs";
import { trimmed } from "./bindings.mjs";
import { renumbered } from "./locals.mjs";
import { refuseMismatches } from "./mismatches.mjs";
import { moved } from "./moving.mjs";
import { orderOf } from "./ordering.mjs";

const wasmOpt = fileURLToPath(import.meta.resolve("binaryen/bin/wasm-opt"));

/**
 * What made the smallest module of all that was tried (bench/NOTES.md). The stack lies lowest in memory, so that no
 * address below 1,024 is ever one of an object: `--low-memory-unused`. A function that is called once becomes a part of its
 * caller only while it is small: as functions of their own the larger ones have locals with lower numbers, and compress better.
 * Loads and stores promise no alignment, which engines do not look at, so that there is one way to write each of them.
 */
const SMALLEST = ["--low-memory-unused", "--one-caller-inline-max-function-size=30", "-Oz", "--tuple-optimization", "-Oz", "--dealign"];

/** @typedef {[module: string, from: string, to: string]} Renamed an import */
/** @typedef {{ imports: Renamed[], exports: [from: string, to: string][], module: string }} Names the new names, and that of the one module from which everything is now imported */

/**
 * Shrinks the module in place, the names by which it and the bindings know each other among the rest. Of wasm-opt one run: whenever it reads a
 * module it makes a detour of whatever returns several values, and only what it does to the whole finds the way back.
 * @param {string} wasm
 * @param {string} named where to keep a copy that still has the names of its functions, for `npm run size`
 * @returns {Promise<Names>}
 */
export const shrink = async (wasm, named) => {
  refuseMismatches(new Uint8Array(await readFile(wasm)));
  const passes = [...SMALLEST, "--minify-imports-and-exports-and-modules", "--strip-producers", "-g"];
  const { stdout } = await step("Shrinking the module with wasm-opt", process.execPath, [wasmOpt, ...passes, wasm, "-o", named], {
    advice: "wasm-opt refused the module (see above): run `npm ci` and then `npm run build`.",
  });
  const inOrder = moved(new Uint8Array(await readFile(named)), orderOf);
  // What is before a function has other numbers the second time.
  const shrunk = renumbered(renumbered(inOrder));
  await writeFile(wasm, shrunk);
  const [{ module }] = WebAssembly.Module.imports(new WebAssembly.Module(shrunk));
  return { ...JSON.parse(stdout), module };
};

/** What the names are like that wasm-bindgen makes, and two more: nothing of ours has a property called so. */
const THEIRS = /^(?:__|mqttclient_|wasm_bindgen_)|^(?:memory|extend_once)$/;

/**
 * Makes each of `entries` and all it imports one file, in place, with a source map beside it.
 * @param {string[]} entries in the directory of `wasm`
 * @param {string} script the bindings
 * @param {string} wasm their module
 * @param {Names} names what it calls its imports and exports now
 */
export const bundle = async (entries, script, wasm, { imports, exports, module }) => {
  const bindings = await readFile(script, "utf8");
  const own = imports.filter(([from]) => from.endsWith(basename(wasm).replace(/\.wasm$/, ".js")));
  const short = Object.fromEntries([...own.map(([, from, to]) => [from, to]), ...exports]);
  // Every property of that name is renamed, in our scripts, too.
  const doubtful = Object.keys(short).find((name) => !THEIRS.test(name));
  if (doubtful !== undefined) throw new ToolError(`the module has "${doubtful}": see that no property of src/web/*.js is called so, then add it in tools/build/bundle.mjs.`);
  await writeFile(script, trimmed(withImports(bindings, module, imports.filter((name) => !own.includes(name)))));
  await build({
    entryPoints: entries,
    outdir: dirname(wasm),
    allowOverwrite: true,
    bundle: true,
    minify: true,
    sourcemap: true,
    loader: { ".wasm": "binary" },
    format: "esm",
    target: "es2022",
    mangleProps: new RegExp(`^(?:${Object.keys(short).map(literally).join("|")})$`),
    mangleCache: short,
  });
  for (const entry of entries) await minified(entry);
};

/**
 * What the bundler leaves is smaller by 3 % for this: it looks at more than one function at a time. A function stays one, though it has
 * one caller only (`reduce_funcs`): as a part of it, it would be made at each call.
 * @param {string} script bundled, with its source map beside it
 */
const minified = async (script) => {
  const [bundled, content] = await Promise.all([readFile(script, "utf8"), readFile(`${script}.map`, "utf8")]);
  const { code = "", map = "" } = await minify(bundled, {
    module: true,
    ecma: 2022,
    compress: { passes: 3, lhs_constants: false, reduce_funcs: false },
    sourceMap: { content, url: `${basename(script)}.map` },
  });
  await writeFile(script, code);
  await writeFile(`${script}.map`, typeof map === "string" ? map : JSON.stringify(map));
};

/**
 * The bindings with one object of imports, where they had one for each script they import from. Those of their own are
 * behind it, and get their short names from the bundler.
 * @param {string} bindings
 * @param {string} module
 * @param {Renamed[]} foreign what is imported from other scripts
 */
const withImports = (bindings, module, foreign) => {
  const block = /return \{\s*__proto__: null,\s*"[^"]+": (import0),([^}]*)\};/;
  const [all, own, others] = block.exec(bindings) ?? [];
  if (!all) throw new ToolError("the bindings have no list of imports where this version of wasm-bindgen puts it: see tools/build/bundle.mjs");
  const variables = Object.fromEntries([...others.matchAll(/"([^"]+)": (\w+)/g)].map(([, from, name]) => [from, name]));
  const entries = foreign.map(([from, name, to]) => `${to}: ${variables[from]}.${name}`);
  return bindings.replace(all, () => `return { ${module}: { __proto__: ${[own, ...entries].join(", ")} } };`);
};

/** @param {string} text */
const literally = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
