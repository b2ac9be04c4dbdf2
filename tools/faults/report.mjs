// The figures of runs of the faults, for people: one line a run, and below it what went wrong.

/** @typedef {import("./run.mjs").Report} Report */

/** @type {Array<[string, number, (report: Report) => string | number]>} */
const COLUMNS = [
  ["MQTT", 5, ({ parameters }) => parameters.version],
  ["chunking", 23, ({ parameters }) => parameters.chunking],
  ["client", 8, ({ parameters }) => (parameters.durable ? "durable" : "plain")],
  ["out", 6, ({ out }) => out.arrived],
  ["in", 6, (report) => report.in.arrived],
  ["lost", 5, ({ out, ...report }) => out.lost + report.in.lost],
  ["doubled", 7, ({ out, ...report }) => out.doubled + report.in.doubled],
  ["disorder", 8, ({ out, ...report }) => out.outOfOrder + report.in.outOfOrder],
  ["links broken", 42, ({ broken }) => Object.entries(broken).map(([kind, count]) => `${count} ${kind}`).join(", ")],
  ["dropped", 7, ({ faults }) => faults.drop],
  ["stalls", 6, ({ faults }) => faults.stall],
  ["delays", 6, ({ faults }) => faults.delay],
  ["connections", 11, ({ wire }) => wire.connections],
  ["packets", 8, ({ wire }) => wire.packets],
  ["s", 4, ({ seconds }) => seconds],
];

/** @param {Array<string | number>} cells */
const row = (cells) => cells.map((cell, index) => String(cell).padEnd(COLUMNS[index][1])).join(" ").trimEnd();

export const heading = () => row(COLUMNS.map(([name]) => name));

/** @param {Report} report */
export const lineOf = (report) =>
  [
    row(COLUMNS.map(([, , value]) => value(report))),
    ...(report.complete ? [] : ["  cut short: not all faults have struck"]),
    ...(report.violationCount === 0 ? [] : [`✗ seed ${report.parameters.seed}: ${report.violationCount} violations: ${JSON.stringify(report.byRule)}`]),
    ...report.violations.flatMap(({ rule, text, packets }) => [`✗ ${rule}: ${text}`, ...packets.map((packet) => `      ${packet}`)]),
  ].join("\n");
