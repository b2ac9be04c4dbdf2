// The support for end-to-end tests, itself tested: the tally, counting through a broker, the browser and its page.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startBroker } from "../../tools/broker.mjs";
import { launchBrowser } from "../support/browser.mjs";
import { countingPublisher, countingSubscriber, tally } from "../support/counting.mjs";
import { openPage, reloadPage, servePage } from "../support/page-server.mjs";
import { ReferenceClient } from "./reference-client.mjs";

test("the tally sees what is missing, doubled, out of order or foreign", () => {
  assert.equal(tally([1, 2, 3], 3).exact, true);
  assert.deepEqual(tally([1, 3], 3), { missing: [2], doubled: [], inOrder: true, exact: false });
  assert.deepEqual(tally([1, 2, 2, 3], 3), { missing: [], doubled: [2], inOrder: false, exact: false });
  assert.deepEqual(tally([2, 1, 3], 3), { missing: [], doubled: [], inOrder: false, exact: false });
  assert.equal(tally([1, 2, 3, 4], 3).exact, false);
  assert.equal(tally([1, 2, 3, Number.NaN], 3).exact, false);
});

for (const kind of /** @type {const} */ (["aedes", "mosquitto"])) {
  test(`publisher and subscriber count through ${kind}`, async () => {
    const broker = await startBroker({ kind });
    const version = broker.versions.at(-1);
    const subscriber = await countingSubscriber({ port: broker.tcpPort, filter: "count/#", version });
    const publisher = await countingPublisher({ port: broker.tcpPort, version });
    await publisher.send("count/a", 30);
    await subscriber.until(30);
    await publisher.send("count/a", 30, { pad: 100, qos: 1 });
    const report = await subscriber.report(60);
    await Promise.all([subscriber.stop(), publisher.stop()]);
    await broker.stop();
    assert.equal(report.exact, true);
    assert.equal(subscriber.received[59].payload.length, 103);
  });

  test(`${kind} forgets a session when told to`, async () => {
    const broker = await startBroker({ kind });
    for (const version of broker.versions) {
      const protocolVersion = version === "5" ? 5 : 4;
      const visit = async () => {
        const client = new ReferenceClient({ url: broker.url, clientId: "forgetful", protocolVersion });
        const connack = once(client, "connack");
        await client.start();
        const [{ sessionPresent }] = await connack;
        await client.subscribe("keeps/the/session");
        client.stop();
        await once(client, "offline");
        return sessionPresent;
      };
      assert.deepEqual([await visit(), await visit()], [false, true]);
      await broker.loseSession("forgetful", version);
      assert.equal(await visit(), false);
      await broker.loseSession("forgetful", version);
    }
    await broker.stop();
  });
}

test("the browser opens the test page, and again after a reload; its profile outlives it", async () => {
  const dir = await mkdtemp(join(tmpdir(), "mooring-support-"));
  const profile = await mkdtemp(join(tmpdir(), "mooring-profile-"));
  await writeFile(join(dir, "index.js"), "export class MqttClient { answer = 42; }");
  const server = await servePage({ dist: dir });
  const first = await launchBrowser({ profile });
  const page = await first.newPage();
  await openPage(page, server.url);
  await page.evaluate(() => localStorage.setItem("kept", "yes"));
  await reloadPage(page);
  assert.equal(await page.evaluate(() => new window.MqttClient().answer), 42);
  await page.evaluate(() => console.error("a complaint"));
  assert.deepEqual(first.errors, ["a complaint"]);
  await first.close();

  const second = await launchBrowser({ profile });
  const again = await second.newPage();
  await openPage(again, server.url);
  assert.equal(await again.evaluate(() => localStorage.getItem("kept")), "yes");
  await second.close();
  await server.stop();
  await Promise.all([dir, profile].map((path) => rm(path, { recursive: true })));
});
