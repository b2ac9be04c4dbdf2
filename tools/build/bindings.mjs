// What wasm-bindgen writes → what this package needs of it: the same, in fewer bytes.
//
// Only what can be seen not to matter is changed: what every browser has that can read the bundle at all (ES2022, a top-level
// `await`), ways to load the module that nobody takes (package/load.js loads it), and the long way in which those functions are
// written that the module imports. Must never live here: a change of what one of them does.
import { ToolError } from "../lib/say.mjs";

/** @type {Record<string, [from: RegExp | string, to: string]>} */
const REPLACEMENTS = {
  "methods that ours stand in for": [/ {4}__destroy_into_raw\(\) \{\n[^]*?\n {4}\}\n {4}free\(\) \{\n[^]*?\n {4}\}\n/g, ""],
  "what does without FinalizationRegistry": [/\(typeof FinalizationRegistry === 'undefined'\)\s+\? .*\s+: /g, ""],
  "what does without encodeInto": [/if \(!\('encodeInto' in cachedTextEncoder\)\) \{\n[^]*?\n\}\n/g, ""],
  "what does without realloc": [/ {4}if \(realloc === undefined\) \{\n[^]*?\n {4}\}\n/g, ""],
  "who allocates for a string": ["(arg, malloc, realloc)", "(arg, malloc = wasm.__wbindgen_malloc, realloc = wasm.__wbindgen_realloc)"],
  "who allocates for bytes": ["(arg, malloc)", "(arg, malloc = wasm.__wbindgen_malloc)"],
  "who allocates, wherever it is said": [/, wasm\.__wbindgen_malloc(?:, wasm\.__wbindgen_realloc)?\)/g, ")"],
  "a view of the memory that is kept": [
    /let cachedDataViewMemory0 = null;\nfunction getDataViewMemory0\(\) \{\n[^]*?\n\}\n/g,
    "function getDataViewMemory0() {\n    return new DataView(wasm.memory.buffer);\n}\n",
  ],
  "how a string or bytes are returned": [
    /const ret = (.*);\s+(?:var|const) ptr1 = (?:isLikeNone\(ret\) \? 0 : )?(pass\w+)\(ret\);\s+(?:var|const) len1 = WASM_VECTOR_LEN;\s+.*setInt32.*len1, true\);\s+.*setInt32.*ptr1, true\);/g,
    "returned(arg0, $1, $2);",
  ],
  "how an object is that may be none": [/const ret = (.*);\s+return isLikeNone\(ret\) \? 0 : addToExternrefTable0\(ret\);/g, "return optional($1);"],
  "how an exception is kept": [
    /function handleError\(f, args\) \{\n[^]*?\n\}\n/g,
    "const handleError = (f) => (...args) => {\n    try {\n        return f(...args);\n    } catch (e) {\n        wasm.__wbindgen_exn_store(addToExternrefTable0(e));\n    }\n};\n",
  ],
  "ways to load the module": [/let wasmModule, wasmInstance, wasm;\n[^]*/g, ""],
};

/** Where the script lies that makes errors. */
const VALUES = /"(\.\/snippets\/[^"]+\/values\.js)"/;

/**
 * What takes their place. Until there is a module, whatever is looked for in it is an error that says so.
 * @param {string} values
 */
const added = (values) => `
import { mqttError } from "${values}";
function returned(at, value, pass) {
    const ptr = isLikeNone(value) ? 0 : pass(value);
    const view = getDataViewMemory0();
    view.setInt32((at >>> 0) + 4, WASM_VECTOR_LEN, true);
    view.setInt32(at >>> 0, ptr, true);
}
function optional(value) {
    return isLikeNone(value) ? 0 : addToExternrefTable0(value);
}
let wasm = new Proxy({}, {
    get() {
        throw mqttError("NOT_READY", "MqttClient is not loaded yet: first await init() of mqtt-mooring/init, or the import");
    },
});
function start(instance) {
    wasm = instance.exports;
    wasm.__wbindgen_start();
}
export { start, mqttError, __wbg_get_imports as imports };
`;

/** @param {string} bindings */
export const trimmed = (bindings) => {
  let text = bindings;
  for (const [what, [from, to]] of Object.entries(REPLACEMENTS)) {
    const next = text.replaceAll(from, to);
    if (next === text) throw new ToolError(`the bindings do not say ${what} as this version of wasm-bindgen does: see tools/build/bindings.mjs`);
    text = next;
  }
  const [, values] = VALUES.exec(text) ?? [];
  if (!values) throw new ToolError("the bindings import nothing from src/web/values.js: see tools/build/bindings.mjs");
  return withArrows(text) + added(values);
};

/**
 * What the module imports, as arrow functions.
 * @param {string} bindings
 */
export const withArrows = (bindings) => {
  const list = /(const import0 = \{\s*__proto__: null,\n)([^]*?)( {4}\};\n)/;
  const one = /^ {8}(\w+): function\(([^]*?)\) \{( return handleError\(function \((.*)\) \{)?\n([^]*?)\n {8}\}(?:, arguments\); \})?,\n/gm;
  return bindings.replace(list, (_, start, functions, end) => {
    const arrows = functions.replace(one, (/** @type {string[]} */ ...[, name, outer, catching, inner, body]) => {
      const arrow = `(${catching ? inner : outer}) => ${expression(body) ?? `{\n${body}\n}`}`;
      return `${name}: ${catching ? `handleError(${arrow})` : arrow},\n`;
    });
    return start + arrows + end;
  });
};

/**
 * What a body comes to if it is one expression; the module does not look at what a function gives that it has return nothing.
 * @param {string} body
 */
const expression = (body) => {
  const lines = body.split("\n").map((line) => line.trim()).filter((line) => !line.startsWith("//"));
  const one = /^(?:const ret = ([^;]*);return ret|return ([^;]*)|(?!throw )([^;{]*));$/.exec(lines.join(""));
  return one?.slice(1).find((text) => text !== undefined);
};
