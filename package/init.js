// `mqtt-mooring/init`: the application says when the .wasm is loaded, and where from. Importing does nothing.
import { failed, fromResponse, run } from "./load.js";
import { MqttClient, imports } from "./mqtt_mooring.js";

/** @typedef {import("./init.js").ModuleSource} ModuleSource */

/** @type {Promise<void> | undefined} */
let ready;

/** @param {ModuleSource | Promise<ModuleSource>} source */
const load = async (source) => {
  let what = "the WebAssembly that init() was given";
  try {
    const given = await source;
    if (given instanceof Response) return run(await fromResponse(given));
    const isAddress = typeof given === "string" || given instanceof URL || given instanceof Request;
    if (!isAddress) return run(await WebAssembly.instantiate(/** @type {BufferSource} */ (given), imports()));
    what = given instanceof Request ? given.url : String(given);
    run(await fromResponse(await fetch(given)));
  } catch (error) {
    throw failed(error, what, "give init() the address of mqtt-mooring/mqtt_mooring_bg.wasm, its bytes, or the compiled module");
  }
};

/** @param {ModuleSource | Promise<ModuleSource>} [source] */
const init = (source = new URL("./mqtt_mooring_bg.wasm", import.meta.url)) => {
  // After a failure it may be tried again.
  ready ??= load(source).catch((error) => {
    ready = undefined;
    throw error;
  });
  return ready;
};

export default init;
export { MqttClient };
