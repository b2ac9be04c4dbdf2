// The Lab's packet timeline, as a person uses it: every packet of both directions is listed as the proxy saw it go by, a packet is
// chosen by click or by keys and shown in full, the list is filtered, paused and cleared.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { labPages, step, text } from "../support/lab-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page */
const listed = (page) =>
  page.locator(".packet:not([data-type=link])").evaluateAll((rows) =>
    rows.map((row) => `${row.querySelector(".way")?.getAttribute("data-way")} ${row.querySelector(".type")?.textContent}`),
  );

/** @param {Page} page @param {string} type @param {number} [nth] */
const packet = (page, type, nth = 0) => page.locator(`.packet[data-type="${type}"]`).nth(nth);

/** Waits until so many rows are of this type. @param {Page} page @param {string} type @param {number} count */
const untilThereAre = (page, type, count) =>
  page.waitForFunction(({ type, count }) => document.querySelectorAll(`.packet[data-type="${type}"]`).length === count, { type, count }, { timeout: 15_000 });

/** @param {Page} page @param {string} name */
const valueOf = (page, name) => page.locator("#timeline-details tr", { has: page.getByRole("rowheader", { name, exact: true }) }).locator(".value").first().textContent();

/** One message at QoS 2 there and back, all of it over. @param {Page} page */
const thereAndBack = async (page) => {
  await page.evaluate(() => window.lab.connect({ clientId: "seen", durable: false, cleanSession: true }));
  await page.evaluate(() => window.lab.subscribe("seen/#", 2));
  await page.evaluate(() => window.lab.publish("seen/there", "Ahoy", 2));
  await untilThereAre(page, "PUBCOMP", 2);
};

for (const [kind, version] of /** @type {["aedes" | "mosquitto", string][]} */ ([["aedes", "3.1.1"], ["mosquitto", "5"]])) {
  describe(`the packet timeline with ${kind}`, () => {
    const pages = labPages(kind);

    pages.onPage("lists every packet of both directions, as the proxy saw them", async (page) => {
      await thereAndBack(page);
      const rows = await listed(page);
      const seen = pages.lab.proxy.log.filter(({ packet }) => packet).map(({ direction, packet }) => `${direction === "toServer" ? "out" : "in"} ${packet?.cmd.toUpperCase()}`);
      for (const way of ["out", "in"]) {
        const of = (/** @type {string[]} */ all) => all.filter((row) => row.startsWith(way));
        assert.deepEqual(of(rows), of(seen.slice(-rows.length)), way);
      }
      assert.equal(await page.locator(".packet[data-type=link]").count(), 2);
      assert.match((await packet(page, "PUBLISH").textContent()) ?? "", /sent PUBLISH id \d+ seen\/there QoS 2, 4 bytes/);
    });

    pages.onPage("shows the chosen packet in full: fields by name, bytes, the exchange it is of", async (page) => {
      await thereAndBack(page);
      await packet(page, "CONNECT").click();
      await text(page, "#timeline-details h3", "CONNECT, sent");
      assert.equal(await valueOf(page, "Client Identifier"), "seen");
      assert.match((await valueOf(page, "Protocol Version")) ?? "", version === "5" ? /^5/ : /^4/);
      await packet(page, "PUBLISH").click();
      assert.equal(await valueOf(page, "Topic Name"), "seen/there");
      assert.equal(await valueOf(page, "Application Message"), "Ahoy");
      assert.match((await page.locator("#timeline-details .dump").textContent()) ?? "", /^000034 .*seen\/there/s);
      assert.deepEqual(await page.locator(".exchange button").allTextContents(), ["→ PUBLISH", "← PUBREC", "→ PUBREL", "← PUBCOMP"]);
      await page.getByRole("button", { name: "→ PUBREL" }).click();
      await text(page, "#timeline-details h3", "PUBREL, sent");
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-type")), "PUBREL");
      const row = page.locator("#timeline-details tr", { has: page.getByRole("rowheader", { name: "Packet Identifier" }) });
      await row.hover();
      assert.equal(await page.locator(".dump .bytes.marked").count(), 1);
    });

    pages.onPage("by keys: one stop of Tab, arrows choose, Home and End, Escape ends it", async (page) => {
      await thereAndBack(page);
      await page.getByLabel("Containing").focus();
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-type")), await page.locator(".packet").last().getAttribute("data-type"));
      await page.keyboard.press("Home");
      await text(page, "#timeline-details h3", /^Connection 1 opens ws:/);
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await text(page, "#timeline-details h3", "CONNECT, sent");
      assert.equal(await page.locator(".packet[aria-current=true]").count(), 1);
      assert.equal(await page.locator('.packet[tabindex="0"]').count(), 1);
      await page.keyboard.press("End");
      await text(page, "#timeline-details h3", /^PUBCOMP, /);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Escape");
      assert.ok(await page.locator("#timeline-details").isHidden());
      assert.ok(await page.evaluate(() => document.activeElement?.classList.contains("packet")));
    });

    pages.onPage("is filtered by direction, type and text, stands still while paused, and is cleared", async (page) => {
      await thereAndBack(page);
      const all = await page.locator(".packet").count();
      await page.getByLabel("Direction").selectOption("received");
      assert.deepEqual([...new Set((await listed(page)).map((row) => row.split(" ")[0]))], ["in"]);
      await page.getByLabel("Packets", { exact: true }).selectOption("PUBREC");
      assert.deepEqual(await listed(page), ["in PUBREC"]);
      await text(page, "#timeline-count", `1 of ${all} entries shown.`);
      await page.getByLabel("Direction").selectOption("both");
      await page.getByLabel("Packets", { exact: true }).selectOption("all");
      await page.getByLabel("Containing").fill("seen/there");
      assert.deepEqual(await listed(page), ["out PUBLISH", "in PUBLISH"]);
      await page.getByLabel("Containing").fill("");

      await page.getByRole("button", { name: "Pause the timeline" }).click();
      await page.evaluate(() => window.lab.publish("seen/later", "x", 1));
      await text(page, "#timeline-count", /^\d+ of \d+ entries shown\. Paused, with \d+ more since\.$/);
      assert.equal(await page.locator(".packet").count(), all);
      await page.getByRole("button", { name: "Pause the timeline" }).click();
      await untilThereAre(page, "PUBLISH", 4);

      await page.getByRole("button", { name: "Clear the timeline" }).click();
      await text(page, "#timeline-count", /^None yet/);
      assert.equal(await page.locator(".packet").count(), 0);
    });

    pages.onPage("a cut shows as the end of one connection and the beginning of the next, with the exchange over both", async (page) => {
      for (const action of ["Connect and subscribe", "Hold acknowledgements", "Publish 5 at QoS 2"]) await step(page, action);
      await page.locator("#fault-cut").click();
      await page.locator(".packet[data-type=link]", { hasText: "connection 1 is closed: 1006 (it broke)" }).waitFor();
      await untilThereAre(page, "CONNECT", 2);
      await page.locator("#fault-release").click();
      await page.waitForFunction(() => [...document.querySelectorAll('.packet[data-type="PUBCOMP"]')].length >= 5);
      await packet(page, "PUBLISH").click();
      const steps = page.locator(".exchange li");
      assert.equal(await steps.first().textContent(), "→ PUBLISH");
      assert.match((await steps.nth(1).textContent()) ?? "", /^→ PUBLISH\+\d+ ms connection 2$/);
      assert.match((await steps.last().textContent()) ?? "", /^← PUBCOMP\+\d+ ms connection 2$/);
      await steps.nth(1).locator("button").click();
      assert.match((await valueOf(page, "Packet type and flags")) ?? "", /^PUBLISH, DUP, QoS 2/);
    });
  });
}
