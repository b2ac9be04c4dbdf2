// The properties of the class: its options, and what can be read of its state.
//
// Must never live here: a value; those of the options are in `options.js`, all others in WebAssembly.

import { usage } from "./checks.js";
import { APPLY_OPTIONS, ask, IS_BOUND, LOOK, OPERATIONS, OPTIONS } from "./methods.js";
import { ANY_TIME, OPTIONS as TABLE, UNBOUND } from "./options.js";

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

/** @type {[name: string, initial: unknown][]} what the last CONNACK said, and what is so without one */
const SEEN = [["sessionPresent", false], ["assignedClientId", undefined]];

/**
 * What can be looked at, and what is made of that and of what the last CONNACK said; numbered as in `properties.rs`.
 * @type {[name: string, made?: (looked: any, seen: any) => unknown][]}
 */
const LOOKS = [
  ["state"],
  ["serverLimits", (limits, seen) => ({ ...(seen.serverLimits ?? limits) })],
  ["readyToSend"],
  ["bufferedAmount"],
  ["incomingMessages", inOrder],
  ["outgoingMessages", inOrder],
  ["storageUsage"],
  ["stats"],
];

/**
 * Defines them.
 * @param {any} prototype
 */
export const addAccessors = (prototype) => {
  const accessor = (/** @type {string} */ name, /** @type {PropertyDescriptor} */ does) => Object.defineProperty(prototype, name, { ...does, configurable: true });

  for (const [name, { when, secret }] of Object.entries(TABLE)) {
    const get = /** @this {object} */ function () {
      return ask(this, OPTIONS).shown(name);
    };
    const set = /** @this {any} */ function (/** @type {unknown} */ value) {
      const options = ask(this, OPTIONS);
      if (when !== ANY_TIME && this.state !== "disconnected") {
        throw usage(`${name} cannot be set while there is a connection, or one is wanted: await disconnect() first`);
      }
      if (when === UNBOUND && ask(this, IS_BOUND)) {
        throw usage(`${name} cannot be set once the durable session is opened: make a new client`);
      }
      options.change(name, value);
      ask(this, APPLY_OPTIONS);
    };
    accessor(name, secret ? { set } : { get, set });
  }

  for (const [what, [name, made]] of LOOKS.entries()) {
    const get = /** @this {object} */ function () {
      const looked = ask(this, LOOK + what);
      return made ? made(looked, ask(this, OPERATIONS).seen) : looked;
    };
    accessor(name, { get });
  }

  for (const [name, initial] of SEEN) {
    const get = /** @this {object} */ function () {
      return ask(this, OPERATIONS).seen[name] ?? initial;
    };
    accessor(name, { get });
  }

  const get = /** @this {any} */ function () {
    return this.state === "connected";
  };
  accessor("connected", { get });
};
