// The suites that cargo runs: format, lints, documentation, native tests, browser tests.
import { readFile } from "node:fs/promises";
import { filesBelow } from "../lib/hash.mjs";
import { at } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { ensureChrome } from "../setup.mjs";

/** @typedef {{ passed: number, failed: number, note?: string }} Result */

const WASM = ["--target", "wasm32-unknown-unknown"];

/**
 * A program that only says yes or no counts as one check.
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<Result>}
 */
export const yesOrNo = async (program, args, env) => {
  const { code } = await run(program, args, { env, show: true });
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
};

/** @param {Result[]} results */
const sum = (results) => ({
  passed: results.reduce((total, { passed }) => total + passed, 0),
  failed: results.reduce((total, { failed }) => total + failed, 0),
});

export const format = () => yesOrNo("cargo", ["fmt", "--check"]);

export const lints = async () =>
  sum([
    await yesOrNo("cargo", ["clippy", "--all-targets", "--", "-D", "warnings"]),
    await yesOrNo("cargo", ["clippy", "--all-targets", ...WASM, "--", "-D", "warnings"]),
  ]);

export const documentation = async () => {
  const env = { RUSTDOCFLAGS: "-D warnings" };
  return sum([
    await yesOrNo("cargo", ["doc", "--no-deps"], env),
    await yesOrNo("cargo", ["doc", "--no-deps", ...WASM], env),
  ]);
};

export const nativeTests = async () => {
  const sources = await Promise.all((await filesBelow([at("src"), at("tests")])).filter(isNativeSource).map(read));
  const hasTests = sources.some((text) => /#\[test\]|proptest!/.test(text));
  // The same cases in every run: what `npm test` says of a commit must not depend on luck. `npm run model` draws others.
  const env = { PROPTEST_RNG_SEED: process.env.PROPTEST_RNG_SEED ?? "20261122" };
  return cargoTest(["test", "--no-fail-fast"], env, hasTests);
};

/** The tests in tests/browser/, in headless Chromium. */
export const browserTests = async (/** @type {import("../setup/rust.mjs").Bindgen} */ { testRunner }) => {
  const env = {
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: `node ${at("tools/test/wasm-runner.mjs")}`,
    WASM_BINDGEN_TEST_RUNNER: testRunner,
    CHROME_PATH: await ensureChrome(),
  };
  return cargoTest(["test", ...WASM, "--test", "browser"], env, true);
};

/** @param {string} path */
const isNativeSource = (path) => path.endsWith(".rs") && !/[\\/]tests[\\/]browser[\\/]/.test(path);

/** @param {string} path */
const read = (path) => readFile(path, "utf8");

/**
 * Counts by the lines `test result: ok. 3 passed; 0 failed; …` of each test program. A run that ended badly without a
 * failed test (it did not compile, it crashed), or that ran nothing though there are tests, is a failure.
 * @param {string[]} args
 * @param {Record<string, string>} env
 * @param {boolean} hasTests
 * @returns {Promise<Result>}
 */
const cargoTest = async (args, env, hasTests) => {
  const { code, output } = await run("cargo", args, { env, show: true });
  const results = [...output.matchAll(/test result: \w+\. (\d+) passed; (\d+) failed/g)];
  const { passed, failed } = sum(results.map((line) => ({ passed: Number(line[1]), failed: Number(line[2]) })));
  if (code !== 0 && failed === 0) return { passed, failed: 1, note: "ended early" };
  if (hasTests && passed + failed === 0) return { passed, failed: 1, note: "there are tests, but none ran" };
  return { passed, failed };
};
