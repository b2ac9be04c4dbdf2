// What an application waits for, by the token under which the machine knows it; and the hot path of publishing.
//
// A message costs one call into WebAssembly, and all that one turn settles costs one call out of it, made of numbers.

import { publication } from "./asking.js";
import { Given } from "./given.js";
import { ask, OPERATIONS, OPTIONS, PUBLISH } from "./methods.js";
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
 * As `publishResult()` of `values.js`, where there is nothing to say but that.
 * @param {string | undefined} topic
 * @param {number} qos
 * @param {number} packetId
 */
const success = (topic, qos, packetId) =>
  packetId ? { topic, qos, packetId, reasonCode: 0, reason: "Success" } : { topic, qos, reasonCode: 0, reason: "Success" };

/** All that one client's application waits for. */
export class Operations {
  /** @type {Map<number, Operation>} */
  #pending = new Map();
  /** @type {Operation[]} those whose connection ended; why, will be said in a moment */
  #orphans = [];
  /** @type {{ deferred: Deferred, signal: unknown }[]} each with the signal that may end it; no two with the same */
  #connecting = [];
  /** @type {Deferred[]} */
  #disconnecting = [];
  /** @type {Deferred | undefined} */
  #reauthenticating;
  /** @type {unknown} what the last CONNACK said, until `connect()` resolves with it */
  result;
  /** @type {any} the same, for those who look later: the other one is the application's */
  seen = { __proto__: null };

  /**
   * @param {number} token
   * @param {Operation} operation
   */
  add(token, operation) {
    this.#pending.set(token, operation);
  }

  /**
   * The promise for the outcome of a message that an earlier page left; nobody has to look at it.
   * @param {number} token
   * @param {string} topic
   */
  inherited(token, topic) {
    const known = this.#pending.get(token);
    if (known) return known.promise;
    const deferred = new Deferred(topic);
    deferred.hush();
    this.add(token, deferred);
    return deferred.promise;
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

  /**
   * @param {Deferred} deferred
   * @param {unknown} signal
   */
  connect(deferred, signal) {
    this.#connecting.push({ deferred, signal });
  }

  /** @param {unknown} signal */
  connecting(signal) {
    return this.#connecting.find((other) => other.signal === signal)?.deferred.promise;
  }

  /** @param {any} result */
  accept(result) {
    this.result = result;
    this.seen = { __proto__: null, ...result, serverLimits: { ...result.serverLimits } };
  }

  connected() {
    const { result } = this;
    this.result = undefined;
    for (const { deferred } of this.#connecting.splice(0)) deferred.resolve?.(result);
  }

  /** @param {boolean} isOver there is no connection any more */
  disconnect(isOver) {
    const deferred = new Deferred();
    if (isOver) deferred.resolve?.(undefined);
    else this.#disconnecting.push(deferred);
    return deferred.promise;
  }

  /** @returns {Promise<unknown> | undefined} undefined: another one is under way */
  reauthenticate() {
    return this.#reauthenticating ? undefined : (this.#reauthenticating = new Deferred()).promise;
  }

  /** @param {unknown} error undefined: nothing went wrong */
  reauthenticated(error) {
    const deferred = this.#reauthenticating;
    this.#reauthenticating = undefined;
    if (error === undefined) deferred?.resolve?.(undefined);
    else deferred?.reject?.(error);
  }

  /**
   * @param {unknown} error why the connection, or the attempt, is over
   * @param {boolean} isFinal there will be no other one
   */
  disconnected(error, isFinal) {
    this.result = undefined;
    const disconnecting = this.#disconnecting.splice(0);
    for (const { deferred } of isFinal ? this.#connecting.splice(0) : []) deferred.reject?.(error);
    for (const orphan of this.#orphans.splice(0)) orphan.reject?.(error);
    this.reauthenticated(error);
    for (const deferred of disconnecting) deferred.resolve?.(undefined);
  }

  /** @param {unknown} error the client is gone */
  abandon(error) {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const operation of pending) operation.reject?.(error);
    this.disconnected(error, true);
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

/** Why a message is not stored. */
const NOT_DURABLE = 1;
const NOT_QOS_0 = 2;

/**
 * A `publish()` of which nothing is known yet.
 * @param {object} client
 * @param {any} topic
 * @param {any} payload
 * @param {any} options
 */
const publish = (client, topic, payload, options) => {
  try {
    const { durable } = ask(client, OPTIONS).held;
    const { held } = publication(topic, payload, options);
    const publishing = new Publishing(held.topic, durable ? (held.qos ? 0 : NOT_QOS_0) : NOT_DURABLE);
    ask(client, PUBLISH, new Given({ ...held, publishing }));
    return publishing.promise;
  } catch (error) {
    const publishing = new Publishing("", 0);
    publishing.reject(error);
    return publishing.promise;
  }
};

/**
 * Adds `publish()`. What nearly all calls ask for is done by the shortest way; whatever is unusual, wrong or too early, by the
 * other one.
 * @param {any} prototype
 * @param {(prototype: object, name: string, value: (...args: any[]) => unknown) => void} define
 */
export const addPublishing = (prototype, define) => {
  const { post } = prototype;
  define(prototype, "publish", /** @this {object} */ function (/** @type {any} */ topic, /** @type {any} */ payload, /** @type {any} */ options) {
    const flags = typeof topic === "string" ? ordinary(options) : -1;
    const bytes = flags < 0 ? undefined : plainBytes(payload);
    const token = bytes ? post.call(this, topic, bytes, flags) : 0;
    if (token === 0) return publish(this, topic, payload, options);
    let table = tables.get(this);
    if (!table) tables.set(this, (table = /** @type {Operations} */ (ask(this, OPERATIONS))));
    // A negative one is of a session that is not stored.
    const publishing = new Publishing(topic, token < 0 ? NOT_DURABLE : (flags & 3) === 0 ? NOT_QOS_0 : 0);
    table.add(Math.abs(token), publishing);
    return publishing.promise;
  });
};
