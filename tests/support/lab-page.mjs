// The Session Lab page under test: one Lab and one browser for a group of tests, a clean page for each, and how a test
// waits for what the page says.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startLab } from "../../tools/start/lab.mjs";
import { launchBrowser } from "./browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

/**
 * Starts the Lab and the browser for the group of tests it is called in.
 * @param {"aedes" | "mosquitto"} kind
 */
export const labPages = (kind) => {
  /** @type {Awaited<ReturnType<typeof startLab>>} */
  let lab;
  /** @type {Awaited<ReturnType<typeof launchBrowser>>} */
  let browser;
  before(async () => {
    lab = await startLab({ kind, port: 0 });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await lab?.stop();
  });

  /** Another tab, ready. */
  const open = async () => {
    const page = await browser.newPage();
    await page.goto(lab.url);
    await ready(page);
    return page;
  };

  /** What earlier pages left is gone before the next one looks for it. */
  const forgetAll = async () => {
    const page = await browser.newPage();
    await page.goto(new URL("lab/info", lab.url).href);
    await page.evaluate(() => localStorage.clear());
    await page.close();
  };

  /**
   * @param {string} name
   * @param {(page: Page) => Promise<void>} body
   */
  const onPage = (name, body) =>
    test(name, { timeout: 60_000 }, async () => {
      await forgetAll();
      browser.errors.length = 0;
      const page = await open();
      try {
        await body(page);
        assert.deepEqual(browser.errors, []);
      } finally {
        lab.proxy.release();
        lab.proxy.down = false;
        for (const left of browser.context.pages()) await left.close();
      }
    });

  return {
    open,
    onPage,
    get lab() {
      return lab;
    },
    get browser() {
      return browser;
    },
  };
};

/** @param {Page} page */
export const ready = (page) => page.evaluate(() => window.lab.ready.then(() => null));

/** Reloads by a button of the page. @param {Page} page @param {() => Promise<void>} press */
export const reloadBy = async (page, press) => {
  await Promise.all([page.waitForEvent("load"), press()]);
  await ready(page);
};

/** A press of the button of the guided path's next step. @param {Page} page @param {string} action */
export const step = (page, action) =>
  page.locator("#guide-steps").getByRole("button", { name: action, exact: true }).click({ timeout: 10_000 });

/** The switch above the guided path. @param {Page} page */
export const byHand = (page) => page.locator("#path-by-hand").check();

/**
 * @param {Page} page
 * @param {string} name
 */
export const focusIsOn = (page, name) =>
  page.waitForFunction((wanted) => document.activeElement?.textContent === wanted, name, { timeout: 10_000 });

/**
 * Waits until the element's text is this.
 * @param {Page} page
 * @param {string} selector
 * @param {string | RegExp} wanted
 */
export const text = async (page, selector, wanted) => {
  const source = wanted instanceof RegExp ? wanted.source : `^${wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`;
  const pattern = { selector, source };
  await page
    .waitForFunction(({ selector, source }) => new RegExp(source).test(document.querySelector(selector)?.textContent ?? ""), pattern, {
      timeout: 15_000,
    })
    .catch(async () => assert.fail(`${selector} says ${JSON.stringify(await page.textContent(selector))}, not ${wanted}`));
};

/**
 * The account's figures, and its sentence.
 * @param {Page} page
 * @param {number} count
 */
export const exactly = async (page, count) => {
  await text(page, "#account-verdict", `All ${count} finished: 0 lost, 0 doubled.`);
  for (const [figure, value] of Object.entries({ published: count, acknowledged: count, arrived: count, unknown: 0, lost: 0, doubled: 0 })) {
    await text(page, `#account-${figure}`, String(value));
  }
};
