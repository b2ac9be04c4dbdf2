// What the program of every target does: one durable round trip over two lives of a page. The first one has a message acknowledged,
// and stores a second one without a connection; the next one finds that, and has it acknowledged.

/**
 * @param {typeof import("mqtt-mooring").MqttClient} Client
 * @param {{ url: string, name: string, version: "3.1.1" | "5", storage?: import("mqtt-mooring").ClientOptions["storage"] }} how `name`: of the
 *   client, its session and its topic
 * @returns {Promise<string>} what it found and did
 */
export const roundTrip = async (Client, { url, name, version, storage }) => {
  const client = new Client({ url, clientId: name, sessionKey: name, durable: true, protocolVersion: version, reconnect: false, storage });
  /** @type {string[]} */
  const complaints = [];
  client.on("error", (error) => complaints.push(String(/** @type {import("mqtt-mooring").MqttError} */ (error).code ?? error)));
  const left = await client.pending();
  await client.connect();
  if (left.length > 0) {
    await Promise.all(left.map(({ outcome }) => outcome));
    await client.disconnect();
    client.free();
    return ["acknowledged", ...left.map(({ key }) => key), ...complaints].join(" ");
  }
  await client.publish(name, "1", { qos: 2, key: "first" });
  await client.disconnect();
  const second = client.publish(name, "2", { qos: 2, key: "second" });
  // This life ends before it can be acknowledged.
  second.catch(() => {});
  await second.stored;
  return ["stored second", ...complaints].join(" ");
};

/**
 * Runs it as the address of the page says, and shows what came of it.
 * @param {typeof import("mqtt-mooring").MqttClient} Client
 * @param {{ search?: string, show?: (outcome: string) => void, storage?: import("mqtt-mooring").ClientOptions["storage"] }} [how] `search`: of
 *   the page, where this is none
 */
export const run = async (Client, { search = location.search, show = (outcome) => document.querySelector("output")?.append(outcome), storage } = {}) => {
  const { url = "", name = "", version } = Object.fromEntries(new URLSearchParams(search));
  try {
    show(await roundTrip(Client, { url, name, version: version === "5" ? "5" : "3.1.1", storage }));
  } catch (error) {
    show(String(error));
  }
};
