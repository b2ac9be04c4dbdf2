// Who comes from the classic session API: the three programs of examples/from-classic-session-api. Each is stopped while its readings are on
// their way, begun again in a new page, and every reading is at the far end once.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startBroker } from "../../tools/broker.mjs";
import { at } from "../../tools/lib/paths.mjs";
import { startProxy } from "../../tools/proxy.mjs";
import { launchBrowser } from "../support/browser.mjs";
import { countingSubscriber } from "../support/counting.mjs";
import { servePage } from "../support/page-server.mjs";

const COUNT = 5;

/** @type {Awaited<ReturnType<typeof launchBrowser>>} */
let browser;
/** @type {Awaited<ReturnType<typeof servePage>>} */
let server;

before(async () => {
  const also = { "/examples": at("examples") };
  [browser, server] = await Promise.all([launchBrowser(), servePage({ also })]);
});
after(() => Promise.all([browser.close(), server.stop()]));

/** @param {import("playwright-core").Page} page @param {string} text */
const isAt = (page, text) => page.locator("#status").getByText(text, { exact: true }).waitFor();

describe("a meter that is stopped while its readings are on their way, and begun again in another page", () => {
  for (const program of ["by-hand", "in-storage", "durable"]) {
    for (const withheld of /** @type {const} */ ([{ direction: "toServer", type: "publish" }, { direction: "toClient", type: "pubrec" }, { direction: "toClient", type: "pubcomp" }])) {
      test(`${program}: without ${withheld.type.toUpperCase()} every reading arrives once`, async () => {
        const broker = await startBroker({ kind: "mosquitto" });
        const proxy = await startProxy({ target: broker.url });
        const subscriber = await countingSubscriber({ port: broker.tcpPort, filter: "meter/7/#" });
        const page = await browser.newPage();
        await page.goto(`${server.url}examples/from-classic-session-api/index.html?program=${program}&url=${proxy.url}`);
        await page.getByText("Begin", { exact: true }).click();
        await isAt(page, "began anew");

        const rule = proxy.rule({ ...withheld, action: "drop" });
        const gone = proxy.when({ ...withheld, nth: COUNT });
        for (let number = 1; number <= COUNT; number += 1) await page.getByText("Read the meter").click();
        await gone;
        await page.getByText("Stop", { exact: true }).click();
        await isAt(page, "stopped");
        assert.deepEqual(await page.locator("#arrived li").allTextContents(), [], "nothing was finished");
        rule.remove();

        await page.reload();
        await page.getByText("Begin", { exact: true }).click();
        await isAt(page, "goes on");
        await page.locator("#arrived li").nth(COUNT - 1).waitFor();
        const topics = Array.from({ length: COUNT }, (_, index) => `meter/7/${index + 1}`);
        assert.deepEqual(await page.locator("#arrived li").allTextContents(), topics, "each is told once, in order");
        await subscriber.until(COUNT);
        assert.ok((await subscriber.report(COUNT)).exact, subscriber.numbers().join(" "));
        assert.equal(await page.locator("#problem").textContent(), "");

        await page.evaluate(() => localStorage.clear());
        await page.close();
        await subscriber.stop();
        await proxy.stop();
        await broker.stop();
      });
    }
  }
});
