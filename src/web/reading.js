// Messages as an async iterator: a bounded queue between what comes and who reads it.
//
// A message counts as taken when it was read; with `manualAck: "promise"` when the reader comes back for the next one. Until
// then a message that finds the queue full is not acknowledged, and so the server holds back: never more than the mark and what
// the server may send unacknowledged lie here.

import { aborted, onAbort } from "./cancelling.js";
import { attach, detach, report } from "./readers.js";
import { mqttError } from "./values.js";

/** @typedef {import("./types.d.ts").Message} Message */
/** @typedef {import("./types.d.ts").MqttClient} MqttClient */
/** @typedef {{ message: Message, settle?: (outcome: number) => void, late?: boolean, left?: number }} Entry */

/** What became of a listener's copy of a message. */
export const UNTAKEN = 0;
export const TAKEN = 1;
export const FAILED = 2;

/** When a message is acknowledged: on delivery, when all promises are fulfilled, when the application says so. */
export const AUTOMATIC = 0;
export const PROMISED = 1;
export const MANUAL = 2;

const END = Object.freeze({ value: undefined, done: true });

/** @implements {AsyncIterableIterator<Message>} */
export class Messages {
  #client;
  #name;
  #mark;
  /** @type {Entry[]} */
  #unread = [];
  /** @type {Entry[]} read, and perhaps still worked on */
  #given = [];
  /** @type {{ resolve(result: IteratorResult<Message>): void, reject(error: unknown): void }[]} */
  #waiting = [];
  #dropped = 0;
  /** That messages are dropped was said, and the queue has been long ever since. */
  #told = false;
  #ended = false;
  /** @type {unknown[]} what the next read fails with, if it does */
  #errors = [];
  #stop = () => {};

  /**
   * @param {MqttClient} client
   * @param {string | undefined} filter
   * @param {number} mark
   * @param {AbortSignal | undefined} signal
   */
  constructor(client, filter, mark, signal) {
    this.#client = client;
    this.#name = filter === undefined ? "messages()" : `messages("${filter}")`;
    this.#mark = mark;
    attach(client, filter, this, false);
    if (signal) this.#stop = onAbort(signal, () => this.#abort(signal));
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {Promise<IteratorResult<Message>>} */
  next() {
    for (const entry of this.#given.splice(0)) entry.settle?.(TAKEN);
    const entry = this.#unread.shift();
    if (entry) {
      this.#give(entry);
      this.#tell();
      return Promise.resolve({ value: entry.message, done: false });
    }
    if (this.#errors.length) return Promise.reject(this.#errors.pop());
    if (this.#ended) return Promise.resolve(END);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /**
   * @param {unknown} [value]
   * @returns {Promise<IteratorResult<Message>>}
   */
  async return(value) {
    this.#end();
    return { value, done: true };
  }

  /**
   * @param {unknown} error
   * @returns {Promise<IteratorResult<Message>>}
   */
  async throw(error) {
    this.#end();
    throw error;
  }

  // From here on: what the client calls.

  /**
   * @param {Message} message
   * @param {number} acknowledged when
   * @returns {Promise<number> | number | undefined} what became of it; undefined: nothing has to be waited for
   */
  push(message, acknowledged) {
    if (this.#ended) return acknowledged === AUTOMATIC ? undefined : UNTAKEN;
    const reader = this.#waiting.shift();
    const isOver = !reader && this.#unread.length >= this.#mark;
    if (message.qos === 0 && isOver) {
      this.#dropped++;
      return undefined;
    }
    /** @type {Entry} */
    const entry = { message };
    let outcome;
    if (message.qos > 0 && (isOver || acknowledged !== AUTOMATIC)) {
      outcome = new Promise((resolve) => (entry.settle = resolve));
      entry.late = acknowledged === PROMISED;
      entry.left = acknowledged === AUTOMATIC ? TAKEN : UNTAKEN;
    }
    if (reader) {
      this.#give(entry);
      reader.resolve({ value: message, done: false });
    } else {
      this.#unread.push(entry);
    }
    return outcome;
  }

  /**
   * A message was acknowledged: by its reader, by someone else who got it, or by a handler.
   * @param {number} packetId
   */
  acknowledged(packetId) {
    const place = this.#unread.findIndex((entry) => isOwed(entry) && entry.message.packetId === packetId);
    if (place < 0) return;
    letGo(this.#unread[place]);
    if (place < this.#mark) return;
    // The server goes on sending, so there is no end to those that others acknowledge and nobody reads here.
    this.#unread.splice(place, 1);
    this.#dropped++;
  }

  /**
   * There is a new connection. What an earlier one brought at QoS 1, and was not acknowledged, the server sends again; unless it has
   * lost the session: then only what the mark has room for can stay.
   * @param {boolean} sessionPresent
   */
  reconnected(sessionPresent) {
    const unread = this.#unread;
    this.#unread = [];
    for (const entry of unread) {
      const isHeld = isOwed(entry);
      const stays = !isHeld || (!sessionPresent && this.#unread.length < this.#mark);
      // There is no acknowledging it on another connection than its own.
      if (isHeld) letGo(entry);
      if (stays) this.#unread.push(entry);
      else if (!sessionPresent) this.#dropped++;
    }
  }

  /** There is no client any more. What was acknowledged can still be read: nobody will send it again. */
  freed() {
    this.#finish(this.#unread.filter((entry) => !entry.settle));
  }

  // From here on: its own.

  /** @param {Entry} entry */
  #give(entry) {
    if (entry.late) this.#given.push(entry);
    else entry.settle?.(TAKEN);
  }

  /** Reading goes on: says what was dropped, once until the queue is short again. */
  #tell() {
    if (this.#unread.length <= this.#mark / 2) this.#told = false;
    if (this.#dropped === 0 || this.#told) return;
    this.#told = true;
    this.#admit();
  }

  #admit() {
    if (this.#dropped === 0) return;
    const message = `${this.#dropped} messages were dropped: ${this.#name} had ${this.#mark} unread. Read faster, raise highWaterMark, or subscribe at QoS 1 or 2, which waits`;
    this.#dropped = 0;
    report(this.#client, mqttError("MESSAGES_DROPPED", message));
  }

  /** @param {AbortSignal} signal */
  #abort(signal) {
    this.#errors.push(aborted(signal, `${this.#name} was aborted`));
    this.#end();
  }

  #end() {
    if (this.#ended) return;
    detach(this.#client, this);
    const left = [...this.#given.splice(0), ...this.#unread];
    this.#finish([]);
    for (const entry of left) entry.settle?.(entry.left ?? TAKEN);
    this.#admit();
  }

  /** @param {Entry[]} rest what can still be read */
  #finish(rest) {
    this.#ended = true;
    this.#stop();
    this.#unread = rest;
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (this.#errors.length) reject(this.#errors.pop());
      else resolve(END);
    }
  }
}

/**
 * Whether it is of QoS 1, and not acknowledged as far as is known.
 * @param {Entry} entry
 */
const isOwed = ({ settle, message }) => settle !== undefined && message.qos === 1;

/**
 * It is acknowledged, or will never be.
 * @param {Entry} entry
 */
const letGo = (entry) => {
  entry.settle?.(TAKEN);
  entry.settle = undefined;
};

if (Symbol.asyncDispose) {
  Object.defineProperty(Messages.prototype, Symbol.asyncDispose, {
    /** @this {Messages} */
    async value() {
      await this.return();
    },
    configurable: true,
    writable: true,
  });
}

/**
 * Acknowledges a message when all who were given it are done with it; or says that nobody took it.
 * @param {readonly (Promise<number> | number)[]} outcomes one for each; no promise is ever rejected
 * @param {boolean} isManual the application acknowledges by itself
 * @param {(connection: number, packetId: number, number: number, untaken: boolean) => void} acknowledge
 * @param {number} connection with the others, what it is acknowledged by
 * @param {number} packetId
 * @param {number} number
 */
export const whenTaken = (outcomes, isManual, acknowledge, connection, packetId, number) =>
  void Promise.all(outcomes).then((all) => {
    if (all.every((outcome) => outcome === UNTAKEN)) acknowledge(connection, packetId, number, true);
    else if (!isManual && !all.includes(FAILED)) acknowledge(connection, packetId, number, false);
  });
