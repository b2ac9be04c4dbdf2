// What fails, as JavaScript is told: a stable code, and a sentence that names what is wrong and what to do. `error.rs` says by
// number which.
//
// Must never live here: a decision. Whoever fails decides.

import { codeOf, hex, say } from "./sentences.js";
import { defined, mqttError } from "./values.js";

/** @typedef {import("./types.d.ts").MqttError} MqttError */

/**
 * The error that a sentence tells of.
 * @param {number} sentence
 * @param {number} two numbers that stand in it
 * @param {number} three
 * @param {number} four
 * @param {string} text
 */
export const fault = (sentence, two, three, four, text) => mqttError(codeOf(sentence), say([sentence, two, three, four], [text]));

/**
 * The same, with this sentence behind its message. Only for those that say nothing else.
 * @param {MqttError} fault
 * @param {number} sentence
 * @param {string} text
 */
export const and = ({ code, message }, sentence, text) => mqttError(code, message + say([sentence], [text]));

/**
 * What failed because of `fault`, with the code of the sentence, if it has one.
 * @param {MqttError} fault
 * @param {number} sentence
 * @param {string} text
 */
export const within = ({ code, message }, sentence, text) => mqttError(codeOf(sentence) ?? code, say([sentence], [text, message]));

/**
 * The same, saying which topic it is about.
 * @param {MqttError} fault
 * @param {string} topic
 */
export const aboutTopic = (fault, topic) =>
  fault.code === "INVALID_TOPIC" ? mqttError(fault.code, `bad topic "${topic}": ${fault.message}`) : fault;

/** What to do where a CONNACK has this reason code. */
const ADVICE = new Map([
  [0x84, ": set the other protocolVersion; protocolFallback does so by itself, except with userProperties, properties of the will or authenticate"],
  [0x86, ": check username and password"],
  [0x87, ": check username, password and what this clientId may do"],
  [0x9a, ": set a will without retain, or none"],
  [0x9b, ": set a will of a lower qos, or none"],
]);
const NOT_AUTHORIZED = [0x86, 0x87];
const SESSION_TAKEN_OVER = 0x8e;

/**
 * What the server may refuse, or end, by number. Of what it is: a topic, a filter or a url.
 * @type {((what: string, said: string, reasonCode: number) => [string, string])[]}
 */
const REFUSALS = [
  (url, said, reasonCode) => [
    NOT_AUTHORIZED.includes(reasonCode) ? "NOT_AUTHORIZED" : "CONNECTION_REFUSED",
    `${url} refused the connection: ${said}${ADVICE.get(reasonCode) ?? ""}`,
  ],
  (url, said, reasonCode) => [
    "SERVER_DISCONNECT",
    `${url} ended the connection: ${said}${reasonCode === SESSION_TAKEN_OVER ? ": another connection uses this clientId; give each client its own" : ""}`,
  ],
  (topic, said) => ["PUBLISH_REFUSED", `the server refused the message to "${topic}": ${said}`],
  (filter, said) => ["SUBSCRIPTION_REFUSED", `the server lost the session, and refused to make the subscription to "${filter}" again: ${said}`],
];

/**
 * @param {number} which
 * @param {string} what
 * @param {number} reasonCode
 * @param {number} sentence what the reason code means
 * @param {{ reason?: string }} words what the server said beside it
 */
export const refusal = (which, what, reasonCode, sentence, words) => {
  const meaning = say([sentence], []);
  const number = `${meaning} (0x${hex(reasonCode)})`;
  const said = words.reason === undefined ? number : `${number}: ${words.reason}`;
  const [code, message] = REFUSALS[which](what, said, reasonCode);
  return mqttError(code, message, { reasonCode, reason: meaning, ...words });
};

/**
 * What the server did that MQTT does not allow.
 * @param {string} url
 * @param {number} reasonCode
 * @param {number} sentence
 * @param {number} two
 * @param {number} three
 * @param {number} four
 * @param {string} text
 */
export const violation = (url, reasonCode, sentence, two, three, four, text) =>
  mqttError("PROTOCOL_ERROR", `${url}: ${say([sentence, two, three, four], [text])}`, { reasonCode });

/**
 * A message of the server's was refused, for its payload is not the UTF-8 it is said to be.
 * @param {string} topic
 * @param {number | undefined} packetId
 */
export const payloadRefused = (topic, packetId) =>
  mqttError(
    "PAYLOAD_FORMAT_INVALID",
    `a message to "${topic}" was not taken: its payload is said to be UTF-8 and is not (checkPayloadFormat); tell its publisher`,
    { reasonCode: 0x99, topic, ...(packetId !== undefined && { packetId }) },
  );

/**
 * Why a stored record cannot be read, and where it lies now.
 * @param {string} name
 * @param {string} wrong
 * @param {string} key
 * @param {number} trouble a sentence: why it still lies where it did; 0: it does not
 * @param {number} needed bytes
 */
export const badRecord = (name, wrong, key, trouble, needed) => {
  const where =
    trouble === 0
      ? `it was moved to "${key}"`
      : `it still lies at "${key}", for it could not be moved out of the way (${say([trouble, needed], [])}); the next opening tries again`;
  return mqttError("RECORD_CORRUPT", `the stored record "${name}" cannot be read, its ${wrong} is wrong: ${where}. All others were restored`);
};

/**
 * The detail of `disconnected`.
 * @param {any} error undefined: `disconnect()` was called
 * @param {number | undefined} closeCode
 * @param {boolean} willReconnect
 * @param {number | undefined} attempt
 * @param {number | undefined} inMs
 */
export const ended = (error, closeCode, willReconnect, attempt, inMs) => {
  const { code = "REQUESTED", reason = "disconnect() was called", reasonCode, userProperties, serverReference } = error ?? {};
  return defined({ code, reason, reasonCode, userProperties, serverReference, error, closeCode, willReconnect, attempt, inMs });
};

/**
 * The detail of `messageLost`.
 * @param {MqttError} error
 * @param {string} direction
 * @param {string} certainty
 * @param {string | undefined} key
 * @param {string} topic
 * @param {number} qos
 * @param {boolean} retain
 * @param {number | undefined} packetId
 * @param {Uint8Array} payload lies in the memory of the WebAssembly
 */
export const lost = ({ code, reason }, direction, certainty, key, topic, qos, retain, packetId, payload) => {
  const message = defined({ key, topic, qos, retain, packetId, payload: payload.slice() });
  return { direction, certainty, code, reason, message };
};
