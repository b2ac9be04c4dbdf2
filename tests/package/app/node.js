// In Node: the session lies in a file, or in memory if there is none, and WebSockets are those of the package ws where Node has none.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { MqttClient } from "mqtt-mooring";
import { roundTrip } from "./session.js";

const [url, name, file] = process.argv.slice(2);
globalThis.WebSocket ??= /** @type {any} */ ((await import("ws")).WebSocket);

/** @type {Map<string, string>} */
const records = new Map(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : []);
const save = () => writeFileSync(file, JSON.stringify([...records]));

console.log(
  await roundTrip(MqttClient, {
    url,
    name,
    version: "3.1.1",
    storage: {
      get: (key) => records.get(key),
      set: (key, value) => (records.set(key, value), save()),
      remove: (key) => (records.delete(key), save()),
      keys: (prefix) => [...records.keys()].filter((key) => key.startsWith(prefix)),
    },
  }),
);
