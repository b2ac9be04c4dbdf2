// The properties of the class: its options, and what can be read of its state.
//
// Must never live here: a value; those of the options are in `options.js`, all others in WebAssembly.

import { usage } from "./checks.js";
import { ANY_TIME, OPTIONS, UNBOUND } from "./options.js";

/**
 * Messages in the order of their numbers, each of which stands before its message.
 * @param {any[]} listed
 */
const inOrder = (listed) => {
  /** @type {[number, object][]} */
  const numbered = [];
  for (let at = 0; at < listed.length; at += 2) numbered.push([listed[at], listed[at + 1]]);
  // Of two that have none the difference is not a number.
  return numbered.sort(([one], [other]) => one - other || 0).map(([, message]) => message);
};

/**
 * What can be looked at; numbered as in `properties.rs`.
 * @type {[name: string, made?: (seen: any) => unknown][]}
 */
const LOOKS = [
  ["state"],
  ["sessionPresent"],
  ["assignedClientId"],
  ["serverLimits"],
  ["readyToSend"],
  ["bufferedAmount"],
  ["incomingMessages", inOrder],
  ["outgoingMessages", inOrder],
  ["storageUsage"],
  ["stats"],
];

/** For this side only: the options, and whether the durable session is opened. */
const OF_OPTIONS = LOOKS.length;
const IS_BOUND = OF_OPTIONS + 1;

/**
 * Defines them, by two methods that are for this side only.
 * @param {any} prototype
 */
export const addAccessors = (prototype) => {
  const { look, applyOptions } = prototype;
  const accessor = (/** @type {string} */ name, /** @type {PropertyDescriptor} */ does) => Object.defineProperty(prototype, name, { ...does, configurable: true });

  for (const [name, { when, secret }] of Object.entries(OPTIONS)) {
    const get = /** @this {object} */ function () {
      return look.call(this, OF_OPTIONS).shown(name);
    };
    const set = /** @this {any} */ function (/** @type {unknown} */ value) {
      const options = look.call(this, OF_OPTIONS);
      if (when !== ANY_TIME && this.state !== "disconnected") {
        throw usage(`${name} cannot be set while there is a connection, or one is wanted: await disconnect() first`);
      }
      if (when === UNBOUND && look.call(this, IS_BOUND)) {
        throw usage(`${name} cannot be set once the durable session is opened: make a new client`);
      }
      options.change(name, value);
      applyOptions.call(this);
    };
    accessor(name, secret ? { set } : { get, set });
  }

  for (const [what, [name, made]] of LOOKS.entries()) {
    const get = /** @this {object} */ function () {
      const seen = look.call(this, what);
      return made ? made(seen) : seen;
    };
    accessor(name, { get });
  }

  const get = /** @this {any} */ function () {
    return this.state === "connected";
  };
  accessor("connected", { get });
};
