// Tests that are named after a statement: which there are, in which file.
import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { filesBelow } from "../lib/hash.mjs";

/**
 * @typedef {object} Named
 * @property {string} key the statement it is named after: v5_3_1_2_1
 * @property {string} name
 * @property {string} file below the root, with "/"
 */

const RUST = /((?:#\[[^\]]*\]\s*)*)(?:async\s+)?fn\s+(v(?:311|5)_\d\w*)/g;
const RUST_TEST = /#\[(?:test|wasm_bindgen_test)\b/;
const JAVASCRIPT = /\b(?:test|it)(\.\w+)?\(\s*["'`](v(?:311|5)_\d\w*)/g;
const NAME = /^(v(?:311|5)(?:_\d+)+)_[a-z]\w*$/;

/**
 * All tests below root/tests that are named after a statement, in the order of their files, and what is wrong with them.
 * @param {string} root
 * @returns {Promise<{ tests: Named[], problems: string[] }>}
 */
export const namedTests = async (root) => {
  /** @type {Named[]} */
  const tests = [];
  /** @type {string[]} */
  const problems = [];
  const texts = new Map();
  for (const path of await filesBelow([join(root, "tests")])) {
    const file = relative(root, path).split(sep).join("/");
    if (!/\.(?:rs|test\.mjs)$/.test(file)) continue;
    const text = await readFile(path, "utf8");
    texts.set(file, text);
    for (const { name, idle } of file.endsWith(".rs") ? rustTests(text) : javascriptTests(text)) {
      const key = NAME.exec(name)?.[1];
      if (idle) problems.push(`${name} (${file}) is named after a statement, but ${idle}.`);
      else if (!key) problems.push(`${name} (${file}): behind the statement's number a sentence has to follow.`);
      else tests.push({ key, name, file });
    }
  }
  problems.push(...strays([...texts.keys()], texts.get("tests/conformance.rs") ?? ""));
  return { tests, problems };
};

/**
 * A file that is no module of the test program is never compiled, and its tests hold nothing.
 * @param {string[]} files
 * @param {string} program
 */
const strays = (files, program) => {
  const modules = files.map((file) => /^tests\/conformance\/(\w+)\.rs$/.exec(file)?.[1]);
  const missing = modules.filter((name) => name && !new RegExp(`^\\s*mod ${name};`, "m").test(program));
  return missing.map((name) => `tests/conformance/${name}.rs is no module of tests/conformance.rs: its tests never run.`);
};

/** @param {string} text */
const rustTests = (text) =>
  [...withoutComments(text).matchAll(RUST)].map(([, attributes, name]) => {
    if (!RUST_TEST.test(attributes)) return { name, idle: "it is no test" };
    return { name, idle: /#\[ignore/.test(attributes) ? "it is ignored" : null };
  });

/** @param {string} text */
const javascriptTests = (text) =>
  [...withoutComments(text).matchAll(JAVASCRIPT)].map(([, modifier, name]) => ({
    name,
    idle: modifier ? `it is test${modifier}` : null,
  }));

/** @param {string} text */
const withoutComments = (text) => text.replaceAll(/^\s*\/\/.*$/gm, "");
