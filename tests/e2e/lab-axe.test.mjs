// axe-core finds no violation in any state of the Lab that can be brought about here, light and dark, and none on the other
// pages that are served with it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { labPages, reloadBy, step, text } from "../support/lab-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCHEMES = /** @type {const} */ (["light", "dark"]);

/** What axe finds, a line each. In the page's own world, for the page is as it is. @param {Page} page @returns {Promise<string[]>} */
const violations = async (page) => {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = /** @type {any} */ (window);
    const { violations } = await axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
    return violations.flatMap((/** @type {any} */ { id, help, nodes }) => nodes.map((/** @type {any} */ node) => `${id}: ${help}: ${node.target.join(" ")}: ${node.any[0]?.message ?? ""}`));
  });
};

/** @param {Page} page @param {string} state */
const isClean = async (page, state) => {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    assert.deepEqual(await violations(page), [], `${state}, ${colorScheme}`);
  }
};

describe("axe-core finds no violation in the Lab", () => {
  const pages = labPages("mosquitto");
  const { onPage } = pages;
  const wide = { width: 1440, height: 900 };
  const phone = { width: 360, height: 640 };

  for (const [size, viewport] of Object.entries({ "on a wide screen": wide, "on a phone": phone })) {
    onPage(`along the durable path, ${size}`, async (page) => {
      await page.setViewportSize(viewport);
      await isClean(page, "at first");
      for (const action of ["Connect and subscribe", "Hold acknowledgements", "Publish 5 at QoS 2"]) {
        await step(page, action);
        await page.locator("#guide-steps button:enabled").waitFor();
      }
      await text(page, "#inspector-summary", /^5 messages unfinished/);
      await isClean(page, "with messages under way");
      await page.locator('#timeline-list [data-type="PUBLISH"]').first().click();
      await page.locator("#records button").nth(1).click();
      await page.locator("#record").waitFor();
      await isClean(page, "with a packet and a record in full");
      await reloadBy(page, () => step(page, "Reload now"));
      await text(page, "#left-text", /5 messages unfinished\.$/);
      await isClean(page, "after the reload");
      await step(page, "Release and connect");
      await text(page, "#account-verdict", "All 5 finished: 0 lost, 0 doubled.");
      await isClean(page, "at the end");
    });

    onPage(`by hand, with a string that waits, ${size}`, async (page) => {
      await page.setViewportSize(viewport);
      await page.locator("#path-by-hand").check();
      await isClean(page, "by hand");
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await text(page, "#state", "connected");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await reloadBy(page, () => page.locator("#fault-reload").click());
      await page.locator("#offer").waitFor();
      await isClean(page, "with a string that waits");
    });

    onPage(`with a script under way, with its outcome, and with an error, ${size}`, async (page) => {
      await page.setViewportSize(viewport);
      await page.locator('[data-script="server-away"] button').click();
      await text(page, "#state", "waiting");
      await isClean(page, "while a script runs");
      await page.getByRole("button", { name: "Stop it" }).click();
      await text(page, "#notice-text", "Stopped by you.");
      await isClean(page, "with a script that failed and an error");
      await page.getByLabel("slowly, for eyes to follow").uncheck();
      await page.locator('[data-script="puback-lost"] button').click();
      await text(page, "#stage-verdict", /^5 acknowledged, 0 lost/);
      await isClean(page, "with an outcome, and doubled messages");
      await page.evaluate(() => (location.hash = "#scenario?qos=1"));
      await text(page, "#notice-text", /^The forms are filled in/);
      await isClean(page, "with a calm notice");
      pages.browser.errors.length = 0; // the browser's own words on attempts that were refused
    });
  }

  for (const [size, viewport] of Object.entries({ "on a wide screen": wide, "on a phone": phone })) {
    onPage(`with a packet and a stored record in full, and the timeline paused, ${size}`, async (page) => {
      await page.setViewportSize(viewport);
      for (const action of ["Connect and subscribe", "Hold acknowledgements", "Publish 5 at QoS 2"]) await step(page, action);
      await text(page, "#inspector-summary", /^5 messages unfinished/);
      await page.locator("#fault-cut").click();
      await page.locator(".packet[data-type=CONNECT]").nth(1).click();
      await page.locator("#timeline-details tr[data-field]").first().hover();
      await page.getByRole("button", { name: "Pause the timeline" }).click();
      await page.locator("#records").getByRole("button", { name: "meta" }).click();
      await isClean(page, "with a packet and a record in full");
      await page.locator(".packet[data-type=PUBLISH]").first().click();
      await page.evaluate(() => localStorage.setItem(Object.keys(localStorage).find((key) => key.endsWith("/meta")) ?? "", "\x01m damaged"));
      await page.locator("#records").getByRole("button", { name: "subscriptions" }).click();
      await page.locator("#records").getByRole("button", { name: "meta" }).click();
      await text(page, "#record .fault", /./);
      await isClean(page, "with an exchange over two connections, and a damaged record");
    });
  }

  onPage("with a session that another tab has, one that a tab left behind, and a file that was opened", async (page) => {
    await page.getByLabel("Client id").fill("harbour");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await text(page, "#state", "connected");
    await page.locator("#fault-hold").click();
    await text(page, "#faults-state", /held back/);
    await page.getByRole("button", { name: "Publish numbered ×" }).click();
    await text(page, "#inspector-summary", /^5 messages unfinished/);
    const session = await page.evaluate(() => window.lab.client.exportSession());

    const second = await pages.open();
    await second.getByLabel("Client id").fill("harbour");
    await second.getByRole("button", { name: "Connect", exact: true }).click();
    await text(second, "#in-use-text", /^SESSION_IN_USE: /);
    await isClean(second, "with a session that another tab has");
    await second.getByRole("button", { name: "Wait for it" }).click();
    await isClean(second, "while it waits for the other tab");
    await second.close();
    await page.close();

    const third = await pages.open();
    await third.locator("#found").waitFor();
    await isClean(third, "with a session that was left behind");
    await third.getByLabel("Client id").fill("harbour");
    await third.locator("#file-input").setInputFiles({ name: "s.txt", mimeType: "text/plain", buffer: Buffer.from(session) });
    await text(third, "#file-said", /5 messages unfinished/);
    await isClean(third, "with a file that was opened");
  });
});

describe("what these tests go by", () => {
  const pages = labPages("aedes");
  pages.onPage("axe-core does find what is planted: too little contrast, a field without a name, targets too small and too near", async (page) => {
    await page.evaluate(() => {
      const planted = '<p style="color: #999; background: #fff">faint</p><input><p><button style="all: unset; font-size: 8px">i</button><button style="all: unset; font-size: 8px">j</button></p>';
      document.querySelector("main")?.insertAdjacentHTML("beforeend", planted);
    });
    const rules = new Set((await violations(page)).map((line) => line.split(":")[0]));
    for (const rule of ["color-contrast", "label", "target-size"]) assert.ok(rules.has(rule), `${rule} is not among ${[...rules].join(", ")}`);
  });
});

describe("axe-core finds no violation on the peer driver's page", () => {
  const pages = labPages("mosquitto");
  test("light and dark", async () => {
    const page = await pages.browser.newPage();
    await page.goto(new URL("peer.html", pages.lab.url).href);
    await isClean(page, "the peer driver");
    await page.close();
  });
});
