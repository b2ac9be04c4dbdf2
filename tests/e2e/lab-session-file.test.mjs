// The Lab's session file: what one page saves another one goes on with, exactly; a file that is none says what is wrong with it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe } from "node:test";
import { countingSubscriber } from "../support/counting.mjs";
import { byHand, focusIsOn, labPages, step, text } from "../support/lab-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** Presses Save; the file's name and text. @param {Page} page */
const saved = async (page) => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save to a file" }).click()]);
  return { name: download.suggestedFilename(), content: await readFile(await download.path(), "utf8") };
};

/** Opens such a file by the dialog. @param {Page} page @param {{ name?: string, content: string }} file */
const open = async (page, { name = "session.json", content }) => {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "Open a file …" }).click()]);
  await chooser.setFiles({ name, mimeType: "application/json", buffer: Buffer.from(content) });
};

/** @param {Page} page */
const publishHeld = async (page) => {
  for (const action of ["Connect and subscribe", "Hold acknowledgements", "Publish 5 at QoS 2"]) await step(page, action);
  await text(page, "#inspector-summary", "5 messages unfinished going out, 0 half received.");
};

for (const way of ["durable", "by hand"]) {
  describe(`a session file of a session that is ${way}`, () => {
    const pages = labPages("mosquitto");
    const { onPage } = pages;

    onPage("is saved, opened in another tab and gone on with: each message arrives once", async (page) => {
      if (way === "by hand") await byHand(page);
      const witness = await countingSubscriber({ port: pages.lab.broker.tcpPort, filter: "lab/+/guide" });
      await publishHeld(page);
      const clientId = await page.getByLabel("Client id").inputValue();
      const file = await saved(page);
      assert.match(file.name, new RegExp(`^session-${clientId}-[0-9-]{19}\\.json$`));
      await text(page, "#file-said", /^session-.*: what has happened up to now\./);
      await page.close();

      const next = await pages.open();
      await next.evaluate(() => localStorage.clear());
      await next.reload();
      await next.locator("#fault-release").click();
      await open(next, file);
      await text(next, "#file-said", new RegExp(`^${clientId}, MQTT 5, saved .*: 5 messages unfinished going out, 0 half received\\.$`));
      await focusIsOn(next, "Restore and connect");
      await text(next, "#state", "disconnected");
      await next.keyboard.press("Enter");
      await text(next, "#file-said", /^Restored as it was at [0-9:]{8}, by hand\.$/);
      await text(next, "#fact-present", /^yes/);
      await text(next, "#inspector-summary", "Nothing unfinished.");
      const seen = await witness.report(5);
      await witness.stop();
      assert.ok(seen.exact, `the independent subscriber saw ${witness.numbers().join(" ")}`);
    });
  });
}

describe("a session file", () => {
  const pages = labPages("mosquitto");
  const { onPage } = pages;

  onPage("that is none, damaged or another's says so, and changes nothing", async (page) => {
    await publishHeld(page);
    const file = JSON.parse((await saved(page)).content);
    const last = file.session.at(-1) === "A" ? "B" : "A";
    for (const [content, words] of /** @type {[string, RegExp][]} */ ([
      ["a letter home", /^This is not a session file: it is neither JSON nor begins with "mooring"\.$/],
      [JSON.stringify(file).slice(0, -20), /^This is not a session file: it is truncated or was changed on its way\.$/],
      [JSON.stringify({ ...file, version: 99 }), /^This session file has version 99, and this page reads up to 1: update mqtt-mooring\.$/],
      [JSON.stringify({ ...file, session: file.session.slice(0, -1) + last }), /^SESSION_CORRUPT .{20}/],
      [JSON.stringify({ ...file, clientId: "somebody-else" }), new RegExp(`^SESSION_FOREIGN .*"${file.clientId}"`)],
      [JSON.stringify({ ...file, protocolVersion: "3.1.1" }), /^SESSION_FOREIGN .*MQTT 5/],
    ])) {
      await open(page, { content });
      await text(page, "#notice-text", words);
      assert.ok(await page.locator("#file-found").isHidden());
    }
    await text(page, "#inspector-summary", "5 messages unfinished going out, 0 half received.");
    await text(page, "#state", "connected");
  });

  onPage("may be the mere string of saveSession(), for the client of the form", async (page) => {
    const string = await page.evaluate(async () => {
      await window.lab.connect({ clientId: "stringed", cleanSession: false });
      return window.lab.save();
    });
    await page.evaluate(() => localStorage.clear());
    const next = await pages.open();
    await open(next, { name: "saved.txt", content: string });
    await text(next, "#notice-text", /^SESSION_FOREIGN .*"stringed"/);
    await next.getByLabel("Client id").fill("stringed");
    await open(next, { name: "saved.txt", content: string });
    await text(next, "#file-said", "stringed, MQTT 5: 0 messages unfinished going out, 0 half received.");
    await next.getByRole("button", { name: "Leave it" }).click();
    await text(next, "#file-said", "");
    await focusIsOn(next, "Open a file …");
  });

  onPage("does not take the place of a saved session that waits", async (page) => {
    await byHand(page);
    await publishHeld(page);
    const file = await saved(page);
    await page.getByRole("button", { name: "Disconnect" }).click();
    await text(page, "#state", "disconnected");
    await page.getByLabel("Client id").fill("other");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await text(page, "#state", "connected");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await open(page, file);
    await page.locator("#file-restore").click();
    await text(page, "#notice-text", /^The saved session of other waits here, and would be replaced: /);
    assert.ok(await page.locator("#file-found").isVisible());
  });

  onPage("can be dropped on its card", async (page) => {
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(["not one"], "x.json"));
      document.querySelector("#file")?.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    await text(page, "#notice-text", /^This is not a session file/);
  });

  onPage("needs a session", async (page) => {
    await page.getByRole("button", { name: "Save to a file" }).click();
    await text(page, "#notice-text", "There is no session to save yet: press Connect first, or restore one.");
  });
});
