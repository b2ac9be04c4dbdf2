// The tables of normative statements: what each asks, in our own words, and whom it binds.
import { ToolError } from "../lib/say.mjs";

/** @typedef {"client" | "both" | "server"} Binds */

/**
 * @typedef {object} Statement
 * @property {string} number as the specification writes it: MQTT-3.1.2-1
 * @property {string} key as a test's name begins: v5_3_1_2_1
 * @property {string} section
 * @property {Binds} binds
 * @property {string} asks
 * @property {string | null} untested why no test can hold it
 */

/**
 * @typedef {object} Specification
 * @property {string} title
 * @property {string} version how names of tests begin
 * @property {string} file of the table, below tests/conformance
 */

/** @type {readonly Specification[]} */
export const SPECIFICATIONS = [
  { title: "MQTT 3.1.1", version: "v311", file: "statements-3.1.1.tsv" },
  { title: "MQTT 5", version: "v5", file: "statements-5.tsv" },
];

const HEADER = "statement\tsection\tbinds\tasks\tuntested";
const BINDS = ["client", "both", "server"];

/**
 * The statements of a table. A table that is not as it should be is an error that names the line.
 * @param {Specification} specification
 * @param {string} text
 * @returns {Statement[]}
 */
export const readTable = ({ version, file }, text) => {
  const [header, ...lines] = text.trimEnd().split("\n");
  if (header !== HEADER) throw new ToolError(`${file}: the first line has to be "${HEADER.replaceAll("\t", " → ")}".`);
  const seen = new Set();
  return lines.map((line, index) => {
    const wrong = (/** @type {string} */ what) => new ToolError(`${file}, line ${index + 2}: ${what}.`);
    const cells = line.split("\t");
    const [number, section, binds, asks, untested] = cells;
    if (cells.length !== 5) throw wrong(`${cells.length} columns instead of 5`);
    if (!/^MQTT-[\d.]+-\d+$/.test(number)) throw wrong(`"${number}" is no number of a statement`);
    if (seen.has(number)) throw wrong(`${number} stands here twice`);
    if (!BINDS.includes(binds)) throw wrong(`${number} binds "${binds}", which is neither of ${BINDS.join(", ")}`);
    if (!/[a-z]/.test(asks)) throw wrong(`${number}: nothing says what it asks`);
    if (!/^-$|[a-z]/.test(untested)) throw wrong(`${number}: untested is "-", or the reason why no test can hold it`);
    if (binds === "server" && untested !== "-") throw wrong(`${number} binds no client: there is nothing to give a reason for`);
    seen.add(number);
    return {
      number,
      key: `${version}_${number.slice("MQTT-".length).replaceAll(/[.-]/g, "_")}`,
      section,
      binds: /** @type {Binds} */ (binds),
      asks,
      untested: untested === "-" ? null : untested,
    };
  });
};

/** @param {Statement} statement */
export const bindsClient = ({ binds }) => binds !== "server";
