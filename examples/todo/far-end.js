// The far end: a client that has nothing to do with the one that writes, but that they share a page here. It counts how often each
// to-do arrives. Its session is durable, too: what is sent while no page is open waits at the server.
import { MqttClient } from "mqtt-mooring";
import { TOPIC } from "./todos.js";

const COUNTS = "examples/todo-arrived/";

/** How often a to-do has arrived. @param {string} id */
export const arrivals = (id) => Number(localStorage.getItem(COUNTS + id));

/**
 * Resolves when the server knows that this end wants all to-dos.
 * @param {string} url
 * @param {() => void} changed called after each arrival
 */
export const listen = async (url, changed) => {
  const client = new MqttClient({
    url, sessionKey: "examples/todo/far-end", durable: true, sessionInUse: "wait", protocolFallback: true,
  });
  client.on("messageIn", (message) => {
    const { id } = /** @type {{ id: string }} */ (message.json());
    // Only where the last page died in the middle of this is there a question whether it was counted.
    if (message.duplicate && arrivals(id) > 0) return;
    localStorage.setItem(COUNTS + id, String(arrivals(id) + 1));
    changed();
  });
  const { protocolVersion } = await client.connect();
  // A server of MQTT 3.1.1 only is likely aedes, which `npm start` runs where there is no Mosquitto, and which may lose QoS 2 messages
  // to a subscriber. At QoS 1 it loses none; only if the link of this end breaks may it send one again without saying so.
  await client.subscribe(TOPIC, { qos: protocolVersion === "5" ? 2 : 1 });
};
