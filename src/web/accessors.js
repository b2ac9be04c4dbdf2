// The properties of the class: its options, and what can be read of its state.
//
// Must never live here: a value; those of the options are in `options.js`, all others in WebAssembly.

import { usage } from "./checks.js";
import { ANY_TIME, OPTIONS, UNBOUND } from "./options.js";

/** What can be looked at; numbered as in `properties.rs`. */
const LOOKS = [
  "state",
  "sessionPresent",
  "assignedClientId",
  "serverLimits",
  "readyToSend",
  "bufferedAmount",
  "incomingMessages",
  "outgoingMessages",
  "storageUsage",
  "stats",
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

  for (const [what, name] of LOOKS.entries()) {
    const get = /** @this {object} */ function () {
      return look.call(this, what);
    };
    accessor(name, { get });
  }

  const get = /** @this {any} */ function () {
    return this.state === "connected";
  };
  accessor("connected", { get });
};
