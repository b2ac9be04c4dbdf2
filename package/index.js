// The npm entry point: loads its own .wasm, so that importing is all there is to do. The build makes it one file with all it imports.
import { MqttClient, imports, start } from "./mqtt_mooring.js";

const TYPE = "application/wasm";

const load = async () => {
  const response = await fetch(new URL("mqtt_mooring_bg.wasm", import.meta.url));
  if (!response.ok) throw new Error(`failed to fetch Wasm: ${response.status} ${response.statusText} fetching '${response.url}'`);
  if (response.headers.get("Content-Type") === TYPE) return WebAssembly.instantiateStreaming(response, imports());
  console.warn(`${response.url} is not served as ${TYPE}: loading it takes longer`);
  return WebAssembly.instantiate(await response.arrayBuffer(), imports());
};

start((await load()).instance);

export { MqttClient };
