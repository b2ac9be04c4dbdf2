// The list of the examples, as `npm start` serves it: it names every one, and every one opens.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { at } from "../../tools/lib/paths.mjs";
import { filesBelow } from "../../tools/lib/hash.mjs";
import { assertAccessible, examplePages } from "../support/example-page.mjs";

/** The directories that have a page. */
const pages = async () => {
  const directories = (await readdir(at("examples"), { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const found = await Promise.all(directories.map(async ({ name }) => ((await filesBelow([at("examples", name, "index.html")])).length > 0 ? [name] : [])));
  return found.flat().sort();
};

describe("the examples", { timeout: 120_000 }, () => {
  const example = examplePages("");

  test("are all in the list and in examples/README.md, and axe finds nothing wrong with the list", async () => {
    const page = await example.open();
    const links = await page.locator("dt a").evaluateAll((anchors) => anchors.map((anchor) => anchor.getAttribute("href")?.slice(0, -1)));
    assert.deepEqual(links.sort(), await pages());
    const readme = await readFile(at("examples", "README.md"), "utf8");
    for (const name of await pages()) assert.ok(readme.includes(`[${name}/](${name})`), name);
    await assertAccessible(page);
  });

  test("open from the list, with and without the slash behind their names, and each connects", async () => {
    for (const name of await pages()) {
      const page = await example.open();
      const accepted = example.proxy().when({ direction: "toClient", type: "connack" });
      await page.locator(`a[href="${name}/"]`).click();
      if (name === "from-classic-session-api") await page.getByRole("button", { name: "Begin" }).click();
      await accepted;
      const listed = page.url();
      await page.goto(listed.slice(0, -1));
      assert.equal(page.url(), listed);
      await page.close();
    }
    assert.deepEqual(example.errors(), []);
  });

  test("take another broker by the query parameter url", async () => {
    const page = await example.open();
    const list = page.url();
    for (const name of (await pages()).filter((name) => !name.startsWith("from-"))) {
      const elsewhere = `ws://127.0.0.1:9/${name}`;
      const tried = page.waitForEvent("websocket", (socket) => socket.url() === elsewhere);
      await page.goto(new URL(`${name}?url=${elsewhere}`, list).href);
      await tried;
    }
    assert.equal(example.packets("connect").length, 0);
  });
});
