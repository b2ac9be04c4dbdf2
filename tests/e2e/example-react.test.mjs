// The example examples/react, as `npm start` serves it: a development build of React, under StrictMode.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertAccessible, examplePages } from "../support/example-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

const LAMPS = "examples/react/lamps";

/**
 * @param {Page} page
 * @param {string} name
 */
const lamp = (page, name) => page.getByRole("switch", { name });
/** @param {Page} page */
const status = (page) => page.getByRole("status");
/**
 * Resolves when the status line says this.
 * @param {Page} page
 * @param {string | RegExp} text
 */
const says = (page, text) => status(page).getByText(text).waitFor();
/**
 * @param {Page} page
 * @param {string} name
 * @param {boolean} lit
 */
const shows = (page, name, lit) => page.getByRole("switch", { name, checked: lit }).waitFor();
/** The locks of durable sessions, held and waited for: one for each client. @param {Page} page */
const locks = (page) =>
  page.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    return { held: held.length, pending: pending.length };
  });

/**
 * Has the page count the clients it makes.
 * @param {Page} page
 */
const countClients = (page) =>
  page.route("**/dist/index.js", (route) =>
    route.fulfill({
      contentType: "text/javascript",
      body: `
        import { MqttClient as Real } from "/dist/index.js?real";
        window.clientsMade = 0;
        export class MqttClient extends Real {
          constructor(options) {
            super(options);
            window.clientsMade += 1;
          }
        }`,
    }),
  );

describe("example: React hooks", { timeout: 120_000 }, () => {
  const example = examplePages("react");

  test("StrictMode mounts everything twice, and there is one client with one connection and one subscription a lamp", async () => {
    const page = await example.open({ prepare: countClients });
    await says(page, "Connected.");
    await lamp(page, "kitchen").click();
    await shows(page, "kitchen", true);
    assert.equal(await page.evaluate(() => window.clientsMade), 1);
    assert.equal(example.packets("connect").length, 1);
    assert.equal(example.packets("subscribe").length, 3);
    assert.deepEqual(await locks(page), { held: 1, pending: 0 });
    assert.deepEqual(example.errors(), []);
  });

  test("a lamp shows what its topic says, whoever said it", async (t) => {
    const far = await example.subscriber(`${LAMPS}/#`);
    t.after(() => far.stop());
    const page = await example.open();
    await says(page, "Connected.");
    await lamp(page, "hall").click();
    await shows(page, "hall", true);
    await lamp(page, "hall").click();
    await shows(page, "hall", false);
    await far.report(2);
    assert.deepEqual(far.received.map(({ payload }) => String(payload)), ["on", "off"]);
    await shows(page, "attic", false);
    assert.deepEqual(example.errors(), []);
  });

  test("what is pressed offline survives a reload, and arrives once", async (t) => {
    const far = await example.subscriber(`${LAMPS}/#`);
    t.after(() => far.stop());
    const page = await example.open();
    await says(page, "Connected.");
    example.down();
    await says(page, "Not connected");
    for (const name of ["kitchen", "hall", "attic"]) await lamp(page, name).click();
    await says(page, "On the way: 3.");
    await page.reload();
    await says(page, "On the way: 3.");
    example.up();
    for (const name of ["kitchen", "hall", "attic"]) await shows(page, name, true);
    await status(page).filter({ hasNotText: "On the way" }).waitFor();
    await far.report(3);
    assert.deepEqual(far.received.map(({ topic }) => topic), ["kitchen", "hall", "attic"].map((name) => `${LAMPS}/${name}`));
  });

  test("when the last component has gone the client is closed, and the next one goes on with the session", async () => {
    const page = await example.open();
    await says(page, "Connected.");
    const goodbye = example.proxy().when({ direction: "toServer", type: "disconnect" });
    await page.getByRole("button", { name: "Leave the house" }).click();
    await goodbye;
    await says(page, "Nobody is in");
    await page.getByRole("button", { name: "Enter the house" }).click();
    await says(page, "Connected.");
    const [first, second] = example.packets("connack");
    assert.equal(first.sessionPresent, false);
    assert.equal(second.sessionPresent, true);
    assert.equal(example.proxy().opened, 2);
    assert.deepEqual(await locks(page), { held: 1, pending: 0 });
    assert.deepEqual(example.errors(), []);
  });

  test("components that come and go in one breath end with one client", async () => {
    const page = await example.open();
    await says(page, "Connected.");
    await page.evaluate(async () => {
      const turn = () => new Promise((resolve) => setTimeout(resolve));
      for (let count = 0; count < 6; count += 1) {
        /** @type {HTMLElement | undefined} */ (Array.from(document.querySelectorAll("button")).at(-1))?.click();
        await turn();
      }
    });
    await says(page, "Connected.");
    await page.waitForFunction(async () => {
      const { held = [], pending = [] } = await navigator.locks.query();
      return held.length === 1 && pending.length === 0;
    });
    await lamp(page, "hall").click();
    await shows(page, "hall", true);
    assert.equal(example.proxy().connections.length, 1);
    assert.deepEqual(example.errors(), []);
  });

  test("a second tab waits, and takes over when the first is closed", async () => {
    const first = await example.open();
    await says(first, "Connected.");
    const second = await example.open();
    await says(second, "Not connected");
    await first.close();
    await says(second, "Connected.");
    await lamp(second, "attic").click();
    await shows(second, "attic", true);
    assert.equal(example.proxy().connections.length, 1);
  });

  test("axe finds nothing wrong with it", async () => {
    const page = await example.open();
    await says(page, "Connected.");
    await assertAccessible(page);
  });
});

describe("example: React hooks, where the broker speaks 3.1.1 only", { timeout: 60_000 }, () => {
  const example = examplePages("react", "aedes");

  test("a lamp is lit", async () => {
    const page = await example.open();
    await says(page, "Connected.");
    await lamp(page, "hall").click();
    await shows(page, "hall", true);
    assert.deepEqual(example.errors(), []);
  });
});
