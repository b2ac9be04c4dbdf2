// The Lab's fault scripts: each runs with one click and says what came of it; an independent subscriber sees the same. What
// they do to the proxy and to storage is undone however they end.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { countingSubscriber } from "../support/counting.mjs";
import { exactly, labPages, ready, text } from "../support/lab-page.mjs";
import { SCRIPT_IDS } from "../support/lab-scripts.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** What a script ends with where that is not each message exactly once. @type {Record<string, RegExp>} */
const OUTCOMES = {
  "puback-lost": /^5 acknowledged, 0 lost; /,
  "session-lost": /^5 of QoS 2 told as unknown, 2 of QoS 1 published anew and acknowledged\.$/,
};
const EXACTLY_ONCE = { mosquitto: /^All 5 arrived, each exactly once\.$/, aedes: /^5 of 5 acknowledged, 0 lost\. / };
const EXACT_ONLY = ["half-received", "doubled"];

/** @param {Page} page */
const fast = (page) => page.getByLabel("slowly, for eyes to follow").uncheck();

/** @param {Page} page @param {string} id */
const press = (page, id) => page.locator(`[data-script="${id}"] button`).click();

/** @param {Page} page @param {RegExp} wanted */
const outcome = async (page, wanted) => {
  await page.locator("#stage-stop").waitFor({ state: "hidden", timeout: 40_000 });
  await text(page, "#stage-verdict", wanted);
};

for (const kind of /** @type {const} */ (["aedes", "mosquitto"])) {
  describe(`the Lab's fault scripts with ${kind}`, () => {
    const pages = labPages(kind);
    const { onPage } = pages;
    const possible = SCRIPT_IDS.filter((id) => kind === "mosquitto" || !EXACT_ONLY.includes(id));

    for (const id of possible) {
      onPage(`${id}: one click, and its outcome`, async (page) => {
        const witness = await countingSubscriber({ port: pages.lab.broker.tcpPort, filter: "lab/+/script" });
        await fast(page);
        await press(page, id);
        await text(page, "#stage-watch", /.{20}/);
        await outcome(page, OUTCOMES[id] ?? EXACTLY_ONCE[kind]);
        await page.waitForFunction(() => document.querySelectorAll("#stage-steps li:not([data-state=done])").length === 0);
        assert.equal(await page.locator("#stage-verdict").getAttribute("data-verdict"), "good");
        if (!(id in OUTCOMES)) {
          if (kind === "mosquitto") await exactly(page, 5);
          const seen = await witness.report(5);
          assert.ok(seen.exact, `the independent subscriber saw ${witness.numbers().join(" ")}`);
        }
        await witness.stop();
        assert.deepEqual(pages.lab.proxy.rules, []);
        assert.equal(pages.lab.proxy.down, false);
        assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("lab.filler"))), []);
        pages.browser.errors.splice(0).forEach((error) => assert.match(error, /^WebSocket connection to /));
      });
    }

    if (kind === "aedes") {
      onPage("what a broker cannot show is not offered, and the page says why", async (page) => {
        for (const id of EXACT_ONLY) {
          assert.ok(await page.locator(`[data-script="${id}"] button`).isDisabled());
          await text(page, `[data-script="${id}"] .hindrance`, "Not here: aedes loses and doubles what it sends at QoS 2.");
          const refusal = await page.evaluate((script) => window.lab.run(script).catch((/** @type {Error} */ error) => error.message), id);
          assert.match(refusal, /cannot run here/);
        }
      });
      return;
    }

    onPage("the messages are as many as the page says, and one after the other the scripts leave no session behind", async (page) => {
      await fast(page);
      await page.locator("#script-messages").fill("3");
      await press(page, "cut-after-pubrec");
      await outcome(page, /^All 3 arrived, each exactly once\.$/);
      await press(page, "pubrec-lost");
      await outcome(page, /^All 3 arrived, each exactly once\.$/);
      const clients = await page.evaluate(() => [...new Set(Object.keys(localStorage).filter((key) => key.startsWith("mooring/")).map((key) => key.split("/")[1]))]);
      assert.equal(clients.length, 1);
    });

    onPage("after PUBREC a message goes on with PUBREL, under its packet id, and is not published again", async (page) => {
      await page.evaluate(() => window.lab.run("cut-after-pubrec", { messages: 4 }).then(() => null));
      const out = pages.lab.proxy.log.filter(({ direction, clientId }) => direction === "toServer" && clientId?.startsWith("lab-"));
      const first = pages.lab.proxy.log.findLast(({ type, direction }) => type === "pubrec" && direction === "toClient");
      assert.ok(first);
      const own = out.filter(({ clientId }) => clientId === out.at(-1)?.clientId);
      const links = [...new Set(own.map(({ connection }) => connection))];
      assert.equal(links.length, 2);
      const again = own.filter(({ connection, type }) => connection === links[1] && type === "publish");
      const begun = own.filter(({ connection, type }) => connection === links[0] && type === "publish");
      assert.equal(begun.length, 4);
      assert.deepEqual(again.map(({ packetId, dup }) => [packetId, dup]), begun.slice(1).map(({ packetId }) => [packetId, true]));
      const released = own.find(({ connection, type }) => connection === links[1] && type === "pubrel");
      assert.equal(released?.packetId, begun[0].packetId);
    });

    onPage("one that is stopped says so and undoes what it did; another one can run then", async (page) => {
      await press(page, "server-away"); // slowly: there is time to press Stop
      await text(page, "#state", "waiting");
      await page.getByRole("button", { name: "Stop it" }).click();
      await text(page, "#stage-verdict", "Stopped by you.");
      await text(page, "#notice-text", "Stopped by you.");
      await page.waitForFunction(async () => !(await (await fetch("/lab/info")).json()).down);
      await fast(page);
      await press(page, "pubrec-lost");
      await outcome(page, /^All 5 arrived, each exactly once\.$/);
      pages.browser.errors.splice(0).forEach((error) => assert.match(error, /^WebSocket connection to /));
    });

    onPage("a page that is reloaded in the middle says that the script was left, and nothing stays held", async (page) => {
      await press(page, "session-lost");
      await text(page, "#inspector-summary", /unfinished going out/);
      await page.reload();
      await ready(page);
      await text(page, "#stage-verdict", "The page was left in the middle of it.");
      await page.waitForFunction(async () => !(await (await fetch("/lab/info")).json()).holding);
      await text(page, "#notice-text", "");
    });

    onPage("a storage that a killed tab left full has room again with the next page", async (page) => {
      await page.evaluate(() => localStorage.setItem("lab.filler/1", "x".repeat(1000)));
      const next = await pages.open();
      assert.equal(await next.evaluate(() => localStorage.getItem("lab.filler/1")), null);
    });

    onPage("a script there is not, or one while another runs, is an error in words", async (page) => {
      /** @param {string} id */
      const run = (id) => page.evaluate((script) => window.lab.run(script).then(() => "", (/** @type {Error} */ error) => error.message), id);
      assert.match(await run("cut-the-rope"), /^There is no script "cut-the-rope": there are cut-after-pubrec, /);
      await press(page, "cut-after-pubrec");
      assert.match(await run("pubrec-lost"), /^A script is running/);
      for (const button of await page.locator("#scripts button").all()) assert.ok(await button.isDisabled());
      await outcome(page, /^All 5 arrived, each exactly once\.$/);
    });
  });
}
