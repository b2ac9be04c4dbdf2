/// <reference lib="esnext.disposable" />
// What index.js exports, and the types that go with it, which the build lists here; not the workings of the bindings.
export { MqttClient } from "./mqtt_mooring.js";
