// The suites that node:test runs: every *.test.mjs below a directory.
import { relative } from "node:path";
import { finished } from "node:stream/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { filesBelow } from "../lib/hash.mjs";
import { at, root } from "../lib/paths.mjs";

const FILE_TIMEOUT_MS = 300_000;

/**
 * Counts single tests, not the groups around them. A file that ran no test counts as failed, and so does a directory
 * with files of which nothing was run.
 * @param {string} directory
 * @returns {Promise<import("./cargo.mjs").Result>}
 */
export const nodeTests = async (directory) => {
  const files = (await filesBelow([at(directory)])).filter((path) => path.endsWith(".test.mjs"));
  if (files.length === 0) return { passed: 0, failed: 0, note: `no ${directory}/*.test.mjs` };

  let passed = 0;
  let failed = 0;
  let skipped = 0;
  /** @type {string[]} */
  const empty = [];
  const events = run({ files, concurrency: false, timeout: FILE_TIMEOUT_MS });
  events.on("test:pass", ({ name, skip, todo, details }) => {
    if (details.type === "suite") return;
    if (isFile(name, files)) empty.push(name);
    else if (skip || todo) skipped += 1;
    else passed += 1;
  });
  events.on("test:fail", ({ todo, details }) => {
    if (todo) skipped += 1;
    else if (!(details.type === "suite" && isOnlyItsTests(details.error))) failed += 1;
  });
  const report = events.compose(new spec());
  report.pipe(process.stdout, { end: false });
  await finished(report);

  const notes = [
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...empty.map((name) => `${relative(root, name)} has no tests`),
  ];
  const nothing = passed + failed + empty.length === 0;
  if (nothing) notes.push("there are tests, but none ran");
  return { passed, failed: nothing ? 1 : failed + empty.length, note: notes.join(", ") };
};

/**
 * A file with no test in it is reported as if it were one itself.
 * @param {string} name
 * @param {string[]} files
 */
const isFile = (name, files) => files.some((file) => name === file || name === relative(root, file));

/**
 * Whether a group failed only because tests in it did; they are counted by themselves. A failed hook is more.
 * @param {unknown} error
 */
const isOnlyItsTests = (error) => /** @type {{ failureType?: string }} */ (error).failureType === "subtestsFailed";
