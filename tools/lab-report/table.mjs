// The report as a table for people: each figure at full speed and with a slower processor, and beside it what is commonly
// held to be good (Core Web Vitals), where there is such a thing.

/** @typedef {import("./measure.mjs").Figures} Figures */
/** @typedef {import("./measure.mjs").Report} Report */

const ms = (/** @type {number} */ value) => `${value.toFixed(0)} ms`;
const whole = (/** @type {number} */ value) => value.toFixed(0);
const task = (/** @type {number} */ value) => (value === 0 ? "none over 50 ms" : ms(value));
const shift = (/** @type {number} */ value) => value.toFixed(3);

/** @param {number} messages @returns {[string, keyof Figures, (value: number) => string, string?][]} */
const rows = (messages) => [
  ["requests", "requests", whole],
  ["downloaded, not compressed", "kilobytes", (value) => `${whole(value)} KB`],
  ["elements", "elements", whole],
  ["first contentful paint", "firstPaint", ms, "1,800 ms"],
  ["largest contentful paint", "largestPaint", ms, "2,500 ms"],
  ["can be used", "ready", ms],
  ["longest task while loading", "busyLoading", task],
  ["cumulative layout shift", "moved", shift, "0.1"],
  [`${messages} messages at QoS 2, there and back`, "worked", ms],
  ["  longest task", "busyWorking", task],
  ["  tasks over 50 ms", "longWorking", whole],
  ["  cumulative layout shift", "movedWorking", shift, "0.1"],
  ["a button pressed, until the next frame", "pressed", ms, "200 ms"],
  [`reloaded with ${messages} unfinished: can be used`, "back", ms],
  ["  longest task", "busyBack", task],
  ["JavaScript heap at the end", "heap", (value) => `${value.toFixed(1)} MiB`],
];

/** @param {Report} report */
export const table = ({ broker, browser, parameters, full, slower }) => {
  const lines = rows(parameters.messages).map(([name, of, words, good = ""]) => [name, words(full[of]), words(slower[of]), good]);
  const head = ["", "full speed", `${parameters.slower} × slower`, "good is up to"];
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column].length)));
  const text = [head, ...lines].map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ").trimEnd());
  return [`The Session Lab in ${browser}, with ${broker}; medians of ${parameters.rounds}.`, "", ...text].join("\n");
};
