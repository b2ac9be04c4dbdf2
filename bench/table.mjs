// Results as Markdown tables: a line a row, a column a contestant, each the median with its quartiles.
import { summary } from "./statistics.mjs";

/** @typedef {import("./run.mjs").Result} Result */
/** @typedef {import("./contestants.mjs").Contestant} Contestant */
/** @typedef {import("./workloads/workload.js").Unit} Unit */
/** @typedef {import("./workloads/workload.js").Row} Row */

/** @param {number} value @param {Unit} unit */
export const figure = (value, unit) => {
  if (unit === "messages/s") return value >= 10_000 ? `${(value / 1000).toFixed(value >= 100_000 ? 0 : 1)} k` : Math.round(value).toLocaleString("en");
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value === 0 ? "0" : value.toPrecision(value < 10 && value > 1 ? 2 : value < 1 ? 2 : 3);
};

/** Why contestants have no figures, numbered as they are first needed. */
export class Footnotes {
  constructor() {
    /** @type {string[]} */
    this.texts = [];
  }

  /** @param {string} text @returns {string} the mark that stands for it */
  mark(text) {
    if (!this.texts.includes(text)) this.texts.push(text);
    return `<sup>${this.texts.indexOf(text) + 1}</sup>`;
  }

  /** @returns {string} all of them, a line each; "" where there are none */
  toString() {
    return this.texts.map((text, index) => `<sup>${index + 1}</sup> ${text}`).join("<br>\n");
  }
}

/**
 * @param {{ title: string, rows: Row[] }} what
 * @param {Contestant[]} contestants
 * @param {Result[]} results of this workload
 * @param {Footnotes} footnotes
 */
export const tableOf = ({ title, rows }, contestants, results, footnotes) => {
  const units = new Set(rows.map(({ unit }) => unit));
  const head = [units.size === 1 ? `${title}, ${rows[0].unit}` : title, ...contestants.map((contestant) => contestant.title)];
  const lines = rows.map((row) => [
    units.size === 1 ? row.name : `${row.name}, ${row.unit}`,
    ...contestants.map((contestant) => entry(results.filter((result) => result.row === row.name && result.contestant === contestant.name), row, contestant, footnotes)),
  ]);
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
  return [head, rule, ...lines].map((line) => `| ${line.join(" | ")} |\n`).join("");
};

/**
 * @param {Result[]} results of one contestant in one row
 * @param {Row} row
 * @param {Contestant} contestant
 * @param {Footnotes} footnotes
 */
const entry = (results, { unit }, contestant, footnotes) => {
  const outcomes = results.map(({ outcome }) => outcome);
  for (const outcome of outcomes) {
    if ("wrong" in outcome) return `wrong (${outcome.wrong})`;
    if ("instead" in outcome) return outcome.instead;
    if ("lacks" in outcome) return `— ${footnotes.mark(contestant.lacks[outcome.lacks] ?? "")}`;
  }
  const values = valuesOf(results);
  if (values.length === 0) return "—";
  const { median, lower, upper, count } = summary(values);
  return count === 1 ? `**${figure(median, unit)}**` : `**${figure(median, unit)}** (${figure(lower, unit)}–${figure(upper, unit)})`;
};

/** @param {Result[]} results @returns {number[]} the figures among them */
export const valuesOf = (results) => results.flatMap(({ outcome }) => ("value" in outcome ? [outcome.value] : []));
