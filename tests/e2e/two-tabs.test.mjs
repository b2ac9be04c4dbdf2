// Two real tabs, one session: one of them owns it. The other one is told, or waits and takes over when the owner is closed,
// killed or reloaded, with everything that was in flight. Never are there two connections: neither the proxy nor the broker
// sees a second one before the first has ended.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { startBroker } from "../../tools/broker.mjs";
import { Violations } from "../../tools/ordeal/check/violations.mjs";
import { checkWire } from "../../tools/ordeal/check/wire.mjs";
import { launchKillable } from "../../tools/ordeal/chromium.mjs";
import { startProxy } from "../../tools/proxy.mjs";
import { countingPublisher, countingSubscriber, tally } from "../support/counting.mjs";
import { openTab } from "../support/durable-page.mjs";
import { servePage } from "../support/page-server.mjs";

/** @typedef {import("../support/durable-page.mjs").Tab} Tab */

const COUNT = 5;
const HELD = /** @type {const} */ ([
  { direction: "toClient", type: "pubrec", action: "hold", overtake: true },
  { direction: "toClient", type: "pubrel", action: "hold", overtake: true },
]);

/** @type {Awaited<ReturnType<typeof servePage>>} */
let server;
/** @type {import("../../tools/broker.mjs").Broker} */
let broker;
/** @type {Awaited<ReturnType<typeof launchKillable>>} */
let browser;
/** @type {Awaited<ReturnType<typeof startProxy>>} */
let proxy;
/** @type {Map<number, number>} */
let ends;
/** @type {Tab[]} */
let tabs = [];
let serial = 0;
let name = "";

before(async () => {
  [server, broker, browser] = await Promise.all([servePage(), startBroker({ kind: "mosquitto" }), launchKillable()]);
});
after(() => Promise.all([server.stop(), broker.stop(), browser.close()]));

beforeEach(async () => {
  serial += 1;
  name = `tabs-${process.pid}-${serial}`;
  proxy = await startProxy({ target: broker.url, seed: serial });
  ends = new Map();
  proxy.on("end", ({ id }) => ends.set(id, proxy.log.length));
});
afterEach(async () => {
  await Promise.allSettled(tabs.map((tab) => tab.close()));
  tabs = [];
  await proxy.stop();
});

const open = async () => {
  const tab = await openTab(browser, server.url);
  tabs.push(tab);
  return tab;
};

/**
 * @param {"3.1.1" | "5"} version
 * @param {"fail" | "wait"} [sessionInUse]
 */
const options = (version, sessionInUse = "fail") =>
  /** @type {const} */ ({ url: proxy.url, clientId: name, sessionKey: name, protocolVersion: version, sessionInUse });

/** @param {"3.1.1" | "5"} version */
const assertNeverTwo = (version) => {
  const violations = new Violations();
  checkWire({ log: proxy.log, clientId: name, version, window: 20, lives: [], ends }, violations);
  assert.deepEqual(violations.shown, []);
  assert.deepEqual(broker.log?.filter((line) => line.includes(name) && line.includes("already connected")), []);
};

/**
 * An owner with messages in flight both ways: the server's answers to what it published are held back, and so are the
 * releases of what it has received.
 * @param {"3.1.1" | "5"} version
 */
const busyOwner = async (version) => {
  const owner = await open();
  await owner.start(options(version, "wait"));
  await owner.connect();
  await owner.page.evaluate((filter) => window.client.subscribe({ [filter]: 2 }), `${name}/in`);
  const rules = HELD.map((order) => proxy.rule(order));
  const held = [
    proxy.when({ direction: "toClient", type: "pubrec", nth: COUNT }),
    proxy.when({ direction: "toClient", type: "pubrel", nth: COUNT }),
  ];
  const publisher = await countingPublisher({ port: broker.tcpPort });
  await owner.publish(`${name}/out`, 2, 1, COUNT);
  await publisher.send(`${name}/in`, COUNT, { qos: 2 });
  await Promise.all(held);
  return { owner, publisher, release: () => rules.forEach((rule) => rule.remove()) };
};

/** @type {Record<"closed" | "killed" | "reloaded", (owner: Tab) => Promise<unknown>>} */
const ENDINGS = {
  closed: (owner) => owner.close(),
  killed: (owner) => owner.kill(),
  reloaded: (owner) => owner.reload(),
};

for (const version of /** @type {const} */ (["3.1.1", "5"])) {
  describe(`two tabs, one session, MQTT ${version}`, () => {
    test("the second tab is told SESSION_IN_USE, whatever it asks for, and the first one never notices", async () => {
      const owner = await open();
      await owner.start(options(version));
      await owner.connect();
      const second = await open();
      const codes = await second.page.evaluate(async (given) => {
        const client = new window.MqttClient({ ...given, durable: true });
        const code = (/** @type {Promise<unknown>} */ promise) => promise.then(() => "none", (/** @type {any} */ error) => error.code);
        const asked = [client.pending(), client.connect(), client.publish("t", "x", { qos: 1 })];
        return Promise.all(asked.map(code));
      }, options(version));
      assert.deepEqual(codes, ["SESSION_IN_USE", "SESSION_IN_USE", "SESSION_IN_USE"]);
      await owner.publish(`${name}/out`, 2, 1, 1);
      await owner.until("published");
      assert.deepEqual(owner.trouble(), []);
      assert.equal(proxy.opened, 1);
      assertNeverTwo(version);
    });

    test("another session's tab is no concern of it", async () => {
      const owner = await open();
      await owner.start(options(version));
      await owner.connect();
      const other = await open();
      await other.start({ ...options(version), sessionKey: `${name}-other`, clientId: `${name}-other` });
      await other.connect();
      assert.equal(proxy.connections.length, 2);
    });

    for (const [ending, end] of /** @type {Array<[keyof typeof ENDINGS, (owner: Tab) => Promise<unknown>]>} */ (Object.entries(ENDINGS))) {
      test(`a tab that waits takes over when the owner is ${ending}, with what was in flight`, async (t) => {
        const far = await countingSubscriber({ port: broker.tcpPort, filter: `${name}/out` });
        t.after(() => far.stop());
        const { owner, publisher, release } = await busyOwner(version);
        t.after(() => publisher.stop());
        const heir = await open();
        const inherits = heir.start(options(version, "wait"), { reconnect: true });
        await owner.publish(`${name}/out`, 2, COUNT + 1, COUNT + 1);
        assert.equal(proxy.opened, 1, "the heir waits");
        await end(owner);
        const keys = await inherits;
        assert.deepEqual(keys, ["1", "2", "3", "4", "5", "6"]);
        release();
        assert.ok(await heir.connect(), "the server kept the session");
        if (ending === "reloaded") {
          const code = await owner.page.evaluate(async (given) => {
            const client = new window.MqttClient({ ...given, durable: true, sessionInUse: "fail" });
            return client.connect().then(() => "none", (/** @type {any} */ error) => error.code);
          }, options(version));
          assert.equal(code, "SESSION_IN_USE", "the owner that was, once it is back");
        }
        await publisher.send(`${name}/in`, 1, { qos: 2 });
        await heir.until("messageIn", (number) => number === COUNT + 1);
        await heir.settled();
        const report = await far.report(COUNT + 1);
        assert.ok(report.exact, JSON.stringify(report));
        assert.ok(tally(await heir.numbers(name), COUNT + 1).exact, String(await heir.numbers(name)));
        assert.deepEqual(heir.trouble(), []);
        assertNeverTwo(version);
        assert.equal(proxy.opened, 2);
      });
    }

    test("an owner that was reloaded waits in its turn, and gets the session back", async () => {
      const first = await open();
      await first.start(options(version, "wait"));
      await first.connect();
      const second = await open();
      const waiting = second.start(options(version, "wait"));
      await first.reload();
      await waiting;
      await second.connect();
      const turn = first.start(options(version, "wait"));
      await second.publish(`${name}/out`, 2, 1, 1);
      await second.until("published");
      const held = proxy.rule({ direction: "toClient", type: "pubrec", action: "hold" });
      const withheld = proxy.when({ direction: "toClient", type: "pubrec" });
      await second.publish(`${name}/out`, 2, 2, 2);
      await withheld;
      await second.kill();
      assert.deepEqual(await turn, ["2"]);
      held.remove();
      await first.connect();
      await first.settled();
      assertNeverTwo(version);
    });

    test("a tab that waits ends its wait when it is told to, and the next in line takes over", async () => {
      const owner = await open();
      await owner.start(options(version));
      await owner.connect();
      const impatient = await open();
      const code = impatient.page.evaluate(async (given) => {
        const client = new window.MqttClient({ ...given, durable: true });
        setTimeout(() => client.disconnect());
        return client.connect().then(() => "none", (/** @type {any} */ error) => error.code);
      }, options(version, "wait"));
      assert.equal(await code, "DISCONNECTED");
      const next = await open();
      const takes = next.start(options(version, "wait"));
      await owner.close();
      await takes;
      await next.connect();
      assertNeverTwo(version);
    });
  });
}
