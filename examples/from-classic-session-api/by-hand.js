// A meter whose readings must arrive exactly once, in the manner of the classic session API: the program keeps the session's string
// itself, here as an item of localStorage.
import { MqttClient } from "mqtt-mooring";

const SAVED = "meter-7.session";

/** @type {import("./meter.js").Begin} */
export const begin = async (url, view) => {
  const client = new MqttClient({ url, clientId: "meter-7", sessionExpiryInterval: 3600, reconnect: false });
  client.cleanSession = false;

  client.on("connected", ({ sessionPresent }) => {
    // The server is asked first. Nothing is received or sent again before this handler has returned.
    if (sessionPresent) client.restoreSession(localStorage.getItem(SAVED) ?? ""); // "": nothing is unfinished here
    view.status(sessionPresent ? "goes on" : "began anew");
  });
  client.on("messageOut", ({ topic }) => view.arrived(topic));
  await client.connect();

  return {
    read: (number) => {
      client.publish(`meter/7/${number}`, String(number), { qos: 2 }).catch(() => {}); // its end is told by messageOut, here or in a later run
    },
    stop: async () => {
      await client.disconnect();
      localStorage.setItem(SAVED, client.saveSession());
      client.free();
    },
  };
};
