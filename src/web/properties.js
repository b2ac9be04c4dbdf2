// MQTT 5 properties that applications give to what they send: how each is read, and how it lies in the bytes (§2.2.2).
//
// Must never live here: which property may stand in which packet; the codec checks every list of them before it is sent.

import { bytes, integer, oneOf, pairs, text, U32, usage } from "./checks.js";
import { say } from "./sentences.js";
import { mqttError } from "./values.js";

/** @typedef {import("./checks.js").Reader} Reader */

const encoder = new TextEncoder();

/** @typedef {(topic: string, isFilter: boolean) => number} TopicRule what is wrong with a topic name, or a topic filter: a sentence; 0: nothing */

/** @type {TopicRule} the codec's, given by `useTopicRule` */
let wrongWith = () => 0;

/** @param {TopicRule} rule */
export const useTopicRule = (rule) => {
  wrongWith = rule;
};

/**
 * Whether it is a topic name.
 * @param {string} topic
 */
export const isTopic = (topic) => !wrongWith(topic, false);

/**
 * Throws if it is no topic name, or no topic filter.
 * @param {string} topic
 * @param {string} [what] it is; left out: the complaint quotes it
 * @param {boolean} [isFilter]
 */
export const checkTopic = (topic, what = `bad topic "${topic}"`, isFilter = false) => {
  const wrong = wrongWith(topic, isFilter);
  if (wrong) throw mqttError("INVALID_TOPIC", `${what}: ${say([wrong], [])}`);
};

/** @type {Record<string, Reader>} the properties of a message; of a PUBLISH there is one more */
export const MESSAGE = {
  messageExpiryInterval: integer(0, U32),
  responseTopic(what, value) {
    checkTopic(text(what, value));
    return value;
  },
  correlationData: bytes,
  contentType: text,
  payloadFormat: oneOf(["bytes", "utf-8"]),
  userProperties: pairs,
};

/** @typedef {(out: number[], value: any, what: string, label: string) => void} Writer */

/**
 * @param {number} size in bytes
 * @returns {Writer}
 */
const number = (size) => (out, value) => {
  for (let shift = size * 8 - 8; shift >= 0; shift -= 8) out.push((value >>> shift) & 0xff);
};

/** @type {Writer} */
const binary = (out, value, what, label) => {
  if (value.length > 0xffff) throw usage(`${what}: ${label} is longer than 65535 bytes`);
  number(2)(out, value.length, what, label);
  for (const byte of value) out.push(byte);
};

/** @type {Writer} */
const string = (out, value, what, label) => {
  if (value.includes("\0")) throw usage(`${what}: ${label} contains U+0000`);
  binary(out, encoder.encode(value), what, label);
};

/** @type {Writer} a variable byte integer */
const varint = (out, value) => {
  for (; value > 127; value >>>= 7) out.push((value & 127) | 128);
  out.push(value);
};

/** @type {Record<string, [id: number, write: Writer, label?: string]>} by the name that applications give it */
const PROPERTIES = {
  payloadFormat: [0x01, (out, value) => out.push(value === "utf-8" ? 1 : 0)],
  messageExpiryInterval: [0x02, number(4)],
  contentType: [0x03, string, "Content Type"],
  responseTopic: [0x08, string, "Response Topic"],
  correlationData: [0x09, binary, "Correlation Data"],
  subscriptionIdentifier: [0x0b, varint],
  delayInterval: [0x18, number(4)],
  reason: [0x1f, string, "Reason String"],
  topicAlias: [0x23, number(2)],
  userProperties: [0x26, string, "User Property"],
};

/** No property at all. */
export const NONE = new Uint8Array();

/**
 * The properties among `read`, in their order, encoded.
 * @param {Record<string, any>} read
 */
export const encoded = (read) => {
  /** @type {number[]} */
  const out = [];
  for (const [what, value] of Object.entries(read)) {
    if (!Object.hasOwn(PROPERTIES, what)) continue;
    const [id, write, label = ""] = PROPERTIES[what];
    // Of a User Property there may be many, each a name and a value; of every other, one value.
    for (const parts of what === "userProperties" ? value : [[value]]) {
      out.push(id);
      for (const part of parts) write(out, part, what, label);
    }
  }
  return out.length ? Uint8Array.from(out) : NONE;
};
