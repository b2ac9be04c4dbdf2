// What the class has that is plumbing over its other methods, and needs no WebAssembly.

import { addAccessors } from "./accessors.js";
import { isSignal } from "./cancelling.js";
import { text, usage } from "./checks.js";
import { config, reset } from "./classic.js";
import { addPublishing } from "./promises.js";
import { useTopicRule } from "./properties.js";
import { Messages } from "./reading.js";
import { matchBy } from "./receiving.js";

/** @typedef {import("./types.d.ts").MqttClient} MqttClient */

/** Unread messages before an iterator holds the server back, unless the application says otherwise. */
const HIGH_WATER_MARK = 1000;

/** Methods that are for this side only. */
const INSIDE = ["post"];

/**
 * Adds to the class, and takes off it what is no method of the application.
 * @param {any} prototype
 */
export const extend = (prototype) => {
  const { constructor } = prototype;
  // What consoles show; the bundle gives the class a name of one letter.
  Object.defineProperty(constructor, "name", { value: "MqttClient" });
  addAccessors(prototype);
  addPublishing(prototype, define);
  useTopicRule(constructor.wrongTopic);
  matchBy(constructor.matches);
  delete constructor.wrongTopic;
  delete constructor.matches;
  for (const name of INSIDE) delete prototype[name];
  define(prototype, "config", config);
  define(prototype, "reset", reset);
  define(prototype, "messages", /** @this {MqttClient} */ function (filter, options) {
    const { signal, highWaterMark = HIGH_WATER_MARK } = read("messages()", options, ["signal", "highWaterMark"]);
    if (!Number.isInteger(highWaterMark) || highWaterMark < 1) throw usage("highWaterMark must be a whole number, 1 or more");
    if (filter !== undefined) text("filter", filter);
    return new Messages(this, filter, highWaterMark, signal);
  });
  if (!Symbol.asyncDispose) return;
  define(prototype, Symbol.asyncDispose, /** @this {MqttClient} */ async function () {
    // One that was freed already has nothing to say.
    await this.disconnect().catch(() => {});
    this.free();
  });
};

/**
 * @param {object} prototype
 * @param {PropertyKey} name
 * @param {(...args: any[]) => unknown} value
 */
export const define = (prototype, name, value) => Object.defineProperty(prototype, name, { value, configurable: true, writable: true });

/**
 * @param {any} options
 * @returns {Record<string, any> | undefined} undefined: they are no object, or one that cannot be read
 */
const copyOf = (options) => {
  try {
    return typeof options === "object" && options !== null && !Array.isArray(options) ? { ...options } : undefined;
  } catch {
    return undefined;
  }
};

/**
 * The options of `method`, copied, so that nothing can change them any more.
 * @param {string} method
 * @param {any} options
 * @param {string[]} [names] all there are; left out: the rest is for others to look at
 */
export const read = (method, options, names) => {
  const copy = options === undefined ? {} : copyOf(options);
  if (!copy) throw usage(`the options of ${method} must be an object`);
  for (const [name, value] of Object.entries(copy)) {
    if (value === undefined) delete copy[name];
    else if (names && !names.includes(name)) throw usage(`the options of ${method}: there is no "${name}"`);
  }
  if ("signal" in copy && !isSignal(copy.signal)) throw usage("signal must be an AbortSignal");
  return copy;
};
