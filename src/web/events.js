// The application's handlers, by event number, the way its errors take, and what the log says of both.
//
// Here and not in Rust: one call into JavaScript then serves all handlers of an event, and the functions
// that remove a handler are plain ones that cannot outlive any memory.

import { usage } from "./checks.js";
import { FAILED, TAKEN } from "./reading.js";
import { say } from "./sentences.js";

/** From which level on the log tells of an event; it tells of no others. */
const LEVELS = {
  connectionStatus: 1,
  connected: 1,
  disconnected: 1,
  error: 1,
  messageAck: 2,
  messageLost: 2,
  messageOut: 2,
  sessionLost: 2,
  sessionRestored: 2,
  sessionSaved: 2,
  subscribed: 2,
  unsubscribed: 2,
};

/** @type {readonly (Promise<number> | number)[]} most handlers promise nothing */
export const NONE = Object.freeze([]);

/** From here on a reason code is a refusal. */
const REFUSED = 0x80;

/** @typedef {{ handler: (detail: unknown) => unknown, once: boolean, live: boolean }} Entry */

export class Handlers {
  /** @type {Entry[][]} each list is replaced, never changed, so that a running `emit` keeps its own */
  #lists;
  #names;
  #errors;
  #log;
  #level = 0;
  /** @type {[event: number, detail: unknown][]} to be told when their turn comes */
  #queued = [];
  /** @type {WeakMap<object, Promise<number>>} */
  #watched = new WeakMap();
  /** A line is being told: what fails now is told without another one. */
  #logging = false;

  /** @param {string} names of all events, by number */
  constructor(names) {
    this.#names = names.split(" ");
    this.#lists = this.#names.map(() => []);
    this.#errors = this.#names.indexOf("error");
    this.#log = this.#names.indexOf("log");
  }

  /**
   * The number of the event that an application names.
   * @param {any} name
   */
  #number(name) {
    if (typeof name !== "string") throw usage("event must be a string");
    const event = this.#names.indexOf(name);
    if (event < 0) throw usage(`there is no event "${name}"`);
    return event;
  }

  /**
   * @param {unknown} name
   * @param {any} handler
   * @param {boolean} once
   * @returns {() => void} removes it
   */
  add(name, handler, once) {
    const event = this.#number(name);
    if (typeof handler !== "function") throw usage("handler must be a function");
    const entry = { handler, once, live: true };
    this.#lists[event] = [...this.#lists[event], entry];
    return () => this.#drop(event, entry);
  }

  /**
   * @param {unknown} name
   * @param {unknown} handler
   */
  remove(name, handler) {
    const event = this.#number(name);
    for (const entry of this.#lists[event]) if (entry.handler === handler) this.#drop(event, entry);
  }

  clear() {
    for (const [event, list] of this.#lists.entries()) for (const entry of list) this.#drop(event, entry);
    this.#queued = [];
  }

  /** @param {number} level */
  setLevel(level) {
    this.#level = level;
  }

  /**
   * Whether a line of this level would be told to anyone.
   * @param {number} level
   */
  logs(level) {
    return this.#level >= level && this.#lists[this.#log].length > 0;
  }

  /**
   * @param {number} level
   * @param {string} message
   */
  log(level, message) {
    this.#logging = true;
    this.emit(this.#log, { level, message: withoutCredentials(message) });
    this.#logging = false;
  }

  /**
   * @param {number} level
   * @param {number} begin a sentence
   * @param {Uint32Array} numbers that stand in it, and what else is said
   * @param {string} texts separated by U+0000
   */
  say(level, begin, numbers, texts) {
    this.log(level, say([begin, ...numbers], texts.split("\0")));
  }

  /** @param {number} event */
  #logged(event) {
    const level = /** @type {Record<string, number | undefined>} */ (LEVELS)[this.#names[event]];
    return level !== undefined && !this.#logging && this.logs(level) ? level : 0;
  }

  /** @param {number} event */
  has(event) {
    return this.#lists[event].length > 0 || (this.#level > 0 && this.#logged(event) > 0);
  }

  /**
   * @param {number} event
   * @param {unknown} detail
   */
  #logEvent(event, detail) {
    const level = this.#level && this.#logged(event);
    if (level) this.log(level, `${this.#names[event]}: ${inWords(detail)}`);
  }

  /**
   * Calls all handlers. What they throw is reported, and so is what their promises are rejected with.
   * @param {number} event
   * @param {unknown} detail
   * @param {boolean} [isCounted] what a handler throws counts as a promise of it
   * @returns {readonly (Promise<number> | number)[]} what their promises come to; none is ever rejected
   */
  emit(event, detail, isCounted) {
    this.#logEvent(event, detail);
    /** @type {readonly (Promise<number> | number)[]} */
    let promises = NONE;
    for (const entry of this.#lists[event]) {
      if (!entry.live) continue;
      if (entry.once) this.#drop(event, entry);
      try {
        const returned = entry.handler(detail);
        if (typeof (/** @type {any} */ (returned)?.then) === "function") promises = [...promises, this.#watch(returned)];
      } catch (error) {
        const failed = this.#failed(error);
        if (isCounted) promises = [...promises, failed];
      }
    }
    return promises;
  }

  /**
   * @param {number} event
   * @param {unknown} detail
   */
  queue(event, detail) {
    this.#queued.push([event, detail]);
  }

  /** @returns {boolean} whether there is more */
  emitQueued() {
    const [event, detail] = this.#queued.shift() ?? [];
    if (event === this.#errors) this.report(detail);
    else if (event !== undefined) this.emit(event, detail);
    return this.#queued.length > 0;
  }

  /**
   * Tells of each of what became of several filters, but for refusals; each has a detail of its own.
   * @param {number} event
   * @param {{ reasonCode: number }[]} results
   */
  tellEach(event, results) {
    if (!this.has(event)) return;
    for (const result of results) if (result.reasonCode < REFUSED) this.emit(event, { ...result });
  }

  /**
   * What the promise of a handler comes to. One that is given again and again, as that of `connect()`, is watched once.
   * @param {any} returned
   */
  #watch(returned) {
    const watched = this.#watched.get(returned) ?? Promise.resolve(returned).then(taken, (error) => this.#failed(error));
    this.#watched.set(returned, watched);
    return watched;
  }

  /** @param {unknown} error */
  #failed(error) {
    this.report(error);
    return FAILED;
  }

  /**
   * Tells the handlers of `error`; without one, the platform, as for an exception nobody catches.
   * @param {unknown} error
   */
  report(error) {
    this.#logEvent(this.#errors, error);
    const list = this.#lists[this.#errors];
    if (list.length === 0) return complain(error);
    for (const entry of list) {
      if (!entry.live) continue;
      if (entry.once) this.#drop(this.#errors, entry);
      try {
        const returned = entry.handler(error);
        if (typeof (/** @type {any} */ (returned)?.then) === "function") Promise.resolve(returned).catch(complain);
      } catch (worse) {
        complain(worse);
      }
    }
  }

  /**
   * @param {number} event
   * @param {Entry} entry
   */
  #drop(event, entry) {
    entry.live = false;
    this.#lists[event] = this.#lists[event].filter((other) => other !== entry);
  }
}

const taken = () => TAKEN;

/**
 * A detail as one line: its numbers, words and lists; never a payload.
 * @param {any} detail
 * @returns {string}
 */
const inWords = (detail) => {
  if (detail instanceof Error) return `${/** @type {any} */ (detail).code ?? detail.name}: ${detail.message.replace(/\s+/g, " ")}`;
  try {
    const shown = (/** @type {string} */ name, /** @type {unknown} */ value) => {
      if (value instanceof Uint8Array || value instanceof Error || name === "userProperties") return undefined;
      // Where an address has spaces or quotes, it would seem to end there.
      return name === "url" ? String(value).replace(/[\s"]/g, "") : value;
    };
    return JSON.stringify(detail, shown) ?? String(detail);
  } catch {
    return typeof detail;
  }
};

/**
 * What stands before the host and behind the path of an address is often a secret.
 * @param {string} message
 */
const withoutCredentials = (message) =>
  message.replace(/\b(\w+:\/\/)(?:[^\s/?#"]*@)?([^\s?#"]*)(?:[?#][^\s"]*)?/g, "$1$2");

/**
 * Node has no `reportError`, and ends at an exception that nobody catches: nothing told here is worth that.
 * @param {unknown} error
 */
const complain = (error) => {
  const { reportError = console.error } = globalThis;
  reportError(error);
};
