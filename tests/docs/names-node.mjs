// The declared names, for a block that runs in Node: loaded before it, in its process.
import { startFarEnd } from "./far-end.mjs";

const { DOCS_URL: url, DOCS_TCP_PORT: port, DOCS_CLIENT: wanted } = process.env;
const options = { url, sessionKey: "docs", durable: true, storage: "memory" };

Object.assign(globalThis, {
  url,
  options,
  signal: new AbortController().signal,
  token: async () => "secret",
  show: () => {},
  /** @type {(condition: unknown, message?: string) => void} */
  assert: (condition, message = "an assertion of its marks does not hold") => {
    if (!condition) throw new Error(message);
  },
  farEnd: await startFarEnd(Number(port)),
});
if (wanted) {
  const { MqttClient } = await import("mqtt-mooring");
  const client = new MqttClient(/** @type {import("mqtt-mooring").ClientOptions} */ (options));
  await client.connect();
  Object.assign(globalThis, { client });
}
