// Results as Markdown tables: a line a cell, a column a contestant, each the median with its quartiles.
import { summary } from "./statistics.mjs";

/** @typedef {import("./run.mjs").Result} Result */
/** @typedef {import("./contestants.mjs").Contestant} Contestant */

/** @param {number} value */
export const figure = (value) => {
  if (value >= 10_000) return `${(value / 1000).toFixed(value >= 100_000 ? 0 : 1)} k`;
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
};

/**
 * @param {{ name: string, title: string, unit: string }} workload
 * @param {Contestant[]} contestants
 * @param {Result[]} results
 */
export const tableOf = (workload, contestants, results) => {
  const own = results.filter((result) => result.workload === workload.name);
  const cells = [...new Set(own.map(({ cell }) => cell))].sort();
  const lines = cells.map((cell) => [cell, ...contestants.map(({ name }) => entry(own.filter((result) => result.cell === cell && result.contestant === name)))]);
  const head = [`${workload.title}, ${workload.unit}`, ...contestants.map(({ title }) => title)];
  return [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n") + "\n";
};

/** @param {Result[]} results of one contestant in one cell */
const entry = (results) => {
  if (results.length === 0) return "—";
  const wrong = results.map(({ outcome }) => outcome).find((outcome) => "wrong" in outcome);
  if (wrong) return `wrong (${wrong.wrong})`;
  const { median, lower, upper } = summary(results.flatMap(({ outcome }) => ("value" in outcome ? [outcome.value] : [])));
  return `**${figure(median)}** (${figure(lower)}–${figure(upper)})`;
};
