// An example under test: for each test what `npm start` serves, with a broker of its own, at a fresh origin with empty storage.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, afterEach, before, beforeEach } from "node:test";
import { startLab } from "../../tools/start/lab.mjs";
import { launchBrowser } from "./browser.mjs";
import { countingSubscriber } from "./counting.mjs";

/** @typedef {import("playwright-core").Page} Page */

const AXE = createRequire(import.meta.url).resolve("axe-core");

/**
 * Starts everything for the group of tests it is called in.
 * @param {string} example its directory below examples/
 * @param {"aedes" | "mosquitto"} [kind]
 */
export const examplePages = (example, kind = "mosquitto") => {
  /** @type {Awaited<ReturnType<typeof startLab>>} */
  let lab;
  /** @type {Awaited<ReturnType<typeof launchBrowser>>} */
  let browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    lab = await startLab({ kind, port: 0 });
    browser.errors.length = 0;
  });
  afterEach(async () => {
    for (const page of browser.context.pages().slice(1)) await page.close();
    await lab.stop();
  });

  return {
    proxy: () => lab.proxy,

    /** The packets of a type that the proxy saw, in order. @param {string} type */
    packets: (type) => lab.proxy.log.filter((entry) => entry.type === type),

    /** What pages threw or logged as errors. */
    errors: () => browser.errors,

    /** @param {{ prepare?: (page: Page) => Promise<unknown> }} [options] `prepare`: what is done to the page before it is loaded */
    open: async ({ prepare } = {}) => {
      const page = await browser.newPage();
      await prepare?.(page);
      await page.goto(new URL(`examples/${example}${example && "/"}`, lab.url).href);
      return page;
    },

    /** Nobody gets through, until `up()`. */
    down: () => {
      lab.proxy.down = true;
      lab.proxy.cut("reset");
    },
    up: () => void (lab.proxy.down = false),

    /** Plain MQTT, for others than pages. */
    tcpPort: () => lab.broker.tcpPort,

    /** Somebody else, who sees what arrives; at QoS 1 with aedes, which may lose QoS 2 messages to subscribers. @param {string} filter */
    subscriber: (filter) => countingSubscriber({ port: lab.broker.tcpPort, filter, qos: kind === "aedes" ? 1 : 2 }),
  };
};

/** axe-core finds nothing wrong with the page as it is now. @param {Page} page */
export const assertAccessible = async (page) => {
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run());
  assert.deepEqual(violations.map((/** @type {any} */ { id, nodes }) => [id, nodes.map((/** @type {any} */ { html }) => html)]), []);
};
