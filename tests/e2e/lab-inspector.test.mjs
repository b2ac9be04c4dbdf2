// The Lab's inspector of what is stored: each record as it lies in localStorage, read field by field, and what of it is damaged; the
// storage meter.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { labPages, ready, step, text } from "../support/lab-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page */
const publishHeld = async (page) => {
  for (const action of ["Connect and subscribe", "Hold acknowledgements", "Publish 5 at QoS 2"]) await step(page, action);
  await text(page, "#inspector-summary", /^5 messages unfinished/);
  await page.waitForFunction(() => document.querySelectorAll("#records button").length >= 3);
};

/** @param {Page} page @param {string | RegExp} name */
const open = (page, name) => page.locator("#records").getByRole("button", { name, exact: true }).first().click();

/** @param {Page} page @param {string} name */
const valuesOf = (page, name) => page.locator("#record tr", { has: page.getByRole("rowheader", { name, exact: true }) }).locator(".value").allTextContents();

describe("the session inspector of the Lab", () => {
  const pages = labPages("mosquitto");
  const { onPage } = pages;

  onPage("the session's own record and its subscriptions, decoded and as stored", async (page) => {
    await publishHeld(page);
    const clientId = await page.getByLabel("Client id").inputValue();
    await open(page, "meta");
    await text(page, "#record h4", "Record meta");
    assert.deepEqual(await valuesOf(page, "Client id"), [clientId]);
    assert.deepEqual(await valuesOf(page, "Protocol version"), ["5"]);
    assert.deepEqual(await valuesOf(page, "Flags"), ["the server has it"]);
    assert.match((await valuesOf(page, "Checksum (CRC-32)"))[0], /^[0-9a-f]{8}, right$/);
    assert.match((await page.locator("#record .raw").textContent()) ?? "", new RegExp(`^\\\\x01m\\\\x05.*${clientId}`));
    await open(page, "subscriptions");
    assert.deepEqual(await valuesOf(page, "Topic filter"), [`lab/${clientId}/#`]);
    assert.deepEqual(await valuesOf(page, "Options"), ["QoS 2"]);
    await open(page, "subscriptions");
    assert.ok(await page.locator("#record").isHidden(), "the same button closes it");
  });

  onPage("every stored message with its stage, alone or in a pack; the record goes with the store", async (page) => {
    await publishHeld(page);
    const clientId = await page.getByLabel("Client id").inputValue();
    const names = await page.locator("#records button").allTextContents();
    let topics = 0;
    for (const name of names.filter((name) => /^[op]\//.test(name))) {
      await open(page, name);
      assert.equal(await page.locator("#record .fault").count(), 0);
      const found = await valuesOf(page, "Topic");
      assert.ok(found.every((topic) => topic === `lab/${clientId}/guide`));
      assert.ok((await valuesOf(page, "Stage")).every((stage) => stage === "awaiting PUBREC"));
      assert.ok((await valuesOf(page, "Key")).every((key) => /guide#\d$/.test(key)));
      assert.ok((await valuesOf(page, "Checksum (CRC-32)")).every((sum) => sum.endsWith(", right")));
      topics += found.length;
    }
    assert.equal(topics, 5);
    await page.locator("#fault-release").click();
    await text(page, "#inspector-summary", "Nothing unfinished.");
    await text(page, "#record", /It is gone/);
  });

  onPage("a damaged record is said to be damaged, with the fields that can be read", async (page) => {
    await publishHeld(page);
    const kept = await page.evaluate(() => {
      const { lab } = window;
      const names = Object.keys(localStorage).filter((key) => key.startsWith("mooring/lab%2F") && key.endsWith("/meta"));
      return { names, clientId: lab.client.clientId };
    });
    assert.equal(kept.names.length, 1);
    await page.evaluate(([name]) => localStorage.setItem(name, `${localStorage.getItem(name)?.slice(0, -1)}!`), kept.names);
    await open(page, "meta");
    await text(page, "#record .fault", "It is damaged: the checksum is another.");
    assert.deepEqual(await valuesOf(page, "Client id"), [kept.clientId]);
  });

  onPage("the meter says how much the session takes, how many messages, and what others take of the same room", async (page) => {
    await page.evaluate(() => localStorage.setItem("somebody", "x".repeat(100_000)));
    await page.reload();
    await ready(page);
    await publishHeld(page);
    const { stored, messages, limit } = await page.evaluate(() => window.lab.client.storageUsage);
    await text(page, "#storage-said", new RegExp(`^${stored.toLocaleString("en")} of ${limit.toLocaleString("en")} characters`));
    assert.equal(messages, 5);
    await text(page, "#storage-more", /^5 messages in it\. Beside it, everything else of this origin takes 10\d,\d{3} characters of the same room\.$/);
    assert.equal(await page.locator("#storage-meter").evaluate((meter) => /** @type {HTMLMeterElement} */ (meter).max), limit);
  });

  onPage("a record keeps the focus while the list of records changes under it", async (page) => {
    await publishHeld(page);
    await open(page, "meta");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "meta");
    await page.evaluate(() => window.lab.client.publish("elsewhere", "x", { qos: 2 }).stored);
    await text(page, "#inspector-summary", /^6 messages unfinished/);
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "meta");
  });
});
