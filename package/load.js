// Making the WebAssembly run, for all entries: the compiled module, or why there is none, in words.
import { imports, mqttError, start } from "./mqtt_mooring.js";

const TYPE = "application/wasm";

/** @typedef {WebAssembly.Instance | WebAssembly.WebAssemblyInstantiatedSource} Instantiated */

/**
 * @param {Response} response
 * @returns {Promise<Instantiated>}
 */
export const fromResponse = async (response) => {
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  if (response.headers.get("Content-Type") === TYPE) return WebAssembly.instantiateStreaming(response, imports());
  console.warn(`${response.url || "the WebAssembly"} is not served as ${TYPE}: loading it takes longer`);
  return WebAssembly.instantiate(await response.arrayBuffer(), imports());
};

/** @param {Instantiated} made */
export const run = (made) => start("instance" in made ? made.instance : made);

/**
 * @param {unknown} cause
 * @param {string} what
 * @param {string} advice
 */
export const failed = (cause, what, advice) =>
  mqttError("LOAD_FAILED", `${what} could not be loaded (${/** @type {Error} */ (cause)?.message}): ${advice}`, { cause });
