// What people who come from the classic session API (components with `Config("NAME=VALUE")` and `Reset()`) look for: a thin map onto
// options and methods.
//
// Must never live here: a setting that is no property of the class.

import { text, usage } from "./checks.js";
import { APPLY_OPTIONS, ask, IS_BOUND, OPERATIONS, OPTIONS } from "./methods.js";

/** @typedef {(value: string) => unknown} Parse what is not understood is left for the option to complain about */

/** @type {Parse} */
const asBoolean = (value) => ({ 1: true, true: true, 0: false, false: false })[value.toLowerCase()] ?? value;

/** Of spaces Number makes 0. @type {Parse} */
const asNumber = (value) => (value.trim() ? Number(value) : value);

/** @type {Parse} */
const asText = (value) => value;

/** @type {[name: string, property: string, parse?: Parse][]} the classic name, ours, and how it is set, where it is */
const SETTINGS = [
  ["SessionPresent", "sessionPresent"],
  ["SessionStateFile", "sessionKey", asText],
  ["SessionExpInterval", "sessionExpiryInterval", asNumber],
  ["RepublishInterval", "republishInterval", asNumber],
  ["TopicDelimiter", "topicDelimiter", asText],
  ["LogLevel", "logLevel", asNumber],
  ["CleanSession", "cleanSession", asBoolean],
  ["ClientId", "clientId", asText],
  ["KeepAliveInterval", "keepAlive", asNumber],
  ["Timeout", "timeout", asNumber],
  ["User", "username", asText],
];

/**
 * `"NAME"` reads, `"NAME=VALUE"` sets.
 * @this {any}
 * @param {unknown} setting
 */
export const config = function (setting) {
  const [, asked, equals, value] = /** @type {RegExpExecArray} */ (/^([^=]*)(=?)([^]*)$/.exec(text("setting", setting)));
  const found = SETTINGS.find(([name]) => name.toLowerCase() === asked.trim().toLowerCase());
  if (!found) throw usage(`config(): there is no "${asked}", but ${SETTINGS.map(([name]) => name).join(", ")}`);
  const [name, property, parse] = found;
  if (equals) {
    if (!parse) throw usage(`config(): ${name} can only be read`);
    this[property] = value === "" ? undefined : parse(value);
  }
  return String(this[property] ?? "");
};

/** @this {any} */
export const reset = async function () {
  if (ask(this, IS_BOUND)) throw usage("reset() cannot let go of a durable session: free() this client, and make another one");
  await this.disconnect();
  if (this.state !== "disconnected") throw usage("reset(): connect() was called meanwhile");
  ask(this, OPTIONS).reset();
  ask(this, APPLY_OPTIONS);
  ask(this, OPERATIONS).seen = { __proto__: null };
  await this.discardSession();
};
