// Methods of the class that only pass on what they were given, once it was read: their names, for the numbers WebAssembly knows
// them by; and the handlers, which are kept in JavaScript (`events.js`).

import { connection, disconnection, subscriptions, unsubscriptions } from "./asking.js";
import { isText } from "./checks.js";
import { define } from "./extending.js";

/**
 * Without `read`, what is given is passed on as it is. Where `lists`, what is given first may be several topic filters in a string.
 * @typedef {[name: string, read?: (...given: any[]) => unknown, lists?: boolean]} Method
 */

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
  ["subscribe", subscriptions, true],
  ["unsubscribe", unsubscriptions, true],
];
/** @type {Method[]} */
const PLAIN = [["saveSession"], ["restoreSession"]];
const HANDLERS = 11;
const LISTENING = 12;
export const INBOX = 13;
export const READ = 14;
export const DETACHED = 15;
export const REPORT = 16;
export const SPEAKS_5 = 17;
export const IS_SUBSCRIBED = 18;
export const CLIENT_ID = 19;
export const PUBLISH = 20;
export const OPERATIONS = 21;
export const OPTIONS = 22;
export const APPLY_OPTIONS = 23;
export const IS_BOUND = 24;
/** What can be looked at is numbered from here on. */
export const LOOK = 25;

/** How a message comes. */
const MESSAGE = "messageIn";

/** @type {(what: number, given: unknown) => any} */
let asked;

/**
 * What is asked for inside, by its number.
 * @param {object} client
 * @param {number} what
 * @param {unknown} [given]
 */
export const ask = (client, what, given) => asked.call(client, what, given);

/**
 * Adds them to the class.
 * @param {any} prototype
 */
export const addMethods = (prototype) => {
  asked = prototype.ask;
  delete prototype.ask;
  for (const [what, [name, read, lists]] of [...PROMISING, ...PLAIN].entries()) {
    const { method } = {
      method(/** @type {unknown[]} */ ...given) {
        try {
          const delimiter = lists && ask(this, OPTIONS).shown("topicDelimiter");
          if (delimiter && isText(given[0])) given[0] = given[0].split(delimiter);
          return ask(this, what, read ? read(...given) : given[0]);
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
    const remove = ask(client, HANDLERS).add(event, handler, once);
    if (event === MESSAGE) ask(client, LISTENING);
    return remove;
  };
  define(prototype, "on", /** @this {object} */ function (/** @type {unknown} */ event, /** @type {unknown} */ handler) {
    return listen(this, event, handler, false);
  });
  define(prototype, "once", /** @this {object} */ function (/** @type {unknown} */ event, /** @type {unknown} */ handler) {
    return listen(this, event, handler, true);
  });
  define(prototype, "off", /** @this {object} */ function (/** @type {unknown} */ event, /** @type {unknown} */ handler) {
    ask(this, HANDLERS).remove(event, handler);
  });
};
