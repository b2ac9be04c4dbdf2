/// <reference lib="esnext.disposable" />
/**
 * MQTT 3.1.1 and 5 for web pages, with sessions that survive. Importing this loads the WebAssembly (`mqtt_mooring_bg.wasm`, from
 * beside the script): once the import is done, `MqttClient` can be used. If it cannot be loaded, the import is rejected with an `MqttError`
 * of the code `LOAD_FAILED`. In Node the WebAssembly lies in the script, as with `mqtt-mooring/inline`.
 */
export * from "./types.js";
