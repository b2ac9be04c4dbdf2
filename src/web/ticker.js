// One timer for each client, which goes off in time although the page is hidden.
//
// In a hidden page the platform lets timers go off once a second, later once a minute; those of a worker it leaves alone.
// So while the page is hidden, and only then, one worker for all clients waits along with their own timers. Where it
// cannot be had (a Content Security Policy without `worker-src blob:`, no workers at all) those go on alone: late, but
// on time by the clock, which is all the machine goes by.

/** Longer delays than `setTimeout` takes go off early. */
const LONGEST = 2 ** 31 - 1;

const SOURCE = `const timers = new Map();
onmessage = ({ data: [id, delay] }) => {
  clearTimeout(timers.get(id));
  timers.delete(id);
  if (delay >= 0) timers.set(id, setTimeout(() => (timers.delete(id), postMessage(id)), delay));
};`;

/** @type {Map<number, Ticker>} those that are in use */
const tickers = new Map();
/** @type {Worker | undefined} */
let worker;
let url = "";
/** @type {unknown} the class of workers that there are none of to be had here */
let refused = null;
let last = 0;

const isHidden = () => globalThis.document?.visibilityState === "hidden";

const hire = () => {
  try {
    url = URL.createObjectURL(new Blob([SOURCE], { type: "text/javascript" }));
    worker = new Worker(url);
    worker.onmessage = ({ data }) => tickers.get(data)?.fire();
    worker.onerror = refuse;
  } catch {
    refuse();
  }
};

const dismiss = () => {
  worker?.terminate();
  worker = undefined;
  URL.revokeObjectURL?.(url);
};

const refuse = () => {
  refused = globalThis.Worker;
  dismiss();
};

/** There is a worker exactly while it is of use. */
const see = () => {
  const wanted = isHidden() && tickers.size > 0 && refused !== globalThis.Worker;
  if (wanted && !worker) {
    hire();
    for (const ticker of tickers.values()) ticker.tell();
  } else if (!wanted && worker) dismiss();
};

export class Ticker {
  #id = last++;
  #callback;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** By the clock. */
  #due = 0;

  /** @param {() => void} callback */
  constructor(callback) {
    this.#callback = callback;
  }

  /**
   * The callback runs after so many milliseconds, once, in place of any earlier time. It may run earlier.
   * @param {number} delay
   */
  set(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.fire(), Math.min(delay, LONGEST));
    this.#due = Date.now() + delay;
    const first = tickers.size === 0;
    tickers.set(this.#id, this);
    if (first) globalThis.document?.addEventListener("visibilitychange", see);
    if (worker) this.tell();
    else see();
  }

  /** The callback does not run any more, and nothing is held for it. */
  clear() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!tickers.delete(this.#id)) return;
    worker?.postMessage([this.#id, -1]);
    if (tickers.size > 0) return;
    globalThis.document?.removeEventListener("visibilitychange", see);
    see();
  }

  /** Has the worker wait along. */
  tell() {
    const left = Math.min(Math.max(this.#due - Date.now(), 0), LONGEST);
    if (this.#timer !== undefined) worker?.postMessage([this.#id, left]);
  }

  fire() {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#callback();
  }
}
