// The values that are made often enough, or are special enough, to be made in JavaScript.

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
    else made[name] = value;
  }
  return made;
};

/**
 * A promise together with the means to settle it; under which token the machine knows what it stands for, once that is accepted.
 * @typedef {{ resolve?: (value: any) => void, reject?: (error: any) => void, settled?: boolean, token?: number }} Settleable
 */

/** A promise together with the means to settle it. */
export class Deferred {
  constructor() {
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

  progress() {}
}

/** How far a message has come before its outcome. */
const STORED = 0;
const SENT = 1;

const UNSTORED = [
  "",
  "publish().stored: messages are stored with the option durable only",
  "publish().stored: a message of QoS 0 is not stored",
];

/**
 * What `publish()` returns. Awaiting it costs what a plain promise costs: its `constructor` says it is one.
 * @extends {Promise<unknown>}
 */
class Publication extends Promise {
  get stored() {
    return /** @type {Publishing} */ (publishings.get(this)).milestone(STORED);
  }

  get sent() {
    return /** @type {Publishing} */ (publishings.get(this)).milestone(SENT);
  }
}
Object.defineProperty(Publication.prototype, "constructor", { value: Promise });

/** @type {WeakMap<Publication, Publishing>} */
const publishings = new WeakMap();

/** A publication together with the means to settle it, and its milestones, made when someone asks for them. */
class Publishing {
  /** @type {boolean[]} */
  #passed = [];
  /** @type {(Deferred | undefined)[]} */
  #milestones = [];
  /** @type {{ error?: unknown } | undefined} */
  #outcome;
  #stored;

  /** @param {number} stored index of why it is not; 0: it is */
  constructor(stored) {
    this.#stored = stored;
    this.promise = new Publication((resolve, reject) => {
      this.resolve = (/** @type {unknown} */ value) => {
        resolve(value);
        this.#outcome = {};
        this.progress(STORED);
        this.progress(SENT);
      };
      this.reject = (/** @type {unknown} */ error) => {
        reject(error);
        this.#outcome = { error };
        for (const milestone of this.#milestones) milestone?.reject?.(error);
      };
    });
    publishings.set(this.promise, this);
  }

  /** @param {number} level it has come so far */
  progress(level) {
    this.#passed[level] = true;
    this.#milestones[level]?.resolve?.(undefined);
  }

  /** @param {number} level */
  milestone(level) {
    const known = this.#milestones[level];
    if (known) return known.promise;
    const made = new Deferred();
    this.#milestones[level] = made;
    made.hush();
    if (level === STORED && this.#stored) made.reject?.(new MqttError("USAGE", UNSTORED[this.#stored]));
    else if (this.#passed[level]) made.resolve?.(undefined);
    else if (this.#outcome) made.reject?.(this.#outcome.error);
    return made.promise;
  }
}

/** @param {number} stored */
export const publishing = (stored) => new Publishing(stored);

/**
 * What is said beside a reason code; undefined: all there is to say is "Success".
 * @typedef {{ reason: string, userProperties?: [string, string][] } | undefined} Words
 */

const SUCCESS = { reason: "Success" };

/**
 * @param {string} topic
 * @param {number} qos
 * @param {number | undefined} packetId
 * @param {number} reasonCode
 * @param {Words} words
 */
export const publishResult = (topic, qos, packetId, reasonCode, words = SUCCESS) => ({
  topic,
  qos,
  ...(packetId !== undefined && { packetId }),
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
