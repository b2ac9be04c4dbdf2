// The values that are made often enough, or are special enough, to be made in JavaScript.

import { say } from "./sentences.js";

class MqttError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {object} [more] what else there is to know: the server's `reason`, where it gave one
   */
  constructor(code, message, more) {
    super(message);
    this.name = "MqttError";
    this.code = code;
    this.reason = message;
    Object.assign(this, more);
  }
}

/** @param {ConstructorParameters<typeof MqttError>} parts */
export const mqttError = (...parts) => new MqttError(...parts);

/**
 * Without those that are undefined.
 * @param {Record<string, any>} object
 */
export const defined = (object) => {
  for (const name in object) if (object[name] === undefined) delete object[name];
  return object;
};

/**
 * @param {string} names
 * @param {any[]} values
 */
export const named = (names, values) => defined(Object.fromEntries(names.split(" ").map((name, at) => [name, values[at]])));

export const { assign } = Object;

/** Properties that there may be more than one of. */
const LISTS = ["userProperties", "subscriptionIdentifiers"];

/** @param {any[]} namesAndValues each name with its value behind it */
export const paired = (namesAndValues) => {
  /** @type {Record<string, any>} */
  const made = {};
  for (let at = 0; at < namesAndValues.length; at += 2) {
    const [name, value] = namesAndValues.slice(at, at + 2);
    if (LISTS.includes(name)) (made[name] ??= []).push(value);
    else made[name] = name === "reason" && typeof value === "number" ? say([value], []) : value;
  }
  return made;
};

/**
 * A promise together with the means to settle it; under which token the machine knows what it stands for, once that is accepted.
 * @typedef {{ resolve?: (value: any) => void, reject?: (error: any) => void, settled?: boolean, token?: number }} Settleable
 */

/** A promise together with the means to settle it. */
export class Deferred {
  /** @param {string} [topic] of the message it stands for */
  constructor(topic) {
    this.topic = topic;
    /** @type {Promise<unknown>} */
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Nobody has to look at the promise. */
  hush() {
    this.promise.catch(() => {});
  }

  /** @param {number} _level nobody can ask how far it has come */
  progress(_level) {}
}


/**
 * What is said beside a reason code; undefined: all there is to say is "Success".
 * @typedef {{ reason: string, userProperties?: [string, string][] } | undefined} Words
 */

const SUCCESS = { reason: "Success" };

/**
 * @param {string | undefined} topic
 * @param {number} qos
 * @param {number} packetId
 * @param {number} reasonCode
 * @param {Words} words
 */
export const publishResult = (topic, qos, packetId, reasonCode, words = SUCCESS) => ({
  topic,
  qos,
  packetId,
  reasonCode,
  ...words,
});

/**
 * @param {number} packetId
 * @param {"in" | "out"} direction
 * @param {number} reasonCode
 * @param {Words} words
 */
export const messageAck = (packetId, direction, reasonCode, words = SUCCESS) => ({ packetId, direction, reasonCode, ...words });

/**
 * @param {string} topic
 * @param {number} packetId
 * @param {number} qos
 * @param {number} reasonCode
 * @param {Words} words
 * @param {string | undefined} key
 */
export const messageOut = (topic, packetId, qos, reasonCode, words = SUCCESS, key) => ({
  topic,
  packetId,
  qos,
  reasonCode,
  ...words,
  ...(key !== undefined && { key }),
});

/**
 * What became of filters: `SubscribeResult`s, or `UnsubscribeResult`s.
 * @param {any[]} flat filters, each with its reason code, and what that means, behind it
 * @param {boolean} granted they are told with the QoS
 * @param {object} words what the server said beside it
 */
export const filterResults = (flat, granted, words) => {
  const results = [];
  for (let at = 0; at < flat.length; at += 3) {
    const [filter, reasonCode, meaning] = flat.slice(at, at + 3);
    const reason = say([meaning], []);
    results.push({ filter, ...(granted && reasonCode < 0x80 && { qos: reasonCode }), reasonCode, reason, ...words });
  }
  return results;
};
