// Scripts: text files that say what a server sends, what the client must answer, and what the driver must tell. docs/peer.md
// describes the format; here it is read.
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { filesBelow } from "../lib/hash.mjs";
import { at } from "../lib/paths.mjs";
import { ToolError } from "../lib/say.mjs";

/** @typedef {import("./packet.mjs").Version} Version */

/**
 * One line that something is to be done for.
 * @typedef {object} Step
 * @property {string} verb
 * @property {string} text what stands behind it
 * @property {number} line in the file, from 1
 */

/**
 * A script in one version, with one value where it has several.
 * @typedef {object} Case
 * @property {string} name
 * @property {string} title what is examined
 * @property {Version} version
 * @property {string[]} options `name=value`, of the driver
 * @property {string} only "native", "page", "websocket" or ""
 * @property {Step[]} steps
 * @property {string} file
 */

export const scriptsDir = at("tests", "peer", "scripts");

const VERBS = /^(<|>\+?\d*|!|=|x|alive|connected|close|reset|text|speaks)(?: +(.*))?$/;

/**
 * All scripts whose name contains `pattern`, in all their cases.
 * @param {string} [pattern]
 * @returns {Promise<Case[]>}
 */
export const readScripts = async (pattern = "") => {
  const files = (await filesBelow([scriptsDir])).filter((file) => file.endsWith(".script"));
  const cases = await Promise.all(files.map(async (file) => casesOf(file, await readFile(file, "utf8"))));
  return cases.flat().filter(({ name }) => name.includes(pattern));
};

/**
 * @param {string} file
 * @param {string} text
 * @returns {Case[]}
 */
const casesOf = (file, text) => {
  const lines = text.split("\n").map((line, index) => ({ text: line.trim(), line: index + 1 }));
  const [title] = lines.filter((line) => line.text.startsWith("#"));
  const said = lines.filter((line) => line.text !== "" && !line.text.startsWith("#"));
  /** @param {number} line @param {string} why @returns {never} */
  const wrong = (line, why) => {
    throw new ToolError(`${relative(at(), file)}:${line}: ${why}`);
  };
  if (title === undefined) wrong(1, "a script begins with # and what it examines");
  /** @type {Version[]} */
  let versions = ["5", "3.1.1"];
  /** @type {string[]} */
  const options = [];
  let only = "";
  /** @type {{ name: string, values: string[] }} */
  let each = { name: "", values: [""] };
  /** @type {(Step & { versions: Version[] })[]} */
  const steps = [];
  for (const { text: whole, line } of said) {
    const [, restriction, text] = /** @type {RegExpExecArray} */ (/^(?:\[(5|3\.1\.1)\] *)?(.*)$/.exec(whole));
    const [head, ...rest] = text.split(/ +/);
    const step = VERBS.exec(text);
    if (head === "version") versions = /** @type {Version[]} */ (rest);
    else if (head === "option") options.push(...rest);
    else if (head === "only") [only] = rest;
    else if (head === "each") each = { name: `$${rest[0]}`, values: rest.slice(1) };
    else if (step) {
      const meant = restriction ? [/** @type {Version} */ (restriction)] : versions;
      steps.push({ verb: step[1], text: step[2] ?? "", line, versions: meant });
    } else wrong(line, `there is no step "${text}"`);
  }
  if (versions.some((version) => version !== "5" && version !== "3.1.1")) wrong(1, "version is 5, 3.1.1 or both");
  const name = relative(scriptsDir, file).replace(/\.script$/, "").replaceAll("\\", "/");
  return versions.flatMap((version) =>
    each.values.map((value) => ({
      name: `${name} [${[version, value].filter(Boolean).join(", ")}]`,
      title: title.text.replace(/^#+ */, ""),
      version,
      options,
      only,
      file,
      steps: steps
        .filter((step) => step.versions.includes(version))
        .map(({ verb, text, line }) => ({ verb, line, text: each.name ? text.replaceAll(each.name, value) : text })),
    })),
  );
};
