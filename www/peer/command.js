// @ts-check
// What can be asked of the driver: a line becomes a command, or one sentence that says what is wrong with it. The same
// grammar as in examples/peer/command.rs.
import { bytes, split } from "./words.js";

/** @typedef {import("./words.js").Word} Word */
/** @typedef {import("../../src/web/types.d.ts").QoS} QoS */
/** @typedef {import("../../src/web/types.d.ts").ClientOptions} ClientOptions */
/** @typedef {[name: string, value: string][]} Options */

/**
 * @typedef {{ kind: "connect", address?: string, options: Options }
 *   | { kind: "open", address: string, options: Options }
 *   | { kind: "publish", topic: string, payload: Uint8Array, qos: QoS, retain: boolean, properties: object }
 *   | { kind: "subscribe", filters: Record<string, object>, options: object }
 *   | { kind: "unsubscribe", filters: string[], options: object }
 *   | { kind: "disconnect", options: object }
 *   | { kind: "restore", state?: string }
 *   | { kind: "wait", event: string }
 *   | { kind: "save" | "quit" }} Command
 */

/**
 * Reads a line; null where there is nothing on it but a comment. Throws what is wrong with it.
 * @param {string} text
 * @returns {Command | null}
 */
export const parse = (text) => {
  if (text.trimStart().startsWith("#")) return null;
  const [first, ...words] = split(text);
  if (first === undefined) return null;
  const kind = first.text;
  switch (kind) {
    case "connect":
      return { kind, ...connection(words) };
    case "open": {
      const { address, options } = connection(words);
      if (address === undefined) throw new Error("open ADDRESS [NAME=VALUE …]");
      return { kind, address, options };
    }
    case "publish":
      return publish(words);
    case "subscribe":
      return subscribe(words);
    case "unsubscribe": {
      const [filters, options] = takeOptions(words, []);
      if (filters.length === 0) throw new Error("unsubscribe FILTER […]");
      return { kind, filters: filters.map((filter) => filter.text), options: properties(options) };
    }
    case "disconnect":
      return disconnect(words);
    case "restore":
      if (words.length > 1) throw new Error("restore [STATE]");
      return { kind, state: words[0]?.text };
    case "wait":
      if (words.length !== 1) throw new Error("wait EVENT");
      if (!EVENTS.includes(words[0].text)) throw new Error(`there is no event "${words[0].text}": ${EVENTS.join(", ")}`);
      return { kind, event: words[0].text };
    case "save":
    case "quit":
      if (words.length > 0) throw new Error(`${kind} stands alone`);
      return { kind };
    default:
      throw new Error(
        `there is no command "${kind}": connect, open, publish, subscribe, unsubscribe, disconnect, save, restore, wait, quit`,
      );
  }
};

/** @param {Word[]} words */
const connection = (words) => {
  /** @type {Options} */
  const options = [];
  /** @type {string | undefined} */
  let address;
  words.forEach(({ text }, place) => {
    const equals = text.indexOf("=");
    if (equals > 0 && Object.hasOwn(OPTIONS, text.slice(0, equals))) options.push([text.slice(0, equals), text.slice(equals + 1)]);
    else if (place > 0) throw new Error(`there is no option "${text}"`);
    else if (!/^wss?:\/\/./.test(text)) throw new Error(`"${text}" is no address: ws://HOST:PORT/PATH`);
    else address = text;
  });
  return { address, options };
};

/**
 * @param {Word[]} words
 * @returns {Command}
 */
const publish = (words) => {
  const [given, options] = takeOptions(words, PUBLISH_OPTIONS);
  const [topic, level, payload, retain] = given;
  if (given.length < 3 || given.length > 4 || (retain && retain.text !== "retain")) {
    const usage = "publish TOPIC QOS PAYLOAD [retain]; a payload with spaces is a JSON string";
    throw stray(given.slice(3), PUBLISH_OPTIONS, usage);
  }
  const message = { topic: topic.text, payload: bytes(payload), qos: qosOf(level.text), retain: retain !== undefined };
  return { kind: "publish", ...message, properties: properties(options) };
};

/**
 * @param {Word[]} words
 * @returns {Command}
 */
const subscribe = (words) => {
  const [given, all] = takeOptions(words, SUBSCRIBE_OPTIONS);
  /** @type {Record<string, unknown>} */
  const base = {};
  const kept = all.filter(([name, value]) => {
    if (name === "no-local") base.noLocal = flag(name, value);
    else if (name === "retain-as-published") base.retainAsPublished = flag(name, value);
    else if (name === "retain-handling") {
      if (!/^[012]$/.test(value)) throw new Error(`retain-handling is 0, 1 or 2, not "${value}"`);
      base.retainHandling = Number(value);
    } else return true;
    return false;
  });
  if (given.length === 0 || given.length % 2 !== 0) {
    throw stray(given.slice(2), SUBSCRIBE_OPTIONS, "subscribe FILTER QOS [FILTER QOS …] [NAME=VALUE …]");
  }
  const pairs = Array.from({ length: given.length / 2 }, (_, at) => [
    given[2 * at].text,
    { ...base, qos: qosOf(given[2 * at + 1].text) },
  ]);
  return { kind: "subscribe", filters: Object.fromEntries(pairs), options: properties(kept) };
};

/**
 * @param {Word[]} words
 * @returns {Command}
 */
const disconnect = (words) => {
  const [given, all] = takeOptions(words, DISCONNECT_OPTIONS);
  if (given.length > 1 || given[0]?.text.includes("=")) {
    throw stray(given, DISCONNECT_OPTIONS, "disconnect [REASONCODE] [NAME=VALUE …]");
  }
  /** @type {Record<string, unknown>} */
  const said = {};
  for (const { text } of given) said.reasonCode = byte("a reason code", text);
  const kept = all.filter(([name, value]) => {
    if (name === "session-expiry-interval") said.sessionExpiryInterval = number(name, value);
    else if (name === "reason-string") said.reason = value;
    else return true;
    return false;
  });
  return { kind: "disconnect", options: { ...said, ...properties(kept) } };
};

/** The kinds of lines that tell what happens. */
const EVENTS = [
  "opening", "connected", "message", "published", "subscribed", "unsubscribed", "failed", "lost", "disconnected",
  "session-lost", "session-restored", "saved", "trouble",
];

const PUBLISH_OPTIONS = [
  "topic-alias", "payload-format-indicator", "message-expiry-interval", "content-type", "response-topic", "correlation-data",
];

const SUBSCRIBE_OPTIONS = ["no-local", "retain-as-published", "retain-handling", "subscription-identifier"];

const DISCONNECT_OPTIONS = ["session-expiry-interval", "reason-string"];

/**
 * Parts the words that are options, and come last, from those before them. User properties may stand anywhere.
 * @param {Word[]} words
 * @param {string[]} known
 * @returns {[given: Word[], options: Options]}
 */
const takeOptions = (words, known) => {
  const isOption = (/** @type {Word} */ { text, quoted }) =>
    !quoted && text.includes("=") && [...known, "user-name", "user-value"].includes(text.slice(0, text.indexOf("=")));
  const last = words.findLastIndex((word) => !isOption(word));
  const options = words.slice(last + 1).map(({ text }) => /** @type {[string, string]} */ (
    [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]
  ));
  return [words.slice(0, last + 1), options];
};

/**
 * What is wrong with words that have no place: one of them may be meant for an option. Else how it should have been.
 * @param {Word[]} words
 * @param {string[]} known
 * @param {string} usage
 */
const stray = (words, known, usage) => {
  const option = words.find(({ text, quoted }) => !quoted && text.includes("="));
  if (option === undefined) return new Error(usage);
  const name = option.text.slice(0, option.text.indexOf("="));
  return new Error(`there is no property "${name}" here: ${known.join(", ")}, user-name and user-value`);
};

/**
 * Options that are MQTT 5 properties, as the client takes them.
 * @param {Options} options
 */
const properties = (options) => {
  /** @type {Record<string, unknown>} */
  const taken = {};
  /** @type {[string, string][]} */
  const user = [];
  /** @type {string | undefined} */
  let name;
  for (const [option, value] of options) {
    if (option === "payload-format-indicator") taken.payloadFormat = { 0: "bytes", 1: "utf-8" }[number(option, value)] ?? value;
    else if (option === "topic-alias") taken.topicAlias = number(option, value);
    else if (option === "message-expiry-interval") taken.messageExpiryInterval = number(option, value);
    else if (option === "content-type") taken.contentType = value;
    else if (option === "response-topic") taken.responseTopic = value;
    else if (option === "correlation-data") taken.correlationData = bytes({ text: value, quoted: false });
    else if (option === "subscription-identifier") taken.subscriptionIdentifier = number(option, value);
    else if (option === "user-name" && name === undefined) name = value;
    else if (option === "user-value" && name !== undefined) {
      user.push([name, value]);
      name = undefined;
    } else throw new Error("user-name=… and user-value=… come in pairs");
  }
  if (name !== undefined) throw new Error("user-name=… and user-value=… come in pairs");
  return user.length > 0 ? { ...taken, userProperties: user } : taken;
};

/** @param {string} text @returns {QoS} */
const qosOf = (text) => {
  if (!/^[012]$/.test(text)) throw new Error(`QoS is 0, 1 or 2, not "${text}"`);
  return /** @type {QoS} */ (Number(text));
};

/** @param {string} name @param {string} text */
const flag = (name, text) => {
  if (text !== "true" && text !== "false") throw new Error(`${name} is true or false, not "${text}"`);
  return text === "true";
};

/** @param {string} name @param {string} text */
const number = (name, text) => {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${name} is a whole number in its range, not "${text}"`);
  return Number(text);
};

/** @param {string} name @param {string} text */
const byte = (name, text) => {
  const value = /^(?:0x[0-9a-f]{1,2}|\d{1,3})$/i.test(text) ? Number(text) : 256;
  if (value > 255) throw new Error(`${name} is a byte such as 4 or 0x04, not "${text}"`);
  return value;
};

/**
 * What a connection is made with: how each option changes the client's.
 * @type {Record<string, (value: string, name: string, options: ClientOptions & { will: object }) => object>}
 */
const OPTIONS = {
  version: (value) => {
    if (value !== "5" && value !== "3.1.1") throw new Error(`version is 5 or 3.1.1, not "${value}"`);
    return { protocolVersion: value };
  },
  clean: (value, name) => ({ cleanSession: flag(name, value) }),
  "client-id": (value) => ({ clientId: value }),
  "keep-alive": (value, name) => ({ keepAlive: number(name, value) }),
  username: (value) => ({ username: value }),
  password: (value) => ({ password: bytes({ text: value, quoted: false }) }),
  "will-topic": (value, _name, { will }) => ({ will: { ...will, topic: value } }),
  "will-payload": (value, _name, { will }) => ({ will: { ...will, payload: bytes({ text: value, quoted: false }) } }),
  "will-qos": (value, _name, { will }) => ({ will: { ...will, qos: qosOf(value) } }),
  "will-retain": (value, name, { will }) => ({ will: { ...will, retain: flag(name, value) } }),
  "session-expiry-interval": (value, name) => ({ sessionExpiryInterval: number(name, value) }),
  "receive-maximum": (value, name) => ({ receiveMaximum: number(name, value) }),
  "maximum-packet-size": (value, name) => ({ maximumPacketSize: number(name, value) }),
  "topic-alias-maximum": (value, name) => ({ topicAliasMaximum: number(name, value) }),
  "automatic-topic-aliases": (value, name) => ({ automaticTopicAliases: flag(name, value) }),
  "request-response-information": (value, name) => ({ requestResponseInformation: flag(name, value) }),
  "request-problem-information": (value, name) => ({ requestProblemInformation: flag(name, value) }),
  "check-payload-format": (value, name) => ({ checkPayloadFormat: flag(name, value) }),
  "protocol-fallback": (value, name) => ({ protocolFallback: flag(name, value) }),
  timeout: (value, name) => ({ timeout: number(name, value) }),
  reconnect: (value, name) => ({ reconnect: flag(name, value) }),
  "resume-without-state": (value, name) => ({ resumeWithoutState: flag(name, value) }),
};

/**
 * The client's options with some of a line's.
 * @param {ClientOptions} before
 * @param {Options} given
 * @returns {ClientOptions}
 */
export const withOptions = (before, given) =>
  given.reduce((options, [name, value]) => ({ ...options, ...OPTIONS[name](value, name, /** @type {any} */ (options)) }), before);
