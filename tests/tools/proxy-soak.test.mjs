// Does the proxy fake losses? A reference client that keeps its session by the book goes through tens of cuts at random
// places, in every chunking; an independent client counts at the far end. Exactly once, or the proxy is wrong.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startBroker } from "../../tools/broker.mjs";
import { startProxy } from "../../tools/proxy.mjs";
import { CHUNKINGS } from "../../tools/proxy/writer.mjs";
import { countingPublisher, countingSubscriber, numberOf, tally } from "../support/counting.mjs";
import { ReferenceClient } from "./reference-client.mjs";

const MESSAGES = 300;
const CUTS = 25;

/**
 * A proxy that cuts at random packets until it has cut often enough, and changes its chunking with every connection.
 * @param {string} target
 * @param {number} seed
 */
const faultyProxy = async (target, seed) => {
  const proxy = await startProxy({ target, seed });
  const probability = 0.006;
  for (const action of /** @type {const} */ (["cut-before", "cut-after", "half-then-cut"])) {
    for (const kind of /** @type {const} */ (["reset", "close"])) proxy.rule({ probability, action, kind });
  }
  proxy.rule({ probability: 0.05, action: "delay", ms: 3 });
  proxy.on("connection", ({ id }) => {
    if (id > CUTS) proxy.release();
    proxy.chunkBoth(CHUNKINGS[proxy.random.between(0, CHUNKINGS.length - 1)]);
  });
  return proxy;
};

/** @param {Awaited<ReturnType<typeof startProxy>>} proxy */
const cutsOf = (proxy) => proxy.opened - 1;

describe("a reference client through the faulty proxy before Mosquitto", () => {
  /** @type {import("../../tools/broker.mjs").Broker} */
  let broker;
  before(async () => (broker = await startBroker({ kind: "mosquitto" })));
  after(() => broker.stop());

  for (const protocolVersion of /** @type {const} */ ([4, 5])) {
    test(`QoS 2 to the broker is exactly once, MQTT ${protocolVersion}`, async () => {
      const proxy = await faultyProxy(broker.url, protocolVersion);
      const subscriber = await countingSubscriber({ port: broker.tcpPort, filter: "soak/out" });
      const client = await new ReferenceClient({ url: proxy.url, clientId: `out-${protocolVersion}`, protocolVersion }).start();
      for (let number = 1; number <= MESSAGES; number += 1) client.publish("soak/out", String(number));
      await client.idle();
      const report = await subscriber.report(MESSAGES);
      client.stop();
      await Promise.all([subscriber.stop(), proxy.stop()]);
      assert.deepEqual(report, { missing: [], doubled: [], inOrder: true, exact: true });
      assert.equal(cutsOf(proxy), CUTS);
    });

    test(`QoS 2 from the broker is exactly once, MQTT ${protocolVersion}`, async () => {
      const proxy = await faultyProxy(broker.url, protocolVersion + 10);
      const publisher = await countingPublisher({ port: broker.tcpPort });
      const client = new ReferenceClient({ url: broker.url, clientId: `in-${protocolVersion}`, protocolVersion });
      await client.start();
      await client.subscribe("soak/in");
      client.url = proxy.url;
      client.socket?.terminate();
      const complete = new Promise((resolve) =>
        client.on("delivered", ({ payload }) => numberOf(payload) === MESSAGES && resolve(undefined)),
      );
      await publisher.send("soak/in", MESSAGES);
      await complete;
      client.stop();
      await Promise.all([publisher.stop(), proxy.stop()]);
      assert.equal(tally(client.delivered.map(numberOf), MESSAGES).exact, true, client.delivered.join(" "));
      assert.equal(cutsOf(proxy), CUTS);
    });
  }
});

test("QoS 2 to aedes through the faulty proxy: accepted exactly once", async () => {
  const broker = await startBroker({ kind: "aedes" });
  const proxy = await faultyProxy(broker.url, 3);
  /** @type {number[]} */
  const accepted = [];
  broker.publishes?.on("publish", ({ payload }) => accepted.push(numberOf(payload)));
  const client = await new ReferenceClient({ url: proxy.url, clientId: "aedes-out", protocolVersion: 4 }).start();
  await client.subscribe("keeps/the/session");
  for (let number = 1; number <= MESSAGES; number += 1) client.publish("soak/out", String(number));
  await client.idle();
  client.stop();
  await proxy.stop();
  await broker.stop();
  assert.deepEqual(tally(accepted, MESSAGES), { missing: [], doubled: [], inOrder: true, exact: true });
  assert.equal(cutsOf(proxy), CUTS);
});
