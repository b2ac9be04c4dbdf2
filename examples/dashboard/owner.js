// This tab's client. All tabs use one session, so only one of them can have it: the others wait until it is let go of.
import { MqttClient } from "mqtt-mooring";
import { addReading, readings } from "./readings.js";

export const TOPIC = "examples/dashboard";

/**
 * Waits for the session, and resolves when this tab owns it: with a client that connects, and listens to all machines.
 * @param {string} url
 * @param {{ changed: () => void, failed: (error: Error) => void }} tell
 */
export const ownSession = async (url, { changed, failed }) => {
  const client = new MqttClient({
    url, sessionKey: "examples/dashboard", durable: true, sessionInUse: "wait", protocolFallback: true,
  });
  client.on("messageIn", (message) => {
    const machine = message.topic.slice(TOPIC.length + 1);
    const reading = /** @type {import("./readings.js").Reading} */ (message.json());
    // An owner that died in the middle of this may have written it down already; and at QoS 1 a reading may come twice.
    if (readings(machine).some(({ at }) => at === reading.at)) return;
    addReading(machine, reading);
    changed();
  });
  for (const event of /** @type {const} */ (["connected", "disconnected"])) client.on(event, changed);

  await client.pending(); // Answered when the session is ours. What was left unfinished goes on by itself.
  client
    .connect()
    // QoS 1 at a server of MQTT 3.1.1 only: that is likely aedes, which may lose QoS 2 messages to a subscriber.
    .then(({ protocolVersion }) => client.subscribe(`${TOPIC}/+`, { qos: protocolVersion === "5" ? 2 : 1 }))
    .catch(failed);
  return client;
};
