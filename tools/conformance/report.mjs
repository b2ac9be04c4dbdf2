// docs/conformance.md: the same tables and tests give the same document, byte for byte.
import { bindsClient } from "./tables.mjs";

/** @typedef {import("./tables.mjs").Statement} Statement */
/** @typedef {import("./tests.mjs").Named} Named */
/** @typedef {{ title: string, statements: Statement[] }} Chapter */
/** @typedef {(statement: Statement) => Named[]} Holding */

/**
 * How many of the statements that bind a client are held by tests, in one line.
 * @param {Statement[]} statements
 * @param {Holding} holding
 */
export const countLine = (statements, holding) => {
  const binding = statements.filter(bindsClient);
  const held = binding.filter((statement) => holding(statement).length > 0);
  const untested = binding.filter(({ untested }) => untested !== null);
  return `${held.length} of ${binding.length} statements that bind a client are held by tests, ${untested.length} cannot be tested from a client`;
};

/**
 * @param {Chapter[]} chapters
 * @param {Holding} holding
 */
export const report = (chapters, holding) => {
  const all = chapters.flatMap(({ statements }) => statements);
  const parts = chapters.map((chapter) => part(chapter, holding));
  return `<!-- Written by \`npm run conformance\`; \`npm test\` holds it to the tests. -->
# Conformance

${countLine(all, holding)}.

The specifications number what they require: [MQTT-3.1.2-1] is the first such statement in section 3.1.2. Below is each of
them, in our own words; the specification's decide. Each test is named after its statement. Those below
\`tests/conformance/\` run both sides byte by byte, on virtual time; those below \`tests/browser/\` run in Chromium.

| | statements | bind a client | held by tests | cannot be tested from a client |
| --- | ---: | ---: | ---: | ---: |
${chapters.map((chapter) => counts(chapter, holding)).join("\n")}

${parts.join("\n\n")}
`;
};

/** @type {(chapter: Chapter, holding: Holding) => string} */
const counts = ({ title, statements }, holding) => {
  const binding = statements.filter(bindsClient);
  const held = binding.filter((statement) => holding(statement).length > 0).length;
  const untested = binding.filter(({ untested }) => untested !== null).length;
  return `| ${title} | ${statements.length} | ${binding.length} | ${held} | ${untested} |`;
};

/** @type {(chapter: Chapter, holding: Holding) => string} */
const part = ({ title, statements }, holding) => {
  const row = (/** @type {Statement} */ it) => {
    const tests = holding(it).map(({ name, file }) => `[${fileName(file)}](../${file}) \`${name}\``);
    const held = tests.length > 0 ? tests.join("<br>") : cell(it.untested ?? "–");
    return `| ${it.number} | ${it.section} | ${cell(it.asks)} | ${held} |`;
  };
  const binding = statements.filter(bindsClient).map(row);
  const others = statements.filter((it) => !bindsClient(it)).map(row);
  return `## ${title}: what binds a client

| statement | section | what it asks | held by |
| --- | --- | --- | --- |
${binding.join("\n")}

## ${title}: what binds the server alone

Where a test stands here it shows what the client does about a server that keeps, or breaks, the rule. Where none does, the
rule asks nothing of a client, and a client does nothing about it.

| statement | section | what it asks | shown by |
| --- | --- | --- | --- |
${others.join("\n")}`;
};

/** @param {string} text */
const cell = (text) => text.replaceAll("|", "\\|");

/** @param {string} file */
const fileName = (file) => file.slice(file.lastIndexOf("/") + 1);
