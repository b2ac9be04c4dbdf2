// A page that is reloaded again before it could come back: the server is out of reach, the user presses «reload» once
// more, and what the first page saved must still be there when the third one gets through.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startBroker } from "../../tools/broker.mjs";
import { startProxy } from "../../tools/proxy.mjs";
import { launchBrowser } from "../support/browser.mjs";
import { countingSubscriber } from "../support/counting.mjs";
import { servePage } from "../support/page-server.mjs";
import { openSession } from "../support/session-page.mjs";

/** @type {Awaited<ReturnType<typeof launchBrowser>>} */
let browser;
/** @type {Awaited<ReturnType<typeof servePage>>} */
let server;
/** @type {import("../../tools/broker.mjs").Broker} */
let broker;

before(async () => {
  [browser, server, broker] = await Promise.all([launchBrowser(), servePage(), startBroker({ kind: "mosquitto" })]);
});
after(() => Promise.all([browser.close(), server.stop(), broker.stop()]));

describe("a reload while the server is out of reach", () => {
  for (const version of /** @type {const} */ (["3.1.1", "5"])) {
    for (const flow of /** @type {const} */ (["known", "ask first"])) {
      test(`${version}, ${flow}: what the first page saved arrives once, from the third`, async (t) => {
        const name = `away-${process.pid}-${version}-${flow.replace(" ", "-")}`;
        const proxy = await startProxy({ target: broker.url });
        t.after(() => proxy.stop());
        const far = await countingSubscriber({ port: broker.tcpPort, filter: name });
        t.after(() => far.stop());
        const session = await openSession(browser, server.url, {
          url: proxy.url, clientId: name, sessionKey: name, protocolVersion: version,
        });
        t.after(() => session.close());
        await session.connect();
        const pubrec = /** @type {const} */ ({ direction: "toClient", type: "pubrec" });
        const held = proxy.rule({ ...pubrec, action: "hold" });
        const seen = proxy.when({ ...pubrec, nth: 1 });
        await session.publish(name, 2, 1, 5);
        await seen;
        await session.reload();
        held.remove();
        proxy.down = true;
        await assert.rejects(session.resume(flow), /CONNECTION_LOST|could not connect/);
        await session.reload();
        proxy.down = false;
        assert.ok(await session.resume(flow), "the server kept the session");
        await session.drained();
        const report = await far.report(5);
        assert.ok(report.exact, JSON.stringify(report));
        assert.deepEqual(session.seen.filter(({ event }) => event === "messageLost"), []);
      });
    }
  }
});
