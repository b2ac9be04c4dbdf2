// `npm test`: set-up, then every suite under its own heading, then one truthful summary. The last line is always
// `N passed, N failed`, also kept in test-results/summary for .ci/run.
// Imports node built-ins only until set-up has installed the npm packages.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { check } from "./conformance/survey.mjs";
import { at, root } from "./lib/paths.mjs";
import { command, elapsed, options, say, ToolError } from "./lib/say.mjs";
import { ensureChrome, ensureMosquitto, setUp } from "./setup.mjs";
import { BUDGET, LIMIT, measure, totalLine } from "./size.mjs";
import { browserTests, documentation, format, lints, nativeTests, yesOrNo } from "./test/cargo.mjs";
import { nodeTests } from "./test/node.mjs";

/** @typedef {import("./test/cargo.mjs").Result} Result */
/** @typedef {import("./setup/rust.mjs").Bindgen} Bindgen */

/** @param {"aedes" | "mosquitto"} broker */
const mainJob = (broker) => yesOrNo(process.execPath, [at("tools", "start.mjs"), "--check", "--broker", broker]);

/** What the tests are named after, docs/conformance.md and the README agree. */
const conformance = async () => {
  const { line, problems } = await check(root);
  for (const problem of problems) say(problem);
  say(line);
  return { passed: problems.length === 0 ? 1 : 0, failed: problems.length, note: line };
};

/** What a page downloads is no more than it was; nor what is asked for, once that is met. */
const size = async () => {
  const { total } = await measure();
  const grown = /** @type {const} */ (["gzip", "brotli"]).filter((how) => total[how] > LIMIT[how]);
  for (const how of grown) say(`${total[how]} bytes ${how}, of at most ${LIMIT[how]}: \`npm run size\` shows where they are.`);
  say(`${totalLine(total)} (asked for: ${BUDGET.gzip} gzip, ${BUDGET.brotli} brotli)`);
  return { passed: 2 - grown.length, failed: grown.length, note: `${total.gzip} bytes gzip` };
};

/** @type {Record<string, { title: string, run: (bindgen: Bindgen) => Promise<Result> }>} */
const SUITES = {
  fmt: { title: "Format (rustfmt)", run: format },
  clippy: { title: "Lints (clippy, native and wasm32)", run: lints },
  doc: { title: "Documentation (rustdoc)", run: documentation },
  types: {
    title: "Types of the JavaScript (tsc), and the public ones (node:test)",
    run: async () => {
      const own = await yesOrNo(process.execPath, [at("node_modules", "typescript", "bin", "tsc"), "-p", at("tsconfig.json")]);
      const { passed, failed, note } = await nodeTests("tests/types");
      return { passed: own.passed + passed, failed: own.failed + failed, note };
    },
  },
  conformance: { title: "Conformance: each normative statement, and the tests that hold it", run: conformance },
  native: { title: "Native tests (cargo)", run: nativeTests },
  browser: { title: "Browser tests (wasm-bindgen-test in Chromium)", run: browserTests },
  size: {
    title: "Size of what a page downloads",
    run: async (bindgen) => {
      await build(bindgen);
      return size();
    },
  },
  tools: {
    title: "Tool tests (node:test)",
    run: async () => {
      await Promise.all([ensureChrome(), ensureMosquitto()]);
      return nodeTests("tests/tools");
    },
  },
  e2e: {
    title: "End-to-end tests (node:test, Chromium, real brokers)",
    run: async (bindgen) => {
      await ensureChrome();
      await ensureMosquitto();
      await build(bindgen);
      return nodeTests("tests/e2e");
    },
  },
  docs: {
    title: "Documents: every block of code in them, run (node:test, Chromium, Mosquitto)",
    run: async (bindgen) => {
      await Promise.all([ensureChrome(), ensureMosquitto()]);
      await build(bindgen);
      return nodeTests("tests/docs");
    },
  },
  package: {
    title: "The package as npm installs it, quick form (node:test, Node and Chromium)",
    run: async (bindgen) => {
      await ensureChrome();
      await build(bindgen);
      const result = await nodeTests("tests/package/quick");
      return { ...result, note: [result.note, "all targets: npm run package-tests"].filter(Boolean).join(", ") };
    },
  },
  peer: {
    title: "Peer scripts (node:test, the native driver and Chromium)",
    run: async (bindgen) => {
      await ensureChrome();
      await build(bindgen);
      return nodeTests("tests/peer");
    },
  },
  "check-aedes": { title: "npm start -- --check --broker aedes", run: () => mainJob("aedes") },
  "check-mosquitto": { title: "npm start -- --check --broker mosquitto", run: () => mainJob("mosquitto") },
};

const HELP = `npm test -- [--only suite,suite,…]

${Object.entries(SUITES).map(([name, { title }]) => `  ${name.padEnd(16)} ${title}`).join("\n")}`;

const summaryFile = at("test-results", "summary");

const main = async () => {
  const { values } = options(
    () => parseArgs({ options: { only: { type: "string" }, help: { type: "boolean", short: "h" } } }),
    "npm test -- --help",
  );
  if (values.help) return say(HELP);
  const names = values.only?.split(",") ?? Object.keys(SUITES);
  const unknown = names.find((name) => !(name in SUITES));
  if (unknown !== undefined) throw new ToolError(`There is no suite "${unknown}": \`npm test -- --help\` lists them.`);

  await rm(summaryFile, { force: true });
  const bindgen = await setUp().catch(async (error) => {
    await conclude(0, 1, error instanceof ToolError ? error.message : String(error));
    return null;
  });
  if (!bindgen) return;

  /** @type {string[]} */
  const lines = [];
  let passed = 0;
  let failed = 0;
  for (const name of names) {
    const since = Date.now();
    say(`\n━━ ${SUITES[name].title}`);
    const result = await SUITES[name].run(bindgen).catch(crashed);
    passed += result.passed;
    failed += result.failed;
    const note = result.note ? ` (${result.note})` : "";
    lines.push(`${result.failed > 0 ? "✗" : "✓"} ${name.padEnd(16)} ${result.passed} passed, ${result.failed} failed${note}, ${elapsed(since)}`);
  }
  await conclude(passed, failed, lines.join("\n"));
};

/**
 * A suite that could not run has failed.
 * @param {unknown} error
 * @returns {Result}
 */
const crashed = (error) => {
  say(error instanceof ToolError ? error.message : String(/** @type {Error} */ (error).stack ?? error));
  return { passed: 0, failed: 1, note: "did not run" };
};

/**
 * @param {number} passed
 * @param {number} failed
 * @param {string} details
 */
const conclude = async (passed, failed, details) => {
  const summary = `${passed} passed, ${failed} failed`;
  await mkdir(at("test-results"), { recursive: true });
  await writeFile(summaryFile, `${summary}\n`);
  say(`\n${details}\n\n${summary}`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
};

await command(main);
