// A bundler that has been told that a .wasm is a file gives its address.
import init, { MqttClient } from "mqtt-mooring/init";
import address from "mqtt-mooring/mqtt_mooring_bg.wasm";
import { run } from "./session.js";

await init(address);
void run(MqttClient);
