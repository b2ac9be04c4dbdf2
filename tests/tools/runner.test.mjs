// Does `npm test` count truthfully? The runner is run over test files that pass, fail, skip, are empty or do not load.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import { at, root } from "../../tools/lib/paths.mjs";
import { run } from "../../tools/lib/run.mjs";

const IMPORT = 'import { describe, test, before } from "node:test";\n';

/**
 * What nodeTests gives for one test file with this content.
 * @param {string} content
 */
const counted = async (content) => {
  const directory = await mkdtemp(join(tmpdir(), "mooring-runner-"));
  try {
    await writeFile(join(directory, "some.test.mjs"), IMPORT + content);
    const script = `import { nodeTests } from ${JSON.stringify(pathToFileURL(at("tools", "test", "node.mjs")))};
      const result = await nodeTests(${JSON.stringify(relative(root, directory))});
      process.stdout.write("\\n" + JSON.stringify(result));`;
    await writeFile(join(directory, "run.mjs"), script);
    // An inherited NODE_TEST_CONTEXT would make node take this for a test run inside a test run, and skip it.
    const { output } = await run(process.execPath, [join(directory, "run.mjs")], { env: { NODE_TEST_CONTEXT: undefined } });
    const { passed, failed } = JSON.parse(output.split("\n").at(-1) ?? "");
    return [passed, failed];
  } finally {
    await rm(directory, { recursive: true });
  }
};

test("single tests are counted, not their groups", async () => {
  assert.deepEqual(await counted('describe("g", () => { test("a", () => {}); test("b", () => { throw 1; }); });'), [1, 1]);
});

test("a skipped test is no pass", async () => {
  assert.deepEqual(await counted('test("a", () => {}); test.skip("b", () => {});'), [1, 0]);
});

test("a file without tests is a failure", async () => {
  assert.deepEqual(await counted(""), [0, 1]);
});

test("skipped tests only: nothing was shown, which is a failure", async () => {
  assert.deepEqual(await counted('test.skip("a", () => {});'), [0, 1]);
});

test("a file that does not load is a failure", async () => {
  assert.deepEqual(await counted('import "./missing.mjs";'), [0, 1]);
});

test("a failed hook is a failure", async () => {
  const [, failed] = await counted('describe("g", () => { before(() => { throw 1; }); test("a", () => {}); });');
  assert.ok(failed > 0);
});
