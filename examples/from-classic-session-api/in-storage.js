// The same meter, where the client keeps the string: what was a file is a record of localStorage. And settings by name, as in the classic API.
import { MqttClient } from "mqtt-mooring";

/** @type {import("./meter.js").Begin} */
export const begin = async (url, view) => {
  const client = new MqttClient({ url, clientId: "meter-7", reconnect: false });
  client.config("SessionStateFile=meter-7"); // client.sessionKey = "meter-7"
  client.config("SessionExpInterval=3600"); // client.sessionExpiryInterval = 3600, in seconds
  client.cleanSession = false;

  client.on("connected", ({ sessionPresent }) => {
    if (sessionPresent) client.restoreSession(); // out of storage
    view.status(client.config("SessionPresent") === "true" ? "goes on" : "began anew");
  });
  client.on("messageOut", ({ topic }) => view.arrived(topic));
  await client.connect();

  return {
    read: (number) => {
      client.publish(`meter/7/${number}`, String(number), { qos: 2 }).catch(() => {});
    },
    stop: async () => {
      await client.disconnect();
      client.saveSession(); // into storage
      client.free();
    },
  };
};
