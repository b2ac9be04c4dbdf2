// The way back into WebAssembly: what the platform, and the application's functions, have to say to one client, all of it by
// one function and as numbers and a value. What comes when the client is gone is for nobody.
//
// Must never live here: what follows from any of it (`port.rs`).

import { usage } from "./checks.js";
import { watchLife } from "./lifecycle.js";
import { coming, wordsOf } from "./task.js";
import { Ticker } from "./ticker.js";
import { checkUrl, shown } from "./urls.js";
import { mqttError } from "./values.js";

// What there is to say; numbered as in `port.rs`. The first three are those of `lifecycle.js`.
const OPENED = 3;
const BYTES = 4;
const TEXT = 5;
const CLOSED = 6;
const DUE = 7;
const TURN_OVER = 8;
const SETTLED = 9;
export const PREPARED = 10;
export const STEPPED = 11;
const CANCEL = 12;
export const ACKNOWLEDGE = 13;
export const UNTAKEN = 14;

/** @typedef {(sign: number, value?: unknown, one?: number, two?: number, three?: number) => void} Tell */

export class Port {
  /** @type {Tell | undefined} */
  #tell;
  #ticker = new Ticker(() => this.tell(DUE));
  #turnIsOver = () => this.tell(TURN_OVER);
  /** @type {(() => void) | undefined} */
  #unwatch;
  /** Where this attempt, or this connection, leads. */
  url = "";

  /** @param {Tell} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @type {Tell} throws what WebAssembly has to say against it */
  tell(sign, value, one, two, three) {
    this.#tell?.(sign, value, one, two, three);
  }

  /** The client is gone. */
  close() {
    this.#tell = undefined;
  }

  /** Tells when the current turn of the event loop is over. */
  awaitTurn() {
    queueMicrotask(this.#turnIsOver);
  }

  /** @param {number} milliseconds after which it tells that they are over, or sooner */
  wake(milliseconds) {
    this.#ticker.set(milliseconds);
  }

  sleep() {
    this.#ticker.clear();
  }

  /** Tells what happens to the page, from now on. */
  watch() {
    this.#unwatch ??= watchLife((sign) => this.tell(sign));
  }

  unwatch() {
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  /**
   * Tells when all of these are fulfilled.
   * @param {Promise<unknown>[]} promises none is ever rejected
   * @param {number} attempt
   */
  awaitAll(promises, attempt) {
    void Promise.all(promises).then(() => this.tell(SETTLED, undefined, attempt));
  }

  /**
   * Asks a function of the application, and tells `sign` with what was read of its answer, be that here at once or promised; or
   * with the error that says why there is none, and what was thrown as its cause.
   * @param {number} sign
   * @param {number} attempt
   * @param {number} stage
   * @param {string} code
   * @param {string} what failed, if it fails
   * @param {() => any} ask
   * @param {(answer: any) => unknown} read
   */
  ask(sign, attempt, stage, code, what, ask, read) {
    const fail = (/** @type {unknown} */ error) => this.tell(sign, error, attempt, stage, 1);
    const answered = (/** @type {any} */ answer) => {
      let given;
      try {
        given = read(answer);
      } catch (error) {
        return fail(mqttError(code, `${what}: ${/** @type {Error} */ (error).message}`));
      }
      this.tell(sign, given, attempt, stage, 0);
    };
    const threw = (/** @type {unknown} */ thrown) => {
      const why = wordsOf(thrown);
      const error = mqttError(code, why ? `${what}: ${why}` : what);
      fail(thrown === undefined ? error : Object.assign(error, { cause: thrown }));
    };
    let answer;
    try {
      answer = ask();
      const promise = coming(answer);
      if (promise) return void promise.then(answered, threw);
    } catch (thrown) {
      return threw(thrown);
    }
    answered(answer);
  }

  /** @param {number} token of an operation whose signal was aborted */
  cancel(token) {
    this.tell(CANCEL, undefined, token);
  }

  /** Where it leads, without what may be a secret in it. */
  get shownUrl() {
    return shown(this.url);
  }

  /** @param {import("./given.js").Given} given by `prepareConnect` */
  redirect({ held }) {
    this.url = held.url ?? this.url;
  }

  /**
   * Begins to open a WebSocket, and tells what comes of it.
   * @param {string} protocol
   */
  connect(protocol) {
    const { url } = this;
    checkUrl(url);
    if (!globalThis.WebSocket) throw usage('there is no WebSocket here. Node has one from 22 on; before: import { WebSocket } from "ws"; globalThis.WebSocket = WebSocket');
    let websocket;
    try {
      websocket = protocol ? new WebSocket(url, protocol) : new WebSocket(url);
    } catch (error) {
      // Its message would quote the address as it is, with what may be a secret in it.
      const name = error instanceof Error ? error.name : "";
      throw usage(`no WebSocket to "${shown(url)}" can be made (${name}): the address or websocketProtocol is malformed, or a page of https:// asks for ws://`);
    }
    websocket.binaryType = "arraybuffer";
    websocket.onopen = () => this.tell(OPENED);
    websocket.onmessage = ({ data }) => this.tell(data instanceof ArrayBuffer ? BYTES : TEXT, data);
    websocket.onclose = ({ code }) => this.tell(CLOSED, undefined, code);
    // It says nothing that its end does not. The one of npm's ws ends a process in which nobody listens, and speaks up when it is left, too.
    websocket.onerror = () => {};
    return websocket;
  }
}

/**
 * It tells nothing any more, and is closed.
 * @param {WebSocket} websocket
 */
export const leave = (websocket) => {
  websocket.onopen = websocket.onmessage = websocket.onclose = null;
  if (websocket.readyState < WebSocket.CLOSING) websocket.close();
};
