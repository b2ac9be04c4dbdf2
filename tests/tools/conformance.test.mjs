// The survey of normative statements, put to the test: it has to find what is missing, unknown, idle or out of date.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { check, write } from "../../tools/conformance/survey.mjs";

const HEADER = "statement\tsection\tbinds\tasks\tuntested\n";
const LINE = "2 of 3 statements that bind a client are held by tests, 1 cannot be tested from a client";

/** A test in JavaScript; spelled so that this file has none. */
const javascript = (/** @type {string} */ name, modifier = "") => `test${modifier}("${name}", () => {});\n`;

/** A repository in which all agrees. */
const SOUND = {
  "tests/conformance/statements-3.1.1.tsv": `${HEADER}MQTT-1.0.0-1\t1\tclient\tOne thing.\t-\nMQTT-1.0.0-2\t1\tserver\tAnother.\t-\n`,
  "tests/conformance/statements-5.tsv": `${HEADER}MQTT-4.2-1\t4.2\tboth\tA | b.\t-\nMQTT-4.2.0-1\t4.2\tclient\tNothing.\tnobody sees it\n`,
  "tests/conformance.rs": "mod conformance {\n    mod ones;\n}\n",
  "tests/conformance/ones.rs": "#[test]\nfn v311_1_0_0_1_one_thing() {}\n",
  "tests/browser/some.rs": "#[wasm_bindgen_test]\nasync fn v5_4_2_1_a_sentence() {}\n",
  "README.md": `Tests: ${LINE}.\n`,
  "docs/ARCHITECTURE.md": "",
};

/**
 * What `check` says of a repository that is sound but for these files, after its document was written.
 * @param {Record<string, string>} [files]
 * @param {(root: string) => Promise<void>} [meanwhile]
 */
const checked = async (files = {}, meanwhile = async () => {}) => {
  const root = await mkdtemp(join(tmpdir(), "mooring-conformance-"));
  try {
    for (const [name, text] of Object.entries({ ...SOUND, ...files })) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), text);
    }
    await write(root);
    await meanwhile(root);
    const document = await readFile(join(root, "docs", "conformance.md"), "utf8");
    return { ...(await check(root)), document };
  } finally {
    await rm(root, { recursive: true });
  }
};

/** @param {Record<string, string>} files @param {...RegExp} expected */
const finds = async (files, ...expected) => {
  const { problems } = await checked(files);
  assert.equal(problems.length, expected.length, problems.join("\n"));
  for (const [index, pattern] of expected.entries()) assert.match(problems[index], pattern);
};

describe("the survey of statements", () => {
  test("has nothing to say where all agrees, and counts", async () => {
    const { line, problems, document } = await checked();
    assert.deepEqual(problems, []);
    assert.equal(line, LINE);
    assert.match(document, /\| MQTT-1\.0\.0-1 \| 1 \| One thing\. \| \[ones\.rs\]\(\.\.\/tests\/conformance\/ones\.rs\) `v311_1_0_0_1_one_thing` \|/);
    assert.match(document, /\| MQTT-4\.2-1 \| 4\.2 \| A \\\| b\. \| \[some\.rs\]/);
    assert.match(document, /\| MQTT-4\.2\.0-1 \| 4\.2 \| Nothing\. \| nobody sees it \|/);
    assert.match(document, /\| MQTT 5 \| 2 \| 2 \| 1 \| 1 \|/);
  });

  test("sets the numbers in the README right", async () => {
    assert.deepEqual((await checked({ "README.md": LINE.replace("2 of 3", "1 of 7") })).problems, []);
  });

  test("writes the same document twice", async () => {
    assert.equal((await checked()).document, (await checked()).document);
  });

  test("finds a statement without a test", async () => {
    await finds({ "tests/conformance/ones.rs": "" }, /MQTT-1\.0\.0-1 .*no test v311_1_0_0_1_…/);
    await finds({ "tests/conformance/ones.rs": "// #[test]\n// fn v311_1_0_0_1_one_thing() {}\n" }, /MQTT-1\.0\.0-1/);
  });

  test("finds a test of a statement that does not exist", async () => {
    await finds({ "tests/other.rs": "#[test]\nfn v311_1_0_0_3_a_third() {}\n" }, /v311_1_0_0_3_a_third \(tests\/other\.rs\)/);
    await finds({ "tests/e2e/a.test.mjs": javascript("v5_9_9_9_9_something") }, /v5_9_9_9_9_something/);
  });

  test("finds a test that never runs", async () => {
    const ones = "tests/conformance/ones.rs";
    await finds({ [ones]: "fn v311_1_0_0_1_one_thing() {}\n" }, /it is no test/, /MQTT-1\.0\.0-1/);
    await finds({ [ones]: "#[test]\n#[ignore]\nfn v311_1_0_0_1_one_thing() {}\n" }, /it is ignored/, /MQTT-1\.0\.0-1/);
    await finds({ "tests/conformance.rs": "// mod ones;\n" }, /ones\.rs is no module/);
    await finds({ "tests/e2e/a.test.mjs": javascript("v5_4_2_1_something", ".skip") }, /it is test\.skip/);
  });

  test("finds a name without a sentence", async () => {
    await finds({ "tests/other.rs": "#[test]\nfn v311_1_0_0_1() {}\n" }, /a sentence has to follow/);
  });

  test("finds a test where the table says that there can be none", async () => {
    await finds({ "tests/other.rs": "#[test]\nfn v5_4_2_0_1_seen() {}\n" }, /MQTT-4\.2\.0-1 has a test, v5_4_2_0_1_seen/);
  });

  test("takes tests of JavaScript, and of what binds the server", async () => {
    const { problems, document } = await checked({ "tests/e2e/a.test.mjs": javascript("v311_1_0_0_2_seen from here") });
    assert.deepEqual(problems, []);
    assert.match(document, /\| MQTT-1\.0\.0-2 .*`v311_1_0_0_2_seen`/);
  });

  test("finds a stale document and a stale README", async () => {
    const test = "#[test]\nfn v311_1_0_0_2_more() {}\n";
    const stale = await checked({}, (root) => writeFile(join(root, "tests", "other.rs"), test));
    assert.match(stale.problems.join("\n"), /^docs\/conformance\.md is not what/);
    const readme = (/** @type {string} */ text) => (/** @type {string} */ root) => writeFile(join(root, "README.md"), text);
    const wrong = await checked({}, readme(LINE.replace("2 of 3", "3 of 3")));
    assert.match(wrong.problems.join("\n"), /^README\.md does not quote "2 of 3/);
    await finds({ "README.md": "Nothing is quoted." }, /^README\.md does not quote/);
  });

  test("does not take a table that is not as it should be", async () => {
    /** @type {[string, RegExp][]} */
    const tables = [
      ["MQTT-1.0.0-1\t1\tclient\tx", /4 columns/],
      ["MQTT-1.0.0-1\t1\t?\tx\t-", /binds "\?"/],
      ["MQTT-1.0.0-1\t1\tclient\t?\t-", /nothing says what it asks/],
      ["MQTT-1.0.0-1\t1\tclient\tx\t?", /untested is "-"/],
      ["MQTT-1.0.0-1\t1\tserver\tx\tfor a reason", /binds no client/],
      ["1.0.0-1\t1\tclient\tx\t-", /no number/],
      ["MQTT-1.0.0-1\t1\tclient\tx\t-\nMQTT-1.0.0-1\t1\tclient\tx\t-", /twice/],
    ];
    for (const [row, complaint] of tables) {
      await assert.rejects(checked({ "tests/conformance/statements-5.tsv": `${HEADER}${row}\n` }), complaint);
    }
  });
});
