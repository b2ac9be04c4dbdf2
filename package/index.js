// `mqtt-mooring`: loads its own .wasm from beside it, so that importing is all there is to do.
import { failed, fromResponse, run } from "./load.js";
import { MqttClient } from "./mqtt_mooring.js";

// Bundlers know the module by this very expression.
const url = new URL("./mqtt_mooring_bg.wasm", import.meta.url);
try {
  run(await fromResponse(await fetch(url)));
} catch (error) {
  throw failed(error, String(url), "serve that file (Vite before 8: optimizeDeps.exclude), or import mqtt-mooring/inline; a Content Security Policy needs 'wasm-unsafe-eval'");
}

export { MqttClient };
