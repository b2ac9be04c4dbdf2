// The matrix as a page of documentation.
import { FEATURES, hasIt } from "./matrix.mjs";

/** @typedef {import("./run.mjs").Column} Column */
/** @typedef {import("./matrix.mjs").Result} Result */
/** @typedef {import("./matrix.mjs").Status} Status */

/** @type {Record<Status, string>} */
const WORDS = { pass: "✓", "not offered": "not offered", broker: "**broker**", FAIL: "**FAIL**" };

/** What a cell has room for. */
const SHORT = 40;

/** @param {Column[]} columns */
const counts = (columns) => {
  const all = columns.flatMap(({ results }) => results);
  /** @param {Status} wanted */
  const count = (wanted) => all.filter(({ status }) => status === wanted).length;
  return { checks: all.length, pass: count("pass"), unoffered: count("not offered"), broker: count("broker"), fail: count("FAIL") };
};

/** @param {Column[]} columns one line that says it all */
export const summary = (columns) => {
  const { checks, pass, unoffered, broker, fail } = counts(columns);
  const brokers = new Set(columns.map(({ key }) => key)).size;
  return `${brokers} brokers, ${checks} checks: ${pass} passed, ${unoffered} not offered by the broker, ${broker} the broker's fault, ${fail} failed`;
};

/** Where the same check passed, in the same version. @param {Column[]} columns @param {Column} column @param {Result} result */
const elsewhere = (columns, column, { feature, version }) =>
  columns
    .filter((other) => other !== column && other.version === version && other.results.some((result) => result.feature === feature && result.status === "pass"))
    .map(({ name }) => name);

/**
 * @param {object} run
 * @param {Column[]} run.columns
 * @param {string} run.browser
 * @param {string} run.command
 * @param {string} run.date
 */
export const document = ({ columns, browser, command, date }) => {
  /** @type {string[]} */
  const notes = [];
  /** @param {string} text */
  const numbered = (text) => notes.push(text);
  const tables = [...new Set(columns.map(({ version }) => version))].map((version) => {
    const these = columns.filter((column) => column.version === version);
    const rows = Object.entries(FEATURES).flatMap(([group, features]) => {
      const applicable = features.filter((feature) => hasIt(feature, version) && these.some(({ results }) => results.some((result) => result.feature === feature.name)));
      return applicable.length === 0 ? [] : [
        `| **${group}** |${these.map(() => " |").join("")}`,
        ...applicable.map(({ name }) => `| ${name} | ${these.map((column) => cell(column, column.results.find(({ feature }) => feature === name))).join(" | ")} |`),
      ];
    });
    return [`## MQTT ${version}`, "", `| | ${these.map(({ name }) => name).join(" | ")} |`, `| --- |${these.map(() => " --- |").join("")}`, ...rows, ""].join("\n");

    /** @param {Column} column @param {Result | undefined} result */
    function cell(column, result) {
      if (!result) return column.unspoken ? "no" : "not run";
      if (result.status === "pass" && result.note.length < SHORT) return `${WORDS.pass} ${result.note}`.trimEnd();
      const others = result.status === "broker" || result.status === "FAIL" ? elsewhere(columns, column, result) : [];
      const proof = result.status === "broker" ? `\n\nThe same check passes with ${others.length > 0 ? others.join(", ") : "no other broker of this run"}.` : "";
      const packets = result.packets.length > 0 ? `\n\n\`\`\`text\n${result.packets.join("\n")}\n\`\`\`` : "";
      const number = numbered(`${column.name}, MQTT ${version}, ${result.feature}: ${WORDS[result.status] === "✓" ? "passes" : WORDS[result.status]}: ${result.note}.${proof}${packets}`);
      return `${WORDS[result.status]} [${number}](#note-${number})`;
    }
  });
  const unspoken = columns
    .filter((column) => column.unspoken !== null)
    .map(({ name, version, unspoken }) => `### ${name} does not speak MQTT ${version}\n\nIt ${unspoken?.note}\n\n\`\`\`text\n${unspoken?.packets.join("\n")}\n\`\`\`\n`);
  const names = [...new Set(columns.map(({ name }) => name))];
  return `# With every broker

Written by \`${command}\` on ${date}: do not edit. The built package in ${browser}, each check with clients of its own in a page of its own, behind a proxy that records
every packet (and cuts the link, where a check says so); at the far end MQTT.js, behind another one. Brokers: ${names.join(", ")}, each on loopback, with one account and
a directory of its own.

**${summary(columns)}.**

- ✓: what the client sent, what the broker sent, and what the client made of it are as the specification has it; with a number: something is worth a note.
- not offered: the broker says so, in its CONNACK or with a refusal, or just does not do what it need not do. What the client has to refuse then before sending, it refuses.
- **broker**: the client sent what the specification asks for, as an independent decoder (mqtt-packet) reads it, and the broker did what is forbidden, or not what is demanded. The note shows the packets.
- **FAIL**: anything else, and so ours.
- no: the broker does not speak this version.

Which of these it is, is read off the packets of this very run; no broker's name decides anything.

${tables.join("\n")}
${unspoken.length > 0 ? `## Versions not spoken\n\n${unspoken.join("\n")}\n` : ""}## Notes

In hexadecimal each packet as it went over the wire, long ones cut. Clients whose name is "far client" are MQTT.js.

${notes.map((note, index) => `### Note ${index + 1}\n\n${note}\n`).join("\n")}`;
};
