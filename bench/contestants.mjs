// Who is measured, and what each of them is.
import { readFile } from "node:fs/promises";
import { at } from "../tools/lib/paths.mjs";

/** What not everybody can do. @typedef {"publish QoS 0" | "QoS 2" | "memory" | "storage" | "resume" | "save"} Ability */

/**
 * @typedef {object} Contestant
 * @property {string} name as on the command line
 * @property {string} title as in the tables
 * @property {string | null} package its npm package
 * @property {"5" | "3.1.1"} version of MQTT that it is measured with: 5 where it speaks it
 * @property {Partial<Record<Ability, string>>} lacks and why
 */

const NO_SAVE = "It has no session that could be saved as one text.";

/** @type {Contestant[]} */
export const CONTESTANTS = [
  { name: "ours", title: "mqtt-mooring", package: null, version: "5", lacks: {} },
  {
    name: "floor", title: "the floor", package: null, version: "5",
    lacks: { storage: "The floor has no session.", resume: "The floor has no session.", save: "The floor has no session." },
  },
  { name: "mqtt", title: "MQTT.js", package: "mqtt", version: "5", lacks: { save: NO_SAVE } },
  { name: "paho", title: "Paho", package: "paho-mqtt", version: "3.1.1", lacks: { memory: "Paho always stores its messages in localStorage.", save: NO_SAVE } },
  {
    name: "u8", title: "u8-mqtt", package: "u8-mqtt", version: "5",
    lacks: {
      "publish QoS 0": "u8-mqtt 0.6.7 throws a TypeError when it is to publish at QoS 0.", "QoS 2": "u8-mqtt has no QoS 2.",
      storage: "u8-mqtt has no session.", resume: "u8-mqtt has no session.", save: NO_SAVE,
    },
  },
  {
    name: "aws", title: "aws-crt", package: "aws-crt", version: "5",
    lacks: { "QoS 2": "aws-crt's browser client has no QoS 2.", storage: "aws-crt keeps its session in memory only.", save: NO_SAVE },
  },
];

/** @param {Contestant} contestant @returns {Promise<string>} the version of its package; "" where it has none */
export const releaseOf = async (contestant) => {
  if (contestant.name === "ours") return JSON.parse(await readFile(at("package.json"), "utf8")).version;
  if (contestant.package === null) return "";
  return JSON.parse(await readFile(at("node_modules", contestant.package, "package.json"), "utf8")).version;
};
