// The same meter as it would be written today: nothing is saved or restored by hand, and a page that is killed loses nothing either.
import { MqttClient } from "mqtt-mooring";

/** @type {import("./meter.js").Begin} */
export const begin = async (url, view) => {
  const client = new MqttClient({ url, clientId: "meter-7", sessionKey: "meter-7", durable: true });
  client.on("connected", ({ sessionPresent }) => view.status(sessionPresent ? "goes on" : "began anew"));
  client.on("messageOut", ({ topic }) => view.arrived(topic));
  await client.connect();

  return {
    read: (number) => {
      client.publish(`meter/7/${number}`, String(number), { qos: 2 }).catch(() => {});
    },
    stop: async () => {
      await client.disconnect();
      client.free();
    },
  };
};
