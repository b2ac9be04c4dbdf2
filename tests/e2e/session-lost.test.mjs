// The server forgets the session while the page is away: what the client does with what it still holds is what
// `whenSessionLost` says, and every message is accounted for.
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

/**
 * Publishes two messages that the server never sees, loses the session while the page reloads, resumes.
 * @param {{ name: string, version: "3.1.1" | "5", qos: 1 | 2, whenSessionLost: "default" | "republish" | "discard" }} how
 */
const loseAndResume = async ({ name, version, qos, whenSessionLost }) => {
  const proxy = await startProxy({ target: broker.url });
  const far = await countingSubscriber({ port: broker.tcpPort, filter: name });
  const session = await openSession(browser, server.url, {
    url: proxy.url, clientId: name, sessionKey: name, protocolVersion: version, whenSessionLost,
  });
  try {
    await session.connect();
    const order = /** @type {const} */ ({ direction: "toServer", type: "publish" });
    const held = proxy.rule({ ...order, action: "hold" });
    const seen = proxy.when(order);
    await session.publish(name, qos, 1, 2);
    await seen;
    await session.reload();
    held.remove();
    await broker.loseSession(name, version);
    const present = await session.resume("known");
    await session.drained();
    const report = await far.report(2);
    return { present, report, seen: session.seen };
  } finally {
    await Promise.all([session.close(), proxy.stop(), far.stop()]);
  }
};

describe("a session the server has lost", () => {
  for (const version of /** @type {const} */ (["3.1.1", "5"])) {
    for (const { qos, whenSessionLost, arrive } of /** @type {const} */ ([
      { qos: 1, whenSessionLost: "default", arrive: true },
      { qos: 2, whenSessionLost: "default", arrive: false },
      { qos: 2, whenSessionLost: "republish", arrive: true },
      { qos: 1, whenSessionLost: "discard", arrive: false },
    ])) {
      const fate = arrive ? "publishes them anew" : "reports them as indeterminate";
      test(`${version}: "${whenSessionLost}" ${fate} at QoS ${qos}`, async () => {
        const name = `lost-${process.pid}-${version}-${qos}-${whenSessionLost}`;
        const { present, report, seen } = await loseAndResume({ name, version, qos, whenSessionLost });
        assert.equal(present, false);
        assert.equal(seen.filter(({ event }) => event === "sessionLost").length, 1);
        const lost = seen.filter(({ event }) => event === "messageLost").map(({ detail }) => detail);
        if (arrive) {
          assert.ok(report.exact, JSON.stringify(report));
          assert.deepEqual(lost, []);
        } else {
          assert.deepEqual(report.missing, [1, 2]);
          const expected = { code: "SESSION_LOST", certainty: "indeterminate", direction: "out" };
          assert.deepEqual(lost, [expected, expected]);
        }
      });
    }
  }
});
