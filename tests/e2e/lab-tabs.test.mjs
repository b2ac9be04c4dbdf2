// Two tabs of the Lab on one session: the second is opened by a button, each says who has the session, and it is handed over, or
// taken over when its tab is killed, with everything that was under way.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { exactly, labPages, ready, step, text } from "../support/lab-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page */
const publishHeld = async (page) => {
  for (const action of ["Connect and subscribe", "Hold acknowledgements", "Publish 5 at QoS 2"]) await step(page, action);
  await text(page, "#inspector-summary", /^5 messages unfinished/);
};

/** @param {Page} page */
const openSecond = async (page) => {
  const opened = page.context().waitForEvent("page");
  await page.getByRole("button", { name: "Open a second tab on this session" }).click();
  const second = await opened;
  await second.waitForLoadState();
  await ready(second);
  return second;
};

/** Each row: who, and what it has. @param {Page} page @param {RegExp} wanted */
const tabsSay = (page, wanted) => text(page, "#tabs-list", wanted);

for (const kind of /** @type {const} */ (["aedes", "mosquitto"])) {
  describe(`two tabs of the Lab on one session with ${kind}`, () => {
    const { onPage } = labPages(kind);

    onPage("the second is opened by a button, each says who has the session, and it is handed over", async (page) => {
      await text(page, "#tabs-said", /^No tab has lab-[0-9a-f]{4} now: connect first\.$/);
      assert.ok(await page.getByRole("button", { name: "Open a second tab on this session" }).isDisabled());
      await publishHeld(page);
      const clientId = await page.getByLabel("Client id").inputValue();
      await text(page, "#tabs-said", `This is tab 1, and it has ${clientId}.`);

      const second = await openSecond(page);
      assert.equal(await second.getByLabel("Client id").inputValue(), clientId);
      await text(second, "#in-use-text", /^SESSION_IN_USE: /);
      await text(second, "#tabs-said", `Tab 1 has ${clientId}.`);
      await tabsSay(second, /^Tab 1has itTab 2, this onelooks on$/);
      await second.getByRole("button", { name: "Wait for it" }).click();
      await text(second, "#tabs-said", `Tab 1 has ${clientId}. This is tab 2, and it waits for it.`);
      await second.waitForFunction(() => document.title.startsWith("Tab 2 waits"));

      await page.bringToFront();
      await text(page, "#tabs-said", `This is tab 1, and it has ${clientId}. Tab 2 waits for it.`);
      await tabsSay(page, /^Tab 1, this onehas itTab 2waits$/);
      await page.locator("#fault-release").click();
      await page.getByRole("button", { name: "Hand it over" }).click();
      await text(page, "#tabs-said", `Tab 2 has ${clientId}.`);
      await text(page, "#state", "disconnected");
      await text(second, "#state", "connected");
      await text(second, "#tabs-said", `This is tab 2, and it has ${clientId}.`);
      await exactly(second, 5);
    });

    onPage("the tab that has it is killed: the one that waits has it, and everything arrives once", async (page) => {
      await publishHeld(page);
      const second = await openSecond(page);
      await second.getByRole("button", { name: "Wait for it" }).click();
      await text(second, "#tabs-said", /it waits for it\.$/);
      const gone = page.waitForEvent("crash");
      page.goto("chrome://kill").catch(() => {});
      await gone;
      await text(second, "#tabs-said", /^This is tab \d, and it has lab-[0-9a-f]{4}\.$/);
      await second.locator("#fault-release").click();
      await exactly(second, 5);
    });

    onPage("by hand there is no such card: a string is no tab's", async (page) => {
      await page.locator("#path-by-hand").check();
      assert.ok(await page.locator("#tabs").isHidden());
    });
  });
}
