// Reading what an application passes in: one value after the other, each with a complaint that names it and says what it
// should be.
//
// Whatever is read may be a proxy, a revoked one for instance, or have getters that throw: that is a complaint, too, and never
// an exception of theirs. Must never live here: what the values are for, and what the specification has to say about them.

import { isSignal } from "./cancelling.js";
import { mqttError } from "./values.js";

/** @typedef {(what: string, value: any) => any} Reader returns what was read; throws if it is something else */

export const U16 = 0xffff;
export const U32 = 0xffffffff;

const encoder = new TextEncoder();

/** @param {string} message */
export const usage = (message) => mqttError("USAGE", message);

/**
 * `what` must be `expected`, and is not.
 * @param {string} what
 * @param {string} expected
 */
export const illTyped = (what, expected) => usage(`${what} must be ${expected}`);

/**
 * @param {string} expected
 * @param {(value: any) => boolean} test
 * @returns {Reader}
 */
const is = (expected, test) => (what, value) => {
  if (test(value)) return value;
  throw illTyped(what, expected);
};

/** @param {unknown} value */
export const isText = (value) => typeof value === "string";
/** @param {unknown} value */
const isFunction = (value) => typeof value === "function";

export const text = is("a string", isText);
export const boolean = is("true or false", (value) => typeof value === "boolean");
export const callable = is("a function", isFunction);
export const signal = is("an AbortSignal", isSignal);

/**
 * @param {number} min
 * @param {number} max
 */
export const integer = (min, max) => is(`a whole number from ${min} to ${max}`, (value) => Number.isInteger(value) && value >= min && value <= max);

/**
 * One of these, or a function, if `last` says so.
 * @param {unknown[]} choices
 * @param {string} [last]
 */
export const oneOf = (choices, last) => {
  const words = choices.map((choice) => JSON.stringify(choice));
  const end = last ?? words.pop();
  return is(`${words.join(", ")} or ${end}`, (value) => choices.includes(value) || (last !== undefined && isFunction(value)));
};

export const qos = oneOf([0, 1, 2]);

/** In seconds: a century is for ever, and far from what the arithmetic of times could overflow on. */
export const FOREVER = 3.2e9;

/**
 * Seconds, with a fraction if need be, as whole milliseconds.
 * @param {number} min
 * @returns {Reader}
 */
export const secondsFrom = (min) => (what, value) => {
  if (typeof value === "number" && value >= min && value <= FOREVER) return Math.trunc(value * 1000);
  throw illTyped(what, `a number of seconds, ${min} or more`);
};

export const seconds = secondsFrom(0);

/**
 * What bytes are given as: text, or a view of them, which the application may change later.
 * @param {string} what
 * @param {any} value
 * @returns {string | Uint8Array}
 */
export const payload = (what, value) => {
  if (typeof value === "string") return value;
  try {
    // What only inherits from `Uint8Array`, a proxy for instance, is no view.
    if (ArrayBuffer.isView(value) && value instanceof Uint8Array) return value;
    // Of what only inherits from `ArrayBuffer` a view would be made as of a list, with a buffer of its own.
    const view = value instanceof ArrayBuffer && new Uint8Array(value);
    if (view && view.buffer === value) return view;
  } catch {
    // It is none of them.
  }
  throw illTyped(what, "a string, a Uint8Array or an ArrayBuffer");
};

/**
 * Bytes, as a copy.
 * @type {Reader}
 */
export const bytes = (what, value) => {
  const given = payload(what, value);
  try {
    return typeof given === "string" ? encoder.encode(given) : new Uint8Array(given);
  } catch {
    throw usage(`${what}: its buffer was transferred away`);
  }
};

/**
 * A revoked proxy is none.
 * @param {any} value
 */
export const isArray = (value) => {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
};

/**
 * The elements of an array; undefined if it is none, or does not let itself be read.
 * @param {any} value
 * @returns {any[] | undefined}
 */
export const list = (value) => {
  try {
    return isArray(value) ? Array.from(value) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Name-value pairs, copied.
 * @type {Reader}
 */
export const pairs = (what, value) => {
  const read = list(value)?.map(list);
  if (read?.every((pair) => pair?.length === 2 && pair.every(isText))) return read;
  throw illTyped(what, "an array of [name, value] pairs of strings");
};

/**
 * The own properties of an object that are not undefined, read once. Undefined stands for no object at all.
 * @param {string} what
 * @param {any} value
 * @returns {[string, any][]}
 */
export const entries = (what, value) => {
  if (value === undefined) return [];
  if (typeof value !== "object" || value === null || isArray(value)) throw illTyped(what, "an object");
  let names;
  try {
    names = Object.keys(value);
  } catch {
    throw usage(`${what}: cannot be read`);
  }
  const read = (/** @type {string} */ name) => {
    try {
      return value[name];
    } catch {
      throw usage(`${what}: "${name}" cannot be read`);
    }
  };
  return names.map((name) => /** @type {[string, any]} */ ([name, read(name)])).filter(([, item]) => item !== undefined);
};

/**
 * An object whose every name is known, each read as `readers` say.
 * @param {string} what
 * @param {any} value
 * @param {Record<string, Reader>} readers
 * @returns {Record<string, any>}
 */
export const fields = (what, value, readers) => {
  /** @type {Record<string, any>} */
  const read = {};
  for (const [name, item] of entries(what, value)) {
    if (!Object.hasOwn(readers, name)) throw usage(`${what}: there is no "${name}"`);
    read[name] = readers[name](name, item);
  }
  return read;
};

/**
 * The same readers, that complain of parts of `what`.
 * @param {string} what
 * @param {Record<string, Reader>} readers
 * @returns {Record<string, Reader>}
 */
export const partsOf = (what, readers) =>
  Object.fromEntries(Object.entries(readers).map(([name, read]) => [name, (_, value) => read(`${what}.${name}`, value)]));
