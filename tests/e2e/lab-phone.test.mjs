// The Lab on a phone, 360 × 640: nothing scrolls sideways, everything that is pressed is large enough, what is pressed is
// not behind the masthead, and the page does not move under the finger while it loads.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { labPages, ready, reloadBy, step, text } from "../support/lab-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** WCAG 2.2, 2.5.8, in CSS pixels. */
const TARGET = 24;

/** What sticks out of the page to the right, and what is pressed and too small. @param {Page} page */
const faults = (page) =>
  page.evaluate((least) => {
    const width = document.documentElement.clientWidth;
    /** @param {Element} element */
    const name = (element) => `${element.tagName.toLowerCase()}#${element.id} "${(element.textContent ?? "").trim().slice(0, 30)}"`;
    /** @param {Element} element */
    const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".visually-hidden, .skip");
    /** What scrolls by itself may hold what is wider. @param {Element} element @returns {boolean} */
    const scrolls = (element) => {
      for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
        if (/auto|scroll/.test(getComputedStyle(up).overflowX)) return true;
      }
      return false;
    };
    const wide = [...document.body.querySelectorAll("*")].filter((element) => shown(element) && !scrolls(element) && element.getBoundingClientRect().right > width + 0.5);
    const pressed = [...document.querySelectorAll("a[href], button, select, textarea, input, summary, [role=button], [role=tab]")].filter(shown);
    const small = pressed.filter((element) => {
      // A label is pressed as well as its box.
      const target = element.matches("[type=checkbox], [type=radio]") ? (element.closest("label") ?? element) : element;
      const { width, height } = target.getBoundingClientRect();
      return width < least || height < least;
    });
    return {
      sideways: document.documentElement.scrollWidth - width,
      wide: wide.map(name),
      small: small.map((element) => `${name(element)} ${JSON.stringify(element.getBoundingClientRect())}`),
    };
  }, TARGET);

const NONE = { sideways: 0, wide: [], small: [] };

for (const [shape, viewport] of Object.entries({ upright: { width: 360, height: 640 }, "on its side": { width: 640, height: 360 } })) {
  describe(`the Lab on a phone ${shape}`, () => {
    const pages = labPages("mosquitto");
    const { onPage } = pages;

    onPage("nothing sticks out and everything that is pressed is large enough, along the whole path", async (page) => {
      await page.setViewportSize(viewport);
      assert.deepEqual(await faults(page), NONE);
      for (const action of ["Connect and subscribe", "Hold acknowledgements", "Publish 5 at QoS 2"]) await step(page, action);
      await text(page, "#inspector-summary", /^5 messages unfinished/);
      assert.deepEqual(await faults(page), NONE);
      await page.locator('#timeline-list [data-type="PUBLISH"]').first().click();
      await page.locator("#records button").nth(1).click();
      await page.locator("#record").waitFor();
      assert.deepEqual(await faults(page), NONE);
      await reloadBy(page, () => step(page, "Reload now"));
      await text(page, "#left-text", /5 messages unfinished\.$/);
      assert.deepEqual(await faults(page), NONE);
      await step(page, "Release and connect");
      await text(page, "#account-verdict", "All 5 finished: 0 lost, 0 doubled.");
      await page.locator("#path-by-hand").check();
      await page.getByLabel("Client id").fill("a-client-id-as-long-as-they-come-in-the-field-0123456789");
      assert.deepEqual(await faults(page), NONE);
    });

    onPage("a script shows its stage where it can be seen, and a long error fits", async (page) => {
      await page.setViewportSize(viewport);
      await page.getByLabel("slowly, for eyes to follow").uncheck();
      await page.locator('[data-script="session-lost"] button').click();
      await text(page, "#stage-verdict", /^5 of QoS 2 told as unknown/);
      await text(page, "#notice-text", /^SESSION_LOST /);
      assert.deepEqual(await faults(page), NONE);
      const seen = await page.evaluate(() => {
        const { top } = document.querySelector("#stage")?.getBoundingClientRect() ?? { top: -1 };
        return { top, under: document.querySelector("header")?.getBoundingClientRect().bottom ?? 0, height: innerHeight };
      });
      assert.ok(seen.top >= seen.under && seen.top < seen.height, JSON.stringify(seen));
      pages.browser.errors.length = 0; // the browser's own words on attempts that were refused
    });

    onPage("what is gone to by the links of the masthead is not behind it", async (page) => {
      await page.setViewportSize(viewport);
      for (const link of await page.locator("header nav a").all()) {
        const id = (await link.getAttribute("href"))?.slice(1) ?? "";
        await link.click();
        await page.waitForFunction((place) => document.activeElement?.id === place, id);
        const gap = await page.evaluate((place) => {
          const top = document.getElementById(place)?.getBoundingClientRect().top ?? -1;
          return top - (document.querySelector("header")?.getBoundingClientRect().bottom ?? 0);
        }, id);
        assert.ok(gap >= 0, `${id}: ${gap}`);
      }
    });

    onPage("the page does not move while it loads", async (page) => {
      await page.setViewportSize(viewport);
      await page.addInitScript(() => {
        const shifts = /** @type {string[]} */ ([]);
        Object.assign(window, { shifts });
        new PerformanceObserver((list) => {
          for (const entry of /** @type {any[]} */ (list.getEntries())) {
            shifts.push(`${entry.value.toFixed(3)} ${entry.sources.map((/** @type {any} */ { node }) => node?.id || node?.className || node?.nodeName).join(" ")}`);
          }
        }).observe({ type: "layout-shift", buffered: true });
      });
      await page.reload();
      await ready(page);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).shifts), []);
    });
  });
}
