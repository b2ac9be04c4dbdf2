// What an application asks for: the arguments of methods, and what its functions answer, each read whole into what Rust looks at.
//
// Must never live here: what follows from it, and what the specification has to say about it; that is the machine's to refuse.

import { boolean, bytes, entries, fields, illTyped, integer, isArray, isText, list, oneOf, pairs, qos, seconds, signal, text, U16, U32, usage } from "./checks.js";
import { Given } from "./given.js";
import { checkTopic, encoded, MESSAGE } from "./properties.js";
import { checkUrl } from "./urls.js";

/** @typedef {import("./checks.js").Reader} Reader */
/** @typedef {Record<string, Reader>} Readers */

/** @type {Readers} how long a caller waits */
const PATIENCE = { signal, timeout: seconds };

/** @type {Readers} what can be said beside a reason code */
const DIAGNOSTIC = { reason: text, userProperties: pairs };

const reasonCode = integer(0, 255);

/**
 * What was read, with the properties among it encoded.
 * @param {Record<string, any>} read
 */
const given = (read) => new Given({ ...read, properties: encoded(read) });

/** @type {Readers} */
const PUBLISH = { qos, retain: boolean, key: text, topicAlias: integer(1, U16), ...PATIENCE, ...MESSAGE };

/**
 * The arguments of `publish()`.
 * @param {any} topic
 * @param {any} payload
 * @param {any} options
 */
export const publication = (topic, payload, options) =>
  given({ topic: text("topic", topic), payload: bytes("payload", payload), ...fields("the options of publish()", options, PUBLISH) });

/**
 * The options of `connect()`.
 * @param {any} options
 */
export const connection = (options) => given(fields("the options of connect()", options, { signal }));

/**
 * The options of a message's `ack()`.
 * @param {any} options
 */
export const verdict = (options) => given(fields("the options of ack()", options, { reasonCode, ...DIAGNOSTIC }));

/** @type {Readers} of one topic filter */
const FILTER = { qos, noLocal: boolean, retainAsPublished: boolean, retainHandling: oneOf([0, 1, 2]) };

/** @type {Readers} */
const SUBSCRIBE = { ...FILTER, subscriptionIdentifier: integer(1, 268_435_455), userProperties: pairs, ...PATIENCE };

/**
 * The Subscription Options as one byte (MQTT 5 §3.8.3.1).
 * @param {Record<string, any>} options
 */
const bits = ({ qos = 0, noLocal = false, retainAsPublished = false, retainHandling = 0 }) =>
  qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4);

/**
 * One topic filter or an array of them.
 * @param {any} filters
 * @returns {string[]}
 */
const filterList = (filters) => {
  const listed = isText(filters) ? [filters] : list(filters);
  if (listed?.every(isText)) return listed;
  throw illTyped("filters", "a topic filter or an array of them");
};

/**
 * Topic filters in one string, each with U+0000 behind it, which none may contain.
 * @param {string[]} filters
 */
const joined = (filters) => {
  for (const filter of filters) checkTopic(filter, undefined, true);
  return filters.map((filter) => `${filter}\0`).join("");
};

/**
 * @param {string} filter
 * @param {any} value its QoS, or its options
 */
const filterOptions = (filter, value) =>
  typeof value === "object" && value
    ? fields(`the options of the filter "${filter}"`, value, FILTER)
    : { qos: qos(`the QoS of the filter "${filter}"`, value) };

/**
 * The arguments of `subscribe()`.
 * @param {any} filters
 * @param {any} options
 */
export const subscriptions = (filters, options) => {
  const all = fields("the options of subscribe()", options, SUBSCRIBE);
  /** @type {[string, Record<string, any>][]} */
  let listed;
  if (isText(filters) || isArray(filters)) listed = filterList(filters).map((filter) => [filter, all]);
  else if (typeof filters === "object" && filters) listed = entries("filters", filters).map(([filter, value]) => [filter, { ...all, ...filterOptions(filter, value) }]);
  else throw illTyped("filters", "a topic filter, an array of them, or an object of filters with their QoS or options");
  return given({ ...all, filters: joined(listed.map(([filter]) => filter)), bits: Uint8Array.from(listed, ([, options]) => bits(options)) });
};

/**
 * The arguments of `unsubscribe()`.
 * @param {any} filters
 * @param {any} options
 */
export const unsubscriptions = (filters, options) => {
  const read = fields("the options of unsubscribe()", options, { userProperties: pairs, ...PATIENCE });
  return given({ ...read, filters: joined(filterList(filters)) });
};

/** DISCONNECT with Will Message. */
const WITH_WILL = 4;

/**
 * The options of `disconnect()`.
 * @param {any} options
 */
export const disconnection = (options) => {
  const readers = { reasonCode, sessionExpiryInterval: integer(0, U32), publishWill: boolean, ...DIAGNOSTIC };
  const read = fields("the options of disconnect()", options, readers);
  if (read.publishWill) {
    if ((read.reasonCode ?? WITH_WILL) !== WITH_WILL) throw usage("publishWill and another reasonCode exclude each other: leave one of them out");
    read.reasonCode = WITH_WILL;
  }
  return given(read);
};

/** What a function of the application returns. */
const RETURNED = "what it returns";

/** @param {any} value */
const isBytes = (value) => {
  try {
    return value instanceof Uint8Array || value instanceof ArrayBuffer;
  } catch {
    return false;
  }
};

/**
 * What a step of an authentication answers. With CONNECT goes less of it than with AUTH: that has no Reason String.
 * @param {any} answer
 */
export const proof = (answer) => {
  const isPlain = answer !== undefined && (typeof answer !== "object" || answer === null || isBytes(answer));
  const read = isPlain ? { data: bytes(RETURNED, answer) } : fields(RETURNED, answer, { data: bytes, ...DIAGNOSTIC });
  const { userProperties = [] } = read;
  return given({ ...read, forConnect: encoded({ userProperties }) });
};

/** @type {Reader} */
const address = (what, value) => {
  checkUrl(text(what, value));
  return value;
};

/**
 * What `prepareConnect` answers.
 * @param {any} answer
 */
export const prepared = (answer) => given(fields(RETURNED, answer ?? undefined, { url: address, username: text, password: bytes }));
