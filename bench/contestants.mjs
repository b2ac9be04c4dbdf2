// Who is measured, and what each of them is.
import { readFile } from "node:fs/promises";
import { at } from "../tools/lib/paths.mjs";

/**
 * @typedef {object} Contestant
 * @property {string} name as on the command line
 * @property {string} title as in the tables
 * @property {string | null} package its npm package
 * @property {"5" | "3.1.1"} version of MQTT that it is measured with: 5 where it speaks it
 */

/** @type {Contestant[]} */
export const CONTESTANTS = [
  { name: "ours", title: "mqtt-mooring", package: null, version: "5" },
  { name: "floor", title: "the floor", package: null, version: "5" },
  { name: "mqtt", title: "MQTT.js", package: "mqtt", version: "5" },
];

/** @param {Contestant} contestant @returns {Promise<string>} its version; "" where it has none */
export const releaseOf = async (contestant) => {
  if (contestant.name === "ours") return JSON.parse(await readFile(at("package.json"), "utf8")).version;
  if (contestant.package === null) return "";
  return JSON.parse(await readFile(at("node_modules", contestant.package, "package.json"), "utf8")).version;
};
