// That the documents' tests see what is wrong: blocks that are false in one way each.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { blocksOf, textOf } from "./blocks.mjs";
import { typeFaults } from "./code.mjs";
import { commandFault, commandsOf } from "./commands.mjs";
import { linkFaults } from "./links.mjs";
import { quoteFault } from "./quotes.mjs";
import { openPages, runInNode, unprinted } from "./running.mjs";

const FENCE = "```";

/**
 * A document of one block.
 * @param {string} language
 * @param {string} text
 * @param {string} [marks]
 */
const block = (language, text, marks = "") => blocksOf("README.md", `${marks}\n${FENCE}${language}\n${text}\n${FENCE}\n`)[0];

describe("what is read", () => {
  test("marks may go over many lines, and lines keep their numbers", () => {
    const [one, two] = blocksOf("a.md", `<!-- with:\nconst a = 1;\n-->\n\n<!-- ends with: USAGE -->\n${FENCE}js\na;\n${FENCE}\n\n- in a list\n\n  ~~~ts\n  b;\n  ~~~\n`);
    assert.deepEqual(one.marks.get("with"), [{ text: "", line: 1 }, { text: "const a = 1;", line: 2 }]);
    assert.deepEqual([...one.marks.keys()], ["with", "ends with"]);
    assert.deepEqual(one.lines, [{ text: "a;", line: 7 }]);
    assert.deepEqual([two.language, textOf(two), two.marks.size], ["ts", "b;", 0]);
  });

  test("a comment that is no mark, and one that says nothing, are faults", () => {
    assert.match(block("js", "", "<!-- whit: a -->").faults[0], /is no mark/);
    assert.match(block("js", "", "<!-- not run: -->").faults[0], /says nothing/);
  });

  test("a comment that text follows belongs to no block", () => {
    assert.deepEqual(block("js", "", "<!-- bench -->\ntext").faults, []);
  });
});

describe("types", () => {
  test("a wrong one is found in its line, in ts also what has none", async () => {
    const wrong = block("js", "\nclient.publish(1, 2);");
    const untyped = block("ts", "export const twice = (a) => 2 * a;");
    const right = block("js", "export const twice = (a) => 2 * a;");
    const other = { ...right, line: 200 };
    const faults = await typeFaults([wrong, untyped, other]);
    assert.match(faults.get(wrong)?.join() ?? "", /^line 4: .*'number' is not assignable to parameter of type 'string'/);
    assert.match(faults.get(untyped)?.join() ?? "", /implicitly has an 'any' type/);
    assert.equal(faults.has(other), false);
  });
});

describe("running", () => {
  /** @type {Awaited<ReturnType<typeof openPages>>} */
  let pages;
  before(async () => {
    pages = await openPages();
  });
  after(() => pages.close());

  test("a block that throws, in a page or in Node, fails with its error", async () => {
    const throwing = block("js", 'throw new Error("so be it");');
    await assert.rejects(pages.run(throwing), /so be it/);
    await assert.rejects(runInNode(throwing), /so be it/);
  });

  test("a promise that is rejected and not looked at fails", async () => {
    await assert.rejects(pages.run(block("js", 'Promise.reject(new Error("unseen"));\nawait new Promise(() => {});')), /unseen/);
  });

  test("an assertion of its marks that does not hold fails", async () => {
    const assertion = '<!-- after: assert((await farEnd.received("a")).join() === "c", "what arrived") -->';
    await assert.rejects(pages.run(block("js", 'await client.publish("a", "b", { qos: 1 });', assertion)), /what arrived/);
  });

  test("one that is to end with an error must, and with that one", async () => {
    await assert.rejects(pages.run(block("js", "show();", "<!-- ends with: ABORTED -->")), /without an error/);
    await assert.rejects(pages.run(block("js", "throw new Error('B');", "<!-- ends with: ABORTED -->")), /B/);
    await pages.run(block("js", 'await client.publish("#", "");', "<!-- ends with: INVALID_TOPIC -->"));
  });

  test("a line that a block is said to print, and does not, is found; ports may differ", async () => {
    const printed = await runInNode(block("js", 'console.log("at 127.0.0.1:80");\nconsole.log("b");'));
    assert.deepEqual(unprinted(block("", "b\nat 127.0.0.1:1883\nc"), printed), ["c"]);
  });

  test("what a block needs is run before it", async () => {
    const needy = block("js", "show();", "<!-- needs: node --no-such-option -->");
    await assert.rejects(runInNode(needy), /no-such-option/);
  });

  test("one that does not end has run when its mark has", async () => {
    const mark = '<!-- until: assert((await farEnd.received("tick", 2)).length >= 2) -->';
    await pages.run(block("js", 'for (;;) await client.publish("tick", "", { qos: 1 });', mark));
  });

  test("a page that is killed at a packet runs again, with what it had stored, and with nothing else", async () => {
    const durable = `await client.publish("a", String(localStorage.run = Number(localStorage.run ?? 0) + 1), { qos: 2 });`;
    const marks = '<!-- survives: PUBREC -->\n<!-- after: assert((await farEnd.received("a", 2)).join() === "1,2") -->';
    await pages.run(block("js", durable, marks));
    await assert.rejects(pages.run(block("js", "show();", "<!-- survives: PUBREC -->")), /no pubrec was seen/);
  });

  test("a page finds the package beside it, by its name and below a server of its own", async () => {
    for (const address of ["./dist/index.js", "mqtt-mooring", "https://files.example/mqtt-mooring/dist/index.js"]) {
      const script = `import { MqttClient } from "${address}";\nconst client = new MqttClient({ url: "wss://broker.example/mqtt" });\nawait client.connect();`;
      await pages.run(block("html", `<script type="module">\n${script}\n</script>`, "<!-- after: assert(client.connected) -->"));
    }
  });

  test("nothing that one block stored is there for the next", async () => {
    await pages.run(block("js", 'localStorage.setItem("a", "b");'));
    await pages.run(block("js", "assert(localStorage.length === 0);"));
  });
});

describe("commands", () => {
  /** @param {string} line */
  const fault = async (line) => (await Promise.all(commandsOf([{ text: line, line: 1 }]).map(({ words }) => commandFault(words)))).filter(Boolean).join();

  test("those that exist are accepted, whatever comment stands behind", async () => {
    assert.equal(await fault("npm start -- --check --broker aedes   # a comment -- --no-option"), "");
    assert.equal(await fault("FUZZ_INPUT=a npm test -- --only docs,types && npm run size"), "");
  });

  for (const [line, why] of [
    ["npm run no-such", /no script "no-such"/],
    ["npm start -- --checks", /no option --checks/],
    ["npm test -- --only docs,dogs", /no suite "dogs"/],
    ["npm install ./mqtt-mooring-9.9.9.tgz", /it is mqtt-mooring-/],
    ["cargo run --example none", /there is none/],
    ["node tools/none.mjs", /there is no tools\/none\.mjs/],
    ["frobnicate", /no command/],
  ]) {
    test(`${line}: refused`, async () => assert.match(await fault(String(line)), /** @type {RegExp} */ (why)));
  }
});

describe("links and quotations", () => {
  test("a link to a file or a heading that is not there is found", async () => {
    const faults = await linkFaults("docs/peer.md", "[a](../README.md) [b](none.md) [c](#options) [d](../README.md#none) `[e](none)`");
    assert.deepEqual(faults, ["line 1: there is no docs/none.md", "line 1: README.md has no heading #none"]);
    assert.equal((await linkFaults("README.md", '<img src="none.png"> <source srcset="none.webp"> ![x](none.svg) <a href="README.md">')).length, 3);
  });

  test("a quotation must stand in its file, in order", async () => {
    const mark = "<!-- from: tests/docs/names.ts -->";
    assert.equal(await quoteFault(block("ts", "declare global {\n…\nconst client: … MqttClient;", mark)), "");
    assert.equal(await quoteFault(block("ts", "declare global {\n…\n  const client: MqttClient;", mark)), "");
    assert.match(await quoteFault(block("ts", "const client: MqttClient;\ndeclare global {", mark)), /line 4 is not \(any more\).* in tests/);
    assert.equal(await quoteFault(block("ts", "export class Message {", "<!-- from: src/web/types.d.ts src/web/message.js -->")), "", "in one of them");
  });
});
