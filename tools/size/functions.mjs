// What the functions of a WebAssembly module weigh, by their names: those that are the largest, and the rooms they are in.
import { bodiesIn, CODE, CUSTOM, FUNCTION_NAMES, importedBy, sectionsOf } from "../lib/wasm.mjs";

/** @typedef {{ name: string, bytes: number }} Weight */

/**
 * Every function that has a body, the largest first.
 * @param {Uint8Array<ArrayBuffer>} wasm a module with its name section
 * @returns {Weight[]}
 */
export const functions = (wasm) => {
  /** @type {Uint8Array[]} */
  let bodies = [];
  /** @type {Map<number, string>} */
  let names = new Map();
  for (const [kind, section] of sectionsOf(wasm)) {
    if (kind === CODE) bodies = bodiesIn(section);
    if (kind === CUSTOM && section.text() === "name") names = namesIn(section);
  }
  const imported = importedBy(wasm);
  const weights = bodies.map(({ length }, index) => ({ bytes: length, name: plain(names.get(imported + index) ?? "?") }));
  return weights.sort((a, b) => b.bytes - a.bytes);
};

/** @param {import("../lib/wasm.mjs").Reader} section */
const namesIn = (section) => {
  /** @type {Map<number, string>} */
  const names = new Map();
  while (!section.isAtEnd) {
    const [kind, part] = [section.number(), section.take(section.number())];
    if (kind !== FUNCTION_NAMES) continue;
    for (let left = part.number(); left > 0; left--) names.set(part.number(), part.text());
  }
  return names;
};

/**
 * A name without hashes, and without what says only that it is a method.
 * @param {string} name
 */
const plain = (name) =>
  name
    .replace(/::h[0-9a-f]{16}$/, "")
    .replace(/\[[0-9a-f]{16}\]/g, "")
    .replace(/::<impl mqtt_mooring::[\w:]+>/g, "")
    .replace(/(?:::\{\{closure\}\})+/g, "::{closure}");

/**
 * What each room weighs, the heaviest first. A function is in the first room its name tells of: what a library makes for
 * one of our types counts for that.
 * @param {Weight[]} weights
 * @returns {Weight[]}
 */
export const rooms = (weights) => {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { name, bytes } of weights) sums.set(roomOf(name), (sums.get(roomOf(name)) ?? 0) + bytes);
  return [...sums].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes);
};

/** @param {string} name */
const roomOf = (name) => {
  const ours = /mqtt_mooring::(\w+(?:::[a-z]\w*)?)/.exec(name);
  if (ours) return ours[1];
  if (name.startsWith("mqttclient_")) return "web::class (exported)";
  return /\b(core|alloc|std|dlmalloc|wasm_bindgen\w*|js_sys|web_sys|serde\w*|gloo\w*)\b/.exec(name)?.[1] ?? "other";
};
