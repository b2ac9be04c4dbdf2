// The application's handlers, by event number, and the way its errors take.
//
// Here and not in Rust: one call into JavaScript then serves all handlers of an event, and the functions
// that remove a handler are plain ones that cannot outlive any memory.

/** @typedef {{ handler: (detail: unknown) => unknown, once: boolean, live: boolean }} Entry */

export class Handlers {
  /** @type {Entry[][]} each list is replaced, never changed, so that a running `emit` keeps its own */
  #lists;
  #errors;

  /**
   * @param {number} events how many there are
   * @param {number} errors the number of the event `error`
   */
  constructor(events, errors) {
    this.#lists = Array.from({ length: events }, () => []);
    this.#errors = errors;
  }

  /**
   * @param {number} event
   * @param {(detail: unknown) => unknown} handler
   * @param {boolean} once
   * @returns {() => void} removes it
   */
  add(event, handler, once) {
    const entry = { handler, once, live: true };
    this.#lists[event] = [...this.#lists[event], entry];
    return () => this.#drop(event, entry);
  }

  /**
   * @param {number} event
   * @param {unknown} handler
   */
  remove(event, handler) {
    for (const entry of this.#lists[event]) if (entry.handler === handler) this.#drop(event, entry);
  }

  clear() {
    for (const [event, list] of this.#lists.entries()) for (const entry of list) this.#drop(event, entry);
  }

  /** @param {number} event */
  has(event) {
    return this.#lists[event].length > 0;
  }

  /**
   * Calls all handlers. What they throw is reported, and so is what their promises are rejected with.
   * @param {number} event
   * @param {unknown} detail
   * @returns {Promise<unknown>[]} their promises; none is ever rejected
   */
  emit(event, detail) {
    /** @type {Promise<unknown>[]} */
    const promises = [];
    for (const entry of this.#lists[event]) {
      if (!entry.live) continue;
      if (entry.once) this.#drop(event, entry);
      try {
        const returned = entry.handler(detail);
        if (typeof (/** @type {any} */ (returned)?.then) === "function") {
          promises.push(Promise.resolve(returned).catch((error) => this.report(error)));
        }
      } catch (error) {
        this.report(error);
      }
    }
    return promises;
  }

  /**
   * Tells the handlers of `error`; without one, the platform, as for an exception nobody catches.
   * @param {unknown} error
   */
  report(error) {
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

/** @param {unknown} error */
const complain = (error) => {
  if (typeof globalThis.reportError === "function") return globalThis.reportError(error);
  setTimeout(() => {
    throw error;
  });
};
