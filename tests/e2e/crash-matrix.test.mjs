// Every packet of a handshake × the link cut before it, after it, in the middle of it × as sender, as receiver × both
// versions × the page goes on and reconnects, or is killed and opened again: 4 × 3 × 2 × 2 × 2 = 96 cases at QoS 2, and the 24 of
// PUBACK at QoS 1. At QoS 2 every message arrives once, in order; at QoS 1 none is lost. In all of them the client's side of
// the wire is looked at packet by packet.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { startBroker } from "../../tools/broker.mjs";
import { Violations } from "../../tools/ordeal/check/violations.mjs";
import { checkWire } from "../../tools/ordeal/check/wire.mjs";
import { launchKillable } from "../../tools/ordeal/chromium.mjs";
import { startProxy } from "../../tools/proxy.mjs";
import { countingPublisher, countingSubscriber, tally } from "../support/counting.mjs";
import { openTab } from "../support/durable-page.mjs";
import { servePage } from "../support/page-server.mjs";

/** @typedef {import("../support/durable-page.mjs").Tab} Tab */
/** @typedef {"publish" | "puback" | "pubrec" | "pubrel" | "pubcomp"} Type */

/**
 * @typedef {object} Case
 * @property {1 | 2} qos
 * @property {Type} type
 * @property {"cut-before" | "cut-after" | "half-then-cut"} action
 * @property {"sender" | "receiver"} role of the page
 * @property {"3.1.1" | "5"} version
 * @property {boolean} kill
 */

const CUTS = /** @type {const} */ ({ "cut-before": "just before", "cut-after": "just after", "half-then-cut": "in the middle of" });
const COUNT = 3;

/** @type {Array<{ qos: 1 | 2, types: Type[] }>} */
const HANDSHAKES = [
  { qos: 2, types: ["publish", "pubrec", "pubrel", "pubcomp"] },
  { qos: 1, types: ["puback"] },
];

/** @type {Case[]} */
const CASES = [];
for (const { qos, types } of HANDSHAKES)
  for (const version of /** @type {const} */ (["3.1.1", "5"]))
    for (const role of /** @type {const} */ (["sender", "receiver"]))
      for (const type of types)
        for (const action of /** @type {Array<keyof typeof CUTS>} */ (Object.keys(CUTS)))
          for (const kill of [false, true]) CASES.push({ qos, type, action, role, version, kill });

/** @type {Awaited<ReturnType<typeof servePage>>} */
let server;
/** @type {import("../../tools/broker.mjs").Broker} */
let broker;
/** One for each case that runs at a time: a killed renderer takes no other case along. @type {Array<Awaited<ReturnType<typeof launchKillable>>>} */
let browsers = [];
/** @type {typeof browsers} those no case uses now */
const free = [];
const AT_ONCE = 3;

before(async () => {
  [server, broker] = await Promise.all([servePage(), startBroker({ kind: "mosquitto" })]);
  browsers = await Promise.all(Array.from({ length: AT_ONCE }, () => launchKillable()));
  free.push(...browsers);
});
after(() => Promise.all([...browsers.map((browser) => browser.close()), server.stop(), broker.stop()]));

/**
 * @param {Case} how
 * @param {number} index
 */
const run = async (how, index) => {
  const browser = free.pop();
  assert.ok(browser, "a browser is free");
  const name = `matrix-${process.pid}-${index}`;
  const proxy = await startProxy({ target: broker.url, seed: index });
  const far = await countingSubscriber({ port: broker.tcpPort, filter: `${name}/out` });
  const publisher = await countingPublisher({ port: broker.tcpPort });
  /** @type {Map<number, number>} */
  const ends = new Map();
  proxy.on("end", ({ id }) => ends.set(id, proxy.log.length));
  const options = { url: proxy.url, clientId: name, sessionKey: name, protocolVersion: how.version };
  const tab = await openTab(browser, server.url);
  /** @type {Tab[]} */
  const tabs = [tab];
  /** @type {import("../../tools/ordeal/check/wire.mjs").Life[]} */
  const lives = [];
  try {
    await tab.start(options, { reconnect: !how.kill });
    await tab.connect();
    await tab.page.evaluate(({ filter, qos }) => window.client.subscribe({ [filter]: qos }), { filter: `${name}/in`, qos: how.qos });
    const cut = once(proxy, "cut");
    proxy.rule({ direction: directionOf(how), type: how.type, nth: 1, action: how.action });
    if (how.role === "sender") await tab.publish(`${name}/out`, how.qos, 1, COUNT);
    else await publisher.send(`${name}/in`, COUNT, { qos: how.qos });
    await cut;
    let living = tab;
    if (how.kill) {
      const killedAt = proxy.log.length;
      await tab.kill();
      living = await openTab(browser, server.url);
      tabs.push(living);
      lives.push({ what: "kill", connections: proxy.opened, killedAt, records: await living.records(name) });
      lives[0].pending = (await living.start(options, { reconnect: true })).map(Number);
      assert.ok(await living.connect(), "the server kept the session");
    }
    if (how.role === "receiver") {
      // What is sent last comes last: when it is there, everything before it is, and so is everything doubled.
      await publisher.send(`${name}/in`, 1, { qos: how.qos });
      await living.until("messageIn", (number) => number === COUNT + 1);
    }
    await living.settled();
    const report = how.role === "sender" ? await far.report(COUNT) : tally(await living.numbers(name), COUNT + 1);
    assert.deepEqual(report.missing, [], "nothing is lost");
    if (how.qos === 2) assert.ok(report.exact, `exactly once, in order: ${JSON.stringify(report)}`);
    assert.deepEqual(tabs.flatMap((one) => one.trouble()), [], "nothing was reported as lost or failed");
    const violations = new Violations();
    const { connections } = checkWire({ log: proxy.log, clientId: name, version: how.version, window: 20, lives, ends }, violations);
    assert.deepEqual(violations.shown, [], "every packet was in order");
    assert.equal(connections, 2);
  } finally {
    await Promise.allSettled([...tabs.map((one) => one.close()), proxy.stop(), far.stop(), publisher.stop()]);
    free.push(browser);
  }
};

/** Acknowledgements but PUBREL go against the message. @param {Case} how */
const directionOf = ({ role, type }) =>
  (role === "sender") === (type === "publish" || type === "pubrel") ? "toServer" : "toClient";

describe("a link that breaks at one packet", { concurrency: AT_ONCE }, () => {
  for (const [index, how] of CASES.entries()) {
    const { qos, type, action, role, version, kill } = how;
    const then = kill ? "is killed and opened again" : "reconnects";
    const promise = qos === 2 ? "every message arrives once" : "no message is lost";
    test(`MQTT ${version}: the ${role}'s link is cut ${CUTS[action]} ${type.toUpperCase()}, the page ${then}, and at QoS ${qos} ${promise}`, () => run(how, index));
  }

  test("these were the 96 cases of QoS 2, and 24 of QoS 1", () => {
    assert.deepEqual([2, 1].map((qos) => CASES.filter((how) => how.qos === qos).length), [96, 24]);
  });
});
