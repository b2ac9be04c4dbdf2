// The options of a client: one table of names, each with its default, how it is read, and when it may be changed.
//
// Both the constructor's object and the properties of the class are read by this table, and what was read is kept here; Rust
// looks at it by name (`options.rs`). Must never live here: what follows from an option.

import { prepared, proof } from "./asking.js";
import { boolean, bytes, callable, entries, fields, illTyped, integer, isText, list, oneOf, pairs, partsOf, qos, seconds, secondsFrom, text, U16, U32, usage } from "./checks.js";
import { Given } from "./given.js";
import { PREPARED, STEPPED } from "./port.js";
import { checkTopic, encoded, MESSAGE } from "./properties.js";
import { sealer } from "./sealing.js";
import { checkUrl, refer } from "./urls.js";

/** @typedef {import("./checks.js").Reader} Reader */
/** @typedef {import("./port.js").Port} Port */
/** When an option may be changed. */
export const DISCONNECTED = 0;
/** Not once the durable session is opened, either: where that is, and whose. */
export const UNBOUND = 1;
/** What goes on is not changed by it. */
export const ANY_TIME = 2;

/**
 * @typedef {object} Option
 * @property {any} initial what it is unless it is given
 * @property {Reader} read of what is given, that which is held
 * @property {(held: any, all: Record<string, any>) => any} [show] of what is held, that which is shown, where it is something else
 * @property {number} [when] it may be changed
 * @property {boolean} [secret] it cannot be read
 */

/**
 * @param {any} initial
 * @param {Reader} read
 * @param {Partial<Option>} [more]
 * @returns {Option}
 */
const option = (initial, read, more) => ({ initial, read, ...more });

/** What was held together with what was made of it. */
const asGiven = { show: (/** @type {any} */ held) => held?.given };

const inSeconds = { show: (/** @type {number} */ milliseconds) => milliseconds / 1000 };

const unbound = { when: UNBOUND };

/** @type {Reader} */
const url = (what, value) => {
  const urls = list(value) ?? [value];
  if (urls.length > 0 && urls.every(isText)) return { urls, given: value };
  throw illTyped(what, "a string or an array of at least one");
};

/** @type {Record<string, Reader>} */
const WILL = {
  ...partsOf("will", { topic: text, payload: bytes, qos, retain: boolean, delayInterval: integer(0, U32) }),
  ...MESSAGE,
};

/** @type {Reader} */
const will = (what, given) => {
  const read = { topic: "", payload: new Uint8Array(), qos: 0, retain: false, ...fields(what, given, WILL) };
  checkTopic(read.topic, "will.topic");
  return { ...read, properties: encoded(read), given };
};

const STORE = ["get", "set", "remove", "keys"];

/**
 * @param {any} value
 * @param {string[]} names
 */
const hasFunctions = (value, names) => {
  try {
    return typeof value === "object" && names.every((name) => typeof value[name] === "function");
  } catch {
    return false;
  }
};

/** @type {Reader} */
const storage = (what, value) => {
  if (["local", "session", "memory"].includes(value) || hasFunctions(value, STORE)) return value;
  throw illTyped(what, `"local", "session", "memory" or an object with the functions get, set, remove and keys`);
};

/** @type {Reader} */
const sealing = (what, given) => {
  try {
    const made = sealer(given);
    if (made) return { sealer: made, given };
  } catch {
    // It does not let itself be read.
  }
  throw illTyped(what, "an object with the functions seal and open, or with an AES-GCM key");
};

/** @type {Reader} */
const authenticate = (what, given) => {
  try {
    const { method, step } = given;
    if (typeof given === "object" && method && isText(method) && typeof step === "function") return { method, step, given };
  } catch {
    // It does not let itself be read.
  }
  throw illTyped(what, "an object with method, a name, and step, a function");
};

const OUTBOX = { maxMessages: 100_000, maxBytes: 64 * 1024 * 1024, whenFull: "reject", queueQos0: false };

const OUTBOX_READERS = partsOf("outbox", {
  maxMessages: integer(1, U32),
  maxBytes: integer(1, U32),
  whenFull: oneOf(["reject", "dropOldest"]),
  queueQos0: boolean,
});

/** Times are in milliseconds. */
const RECONNECT = { minDelay: 1000, maxDelay: 60_000, jitter: true, attempts: Infinity, stableAfter: 10_000 };

/** No delay at all would be a storm. */
const delay = secondsFrom(0.001);

const count = integer(0, U32);

const RECONNECT_READERS = partsOf("reconnect", {
  minDelay: delay,
  maxDelay: delay,
  jitter: boolean,
  attempts: (what, value) => (value === Infinity ? value : count(what, value)),
  stableAfter: seconds,
});

/** @type {Reader} */
const reconnect = (what, value) => {
  if (typeof value === "boolean") return value && RECONNECT;
  if (typeof value !== "object" || value === null) throw illTyped(what, "true, false or an object");
  const policy = { ...RECONNECT, ...fields(what, value, RECONNECT_READERS) };
  if (policy.maxDelay < policy.minDelay) throw illTyped("reconnect.maxDelay", "at least reconnect.minDelay");
  return policy;
};

/** @param {typeof RECONNECT | false} policy */
const shownPolicy = (policy) =>
  policy && { ...policy, minDelay: policy.minDelay / 1000, maxDelay: policy.maxDelay / 1000, stableAfter: policy.stableAfter / 1000 };

/** @type {Reader} */
const topicDelimiter = (what, value) => {
  if (isText(value) && !/[/+#]/.test(value)) return value;
  throw illTyped(what, "a string without /, + and #");
};

/** @type {Record<string, Option>} */
export const OPTIONS = {
  url: option({ urls: [""], given: "" }, url, { show: ({ urls, given }) => (isText(given) ? given : [...urls]) }),
  clientId: option("", text),
  cleanSession: option(undefined, boolean, { show: (held, all) => held ?? !all.durable }),
  protocolVersion: option("5", oneOf(["5", "3.1.1"])),
  protocolFallback: option(false, boolean),
  username: option(undefined, text),
  password: option(undefined, bytes, { secret: true }),
  keepAlive: option(60, integer(0, U16)),
  will: option(undefined, will, asGiven),
  sessionKey: option(undefined, text, unbound),
  storage: option("local", storage, unbound),
  durable: option(false, boolean, unbound),
  sessionInUse: option("fail", oneOf(["fail", "wait"]), unbound),
  sealing: option(undefined, sealing, { ...asGiven, ...unbound }),
  manualAck: option(false, oneOf([true, false, "promise"])),
  sessionExpiryInterval: option(undefined, count),
  receiveMaximum: option(undefined, integer(1, U16)),
  inflightWindow: option(undefined, integer(1, U16)),
  maximumPacketSize: option(undefined, integer(1, U32)),
  topicAliasMaximum: option(16, integer(0, U16)),
  automaticTopicAliases: option(false, boolean),
  userProperties: option({ pairs: [], properties: encoded({}) }, (what, value) => {
    const userProperties = pairs(what, value);
    return { pairs: userProperties, properties: encoded({ userProperties }) };
  }, { show: (held) => held.pairs.map((/** @type {string[]} */ pair) => [...pair]) }),
  requestResponseInformation: option(false, boolean),
  requestProblemInformation: option(true, boolean),
  timeout: option(60_000, seconds, inSeconds),
  republishInterval: option(0, seconds, inSeconds),
  whenSessionLost: option("default", oneOf(["default", "republish", "discard"], "a function")),
  resumeWithoutState: option(false, boolean),
  websocketProtocol: option("mqtt", text),
  reconnect: option(RECONNECT, reconnect, { show: shownPolicy }),
  resubscribe: option(true, boolean),
  followServerReference: option(false, oneOf([true, false], "a function")),
  prepareConnect: option(undefined, callable),
  authenticate: option(undefined, authenticate, asGiven),
  sendHighWaterMark: option(1024 * 1024, integer(1, U32)),
  outbox: option(OUTBOX, (what, value) => ({ ...OUTBOX, ...fields(what, value, OUTBOX_READERS) }), { show: (held) => ({ ...held }) }),
  checkPayloadFormat: option(false, boolean),
  topicDelimiter: option("", topicDelimiter, { when: ANY_TIME }),
  logLevel: option(0, integer(0, 3), { when: ANY_TIME }),
};

/** What `authenticate.step` is called with; numbered as `Stage` of `authentication.rs`. */
const STAGES = ["start", "start", "continue", "done", "done"];

/** The options of one client. */
export class Options extends Given {
  /** @param {any} given the constructor's argument */
  constructor(given) {
    super({});
    this.reset();
    const what = "the options of MqttClient";
    for (const [name, value] of entries(what, given)) {
      if (!Object.hasOwn(OPTIONS, name)) throw usage(`${what}: there is no "${name}"`);
      this.change(name, value);
    }
  }

  /** Takes all of them back to their defaults. */
  reset() {
    for (const name of Object.keys(OPTIONS)) this.change(name, undefined);
  }

  /**
   * Undefined takes it back to its default.
   * @param {string} name
   * @param {any} value
   */
  change(name, value) {
    const { initial, read } = OPTIONS[name];
    this.held[name] = value === undefined ? initial : read(name, value);
  }

  /** @param {string} name */
  shown(name) {
    const { show } = OPTIONS[name];
    return show ? show(this.held[name], this.held) : this.held[name];
  }

  /** Throws unless a connection can be made to each of the urls. */
  checkUrls() {
    const { urls } = this.held.url;
    if (urls.includes("")) throw usage("no url: set it to the ws:// or wss:// address of the MQTT endpoint");
    urls.forEach(checkUrl);
  }

  /**
   * Has `port` lead to one of the urls, or where the Server Reference points that was given at the last one; throws if that is
   * not followed.
   * @param {number} endpoint
   * @param {string | undefined} reference
   * @param {Port} port
   */
  route(endpoint, reference, port) {
    const { url, followServerReference } = this.held;
    port.url = reference === undefined ? url.urls[endpoint] : refer(reference, port.url, followServerReference);
  }

  /**
   * Begins to open a WebSocket.
   * @param {Port} port
   */
  connect(port) {
    return port.connect(this.held.websocketProtocol);
  }

  /**
   * Asks the application before an attempt, and tells `port`, with the credentials that are to be used.
   * @param {number} number
   * @param {Port} port
   * @param {number} attempt
   */
  prepare(number, port, attempt) {
    const { prepareConnect, username, password } = this.held;
    const ask = () => prepareConnect({ attempt: number, url: port.url });
    // What it leaves out is as the options have it.
    const read = (/** @type {any} */ answer) => new Given({ username, password, ...prepared(answer).held });
    port.ask(PREPARED, attempt, 0, "PREPARE_FAILED", "prepareConnect failed", ask, read);
  }

  /**
   * Has the application take a step of an authentication, and tells `port` what it answers.
   * @param {number} stage
   * @param {Uint8Array} data view of the module's memory
   * @param {object | undefined} detail
   * @param {Given} more to be told with the answer
   * @param {Port} port
   * @param {number} attempt
   */
  step(stage, data, detail, more, port, attempt) {
    const { step, given } = this.held.authenticate;
    const [name, own] = [STAGES[stage], data.slice()];
    const ask = () => step.call(given, name, own, detail ?? {});
    const read = (/** @type {any} */ answer) => new Given({ ...more?.held, ...proof(answer).held });
    port.ask(STEPPED, attempt, stage, "AUTHENTICATION_FAILED", `authenticate.step("${name}") failed`, ask, read);
  }
}
