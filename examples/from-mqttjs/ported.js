// The same chat room with mqtt-mooring. What it says survives a reload, because the session does.
import { MqttClient } from "mqtt-mooring";

/** @type {import("../side-by-side.js").Join} */
export const join = (url, name, view) => {
  const client = new MqttClient({
    url,
    clientId: `room-${name}`,
    sessionKey: `room-${name}`,
    durable: true, // in place of `clean: false`
    protocolVersion: "3.1.1", // as MQTT.js does unless it is told otherwise; without this line it is MQTT 5
    will: { topic: `room/who/${name}`, payload: "gone", qos: 1, retain: true },
  });
  const problem = (/** @type {Error} */ error) => view.problem(error.message);

  client.on("connected", () => {
    view.status("online");
    client.publish(`room/who/${name}`, "here", { qos: 1, retain: true }).catch(problem);
  });
  client.on("messageIn", (message) => {
    view.message(message.topic, message.text(), message.qos, message.retain);
  });
  client.on("messageOut", ({ key }) => {
    if (key !== undefined) view.delivered(key); // also for what was said before a reload
  });
  client.on("disconnected", () => view.status("offline"));
  client.on("error", (error) => view.problem(String(error)));
  client.connect().catch(problem);
  client.subscribe("room/#", { qos: 2 }).catch(problem);

  return {
    say: (text) => {
      client.publish("room/said", text, { qos: 2, key: text }).catch(problem);
    },
    leave: async () => {
      try {
        await client.publish(`room/who/${name}`, "gone", { qos: 1, retain: true });
        await client.disconnect();
        client.free();
      } catch (error) {
        view.problem(String(error));
      }
    },
  };
};
