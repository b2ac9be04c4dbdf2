// Puts tables and tests together: the document that follows from them, and all that does not agree.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { countLine, report } from "./report.mjs";
import { bindsClient, readTable, SPECIFICATIONS } from "./tables.mjs";
import { namedTests } from "./tests.mjs";

/** @typedef {import("./tables.mjs").Statement} Statement */
/** @typedef {import("./tests.mjs").Named} Named */

const DOCUMENT = "docs/conformance.md";
const README = "README.md";

/** The line as the README quotes it, whatever its numbers. */
const QUOTED = /\d+ of \d+ statements that bind a client are held by tests, \d+ cannot be tested from a client/;

/** @param {string} root */
const survey = async (root) => {
  const chapters = [];
  for (const specification of SPECIFICATIONS) {
    const text = await readFile(join(root, "tests", "conformance", specification.file), "utf8");
    chapters.push({ title: specification.title, statements: readTable(specification, text) });
  }
  const { tests, problems } = await namedTests(root);
  const statements = chapters.flatMap((chapter) => chapter.statements);
  const holding = (/** @type {Statement} */ { key }) => tests.filter((test) => test.key === key);
  return {
    document: report(chapters, holding),
    line: countLine(statements, holding),
    problems: [...problems, ...statements.flatMap((it) => unheld(it, holding(it))), ...unknown(statements, tests)],
  };
};

/** @type {(statement: Statement, tests: Named[]) => string[]} */
const unheld = (statement, tests) => {
  const { number, key, untested } = statement;
  if (tests.length > 0 && untested !== null) return [`${number} has a test, ${tests[0].name}, and a reason why it can have none.`];
  if (!bindsClient(statement) || tests.length > 0 || untested !== null) return [];
  return [`${number} binds a client, and no test ${key}_… holds it, nor is there a reason why none can.`];
};

/** @type {(statements: Statement[], tests: Named[]) => string[]} */
const unknown = (statements, tests) => {
  const keys = new Set(statements.map(({ key }) => key));
  return tests.filter(({ key }) => !keys.has(key)).map(({ name, file }) => `${name} (${file}) is named after a statement that does not exist.`);
};

/**
 * Writes the document, and the line where the README quotes it.
 * @param {string} root of the repository
 */
export const write = async (root) => {
  const { document, line } = await survey(root);
  await writeFile(join(root, DOCUMENT), document);
  const readme = await readFile(join(root, README), "utf8");
  await writeFile(join(root, README), readme.replace(QUOTED, line));
};

/**
 * The line that says how much is held, and all that does not agree: tests, tables, the document, the README.
 * @param {string} root of the repository
 */
export const check = async (root) => {
  const { document, line, problems } = await survey(root);
  const written = await readFile(join(root, DOCUMENT), "utf8").catch(() => "");
  if (written !== document) problems.push(`${DOCUMENT} is not what the tables and the tests say: \`npm run conformance\` writes it.`);
  const readme = await readFile(join(root, README), "utf8").catch(() => "");
  if (!readme.includes(line)) problems.push(`${README} does not quote "${line}": \`npm run conformance\` sets its numbers right.`);
  return { line, problems };
};
