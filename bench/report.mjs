// The report: what was measured on, the budgets, and a table for each workload.
import { budgets } from "./budgets.mjs";
import { Footnotes, tableOf } from "./table.mjs";

/** @typedef {import("./run.mjs").Result} Result */
/** @typedef {import("./contestants.mjs").Contestant} Contestant */
/** @typedef {import("./workloads/workload.js").Workload} Workload */

/**
 * @typedef {object} Circumstances
 * @property {string} date
 * @property {string} command
 * @property {number} seed
 * @property {number} rounds
 * @property {boolean} quick
 * @property {string} took
 * @property {string} machine
 * @property {string} chromium
 * @property {string} node
 * @property {string | null} broker
 * @property {Record<string, string>} releases by contestant
 * @property {{ raw: number, gzip: number, brotli: number }} size of what a page downloads of ours, in bytes
 */

/** @typedef {{ circumstances: Circumstances, results: Result[] }} Report */

/** @param {Circumstances} circumstances @param {Contestant[]} contestants */
const heading = ({ date, command, seed, rounds, took, machine, chromium, node, broker, releases }, contestants) => {
  const versions = contestants.map(({ name, title, version }) => `${title}${releases[name] ? ` ${releases[name]}` : ""} (MQTT ${version})`).join(", ");
  return `${date}: \`${command}\`, seed ${seed}, ${rounds} rounds in ${took}. ${machine}; Chromium ${chromium}, Node ${node}${broker ? `, ${broker}` : ""}. ${versions}.`;
};

/**
 * @param {Workload} workload
 * @param {boolean} quick
 * @param {Result[]} results of this workload
 * @returns {import("./workloads/workload.js").Row[]} those that were measured
 */
const rowsOf = (workload, quick, results) => workload.cells(quick).flatMap(({ rows }) => rows).filter(({ name }) => results.some(({ row }) => row === name));

/** @param {Report} report @param {Contestant[]} contestants @param {Workload[]} workloads */
export const wholeReport = ({ circumstances, results }, contestants, workloads) => {
  const footnotes = new Footnotes();
  const tables = workloads.map((workload) => {
    const own = results.filter((result) => result.workload === workload.name);
    const rounds = Math.min(circumstances.rounds, workload.rounds);
    const table = tableOf({ title: workload.title, rows: rowsOf(workload, circumstances.quick, own) }, contestants, own, footnotes);
    return `## ${workload.title}\n\n${workload.about} ${rounds === 1 ? "One round." : `${rounds} rounds.`}\n\n${table}`;
  });
  return [
    "# The bench\n",
    `${heading(circumstances, contestants)}\n`,
    "Each figure is the median of the rounds, with the first and the third quartile; each round every contestant has a fresh page, in a random order. " +
      "[NOTES.md](NOTES.md) says how to read this.\n",
    `## Budgets\n\n${budgetTable({ circumstances, results })}`,
    ...tables,
    `${footnotes}\n`,
  ].join("\n");
};

/** @param {Report} report */
const budgetTable = (report) => {
  const measured = budgets(report).filter(({ met }) => met !== null);
  const lines = measured.map(({ what, asked, got, met }) => `| ${what} | ${asked} | ${got} | ${met ? "met" : "**missed**"} |\n`);
  return `| Budget | asked for | measured | |\n| --- | ---: | ---: | --- |\n${lines.join("")}`;
};

/** What the README shows: the rows that matter most, of each workload. @type {Record<string, RegExp>} */
const README_ROWS = {
  receive: /^QoS 0 · (100 B|1 KiB) · (1|100) a frame|^QoS [12] · 100 B · 100 a frame/,
  publish: /./,
  latency: /QoS 1/,
  durable: /QoS 1/,
  replay: /QoS 1/,
  save: /./,
  load: /./,
  heap: /growth/,
  tasks: /./,
  mosquitto: /QoS [01]/,
};

/** @param {Report} report @param {Contestant[]} contestants @param {Workload[]} workloads */
export const readmeReport = ({ circumstances, results }, contestants, workloads) => {
  const footnotes = new Footnotes();
  const tables = workloads.map((workload) => {
    const own = results.filter((result) => result.workload === workload.name);
    const rows = rowsOf(workload, circumstances.quick, own).filter(({ name }) => README_ROWS[workload.name].test(name));
    return tableOf({ title: workload.title, rows }, contestants, own, footnotes);
  });
  const more = "Medians and quartiles; all of it in [bench/RESULTS.md](bench/RESULTS.md), how to read it in [bench/NOTES.md](bench/NOTES.md).";
  return [
    `${heading(circumstances, contestants)} ${more}\n`,
    budgetTable({ circumstances, results }), ...tables, `${footnotes}\n`,
  ].join("\n");
};

const BEGIN = "<!-- bench -->";
const END = "<!-- /bench -->";

/** @param {string} text of the README @param {string} block @returns {string | null} with the block between its marks; null: there are none */
export const withBlock = (text, block) => {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  return begin < 0 || end < begin ? null : `${text.slice(0, begin + BEGIN.length)}\n${block}${text.slice(end)}`;
};
