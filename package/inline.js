// `mqtt-mooring/inline`: one file with the .wasm in it, and what Node gets. Nothing is fetched, and nothing is waited for: no
// top-level `await`, which service workers refuse, and which bundlers cannot put into anything but ES modules.
import wasm from "./mqtt_mooring_bg.wasm";
import { failed, run } from "./load.js";
import { MqttClient, imports } from "./mqtt_mooring.js";

try {
  run(new WebAssembly.Instance(new WebAssembly.Module(wasm), imports()));
} catch (error) {
  throw failed(error, "the WebAssembly in mqtt-mooring/inline", "a Content Security Policy needs 'wasm-unsafe-eval'; a browser that compiles only small modules at once needs mqtt-mooring/init");
}

export { MqttClient };
