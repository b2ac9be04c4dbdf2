// The stores that lie in JavaScript: the application's own, and the memory of the page.

import { inTurn, whenHere } from "./task.js";

/** @type {Map<string, string>} as long as the page lives, so that the next client finds what one has left */
const records = new Map();

/** @type {import("./types.d.ts").SessionStorage} */
const memory = {
  get: (key) => records.get(key),
  set: (key, value) => void records.set(key, value),
  remove: (key) => void records.delete(key),
  keys: () => records.keys(),
};

/**
 * Asks a store, which may answer with a promise, and throw or reject.
 * @param {any} store undefined: memory
 * @param {"get" | "set" | "remove" | "keys" | "all" | "clear"} call as `Call` of `storage/mod.rs`
 * @param {string} key or what the keys are to begin with
 * @param {string} value
 * @returns {string[] | Promise<string[]>}
 */
export const askStore = (store = memory, call, key, value) => {
  const get = (/** @type {string} */ key) =>
    whenHere(store.get(key), (value) => {
      if (typeof (value ?? "") !== "string") throw new Error("get() must give a string, null or undefined");
      return value == null ? [] : [value];
    });
  if (call === "get") return get(key);
  if (call === "set" || call === "remove") return whenHere(store[call](key, value), () => []);
  return whenHere(store.keys(key), (given) => {
    // A store that gives more than it was asked for does no harm.
    const keys = Array.from(given).filter((it) => typeof it === "string" && it.startsWith(key));
    /** @type {string[]} */
    const all = [];
    if (call === "keys") return keys;
    if (call === "clear") return whenHere(inTurn(keys, (key) => store.remove(key)), () => all);
    const note = (/** @type {string} */ key) => whenHere(get(key), ([value]) => void (value === undefined || all.push(key, value)));
    return whenHere(inTurn(keys, note), () => all);
  });
};
