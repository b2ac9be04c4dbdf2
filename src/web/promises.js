// What an application waits for, by the token under which the machine knows it; and the hot path of publishing.
//
// A message costs one call into WebAssembly, and all that one turn settles costs one call out of it, made of numbers.

import { Deferred, mqttError } from "./values.js";

/** @typedef {import("./values.js").Settleable} Settleable */
/** @typedef {Deferred | Publishing} Operation */

/** How far a message has come: before its outcome, and with it. */
const STORED = 0;
const SENT = 1;
const DONE = 2;

const UNSTORED = [
  "",
  "publish().stored: messages are stored with the option durable only",
  "publish().stored: a message of QoS 0 is not stored",
];

/** Where a publication keeps what settles it. A field of its class, or a WeakMap, makes a promise cost twice as much. */
const PUBLISHING = Symbol("publishing");

/**
 * What `publish()` returns. Awaiting it costs what a plain promise costs: its `constructor` says it is one.
 * @extends {Promise<unknown>}
 */
class Publication extends Promise {
  get stored() {
    return publishingOf(this).milestone(STORED);
  }

  get sent() {
    return publishingOf(this).milestone(SENT);
  }
}
Object.defineProperty(Publication.prototype, "constructor", { value: Promise });

/**
 * @param {any} publication
 * @returns {Publishing}
 */
const publishingOf = (publication) => publication[PUBLISHING];

/** @type {(value: any) => void} */
let fulfil;
/** @type {(error: any) => void} */
let refuse;
/** @type {ConstructorParameters<typeof Promise<any>>[0]} one for all */
const executor = (resolve, reject) => {
  fulfil = resolve;
  refuse = reject;
};

/** A publication together with the means to settle it, and its milestones, made when someone asks for them. */
class Publishing {
  /** @type {number | undefined} */
  token;
  settled = false;
  #passed = 0;
  /** @type {(Deferred | undefined)[] | undefined} */
  #milestones;
  /** @type {unknown} */
  #error;
  #unstored;
  #fulfil;
  #refuse;

  /**
   * @param {string} topic
   * @param {number} unstored index of why it is not stored; 0: it will be
   */
  constructor(topic, unstored) {
    this.topic = topic;
    this.#unstored = unstored;
    this.promise = new Publication(executor);
    this.#fulfil = fulfil;
    this.#refuse = refuse;
    /** @type {any} */ (this.promise)[PUBLISHING] = this;
  }

  /** @param {unknown} value */
  resolve(value) {
    this.#fulfil(value);
    this.progress(STORED);
    this.progress(SENT);
  }

  /** @param {unknown} error */
  reject(error) {
    this.#refuse(error);
    this.#passed |= 1 << DONE;
    this.#error = error;
    for (const milestone of this.#milestones ?? []) milestone?.reject?.(error);
  }

  /** @param {number} level it has come so far */
  progress(level) {
    this.#passed |= 1 << level;
    this.#milestones?.[level]?.resolve?.(undefined);
  }

  /** @param {number} level */
  milestone(level) {
    const known = this.#milestones?.[level];
    if (known) return known.promise;
    const made = new Deferred();
    (this.#milestones ??= [])[level] = made;
    made.hush();
    if (level === STORED && this.#unstored) made.reject?.(mqttError("USAGE", UNSTORED[this.#unstored]));
    else if (this.#passed & (1 << level)) made.resolve?.(undefined);
    else if (this.#passed & (1 << DONE)) made.reject?.(this.#error);
    return made.promise;
  }
}

/**
 * @param {string} topic
 * @param {number} unstored
 */
export const publishing = (topic, unstored) => new Publishing(topic, unstored);

/**
 * As `publishResult()` of `values.js`, where there is nothing to say but that.
 * @param {string | undefined} topic
 * @param {number} qos
 * @param {number} packetId
 */
const success = (topic, qos, packetId) =>
  packetId ? { topic, qos, packetId, reasonCode: 0, reason: "Success" } : { topic, qos, reasonCode: 0, reason: "Success" };

/** All that one client's application waits for, but its connection. */
export class Operations {
  /** @type {Map<number, Operation>} */
  #pending = new Map();
  /** @type {Operation[]} those whose connection ended; why, will be said in a moment */
  #orphans = [];

  /**
   * @param {number} token
   * @param {Operation} operation
   */
  add(token, operation) {
    this.#pending.set(token, operation);
  }

  /** @param {number} token */
  get(token) {
    return this.#pending.get(token);
  }

  /**
   * It has its outcome.
   * @param {number} token
   */
  take(token) {
    const operation = this.#pending.get(token);
    this.#pending.delete(token);
    return operation;
  }

  /** @param {Operation} operation */
  orphan(operation) {
    this.#orphans.push(operation);
  }

  /** @param {unknown} error */
  rejectOrphans(error) {
    for (const orphan of this.#orphans.splice(0)) orphan.reject?.(error);
  }

  /** @param {unknown} error */
  rejectAll(error) {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const operation of pending) operation.reject?.(error);
    this.rejectOrphans(error);
  }

  /**
   * What became of messages, in order: of each its token, then how far it has come (2 bits), its QoS (2) and its packet
   * identifier, 0 if it has none. One that is done succeeded, and the server said nothing else.
   * @param {Float64Array} view of the module's memory, which may move as soon as an application's signal is told
   */
  settle(view) {
    const told = view.slice();
    for (let i = 0; i < told.length; i += 2) {
      const token = told[i];
      const code = told[i + 1];
      const level = code & 3;
      const operation = this.#pending.get(token);
      if (!operation) continue;
      if (level !== DONE) {
        operation.progress(level);
        continue;
      }
      this.#pending.delete(token);
      operation.resolve?.(success(operation.topic, (code >> 2) & 3, code >> 4));
    }
  }
}

const encoder = new TextEncoder();

/**
 * QoS and RETAIN (4) of a `publish()` that asks for nothing else; -1: it does, or asks wrongly.
 * @param {any} options
 */
const ordinary = (options) => {
  if (options === undefined) return 0;
  try {
    if (typeof options !== "object" || options === null || Array.isArray(options)) return -1;
    let [qos, retain] = [0, false];
    // Own ones only, as everywhere (`checks.js`).
    for (const name of Object.keys(options)) {
      const value = options[name];
      if (value === undefined) continue;
      if (name === "qos") qos = value;
      else if (name === "retain") retain = value;
      else return -1;
    }
    return (qos === 0 || qos === 1 || qos === 2) && typeof retain === "boolean" ? qos + (retain ? 4 : 0) : -1;
  } catch {
    return -1;
  }
};

/**
 * Bytes that are what they seem: the bindings copy what their `length` says. Where that is none, their buffer may have been
 * transferred away, and that would throw.
 * @param {any} payload
 * @returns {Uint8Array | undefined}
 */
const plainBytes = (payload) => {
  if (typeof payload === "string") return encoder.encode(payload);
  if (!ArrayBuffer.isView(payload) || Object.getPrototypeOf(payload) !== Uint8Array.prototype) return undefined;
  const bytes = /** @type {Uint8Array} */ (payload);
  return Object.hasOwn(bytes, "length") || bytes.length === 0 ? undefined : bytes;
};

/** @type {WeakMap<object, Operations>} */
const tables = new WeakMap();

/**
 * Puts a `publish()` before that of the class that does what nearly all calls ask for; whatever is unusual, wrong or too early
 * is left to the other one.
 * @param {any} prototype
 * @param {(prototype: object, name: string, value: (...args: any[]) => unknown) => void} define
 */
export const hastenPublishing = (prototype, define) => {
  const { publish, post, operations } = prototype;
  define(prototype, "publish", /** @this {object} */ function (/** @type {any} */ topic, /** @type {any} */ payload, /** @type {any} */ options) {
    const flags = typeof topic === "string" ? ordinary(options) : -1;
    const bytes = flags < 0 ? undefined : plainBytes(payload);
    const token = bytes ? post.call(this, topic, bytes, flags) : 0;
    if (token === 0) return publish.call(this, topic, payload, options);
    let table = tables.get(this);
    if (!table) tables.set(this, (table = /** @type {Operations} */ (operations.call(this))));
    // A negative one is of a session that is not stored.
    const publishing = new Publishing(topic, token < 0 ? 1 : (flags & 3) === 0 ? 2 : 0);
    table.add(Math.abs(token), publishing);
    return publishing.promise;
  });
};
