// Methods of the class that only pass on what they were given, once it was read: their names, for the numbers WebAssembly knows
// them by; and the handlers, which are kept in JavaScript (`events.js`).

import { connection, disconnection, subscriptions, unsubscriptions } from "./asking.js";
import { define } from "./extending.js";

/** @typedef {[name: string, read?: (...given: any[]) => unknown]} Method without `read`, what is given is passed on as it is */

/** What can be asked; numbered as in `class.rs`. Of those that return promises, none throws.
 * @type {Method[]}
 */
const PROMISING = [
  ["pending"],
  ["discardSession"],
  ["exportSession"],
  ["importSession"],
  ["connect", connection],
  ["reauthenticate"],
  ["disconnect", disconnection],
  ["subscribe", subscriptions],
  ["unsubscribe", unsubscriptions],
];
/** @type {Method[]} */
const PLAIN = [["saveSession"], ["restoreSession"]];
const HANDLERS = 11;
const LISTENING = 12;

/** How a message comes. */
const MESSAGE = "messageIn";

/**
 * Adds them to the class.
 * @param {any} prototype
 */
export const addMethods = (prototype) => {
  const { ask } = prototype;
  delete prototype.ask;
  for (const [what, [name, read]] of [...PROMISING, ...PLAIN].entries()) {
    const { method } = {
      method(/** @type {unknown[]} */ ...given) {
        try {
          return ask.call(this, what, read ? read(...given) : given[0]);
        } catch (error) {
          if (what >= PROMISING.length) throw error;
          return Promise.reject(error);
        }
      },
    };
    define(prototype, name, method);
  }

  /**
   * @param {object} client
   * @param {unknown} event
   * @param {unknown} handler
   * @param {boolean} once
   */
  const listen = (client, event, handler, once) => {
    const remove = ask.call(client, HANDLERS).add(event, handler, once);
    if (event === MESSAGE) ask.call(client, LISTENING);
    return remove;
  };
  define(prototype, "on", /** @this {object} */ function (/** @type {unknown} */ event, /** @type {unknown} */ handler) {
    return listen(this, event, handler, false);
  });
  define(prototype, "once", /** @this {object} */ function (/** @type {unknown} */ event, /** @type {unknown} */ handler) {
    return listen(this, event, handler, true);
  });
  define(prototype, "off", /** @this {object} */ function (/** @type {unknown} */ event, /** @type {unknown} */ handler) {
    ask.call(this, HANDLERS).remove(event, handler);
  });
};
