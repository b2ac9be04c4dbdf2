// The example examples/todo, as `npm start` serves it: whatever happens to its page, each to-do arrives once. Beside the page's own
// far end an independent client counts.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertAccessible, examplePages } from "../support/example-page.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {Awaited<ReturnType<ReturnType<typeof examplePages>["subscriber"]>>} Subscriber */

const TOPIC = "examples/todo/items";

/** @param {Page} page */
const offlineSwitch = (page) => page.getByRole("switch", { name: "Stay offline" });
/** @param {Page} page @param {string} text */
const says = (page, text) => page.getByText(text).waitFor();
/** Resolves when the form takes to-dos, and the server knows the far end. @param {Page} page */
const ready = (page) => says(page, "Connected.");
/** @param {Page} page */
const writable = (page) => page.locator("#add:enabled").waitFor();

/** @param {Page} page @param {string[]} texts */
const write = async (page, ...texts) => {
  for (const text of texts) {
    await page.getByLabel("To do").fill(text);
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("listitem").filter({ hasText: text }).waitFor();
  }
};

/** Each line's text and where it is. @param {Page} page */
const lines = async (page) => {
  const items = await page.getByRole("listitem").all();
  return Promise.all(items.map(async (item) => (await item.locator("span").allTextContents()).join(" | ")));
};

/** Resolves when a line says this of where it is. @param {Page} page @param {string} text @param {string} place */
const stands = (page, text, place) => page.getByRole("listitem").filter({ hasText: text }).getByText(place).waitFor();

/** Ends the page's process without a word to the page. @param {Page} page */
const kill = async (page) => {
  const gone = page.waitForEvent("crash");
  page.goto("chrome://kill").catch(() => {});
  await gone;
  await page.close();
};

for (const kind of /** @type {const} */ (["mosquitto", "aedes"])) {
  describe(`example: a to-do form, with ${kind}`, { timeout: 180_000 }, () => {
    const example = examplePages("todo", kind);

    /**
     * These to-dos, and no others, have arrived in this order, each once: by the page's far end, and by an independent client.
     * @param {Page} page
     * @param {Subscriber} far
     * @param {string[]} texts
     */
    const allArrivedOnce = async (page, far, texts) => {
      await says(page, `${texts.length} of ${texts.length} arrived, none more than once.`);
      for (const text of texts) await stands(page, text, "at the server");
      assert.deepEqual(await lines(page), texts.map((text) => `${text} | at the server | far end: 1 ×`));
      await far.report(texts.length);
      assert.deepEqual(far.received.map(({ payload }) => JSON.parse(String(payload)).text), texts);
    };

    test("a to-do is listed, and arrives at the far end once", async (t) => {
      const far = await example.subscriber(TOPIC);
      t.after(() => far.stop());
      const page = await example.open();
      await ready(page);
      await write(page, "buy milk", "<b>call home</b>");
      await allArrivedOnce(page, far, ["buy milk", "<b>call home</b>"]);
      assert.deepEqual(example.errors(), []);
    });

    test("what is written offline survives a reload, and arrives once", async (t) => {
      const far = await example.subscriber(TOPIC);
      t.after(() => far.stop());
      const page = await example.open();
      await ready(page);
      await offlineSwitch(page).click();
      await write(page, "one", "two");
      await stands(page, "two", "in the session");
      await page.reload();
      await writable(page);
      assert.deepEqual(await lines(page), ["one | in the session | far end: 0 ×", "two | in the session | far end: 0 ×"]);
      await write(page, "three");
      await offlineSwitch(page).click();
      await allArrivedOnce(page, far, ["one", "two", "three"]);
      assert.deepEqual(example.errors(), []);
    });

    test("what the server lost with the session is not said to be there, by later pages neither", async () => {
      const page = await example.open();
      await ready(page);
      const held = example.proxy().rule({ direction: "toServer", type: "publish", action: "drop" });
      const gone = example.proxy().when({ direction: "toServer", type: "publish" });
      await write(page, "one");
      await gone;
      const { clientId } = example.packets("publish").findLast(({ direction }) => direction === "toServer") ?? {};
      example.down();
      held.remove();
      const lost = await fetch(new URL("/lab/fault", page.url()), { method: "POST", body: JSON.stringify({ action: "lose-session", clientId }) });
      assert.deepEqual(await lost.json(), { lost: clientId });
      example.up();
      await stands(page, "one", "given up: indeterminate");
      await page.reload();
      await ready(page);
      await stands(page, "one", "given up: indeterminate");
    });

    for (const [ending, end] of /** @type {Array<[string, (page: Page) => Promise<Page>]>} */ ([
      ["reloaded", async (page) => (await page.reload(), page)],
      ["killed", async (page) => (await kill(page), example.open())],
    ])) {
      test(`a page that is ${ending} in the middle of the handshakes, its links cut, loses nothing and doubles nothing`, async (t) => {
        const far = await example.subscriber(TOPIC);
        t.after(() => far.stop());
        const page = await example.open();
        await ready(page);
        const held = example.proxy().rule({ direction: "toClient", type: "pubrec", action: "hold", overtake: true });
        const all = example.proxy().when({ direction: "toClient", type: "pubrec", nth: 3 });
        await write(page, "one", "two", "three");
        await all;
        const next = await end(page);
        example.down();
        held.remove();
        await writable(next);
        await write(next, "four");
        example.up();
        await allArrivedOnce(next, far, ["one", "two", "three", "four"]);
      });
    }
  });
}

describe("example: a to-do form, and its notes", { timeout: 180_000 }, () => {
  const example = examplePages("todo");

  /** A page whose first connection is made, and that is to stay offline. */
  const openOffline = async () => {
    const page = await example.open();
    await ready(page);
    await offlineSwitch(page).click();
    await says(page, "Offline, as you wish.");
    return page;
  };

  test("a note that a page left before the session had it is handed over by the next one", async () => {
    const page = await openOffline();
    await page.evaluate(() => {
      const todo = { id: "7", text: "left behind", at: Date.now(), handedOver: false };
      localStorage.setItem("examples/todo/7", JSON.stringify(todo));
    });
    await page.reload();
    await stands(page, "left behind", "in the session");
    await offlineSwitch(page).click();
    await says(page, "1 of 1 arrived, none more than once.");
  });

  test("a note that the session has, its page dead before it could say so, is not handed over again", async () => {
    const page = await openOffline();
    await write(page, "in both");
    await stands(page, "in both", "in the session");
    await page.evaluate(() => {
      const [name] = Object.keys(localStorage).filter((key) => key.startsWith("examples/todo/"));
      const todo = JSON.parse(localStorage.getItem(name) ?? "");
      localStorage.setItem(name, JSON.stringify({ ...todo, handedOver: false }));
    });
    await page.reload();
    await stands(page, "in both", "in the session");
    await offlineSwitch(page).click();
    await says(page, "1 of 1 arrived, none more than once.");
    await stands(page, "in both", "at the server");
    assert.deepEqual(await lines(page), ["in both | at the server | far end: 1 ×"]);
    assert.equal(example.packets("publish").filter(({ direction }) => direction === "toServer").length, 1);
  });

  test("a second tab takes no to-dos while the first one has the session, and takes over when that is closed", async () => {
    const first = await example.open();
    await ready(first);
    const second = await example.open();
    await says(second, "Waiting for the session: another tab may have it.");
    assert.ok(await second.getByRole("button", { name: "Add" }).isDisabled());
    await first.close();
    await ready(second);
    await write(second, "from the heir");
    await says(second, "1 of 1 arrived, none more than once.");
  });

  test("where storage is full a to-do stays in the form, and the page says why; when there is room it is taken", async () => {
    const page = await openOffline();
    await page.evaluate(() => {
      let size = 5_242_880;
      for (let part = 0; size >= 1; part += 1) {
        for (size = Math.floor(size / 2); size >= 1; size = Math.floor(size / 2)) {
          try {
            localStorage.setItem(`full/${part}`, "x".repeat(size));
            break;
          } catch {
            // half of it, then
          }
        }
      }
    });
    await page.getByLabel("To do").fill("one too many");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("alert").filter({ hasText: /quota/i }).waitFor();
    assert.equal(await page.getByLabel("To do").inputValue(), "one too many");
    assert.deepEqual(await lines(page), []);
    await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("full/")).forEach((key) => localStorage.removeItem(key)));
    await page.getByRole("button", { name: "Add" }).click();
    await stands(page, "one too many", "in the session");
    assert.ok(await page.getByRole("alert").isHidden());
    await offlineSwitch(page).click();
    await says(page, "1 of 1 arrived, none more than once.");
  });

  test("without a network the page opens all the same, and takes to-dos", async () => {
    const page = await example.open();
    await ready(page);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.context().setOffline(true);
    example.down();
    await page.reload();
    await writable(page);
    assert.equal(await page.evaluate(() => fetch("/not-kept").then(() => "answered", () => "no network")), "no network");
    await write(page, "on the train");
    await stands(page, "on the train", "in the session");
    example.up();
    await page.context().setOffline(false);
    await says(page, "1 of 1 arrived, none more than once.");
  });

  test("axe finds nothing wrong with it", async () => {
    const page = await example.open();
    await ready(page);
    await write(page, "look at it");
    await says(page, "1 of 1 arrived");
    await assertAccessible(page);
  });
});
