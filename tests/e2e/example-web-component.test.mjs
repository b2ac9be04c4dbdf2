// The example examples/web-component, as `npm start` serves it: the element comes, is moved, goes, and comes again.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertAccessible, examplePages } from "../support/example-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

const TOPIC = "examples/web-component/news";

/** Resolves when the element says this of its connection. @param {Page} page @param {string | RegExp} text */
const says = (page, text) => page.locator("mqtt-log").getByRole("status").filter({ hasText: text }).waitFor();
/** @param {Page} page */
const ready = (page) => says(page, /^connected$/);
/** @param {Page} page */
const shown = (page) => page.locator("mqtt-log li").allTextContents();
/** Resolves when the element lists this. @param {Page} page @param {string} text */
const lists = (page, text) => page.locator("mqtt-log li").filter({ hasText: text }).waitFor();

/**
 * Sends by the page's form; resolves when the server has taken it over.
 * @param {Page} page
 * @param {string} text
 * @param {number} count how many that are by now
 */
const send = async (page, text, count) => {
  await page.getByLabel("Say something").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText(`Taken over by the server: ${count}`).waitFor();
};

describe("example: a custom element", { timeout: 120_000 }, () => {
  const example = examplePages("web-component");

  /** The connections of the element's client. The page's other one, which sends, asks for no session. */
  const elementConnects = () => example.packets("connect").filter(({ packet }) => /** @type {any} */ (packet).properties?.sessionExpiryInterval > 0);

  /** A page whose element has subscribed. */
  const open = async () => {
    const granted = example.proxy().when({ direction: "toClient", type: "suback" });
    const page = await example.open();
    await Promise.all([granted, ready(page)]);
    return page;
  };

  /**
   * Gives the element another topic; resolves when the server has let go of the old one and granted the new one.
   * @param {Page} page
   * @param {string} topic
   */
  const turnTo = async (page, topic) => {
    const done = ["suback", "unsuback"].map((type) => example.proxy().when({ direction: "toClient", type }));
    await page.locator("mqtt-log").evaluate((log, value) => log.setAttribute("topic", value), topic);
    await Promise.all(done);
  };

  test("lists what its topic says, as text", async () => {
    const page = await open();
    await send(page, "hello", 1);
    await send(page, "<b>not bold</b>", 2);
    await lists(page, "not bold");
    assert.deepEqual(await shown(page), ["hello", "<b>not bold</b>"]);
    assert.deepEqual(example.errors(), []);
  });

  for (const [how, move] of /** @type {Array<[string, (page: Page) => Promise<unknown>]>} */ ([
    ["by its button", (page) => page.getByRole("button", { name: "Move it" }).click()],
    ["by remove() and append()", (page) => page.evaluate(() => {
      const log = /** @type {HTMLElement} */ (document.querySelector("mqtt-log"));
      log.remove();
      document.getElementById("right")?.append(log);
    })],
    ["by moveBefore()", (page) => page.evaluate(() => {
      const log = document.querySelector("mqtt-log");
      /** @type {any} */ (document.getElementById("right")).moveBefore(log, null);
    })],
  ])) {
    test(`moved ${how} it keeps its connection and its list`, async () => {
      const page = await open();
      await send(page, "before", 1);
      await lists(page, "before");
      await move(page);
      await page.locator("#right mqtt-log").waitFor();
      await send(page, "after", 2);
      await lists(page, "after");
      assert.deepEqual(await shown(page), ["before", "after"]);
      assert.equal(elementConnects().length, 1);
      assert.equal(example.packets("subscribe").length, 1);
      assert.equal(example.packets("disconnect").length, 0);
    });
  }

  test("taken out it disconnects; put back it lists what was sent meanwhile, once", async () => {
    const page = await open();
    await send(page, "before", 1);
    await lists(page, "before");
    const goodbye = example.proxy().when({ direction: "toServer", type: "disconnect" });
    await page.getByRole("button", { name: "Take it out" }).click();
    await goodbye;
    for (const number of [1, 2, 3]) await send(page, `meanwhile ${number}`, number + 1);
    await page.getByRole("button", { name: "Put it back" }).click();
    await lists(page, "meanwhile 3");
    await send(page, "after", 5);
    await lists(page, "after");
    assert.deepEqual(await shown(page), ["before", "meanwhile 1", "meanwhile 2", "meanwhile 3", "after"]);
    const [first, second] = elementConnects();
    assert.equal(/** @type {any} */ (first.packet).clientId, /** @type {any} */ (second.packet).clientId);
    assert.deepEqual(example.errors(), []);
  });

  test("put back before its last client has let go it waits for the session, and nobody is refused", async () => {
    const page = await open();
    await page.evaluate(async () => {
      const log = /** @type {HTMLElement} */ (document.querySelector("mqtt-log"));
      const turn = () => new Promise((resolve) => setTimeout(resolve));
      for (let count = 0; count < 3; count += 1) {
        log.remove();
        await turn();
        document.getElementById("left")?.append(log);
        await turn();
      }
    });
    await ready(page);
    await send(page, "still here", 1);
    await lists(page, "still here");
    assert.deepEqual(await shown(page), ["still here"]);
    assert.equal(example.proxy().connections.length, 2, "the element's and the sender's");
    assert.deepEqual(example.errors(), []);
  });

  test("given another topic it unsubscribes from the first", async () => {
    const page = await open();
    await turnTo(page, `${TOPIC}/none`);
    await send(page, "unheard", 1);
    await turnTo(page, TOPIC);
    await send(page, "heard", 2);
    await lists(page, "heard");
    assert.deepEqual(await shown(page), ["heard"]);
    assert.equal(elementConnects().length, 1);
  });

  test("a page that is reloaded goes on with the session", async () => {
    const page = await open();
    await page.reload();
    await ready(page);
    const [, second] = elementConnects();
    const answer = example.packets("connack").find(({ connection }) => connection === second.connection);
    assert.equal(answer?.sessionPresent, true);
  });

  test("axe finds nothing wrong with it", async () => {
    const page = await open();
    await send(page, "hello", 1);
    await lists(page, "hello");
    await assertAccessible(page);
  });
});

describe("example: a custom element, where the broker speaks 3.1.1 only", { timeout: 60_000 }, () => {
  const example = examplePages("web-component", "aedes");

  test("lists what its topic says", async () => {
    const granted = example.proxy().when({ direction: "toClient", type: "suback" });
    const page = await example.open();
    await granted;
    await send(page, "hello", 1);
    await lists(page, "hello");
    assert.deepEqual(example.errors(), []);
  });
});
