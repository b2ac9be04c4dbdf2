// Ending what an application waits for: by its AbortSignal, and by a timeout where the machine knows nothing of it.

import { Ticker } from "./ticker.js";
import { mqttError } from "./values.js";

/** @typedef {import("./port.js").Port} Port */
/** @typedef {import("./values.js").Settleable} Settleable */

/**
 * Whether `value` is an AbortSignal; one of another window is, too.
 * @param {any} value
 */
export const isSignal = (value) => {
  try {
    return typeof value.aborted === "boolean" && ["addEventListener", "removeEventListener"].every((name) => typeof value[name] === "function");
  } catch {
    return false;
  }
};

/**
 * The error `ABORTED`, with what `signal` was aborted with as its cause.
 * @param {AbortSignal} signal
 * @param {string} message
 */
export const aborted = (signal, message) => blame(mqttError("ABORTED", message), signal);

/**
 * @param {Error} error
 * @param {AbortSignal} signal
 */
const blame = (error, signal) =>
  Object.defineProperty(error, "cause", { value: signal.reason, configurable: true, writable: true });

/**
 * Calls `act` when `signal` is aborted, at once if it was; until the function returned is called.
 * @param {AbortSignal} signal
 * @param {() => void} act
 */
export const onAbort = (signal, act) => {
  if (signal.aborted) act();
  else signal.addEventListener("abort", act, { once: true });
  return () => signal.removeEventListener("abort", act);
};

/**
 * Calls `act` after so many milliseconds, unless the function returned is called before.
 * @param {number} milliseconds
 * @param {() => void} act
 */
export const after = (milliseconds, act) => {
  const due = Date.now() + milliseconds;
  const ticker = new Ticker(() => {
    const left = due - Date.now();
    if (left > 0) return ticker.set(left);
    ticker.clear();
    act();
  });
  ticker.set(milliseconds);
  return () => ticker.clear();
};

/**
 * Has `stop` called when `deferred` is settled.
 * @param {Settleable} deferred
 * @param {() => void} stop
 * @param {(error: any) => void} [look] at what it is rejected with
 */
const whenSettled = (deferred, stop, look) => {
  const { resolve, reject } = deferred;
  deferred.resolve = (value) => {
    deferred.settled = true;
    stop();
    resolve?.call(deferred, value);
  };
  deferred.reject = (error) => {
    deferred.settled = true;
    stop();
    look?.(error);
    reject?.call(deferred, error);
  };
};

/**
 * Lets `signal` end what `deferred` stands for. What has a token is ended by the machine, which then rejects it. What has none has
 * not been accepted yet; nor has a connection, whose token is 0.
 * @param {Settleable} deferred
 * @param {AbortSignal} signal
 * @param {string} what
 * @param {Port} port
 * @returns {boolean} whether there is anything left to do
 */
export const watch = (deferred, signal, what, port) => {
  const stop = onAbort(signal, () => {
    const { token } = deferred;
    if (!token) deferred.reject?.(aborted(signal, `${what} was aborted: nothing was sent`));
    if (token !== undefined) port.cancel(token);
  });
  if (signal.aborted) return false;
  whenSettled(deferred, stop, (error) => error.code === "ABORTED" && signal.aborted && blame(error, signal));
  return true;
};

/**
 * Has `deferred` wait no longer than this to be accepted.
 * @param {Settleable} deferred
 * @param {number} milliseconds
 * @param {string} what
 */
export const expire = (deferred, milliseconds, what) => {
  const stop = after(milliseconds, () => {
    if (deferred.token !== undefined) return;
    deferred.reject?.(mqttError("TIMEOUT", `${what}: the session could not be opened within the timeout; nothing was sent`));
  });
  whenSettled(deferred, stop);
};

/** @param {Settleable} deferred */
export const isSettled = (deferred) => deferred.settled === true;
