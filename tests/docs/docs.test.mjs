// Every code block of the documents is run: README.md, CONTRIBUTING.md, SECURITY.md, CHANGELOG.md, docs/*.md, bench/*.md, each README.md below
// examples/, and the doc comments of the shipped types (`@example`, fenced). `npm test -- --only docs`.
//
// What happens to a block is told by the language of its fence:
//
//   js, jsx         type-checked (strict, but what has no type is `any`), then run in a page of its own in Chromium
//   ts, tsx         type-checked by `tsc --strict`, then run in the same way
//   html            a page: its `<script type="module">` is run. It finds the package as "mqtt-mooring" (an import map is there if it brings none),
//                   as ./dist/…, and as …/dist/… below any https://….example/
//   sh              each command is one that exists: npm scripts (with the options they are given), suites, files, packages
//   json            parses
//   text, or none   nothing: output, pictures. Rust, diff, … need a mark (`from` or `not run`).
//
// A block is a module: it imports what it needs ("mqtt-mooring", other devDependencies, files relative to its document), may await at top
// level, and has run when its last line has. It fails when it throws, when an error or rejection goes unhandled, or when it has not ended within
// 20 s. Each has a fresh origin and a fresh Mosquitto (MQTT 3.1.1 and 5) of its own.
//
// Addresses: `wss://anything.example/…` is that broker, `https://anything.example/` the page's server. So write what a reader would:
//
//   const client = new MqttClient({ url: "wss://broker.example/mqtt" });
//
// Names that need no declaration (a block that declares one itself has its own):
//
//   MqttClient   the package's class                  client   connected, durable, MQTT 5
//   url          the broker's address
//   options      url, durable, a session key          signal   an AbortSignal that is not aborted
//   token()      a promise of a password              show(…)  does nothing
//
// Marks are HTML comments before the fence, several if need be; those with code may go over many lines. Readers do not see them.
//
//   <!-- with: const form = …; -->                 code before the block, in the same module: what it needs and need not show
//   <!-- after: assert((await farEnd.received("a")).length === 1); -->
//                                                  code behind it, in the same module: that it did what the text says
//   <!-- until: await farEnd.received("a", 3); --> for a block that does not end: run beside it, and the block has run when this has
//   <!-- ends with: ABORTED -->                    it throws, and this stands in the error's code or message
//   <!-- survives: PUBREC -->                      its page is closed when the first packet of that kind would come through; then it runs
//                                                  again, in another page of the same origin, and that run counts
//   <!-- page: <form><input></form> -->            what is in the page's body
//   <!-- runs in: node -->                         in a process of Node, in place of Chromium. Import `ws` yourself, as its reader must
//   <!-- needs: cargo build --example peer -->     of one in Node: a command that is run before it, at the repository's root
//   <!-- printed: by the block before -->          of a block of text: what the block before it, in Node, prints; lines in any order
//   <!-- checked only: reason -->                  type-checked, not run
//   <!-- not run: reason -->                       neither
//   <!-- from: src/codec/property.rs -->           quotes a file, or one of several, or of a directory: each line must stand there, in this
//                                                  order; a line `…` leaves some out, and `begin … end` some of a line
//
// In `with`, `after` and `until` there are also `assert(condition, message)` and `farEnd`, an independent client at the same broker:
// `await farEnd.publish(topic, text, { qos, retain })`, `await farEnd.received(topic, count = 1)` (the texts so far, once there are
// that many), `await farEnd.answer(topic, text)` (answers requests). names.ts has their types.
//
// Beside blocks: every relative link of these documents leads to a file, and to a heading of it; every `npm run x` in prose exists.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { after, before, describe, test } from "node:test";
import { filesBelow } from "../../tools/lib/hash.mjs";
import { at, root } from "../../tools/lib/paths.mjs";
import { blocksOf, read, said, textOf } from "./blocks.mjs";
import { ENDINGS, typeFaults } from "./code.mjs";
import { commandFault, commandsOf } from "./commands.mjs";
import { linkFaults } from "./links.mjs";
import { quoteFault } from "./quotes.mjs";
import { openPages, runInNode, unprinted } from "./running.mjs";

/** @typedef {import("./blocks.mjs").Block} Block */

const below = (/** @type {string[]} */ ...paths) => filesBelow(paths.map((path) => at(path)).filter(existsSync));
const documents = (await below("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs", "bench", "examples"))
  .map((path) => relative(root, path))
  .filter((path) => path.endsWith(".md") && (!path.startsWith("examples/") || path.endsWith("/README.md")))
  .sort();
/** Made from the doc comments of the types, which are looked at themselves. */
const generated = (/** @type {string} */ path) => path.startsWith("docs/api/");
const types = (await below("src/web/types.d.ts", "src/web/types", "package")).map((path) => relative(root, path)).filter((path) => path.endsWith(".d.ts"));

const sources = await Promise.all([...documents, ...types].map(async (file) => ({ file, text: await read(file) })));
const blocks = sources.filter(({ file }) => !generated(file)).flatMap(({ file, text }) => blocksOf(file, text));

const isCode = (/** @type {Block} */ { language }) => language in ENDINGS;
const isChecked = (/** @type {Block} */ block) => isCode(block) && !block.marks.has("not run") && !block.marks.has("from");
const isRun = (/** @type {Block} */ block) => (isCode(block) || block.language === "html") && !["not run", "checked only", "from"].some((mark) => block.marks.has(mark));
const inNode = (/** @type {Block} */ block) => said(block, "runs in") === "node";

describe("the blocks of code", () => {
  /** @type {Awaited<ReturnType<typeof openPages>>} */
  let pages;
  /** @type {Awaited<ReturnType<typeof typeFaults>>} */
  let faults;
  before(async () => {
    [pages, faults] = await Promise.all([openPages(), typeFaults(blocks.filter(isChecked))]);
  });
  after(() => pages?.close());

  for (const block of blocks.filter((block) => isChecked(block) || isRun(block))) {
    test(`${block.name} does what it says`, async () => {
      assert.deepEqual(block.faults, []);
      assert.deepEqual(faults.get(block) ?? [], [], "its types");
      if (!isRun(block)) return;
      if (!inNode(block)) return pages.run(block);
      const printed = await runInNode(block);
      const shown = blocks[blocks.indexOf(block) + 1];
      if (shown?.marks.has("printed")) assert.deepEqual(unprinted(shown, printed), [], printed);
    });
  }
});

describe("the other blocks", () => {
  for (const block of blocks.filter((block) => !isChecked(block) && !isRun(block))) {
    const reason = said(block, "not run");
    const quoted = said(block, "from");
    const how = reason ? `not run: ${reason}` : quoted ? `quotes ${quoted}` : `is ${block.language || "text"}`;
    test(`${block.name} (${how})`, async () => {
      assert.deepEqual(block.faults, []);
      if (quoted) return assert.equal(await quoteFault(block), "");
      if (reason || ["", "text"].includes(block.language)) return;
      if (block.language === "json") return void JSON.parse(textOf(block));
      assert.equal(block.language, "sh", `what should be done with "${block.language}"? Say js, ts, html, sh, json or text, or mark it`);
      const commands = commandsOf(block.lines);
      assert.ok(commands.length > 0, "there is no command in it");
      for (const { words, line } of commands) assert.equal(await commandFault(words), "", `line ${line}`);
    });
  }
});

describe("the text around", () => {
  for (const { file, text } of sources.filter(({ file }) => file.endsWith(".md"))) {
    test(`the links of ${file} lead somewhere`, async () => assert.deepEqual(await linkFaults(file, text), []));
  }
  test("every npm script that is named in prose exists", async () => {
    const { scripts } = JSON.parse(await readFile(at("package.json"), "utf8"));
    const named = sources.flatMap(({ file, text }) => [...text.matchAll(/`npm run ([\w:-]+)/g)].map(([, name]) => ({ file, name })));
    assert.deepEqual(named.filter(({ name }) => !(name in scripts)), []);
  });
});
