// What package/*.js finds in the bindings, once the build has trimmed them (bindings.mjs).
export { MqttClient } from "../../../src/web/types.js";
/** What the module imports. */
export function imports(): WebAssembly.Imports;
/** From now on the class can be used. */
export function start(instance: WebAssembly.Instance): void;
export function mqttError(code: string, message: string, more?: object): Error;
