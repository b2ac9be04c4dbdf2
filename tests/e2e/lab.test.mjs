// The Session Lab page with a session kept by hand, as a person uses it: the guided path by keyboard alone, the panels by
// their buttons, errors in words. What left the page is counted by an independent subscriber, not only by the page's own
// account.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { countingPublisher, countingSubscriber } from "../support/counting.mjs";
import { byHand, exactly, focusIsOn, labPages, ready, reloadBy, step, text } from "../support/lab-page.mjs";

/** @type {["aedes" | "mosquitto", ("3.1.1" | "5")[]][]} */
const BROKERS = [
  ["aedes", ["3.1.1"]],
  ["mosquitto", ["3.1.1", "5"]],
];

for (const [kind, versions] of BROKERS) {
  describe(`a session by hand on the Session Lab page with ${kind}`, () => {
    const pages = labPages(kind);

    /**
     * @param {string} name
     * @param {(page: import("playwright-core").Page) => Promise<void>} body
     */
    const onPage = (name, body) =>
      pages.onPage(name, async (page) => {
        await byHand(page);
        await body(page);
      });

    onPage("the guided path by keyboard: nothing lost, nothing doubled", async (page) => {
      const witness = await countingSubscriber({ port: pages.lab.broker.tcpPort, filter: "lab/+/guide" });
      await page.keyboard.press("Tab"); // from the switch to the path's first button
      for (const action of ["Connect and subscribe", "Hold acknowledgements", "Publish 5 at QoS 2"]) {
        await focusIsOn(page, action);
        await page.keyboard.press("Enter");
      }
      await focusIsOn(page, "Save and reload now");
      await text(page, "#inspector-summary", "5 messages unfinished going out, 0 half received.");
      assert.equal(await page.locator("#outgoing tr").count(), 5);
      await text(page, "#account-acknowledged", "0");

      await reloadBy(page, () => page.keyboard.press("Enter"));
      await focusIsOn(page, "Restore and connect");
      await text(page, "#account-verdict", /^5 of 5 not finished yet/);
      await page.keyboard.press("Enter");

      await exactly(page, 5);
      await text(page, "#inspector-summary", "Nothing unfinished.");
      await text(page, "#notice-text", "");
      const seen = await witness.report(5);
      await witness.stop();
      assert.ok(seen.exact, `the independent subscriber saw ${witness.numbers().join(" ")}`);
    });

    onPage("F5 mid-way keeps the session, and a page that never connected leaves it alone", async (page) => {
      for (const action of ["Connect and subscribe", "Hold acknowledgements", "Publish 5 at QoS 2"]) {
        await step(page, action);
      }
      await text(page, "#inspector-summary", "5 messages unfinished going out, 0 half received.");
      await page.reload();
      await ready(page);
      await text(page, "#inspector-summary", "A saved session waits: restore it.");
      await focusIsOn(page, "Restore and connect");
      const saved = await page.evaluate(() => localStorage.getItem("lab.saved"));
      assert.ok(saved);

      await page.getByLabel("Client id").fill("never-connected");
      await page.getByLabel("Server address").fill("ws://127.0.0.1:9/");
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await text(page, "#notice-text", /^[A-Z_]+ .{20}/);
      assert.equal(await page.evaluate(() => window.lab.client.clientId), "never-connected");
      await page.reload();
      await ready(page);
      assert.equal(await page.evaluate(() => localStorage.getItem("lab.saved")), saved);
      pages.browser.errors.length = 0; // the browser's own words on the refused connection

      await page.locator("#guide-steps button").click();
      await text(page, "#account-verdict", "All 5 finished: 0 lost, 0 doubled.");
      await page.reload();
      await ready(page);
      assert.notEqual(await page.evaluate(() => localStorage.getItem("lab.saved")), saved);
      await text(page, "#offer-text", /: 0 messages unfinished going out, 0 half received\.$/);
    });

    for (const version of versions) {
      onPage(`MQTT ${version}, ask first: the panels' own buttons come through a cut and a reload`, async (page) => {
        await page.getByLabel("Client id").fill(`panels-${version}`);
        await page.getByLabel("MQTT version").selectOption(version);
        await page.getByLabel("ask first").check();
        await page.getByRole("button", { name: "Connect", exact: true }).click();
        await text(page, "#fact-present", /^no: the server began/);
        await page.getByLabel("Topic filter").fill("panels/#");
        await page.locator("#filter-qos").selectOption("0");
        await page.getByRole("button", { name: "Subscribe", exact: true }).click();
        await page.getByRole("button", { name: "Unsubscribe panels/#" }).waitFor();

        await page.locator("#fault-hold").click();
        await page.getByLabel("Topic", { exact: true }).fill(`panels/${version}`);
        await page.getByLabel("How many numbered messages").fill("3");
        await page.getByRole("button", { name: "Publish numbered ×" }).click();
        await text(page, "#inspector-summary", /^3 messages unfinished/);
        await page.getByRole("button", { name: "Cut the link" }).click();
        await text(page, "#notice-text", /^CONNECTION_LOST /);
        await reloadBy(page, () => page.locator("#fault-reload").click());

        assert.equal(await page.getByLabel("Topic filter").inputValue(), "panels/#");
        const fresh = await pages.open();
        await text(fresh, "#faults-state", "Acknowledgements are still held back.");
        assert.ok(await fresh.locator("#fault-release").isEnabled());
        await fresh.close();
        await page.locator("#fault-release").click();
        await page.locator("#offer-restore").click();
        await text(page, "#fact-present", /^yes/);
        await text(page, "#account-verdict", "All 3 finished: 0 lost, 0 doubled.");
        assert.ok(await page.locator("#offer").isHidden());
        await text(page, "#faults-state", /^The server's answers flow again\./);
        assert.equal(await page.locator("#version option[value='5']").isEnabled(), versions.includes("5"));
      });
    }

    if (kind === "mosquitto") {
      onPage("half-received messages come through a reload and arrive once", async (page) => {
        const publisher = await countingPublisher({ port: pages.lab.broker.tcpPort });
        await page.getByLabel("Client id").fill("half-received");
        await page.getByRole("button", { name: "Connect", exact: true }).click();
        await text(page, "#state", "connected");
        await page.getByLabel("Topic filter").fill("half/#");
        await page.getByRole("button", { name: "Subscribe", exact: true }).click();
        await page.getByRole("button", { name: "Unsubscribe half/#" }).waitFor();
        await page.locator("#fault-hold").click();
        await text(page, "#faults-state", /held back/);
        await publisher.send("half/received", 3);
        await publisher.stop();
        await text(page, "#inspector-summary", "0 messages unfinished going out, 3 half received.");
        await reloadBy(page, () => page.locator("#fault-reload").click());
        await page.locator("#fault-release").click();
        await page.locator("#offer-restore").click();
        await text(page, "#messages-count", "3 in, 0 out");
        await text(page, "#inspector-summary", "Nothing unfinished.");
      });
    }

    onPage("a server that lost the session: said in words, counted as unknown", async (page) => {
      await page.getByLabel("Client id").fill("forgotten");
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await text(page, "#state", "connected");
      await page.locator("#fault-hold").click();
      await page.getByLabel("Topic", { exact: true }).fill("forgotten/1");
      await page.getByRole("button", { name: "Publish numbered ×" }).click();
      await text(page, "#inspector-summary", /^5 messages unfinished/);
      await page.getByRole("button", { name: "Cut the link" }).click();
      await text(page, "#state", "disconnected");
      await page.locator("#fault-release").click();
      await page.getByRole("button", { name: "Lose the server's session" }).click();
      await text(page, "#faults-state", /^The server has forgotten forgotten/);
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await text(page, "#notice-text", /^SESSION_LOST /);
      await text(page, "#account-verdict", "All 5 finished: 0 lost, 0 doubled, 5 unknown.");
    });

    onPage("a damaged string and a bad topic: the code, and what to do", async (page) => {
      await page.getByLabel("Saved string").fill("this is no session");
      await page.locator("#restore").click();
      await text(page, "#notice-text", /^SESSION_CORRUPT .{20}/);
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await text(page, "#state", "connected");
      await text(page, "#notice-text", "");
      await page.getByLabel("Topic", { exact: true }).fill("orders/+");
      await page.getByRole("button", { name: "Publish", exact: true }).click();
      await text(page, "#notice-text", /^INVALID_TOPIC .{20}/);
      await page.getByRole("button", { name: "Dismiss" }).click();
      await text(page, "#notice-text", "");
    });
  });
}
