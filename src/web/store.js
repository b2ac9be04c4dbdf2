// The stores a session may lie in, behind one call, and what takes several: reading all there is, changing one thing after
// the other, putting a record aside. All of them answer at once where the store does and nothing is sealed.

import { openRecord, openSaved, sealRecord } from "./sealing.js";
import { inTurn, trying, whenHere, wordsOf } from "./task.js";

/**
 * @typedef {import("./types.d.ts").SessionStorage} Store
 * @typedef {import("./sealing.js").Sealer} Sealer
 */

/** @type {Map<string, string>} as long as the page lives, so that the next client finds what one has left */
const records = new Map();

/** @type {Store} */
const memory = {
  get: (key) => records.get(key),
  set: (key, value) => void records.set(key, value),
  remove: (key) => void records.delete(key),
  keys: () => records.keys(),
};

/**
 * @param {Storage} area
 * @returns {Store}
 */
const ofArea = (area) => ({
  get: (key) => area.getItem(key),
  set: (key, value) => area.setItem(key, value),
  remove: (key) => area.removeItem(key),
  keys: () => Object.keys(area),
});

/** @typedef {0 | 1 | 2 | 3 | 4 | 5} Call as `Call` of `storage/mod.rs` */
const GET = 0;
const SET = 1;
const REMOVE = 2;
const KEYS = 3;
const ALL = 4;

/**
 * @param {boolean} own whether it is a store of the browser or of the page
 * @param {any} place undefined: memory
 * @returns {Store}
 */
const storeOf = (own, place) => (!place ? memory : own ? ofArea(place) : place);

/**
 * @param {Store} store
 * @param {Call} call
 * @param {string} key or what the keys are to begin with
 * @param {string} value
 * @returns {any}
 */
const ask = (store, call, key, value) => {
  const get = (/** @type {string} */ key) =>
    whenHere(store.get(key), (value) => {
      if (typeof (value ?? "") !== "string") throw new Error("get() must give a string, null or undefined");
      return value ?? undefined;
    });
  if (call === GET) return get(key);
  if (call === SET) return store.set(key, value);
  if (call === REMOVE) return store.remove(key);
  return whenHere(store.keys(key), (given) => {
    // A store that gives more than it was asked for does no harm.
    const keys = Array.from(given)
      .filter((it) => typeof it === "string" && it.startsWith(key))
      .sort();
    if (call === KEYS) return keys;
    /** @type {string[]} */
    const all = [];
    const note = (/** @type {string} */ key) => whenHere(get(key), (value) => void (value === undefined || all.push(key, value)));
    return whenHere(inTurn(keys, call === ALL ? note : (key) => store.remove(key)), () => all);
  });
};

/**
 * Asks a store, which may answer with a promise. It throws, or rejects with, what `Failure` of `store.rs` is made of. Only one
 * error says that the browser's store may not be used. Any other one may be over with the next call: whoever turned away
 * for good would leave behind what is true no longer. Engines disagree on the class of the one that says that there is no
 * room; all agree on its name but old Firefox.
 * @param {boolean} own
 * @param {any} place
 * @param {Call} call
 * @param {string} key
 * @param {string} value
 * @returns {any} what lies there, if anything does; all keys, in their order; all keys, each with its value behind it
 */
export const askStore = (own, place, call, key, value) =>
  trying(
    () => ask(storeOf(own, place), call, key, value),
    (error) => {
      const name = String(Object(error).name);
      if (own && name === "SecurityError") throw "D";
      if (call === SET && /^(QuotaExceededError|NS_ERROR_DOM_QUOTA_REACHED)$/.test(name)) throw `Q${key.length + value.length}`;
      throw `F${own ? "" : wordsOf(error)}`;
    },
  );

/** Records that may be sealed. */
const RECORD = /^([io]\/|meta$|subscriptions$)/;

/**
 * Reads everything in the order of the names, and opens what is sealed.
 * @param {boolean} own
 * @param {any} place
 * @param {Sealer | undefined} sealer
 * @param {string} prefix
 * @returns {any} of each its name, its value, and what that was opened to: undefined: it lies in the clear; null: it does not
 *   open. Of a saved string: the string, or the error.
 */
export const readStore = (own, place, sealer, prefix) =>
  whenHere(askStore(own, place, ALL, prefix, ""), (/** @type {string[]} */ all) => {
    /** @type {any[]} */
    const found = [];
    const open = (/** @type {string} */ key, /** @type {number} */ at) => {
      const value = all[at + 1] ?? "";
      const name = key.slice(prefix.length);
      const opened =
        name === "saved"
          ? trying(() => openSaved(sealer, value), (error) => error)
          : RECORD.test(name) && value[0] === "S"
            ? trying(() => openRecord(sealer, value, name, key), () => null)
            : undefined;
      return whenHere(opened, (opened) => void found.push(name, value, opened));
    };
    return whenHere(inTurn(all, open, 2), () => found);
  });

/**
 * Makes changes in their order, up to one that fails and ends them.
 * @param {boolean} own
 * @param {any} place
 * @param {Sealer | undefined} sealer
 * @param {string} prefix
 * @param {any[]} steps of each change the name of the record, its bytes (undefined: it goes), and what ends here if it fails: 0
 *   nothing; 1 all, unless there is no room; 2 all. 3: to be made only if nothing has failed
 * @returns {any} of each change that was tried the value that was stored and why it was not; throws where the store may not be
 *   used
 */
export const changeStore = (own, place, sealer, prefix, steps) => {
  /** @type {(string | undefined)[]} */
  const outcomes = [];
  let [failed, ended] = [false, false];
  const make = (/** @type {string} */ name, /** @type {number} */ at) => {
    const [record, weight] = steps.slice(at + 1, at + 3);
    if (ended || (failed && weight === 3)) return;
    const key = prefix + name;
    const done = (/** @type {string | undefined} */ value) =>
      whenHere(askStore(own, place, value === undefined ? REMOVE : SET, key, value ?? ""), () => void outcomes.push(value, undefined));
    return trying(
      () => whenHere(record && sealRecord(sealer, record, name, key), done),
      (why) => {
        if (why === "D") throw why;
        outcomes.push(undefined, why);
        failed = true;
        ended = weight > (why[0] === "Q" ? 1 : 0);
      },
    );
  };
  return whenHere(inTurn(steps, make, 3), () => outcomes);
};

/**
 * Copies what lies under `key` out of the way, as it is, and only then removes it.
 * @param {boolean} own
 * @param {any} place
 * @param {string} key
 * @param {string} copy under which key, unless something else lies there
 * @param {boolean} stays it is not removed
 * @returns {Promise<(string | undefined)[]>} where it lies now; the value, if it was copied; why it was not removed
 */
export const putAside = async (own, place, key, copy, stays) => {
  const ask = (/** @type {Call} */ call, key = "", value = "") => askStore(own, place, call, key, value);
  const value = await ask(GET, key);
  if (value === undefined) return [key];
  let at = copy;
  let earlier = await ask(GET, at);
  // An earlier one of the same name stays; unless it is this one, which could not be removed then.
  for (let copies = 1; earlier !== undefined && earlier !== value; copies++) {
    at = `${copy}.${copies}`;
    earlier = await ask(GET, at);
  }
  if (earlier === undefined) await ask(SET, at, value);
  const copied = earlier === undefined ? value : undefined;
  return trying(
    () => whenHere(stays || ask(REMOVE, key), () => [at, copied]),
    (why) => [at, copied, why],
  );
};
