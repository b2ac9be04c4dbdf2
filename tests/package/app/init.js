import init, { MqttClient } from "mqtt-mooring/init";
import { run } from "./session.js";

/** @type {string} */
let early;
try {
  early = new MqttClient().state;
} catch (error) {
  early = /** @type {import("mqtt-mooring").MqttError} */ (error).code;
}
document.title = early;
// The second call waits for the first.
await Promise.all([init(), init()]);
void run(MqttClient);
