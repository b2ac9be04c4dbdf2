// The main promise, packet by packet: a page is reloaded while exactly one packet of a handshake is withheld, and the
// session goes on as if nothing had been. Every step of QoS 1 and 2, both directions, both versions, both ways of
// restoring; counted by an independent client on plain TCP.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startBroker } from "../../tools/broker.mjs";
import { startProxy } from "../../tools/proxy.mjs";
import { launchBrowser } from "../support/browser.mjs";
import { countingPublisher, countingSubscriber, tally } from "../support/counting.mjs";
import { servePage } from "../support/page-server.mjs";
import { openSession } from "../support/session-page.mjs";

/** @typedef {import("../../tools/broker.mjs").Broker} Broker */

const COUNT = 3;

/** @type {Record<"out" | "in", Record<1 | 2, Array<{ direction: "toServer" | "toClient", type: string }>>>} */
const STEPS = {
  out: {
    1: [
      { direction: "toServer", type: "publish" },
      { direction: "toClient", type: "puback" },
    ],
    2: [
      { direction: "toServer", type: "publish" },
      { direction: "toClient", type: "pubrec" },
      { direction: "toServer", type: "pubrel" },
      { direction: "toClient", type: "pubcomp" },
    ],
  },
  in: {
    1: [
      { direction: "toClient", type: "publish" },
      { direction: "toServer", type: "puback" },
    ],
    2: [
      { direction: "toClient", type: "publish" },
      { direction: "toServer", type: "pubrec" },
      { direction: "toClient", type: "pubrel" },
      { direction: "toServer", type: "pubcomp" },
    ],
  },
};

/** @type {Awaited<ReturnType<typeof launchBrowser>>} */
let browser;
/** @type {Awaited<ReturnType<typeof servePage>>} */
let server;
let serial = 0;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), servePage()]);
});
after(() => Promise.all([browser.close(), server.stop()]));

/**
 * @param {Broker} broker
 * @param {import("../../tools/broker.mjs").Version} version
 */
const prepare = async (broker, version) => {
  serial += 1;
  const name = `steps-${process.pid}-${serial}`;
  const proxy = await startProxy({ target: broker.url, seed: serial });
  const session = await openSession(browser, server.url, {
    url: proxy.url,
    clientId: name,
    sessionKey: name,
    protocolVersion: version,
  });
  return { name, proxy, session };
};

/**
 * @param {Awaited<ReturnType<typeof prepare>>["session"]} session
 * @param {ReturnType<typeof tally>} report
 * @param {1 | 2} qos
 */
const assertKept = (session, report, qos) => {
  assert.deepEqual(report.missing, [], "nothing is lost");
  if (qos === 2) assert.ok(report.exact, `exactly once, in order: ${JSON.stringify(report)}`);
  const bad = session.seen.filter(({ event }) => event === "error" || event === "messageLost");
  assert.deepEqual(bad, [], "nothing was reported as lost or failed");
};

/** @param {{ kind: "aedes" | "mosquitto", versions: Array<"3.1.1" | "5">, directions: Array<"out" | "in"> }} how */
const suite = ({ kind, versions, directions }) => {
  describe(`a reload while one packet is withheld, against ${kind}`, () => {
    /** @type {Broker} */
    let broker;
    before(async () => {
      broker = await startBroker({ kind });
    });
    after(() => broker.stop());

    for (const version of versions)
      for (const flow of /** @type {const} */ (["known", "ask first"]))
        for (const direction of directions)
          for (const qos of /** @type {const} */ ([1, 2]))
            for (const step of STEPS[direction][qos]) {
              const run = direction === "out" ? goingOut : comingIn;
              test(`${version}, ${flow}: QoS ${qos} ${direction} survives without its ${step.type.toUpperCase()}`, () =>
                run({ broker, version, flow, qos, step }));
            }
  });
};

/**
 * @typedef {object} Case
 * @property {Broker} broker
 * @property {"3.1.1" | "5"} version
 * @property {import("../support/session-page.mjs").Flow} flow
 * @property {1 | 2} qos
 * @property {{ direction: "toServer" | "toClient", type: string }} step
 */

/** @param {Case} how */
const goingOut = async ({ broker, version, flow, qos, step }) => {
  const { name, proxy, session } = await prepare(broker, version);
  const far = await countAtFarEnd(broker, name);
  try {
    await session.connect();
    // Some brokers keep a session only for a client that has a subscription.
    await session.page.evaluate((topic) => window.client.subscribe(topic, { qos: 1 }), `${name}/in`);
    const held = proxy.rule({ ...step, action: "hold" });
    const seen = proxy.when(step);
    await session.publish(`${name}/out`, qos, 1, COUNT);
    await seen;
    await session.reload();
    held.remove();
    const present = await session.resume(flow);
    assert.ok(present, "the server kept the session");
    await session.drained();
    assertKept(session, await far.report(COUNT), qos);
  } finally {
    await Promise.all([session.close(), proxy.stop(), far.stop()]);
  }
};

/** @param {Case} how */
const comingIn = async ({ broker, version, flow, qos, step }) => {
  const { name, proxy, session } = await prepare(broker, version);
  const publisher = await countingPublisher({ port: broker.tcpPort });
  try {
    await session.connect();
    await session.page.evaluate(({ topic, qos }) => window.client.subscribe(topic, { qos }), { topic: `${name}/in`, qos });
    const held = proxy.rule({ ...step, action: "hold" });
    const seen = proxy.when(step);
    await publisher.send(`${name}/in`, COUNT, { qos });
    await seen;
    await session.reload();
    held.remove();
    const present = await session.resume(flow);
    assert.ok(present, "the server kept the session");
    // What is sent last comes last: when it is there, everything before it is, and so is everything doubled.
    await publisher.send(`${name}/in`, 1, { qos });
    await session.until(
      (seen) => seen.some(({ event, detail }) => event === "messageIn" && Number(detail.text) === COUNT + 1),
      "the last message",
    );
    assertKept(session, tally(await session.numbers(), COUNT + 1), qos);
  } finally {
    await Promise.all([session.close(), proxy.stop(), publisher.stop()]);
  }
};

/**
 * aedes is exact in what it takes from a publisher but not in what it hands to QoS 2 subscribers, so there the broker's
 * own intake is counted; elsewhere what an independent subscriber receives.
 * @param {Broker} broker
 * @param {string} name
 */
const countAtFarEnd = async (broker, name) => {
  const { publishes } = broker;
  if (publishes === null) return countingSubscriber({ port: broker.tcpPort, filter: `${name}/out` });
  /** @type {number[]} */
  const numbers = [];
  /** @param {import("../../tools/broker.mjs").Accepted} accepted */
  const count = ({ topic, payload }) => void (topic === `${name}/out` && numbers.push(Number(payload.toString())));
  publishes.on("publish", count);
  return {
    report: async (/** @type {number} */ expected) => tally(numbers, expected),
    stop: async () => void publishes.off("publish", count),
  };
};

suite({ kind: "mosquitto", versions: ["3.1.1", "5"], directions: ["out", "in"] });
suite({ kind: "aedes", versions: ["3.1.1"], directions: ["out"] });
