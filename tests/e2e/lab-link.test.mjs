// Links to a scenario in the Lab: copied on one page, opened on another; what is wrong with one is said, and changes nothing.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { labPages, ready, text } from "../support/lab-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

describe("a link to a scenario", () => {
  const pages = labPages("mosquitto");
  const { onPage } = pages;

  /** Another tab that opens this address. @param {string} link */
  const openAt = async (link) => {
    const page = await pages.browser.newPage();
    await page.goto(new URL(link, pages.lab.url).href);
    await ready(page);
    return page;
  };

  /** What the page put on the clipboard. @param {Page} page @param {() => Promise<void>} press */
  const copied = async (page, press) => {
    await pages.browser.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await press();
    await text(page, "#notice-text", /is copied: \d+ characters\.$/);
    return page.evaluate(() => navigator.clipboard.readText());
  };

  onPage("carries the forms to another page, with that page's own client id", async (page) => {
    await page.locator("#path-by-hand").check();
    await page.getByLabel("MQTT version").selectOption("3.1.1");
    await page.getByLabel("ask first").check();
    await page.getByLabel("Payload").fill("two words & more");
    await page.locator("#qos").selectOption("1");
    await page.getByLabel("retain").check();
    await page.locator("#many").fill("42");
    const link = await copied(page, () => page.getByRole("button", { name: "Copy link to this set-up" }).click());
    const other = await openAt(link);
    await text(other, "#notice-text", /^The forms are filled in as the link says\./);
    assert.ok(await other.locator("#keep-by-hand").isChecked());
    assert.ok(await other.locator("#path-by-hand").isChecked());
    assert.ok(await other.getByLabel("ask first").isChecked());
    assert.ok(await other.getByLabel("retain").isChecked());
    assert.equal(await other.getByLabel("MQTT version").inputValue(), "3.1.1");
    assert.equal(await other.getByLabel("Payload").inputValue(), "two words & more");
    assert.equal(await other.locator("#qos").inputValue(), "1");
    assert.equal(await other.locator("#many").inputValue(), "42");
    const clientId = await other.getByLabel("Client id").inputValue();
    assert.notEqual(clientId, await page.getByLabel("Client id").inputValue());
    assert.equal(await other.getByLabel("Topic", { exact: true }).inputValue(), `lab/${clientId}/hello`);
    assert.equal(new URL(other.url()).hash, "");
    await text(other, "#state", "disconnected");
  });

  onPage("runs its script where it is opened, once: a reload does not run it again", async (page) => {
    await page.locator("#script-messages").fill("4");
    await page.getByLabel("slowly, for eyes to follow").uncheck();
    await page.locator('[data-script="pubrec-lost"] button').click();
    await text(page, "#stage-verdict", "All 4 arrived, each exactly once.");
    const link = await copied(page, () => page.getByRole("button", { name: "Copy its link" }).click());
    assert.match(link, /#scenario\?script=pubrec-lost&version=5&messages=4&run$/);
    const other = await openAt(link);
    await text(other, "#stage-title", "PUBREC is lost");
    await text(other, "#stage-verdict", "All 4 arrived, each exactly once.");
    const connections = pages.lab.proxy.opened;
    await other.reload();
    await ready(other);
    await text(other, "#stage-verdict", "All 4 arrived, each exactly once.");
    assert.ok(await other.locator("#stage-stop").isHidden());
    assert.equal(pages.lab.proxy.opened, connections);
  });

  onPage("without run it puts the script on the stage and leaves the button to press", async () => {
    const page = await openAt("#scenario?script=server-away&messages=2");
    await text(page, "#stage-title", "Server goes away");
    await text(page, "#stage-verdict", "");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "stage-run");
    assert.equal(await page.locator("#script-messages").inputValue(), "2");
    await text(page, "#state", "disconnected");
  });

  onPage("that is wrong is refused in words, and nothing of it is taken", async () => {
    const page = await openAt("#scenario?qos=1&script=sink&run");
    await text(page, "#notice-text", /^This link was not opened, and nothing was changed: "script" must be cut-after-pubrec or .*, not "sink"\.$/);
    assert.equal(await page.locator("#qos").inputValue(), "2");
    assert.ok(await page.locator("#stage").isHidden());
    await page.evaluate(() => (location.hash = "#scenaro?qos=1"));
    await text(page, "#notice-text", /^This page has nothing that is called "#scenaro\?qos=1": a link to a scenario has #scenario\?$/);
    await page.evaluate(() => (location.hash = "#scenario?qos=1"));
    await text(page, "#notice-text", /^The forms are filled in as the link says\./);
    assert.equal(await page.locator("#qos").inputValue(), "1");
  });

  onPage("to a place on this page goes there, and takes no notice away", async (page) => {
    await page.evaluate(() => (location.hash = "#scenario?speed=1"));
    await text(page, "#notice-text", /there is no option "speed"\.$/);
    await page.locator("header nav").getByRole("link", { name: "Inspector" }).click();
    await page.waitForFunction(() => document.activeElement?.id === "inspector");
    await text(page, "#notice-text", /there is no option "speed"\.$/);
  });

  onPage("is shown where the clipboard is denied", async (page) => {
    await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: { writeText: () => Promise.reject(new Error("denied")) } }));
    await page.getByRole("button", { name: "Copy link to this set-up" }).click();
    await text(page, "#notice-text", /does not let this page use the clipboard\. The link to this set-up: http:.*#scenario\?version=5/);
  });
});

describe("a link for another broker", () => {
  const pages = labPages("aedes");
  pages.onPage("says which versions the broker here speaks", async () => {
    const page = await pages.browser.newPage();
    await page.goto(new URL("#scenario?version=5&qos=1", pages.lab.url).href);
    await ready(page);
    await text(page, "#notice-text", /it is for MQTT 5, and the broker here speaks 3\.1\.1 only\.$/);
    assert.equal(await page.locator("#qos").inputValue(), "2");
  });
});
