// Reads a trace of Chromium's for the longest task of a page's main thread between two marks of that page.

/**
 * @typedef {object} TraceEvent
 * @property {string} name
 * @property {string} ph
 * @property {number} pid
 * @property {number} tid
 * @property {number} ts microseconds
 * @property {number} [dur] microseconds
 */

/** The names under which Chromium reports a task of a thread. */
const TASKS = ["RunTask", "ThreadControllerImpl::RunTask"];

/** @param {TraceEvent[]} events @returns {number} milliseconds; 0: there was none */
export const longestTask = (events) => {
  const begin = events.find(({ name }) => name === "bench: begin");
  const end = events.find(({ name }) => name === "bench: end");
  if (!begin || !end) throw new Error("the trace has no marks of the bench");
  return events
    .filter(({ name, ph, pid, tid }) => ph === "X" && pid === begin.pid && tid === begin.tid && TASKS.includes(name))
    .filter(({ ts }) => ts >= begin.ts && ts <= end.ts)
    .reduce((longest, { dur = 0 }) => Math.max(longest, dur), 0) / 1000;
};
