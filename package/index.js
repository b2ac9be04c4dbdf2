// The npm entry point: loads its own .wasm, so that importing is all there is to do.
import init, { MqttClient } from "./mqtt_mooring.js";

await init();

export { MqttClient };
