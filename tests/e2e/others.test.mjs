// What docs/from-mqttjs.md and docs/from-paho.md say of MQTT.js and Paho where it matters most, and of this client beside them: so that
// a new version of theirs that does better is noticed. In Node; Paho is given what it finds in a browser.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import mqtt from "mqtt";
import { MqttClient } from "mqtt-mooring";
import { WebSocket } from "ws";
import { startBroker } from "../../tools/broker.mjs";
import { startProxy } from "../../tools/proxy.mjs";

/** @typedef {Awaited<ReturnType<typeof startProxy>>} Proxy */

let full = false;
/** localStorage as Paho uses it: it also goes through its own properties, which are the keys. */
class Storage {
  /** @param {string} key @param {string} value */
  setItem(key, value) {
    if (full) throw new Error("QuotaExceededError");
    Object.assign(this, { [key]: value });
  }
  /** @param {string} key */
  getItem(key) {
    return Reflect.get(this, key) ?? null;
  }
  /** @param {string} key */
  removeItem(key) {
    Reflect.deleteProperty(this, key);
  }
}
Object.assign(globalThis, { WebSocket, localStorage: new Storage() });
/** @type {typeof import("paho-mqtt").default} */
const Paho = createRequire(import.meta.url)("paho-mqtt");

/** @type {Awaited<ReturnType<typeof startBroker>>} */
let broker;
/** @type {Proxy} */
let proxy;
let serial = 0;

before(async () => {
  broker = await startBroker({ kind: "mosquitto" });
  proxy = await startProxy({ target: broker.url });
});
after(async () => {
  await proxy.stop();
  await broker.stop();
});

const newName = () => `others-${(serial += 1)}`;

/** Packets of a type that come to the proxy from now on: how each reads, as far as the documents speak of it. @param {"publish" | "pubrel"} type */
const sent = (type) => {
  const from = proxy.log.length;
  return () => proxy.log.slice(from).filter((packet) => packet.type === type && packet.direction === "toServer");
};

/** @param {"puback" | "pubrec"} type of packets that the client is not to get, until the next connection */
const withhold = async (type, count = 1) => {
  const rule = proxy.rule({ direction: "toClient", type, action: "drop" });
  const seen = proxy.when({ direction: "toClient", type, nth: count });
  return async () => {
    await seen;
    rule.remove();
    proxy.cut("reset");
  };
};

/** Connects, and waits for it. @param {InstanceType<typeof Paho.Client>} client @param {Record<string, unknown>} [options] */
const connectPaho = (client, options) =>
  new Promise((resolve, reject) => {
    client.connect({ mqttVersion: 4, onSuccess: resolve, onFailure: ({ errorMessage }) => reject(new Error(errorMessage)), ...options });
  });

/** @param {InstanceType<typeof Paho.Client>} client */
const lost = (client) => new Promise((resolve) => (client.onConnectionLost = resolve));

/** @param {InstanceType<typeof Paho.Client>} client @param {number} count @returns {Promise<string[]>} */
const delivered = (client, count) =>
  new Promise((resolve) => {
    /** @type {string[]} */
    const texts = [];
    client.onMessageDelivered = ({ payloadString }) => void (texts.push(payloadString) === count && resolve(texts));
  });

describe("unacknowledged messages on the next connection", () => {
  test("MQTT.js sends them one by one, without DUP, and says `connect` when all are acknowledged", async () => {
    const client = await mqtt.connectAsync(proxy.url, { clientId: newName(), clean: false, reconnectPeriod: 50 });
    const cut = await withhold("puback", 3);
    for (const text of ["1", "2", "3"]) client.publish("others", text, { qos: 1 });
    const connected = new Promise((resolve) => client.once("connect", resolve));
    await cut();
    await connected;
    const types = proxy.log.slice(-6).map(({ type, direction, dup }) => (direction === "toServer" ? `> ${type}${dup ? " dup" : ""}` : `< ${type}`));
    assert.deepEqual(types, ["> publish", "< puback", "> publish", "< puback", "> publish", "< puback"]);
    await client.endAsync(true);
  });

  test("Paho sends them at once, without DUP, but with DUP what an earlier page has sent, and mixes the two up", async () => {
    const name = newName();
    const page = new Paho.Client(proxy.url, name);
    await connectPaho(page, { cleanSession: false });
    let cut = await withhold("puback", 3);
    let gone = lost(page);
    for (const text of ["1", "2", "3"]) page.send("others", text, 1);
    await cut();
    await gone;

    const next = new Paho.Client(proxy.url, name);
    cut = await withhold("puback", 4);
    await connectPaho(next, { cleanSession: false });
    next.send("others", "4", 1);
    gone = lost(next);
    await cut();
    await gone;

    const all = delivered(next, 4);
    const packets = sent("publish");
    await connectPaho(next, { cleanSession: false });
    await all;
    assert.deepEqual(packets().map(({ packetId, dup }) => `${packetId}${dup ? " dup" : ""}`), ["1 dup", "4", "2 dup", "3 dup"]);
    next.disconnect();
  });

  test("mqtt-mooring sends them at once, with DUP, in their order", async () => {
    const client = new MqttClient({ url: proxy.url, clientId: newName(), cleanSession: false, reconnect: { minDelay: 0.01 } });
    await client.connect();
    const cut = await withhold("puback", 3);
    const all = Promise.all(["1", "2", "3"].map((text) => client.publish("others", text, { qos: 1 })));
    const first = sent("publish");
    await cut();
    const ids = first().slice(0, 3).map(({ packetId }) => packetId);
    const again = sent("publish");
    await all;
    assert.deepEqual(again().map(({ packetId, dup }) => ({ packetId, dup })), ids.map((packetId) => ({ packetId, dup: true })));
    await client.disconnect();
    client.free();
  });
});

describe("what is published while the connection is made again, in a clean session", () => {
  /** Breaks the connection, and holds up the next one while `publish` is called. @param {() => void} publish */
  const meanwhile = async (publish) => {
    const held = proxy.rule({ direction: "toClient", type: "connack", action: "hold" });
    const waiting = proxy.when({ direction: "toClient", type: "connack" });
    proxy.cut("reset");
    await waiting;
    publish();
    held.remove();
  };

  test("Paho deletes at QoS 1 and 2, and sends at QoS 0", async () => {
    const client = new Paho.Client(proxy.url, newName());
    client.disconnectedPublishing = true;
    await connectPaho(client, { reconnect: true });
    const packets = sent("publish");
    const two = delivered(client, 2);
    await meanwhile(() => {
      client.send("others", "at 1", 1);
      client.send("others", "at 2", 2);
      client.send("others", "at 0", 0);
    });
    await new Promise((resolve) => (client.onConnected = resolve));
    client.send("others", "the end", 1);
    assert.deepEqual(await two, ["at 0", "the end"]);
    assert.deepEqual(packets().map(({ qos }) => qos), [0, 1]);
    client.disconnect();
  });

  test("mqtt-mooring sends at QoS 1 and 2, and at QoS 0 with queueQos0, in their order", async () => {
    const client = new MqttClient({ url: proxy.url, clientId: newName(), reconnect: { minDelay: 0.01 }, outbox: { queueQos0: true } });
    await client.connect();
    const packets = sent("publish");
    /** @type {Promise<unknown>} */
    let all = Promise.resolve();
    await meanwhile(() => {
      all = Promise.all([1, 2, 0].map((qos) => client.publish("others", `at ${qos}`, { qos: /** @type {0 | 1 | 2} */ (qos) })));
    });
    await all;
    assert.deepEqual(packets().map(({ qos }) => qos), [1, 2, 0]);
    await client.disconnect();
    client.free();
  });
});

describe("other differences", () => {
  test("MQTT.js does not end without a connection while a message is unacknowledged; mqtt-mooring does", async () => {
    const theirs = await mqtt.connectAsync(proxy.url, { clientId: newName(), reconnectPeriod: 60_000 });
    const ours = new MqttClient({ url: proxy.url, clientId: newName(), reconnect: { minDelay: 60, jitter: false } });
    await ours.connect();
    const gone = Promise.all([
      new Promise((resolve) => ours.once("disconnected", resolve)),
      new Promise((resolve) => theirs.once("close", () => resolve(undefined))),
    ]);
    proxy.cut("reset");
    await gone;

    let ended = false;
    theirs.publish("others", "never", { qos: 1 });
    theirs.end(() => (ended = true));
    const outcome = assert.rejects(ours.publish("others", "kept", { qos: 1 }), { code: "DISCONNECTED" });
    await ours.disconnect();
    assert.equal(ours.outgoingMessages.length, 1);
    // Its own end would need two turns of the event loop; a round trip over TCP is many.
    await (await mqtt.connectAsync({ host: "127.0.0.1", port: broker.tcpPort, reconnectPeriod: 0 })).endAsync();
    assert.equal(ended, false);
    ours.free();
    await outcome;
  });

  test("a full localStorage: Paho throws, and sends the message all the same at the next connection", async () => {
    const client = new Paho.Client(proxy.url, newName());
    await connectPaho(client, { cleanSession: false });
    full = true;
    assert.throws(() => client.send("others", "refused", 1), /QuotaExceededError/);
    full = false;
    const gone = lost(client);
    client.disconnect();
    await gone;
    const all = delivered(client, 1);
    await connectPaho(client, { cleanSession: false });
    assert.deepEqual(await all, ["refused"]);
    client.disconnect();
  });

  test("a handler that throws ends Paho's connection, and not that of mqtt-mooring", async () => {
    const theirs = new Paho.Client(proxy.url, newName());
    await connectPaho(theirs);
    theirs.onMessageArrived = () => {
      throw new Error("of the handler");
    };
    const gone = lost(theirs);
    await new Promise((resolve) => theirs.subscribe("others/throws", { onSuccess: resolve }));
    const ours = new MqttClient({ url: proxy.url, clientId: newName() });
    await ours.connect();
    await ours.subscribe("others/throws");
    ours.on("messageIn", () => {
      throw new Error("of the handler");
    });
    const told = new Promise((resolve) => ours.on("error", resolve));
    await ours.publish("others/throws", "x");
    assert.match(/** @type {{ errorMessage: string }} */ (await gone).errorMessage, /of the handler/);
    assert.match(String(await told), /of the handler/);
    assert.equal(ours.connected, true);
    await ours.disconnect();
    ours.free();
  });
});
