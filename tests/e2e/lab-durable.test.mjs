// The Session Lab page with a durable session, as a person uses it: the guided path through a reload and through a killed
// tab, two tabs that want one session, what it says of storage. An independent subscriber counts what left the page.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { countingSubscriber } from "../support/counting.mjs";
import { exactly, focusIsOn, labPages, ready, reloadBy, step, text } from "../support/lab-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

const PUBLISHED = "5 messages unfinished going out, 0 half received.";

/** The guided path, until five handshakes stand half-way. @param {Page} page */
const publishHeld = async (page) => {
  for (const action of ["Connect and subscribe", "Hold acknowledgements", "Publish 5 at QoS 2"]) await step(page, action);
  await text(page, "#inspector-summary", PUBLISHED);
};

/** @param {Page} page @param {string} clientId */
const nameClient = (page, clientId) => page.getByLabel("Client id").fill(clientId);

/** @param {Page} page */
const pressConnect = (page) => page.getByRole("button", { name: "Connect", exact: true }).click();

/**
 * Connects with a subscription, without which aedes keeps no session, holds the answers and publishes.
 * @param {Page} page
 * @param {string} clientId
 * @param {string} [topic]
 */
const publishBy = async (page, clientId, topic = `${clientId}/orders`) => {
  await nameClient(page, clientId);
  await pressConnect(page);
  await text(page, "#state", "connected");
  await page.getByLabel("Topic filter").fill(`${clientId}/#`);
  await page.locator("#filter-qos").selectOption("0");
  await page.getByRole("button", { name: "Subscribe", exact: true }).click();
  await page.getByRole("button", { name: `Unsubscribe ${clientId}/#` }).waitFor();
  await page.locator("#fault-hold").click();
  await text(page, "#faults-state", /held back/);
  await page.getByLabel("Topic", { exact: true }).fill(topic);
  await page.getByRole("button", { name: "Publish numbered ×" }).click();
  await text(page, "#inspector-summary", PUBLISHED);
};

/** The platform tells of each WebSocket that cannot be opened, whoever asked for it. @param {string[]} errors */
const theServerWasAway = (errors) => {
  for (const error of errors.splice(0)) assert.match(error, /^WebSocket connection to /);
};

/** Ends the page's process without a word to the page. @param {Page} page */
const kill = async (page) => {
  const gone = page.waitForEvent("crash");
  page.goto("chrome://kill").catch(() => {});
  await gone;
};

for (const kind of /** @type {const} */ (["aedes", "mosquitto"])) {
  describe(`a durable session on the Session Lab page with ${kind}`, () => {
    const pages = labPages(kind);
    const { onPage } = pages;

    onPage("the guided path by keyboard, with a reload: what was unfinished is listed, and everything arrives once", async (page) => {
      const witness = await countingSubscriber({ port: pages.lab.broker.tcpPort, filter: "lab/+/guide" });
      const links = await page.locator("header a").count();
      for (let stop = 0; stop < 3 + links; stop += 1) await page.keyboard.press("Tab"); // past the skip link and the switch
      for (const action of ["Connect and subscribe", "Hold acknowledgements", "Publish 5 at QoS 2"]) {
        await focusIsOn(page, action);
        await page.keyboard.press("Enter");
      }
      await focusIsOn(page, "Reload now");
      await text(page, "#inspector-summary", PUBLISHED);
      await text(page, "#account-acknowledged", "0");
      await reloadBy(page, () => page.keyboard.press("Enter"));

      await focusIsOn(page, "Release and connect");
      await text(page, "#left-text", /^lab-[0-9a-f]{4}: an earlier page left 5 messages unfinished\.$/);
      await text(page, "#left-list tr:nth-child(5)", /^(lab\/lab-[0-9a-f]{4}\/guide)#5\1awaiting PUBREC$/);
      assert.ok(await page.locator("#left-go-on").isHidden(), "the path's own button is the one to press");
      await text(page, "#account-verdict", /^5 of 5 not finished yet/);
      await page.keyboard.press("Enter");

      await exactly(page, 5);
      await text(page, "#inspector-summary", "Nothing unfinished.");
      await text(page, "#left-text", /; all have an outcome now\.$/);
      await text(page, "#left-list tr:nth-child(5)", /acknowledged$/);
      await text(page, "#notice-text", "");
      const seen = await witness.report(5);
      await witness.stop();
      assert.ok(seen.exact, `the independent subscriber saw ${witness.numbers().join(" ")}`);
    });

    for (const [how, end] of /** @type {[string, (page: Page) => Promise<void>][]} */ ([
      ["killed", kill],
      ["closed", (page) => page.close()],
    ])) {
      onPage(`the tab is ${how} on the guided path: a new one goes on, and the account is exact`, async (page) => {
        const witness = await countingSubscriber({ port: pages.lab.broker.tcpPort, filter: "lab/+/guide" });
        await publishHeld(page);
        await end(page);
        const next = await pages.open();
        await focusIsOn(next, "Release and connect");
        await text(next, "#left-text", /an earlier page left 5 messages unfinished\.$/);
        await text(next, "#account-verdict", /^5 of 5 not finished yet/);
        await step(next, "Release and connect");
        await exactly(next, 5);
        await text(next, "#fact-present", /^yes/);
        const seen = await witness.report(5);
        await witness.stop();
        assert.ok(seen.exact, `the independent subscriber saw ${witness.numbers().join(" ")}`);
      });
    }

    onPage("starting over lets go of the session, and says nothing of what was given up", async (page) => {
      await publishHeld(page);
      await page.getByRole("button", { name: "Start over" }).click();
      await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith("mooring/")));
      await text(page, "#account-verdict", /^Nothing published yet/);
      await text(page, "#state", "disconnected");
      await publishHeld(page);
      await text(page, "#notice-text", "");
      await text(page, "#account-verdict", /^5 of 5 not finished yet/);
    });

    onPage("Connect goes on with what a reload left; the records come and go with the messages", async (page) => {
      await publishBy(page, "harbour");
      await text(page, "#records", /o\/\d+message going out/);
      assert.equal(await page.locator("#records tr", { hasText: "message going out" }).count(), 5);
      await text(page, "#storage-said", /^[\d,]+ of 5,242,880 characters: less than 0\.1 %\.$/);
      const shown = Number((await page.textContent("#storage-said"))?.replaceAll(",", "").split(" ")[0]);
      const sizes = await page.locator("#records td.number").allTextContents();
      assert.equal(sizes.reduce((sum, size) => sum + Number(size.replaceAll(",", "")), 0), shown, "the records add up to what the client says");

      await reloadBy(page, () => page.locator("#fault-reload").click());
      await text(page, "#left-text", "harbour: an earlier page left 5 messages unfinished.");
      await page.locator("#fault-release").click();
      await pressConnect(page);
      await text(page, "#account-verdict", "All 5 finished: 0 lost, 0 doubled.");
      await text(page, "#account-acknowledged", "5");
      await page.waitForFunction(() => !document.querySelector("#records")?.textContent?.includes("message going out"));
      await reloadBy(page, () => page.locator("#fault-reload").click());
      await text(page, "#left-text", "harbour: nothing is unfinished in it.");
    });

    onPage("a second tab is told that the session is in use, waits, and takes over when the first is closed", async (page) => {
      await publishBy(page, "berth");
      const second = await pages.open();
      assert.ok(await second.locator("#found").isHidden(), "a session that a tab has is not left behind");
      await nameClient(second, "berth");
      await pressConnect(second);
      await text(second, "#notice-text", /^SESSION_IN_USE .{20}/);
      await text(second, "#in-use-text", /^SESSION_IN_USE: .{20}/);
      await second.getByRole("button", { name: "Wait for it" }).click();
      await text(second, "#in-use-text", /^Waiting: close the other tab/);
      await focusIsOn(second, "Stop waiting");
      await second.keyboard.press("Enter");
      await text(second, "#in-use-text", /no longer waits/);
      await focusIsOn(second, "Wait for it");
      await second.keyboard.press("Enter");
      await text(second, "#in-use-text", /^Waiting/);
      await page.close();
      await text(second, "#state", "connected");
      await second.locator("#fault-release").click();
      assert.ok(await second.locator("#in-use").isHidden());
      await text(second, "#account-verdict", "All 5 finished: 0 lost, 0 doubled.");
      await text(second, "#account-published", "5");
    });

    onPage("a killed tab's session is offered to a new tab, which can go on with it or forget it", async (page) => {
      await publishBy(page, "stern/1");
      await kill(page);
      const next = await pages.open();
      await text(next, "#found-list", /^stern\/15 messages unfinished going out, 0 half received/);
      await next.locator("#fault-release").click();
      await next.getByRole("button", { name: "Go on with it: stern/1" }).click();
      await text(next, "#account-verdict", "All 5 finished: 0 lost, 0 doubled.");
      assert.ok(await next.locator("#found").isHidden());
      await next.getByRole("button", { name: "Disconnect" }).click();
      await text(next, "#state", "disconnected");
      await publishBy(next, "stern/2");
      await kill(next);
      const last = await pages.open();
      await last.getByRole("button", { name: "Forget it: stern/2" }).click();
      await last.locator("#found").waitFor({ state: "hidden" });
      const keys = await last.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("stern%2F2") || key.includes("stern%252F2") || key.endsWith("stern/2")));
      assert.deepEqual(keys, []);
      await text(last, "#notice-text", "");
    });

    onPage("a server that lost the session: each outcome is told of the message it is of, after a reload", async (page) => {
      await publishBy(page, "anchor", "elsewhere");
      await page.locator("#qos").selectOption("1");
      await page.getByLabel("How many numbered messages").fill("2");
      await page.getByRole("button", { name: "Publish numbered ×" }).click();
      await text(page, "#inspector-summary", /^7 messages unfinished/);
      await reloadBy(page, () => page.locator("#fault-reload").click());
      await page.locator("#fault-release").click();
      await page.getByRole("button", { name: "Lose the server's session" }).click();
      await text(page, "#faults-state", /^The server has forgotten anchor/);
      await page.locator("#left-go-on").click();
      await text(page, "#left-list tr:nth-child(3)", /SESSION_LOST$/);
      await text(page, "#notice-text", /^SESSION_LOST /);
      await text(page, "#account-verdict", "All 7 finished: 0 lost, 0 doubled, 5 unknown.");
      const fates = await page.locator("#account-chips li").allTextContents();
      assert.deepEqual(fates, [...[1, 2, 3, 4, 5].map((number) => `${number} unknown`), "6 acknowledged", "7 acknowledged"]);
    });

    onPage("where storage is denied the page says so, and works in memory", async (page) => {
      await page.addInitScript(() => {
        for (const area of ["localStorage", "sessionStorage"]) {
          Object.defineProperty(window, area, {
            get() {
              throw new DOMException("denied", "SecurityError");
            },
          });
        }
      });
      await page.reload();
      await ready(page);
      await step(page, "Connect and subscribe");
      await text(page, "#notice-text", /^STORAGE_DENIED .{20}/);
      await text(page, "#storage-said", /^[\d,]+ characters?, in the memory of this page only\.$/);
      await page.getByLabel("Topic", { exact: true }).fill("denied/1");
      await page.getByRole("button", { name: "Publish numbered ×" }).click();
      await text(page, "#account-acknowledged", "5");
    });

    onPage("a link that is cut is made again by itself, and what was unfinished goes on", async (page) => {
      const witness = await countingSubscriber({ port: pages.lab.broker.tcpPort, filter: "again/orders" });
      await publishBy(page, "again");
      await page.locator("#fault-release").click();
      await page.locator("#fault-cut").click();
      await text(page, "#inspector-summary", "Nothing unfinished.");
      await text(page, "#state", "connected");
      assert.ok((await witness.report(5)).exact, `the independent subscriber saw ${witness.numbers().join(" ")}`);
      await witness.stop();
    });

    onPage("while the server is away it says when it tries again, and tries at once when told to", async (page) => {
      const witness = await countingSubscriber({ port: pages.lab.broker.tcpPort, filter: "away/orders" });
      await publishBy(page, "away");
      await page.locator("#fault-release").click();
      await page.getByRole("button", { name: "Take the server away" }).click();
      await text(page, "#state", "waiting");
      await text(page, "#next-attempt", /^CONNECTION_LOST\. Attempt [0-9]+ (in [0-9]+ s|now)\.$/);
      await page.getByRole("button", { name: "Publish numbered ×" }).click();
      await page.getByRole("button", { name: "Bring the server back" }).click();
      // "Try now", unless the attempt is being made this very moment.
      await page.locator("#connect").dispatchEvent("click");
      await text(page, "#state", "connected");
      await text(page, "#next-attempt", "");
      await text(page, "#inspector-summary", "Nothing unfinished.");
      assert.ok((await witness.report(10)).exact, `the independent subscriber saw ${witness.numbers().join(" ")}`);
      await witness.stop();
      theServerWasAway(pages.browser.errors);
    });

    onPage("who disconnects while it waits stops it", async (page) => {
      await nameClient(page, "stopped");
      await pressConnect(page);
      await text(page, "#state", "connected");
      await page.getByRole("button", { name: "Take the server away" }).click();
      await text(page, "#state", "waiting");
      await page.getByRole("button", { name: "Disconnect" }).click();
      await text(page, "#state", "disconnected");
      await text(page, "#next-attempt", "");
      theServerWasAway(pages.browser.errors);
    });

    onPage("at the width of a phone nothing is cut off, on either way", async (page) => {
      await page.setViewportSize({ width: 360, height: 740 });
      await publishHeld(page);
      const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(await overflow(), 0);
      await reloadBy(page, () => step(page, "Reload now"));
      await text(page, "#left-text", /5 messages unfinished\.$/);
      assert.equal(await overflow(), 0);
      await page.locator("#path-by-hand").check();
      await page.locator("#saved").waitFor();
      assert.ok(await page.locator("#keep-by-hand").isChecked());
      assert.equal(await overflow(), 0);
    });
  });
}
