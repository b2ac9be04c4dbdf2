// The proxy's actions and chunkings, each by a test that fails if it did nothing. What arrived is
// counted by a witness over plain TCP.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import mqtt from "mqtt";
import { WebSocket } from "ws";
import { startBroker } from "../../tools/broker.mjs";
import { startProxy } from "../../tools/proxy.mjs";
import { plainClient } from "./plain-client.mjs";

/** @typedef {Awaited<ReturnType<typeof startProxy>>} RunningProxy */

const MARKER = "t/marker";

for (const kind of /** @type {const} */ (["aedes", "mosquitto"])) {
  describe(`proxy before ${kind}`, () => {
    /** @type {import("../../tools/broker.mjs").Broker} */
    let broker;
    /** @type {RunningProxy} */
    let proxy;
    /** @type {import("mqtt").MqttClient} counts over plain TCP what reached the broker */
    let witness;
    /** @type {string[]} */
    let arrived;

    before(async () => (broker = await startBroker({ kind })));
    after(() => broker.stop());
    beforeEach(async () => {
      proxy = await startProxy({ target: broker.url, seed: 7 });
      arrived = [];
      witness = await mqtt.connectAsync({ host: "127.0.0.1", port: broker.tcpPort });
      witness.on("message", (topic, payload) => topic === MARKER || arrived.push(payload.toString()));
      await witness.subscribeAsync("t/#", { qos: 0 });
    });
    afterEach(async () => {
      await witness.endAsync(true);
      await proxy.stop();
    });

    test("passes everything on, and logs it", async () => {
      const client = await plainClient(proxy.url);
      client.publish(1, "a");
      await client.see("puback");
      assert.deepEqual(
        proxy.log.map(({ direction, type, packetId, fate }) => [direction, type, packetId, fate]),
        [
          ["toServer", "connect", undefined, "forwarded"],
          ["toClient", "connack", undefined, "forwarded"],
          ["toServer", "publish", 1, "forwarded"],
          ["toClient", "puback", 1, "forwarded"],
        ],
      );
      assert.deepEqual([proxy.log[2].topic, proxy.log[2].qos, proxy.log[2].clientId], ["t/a", 1, client.id]);
    });

    test("drop: the packet is gone, the next one passes", async () => {
      const client = await plainClient(proxy.url);
      proxy.rule({ direction: "toServer", type: "publish", nth: 1, action: "drop" });
      client.publish(1, "a");
      client.publish(2, "b");
      assert.equal((await client.see("puback")).messageId, 2);
      await settled(witness);
      assert.deepEqual(arrived, ["b"]);
    });

    test("hold: keeps later packets behind it until released", async () => {
      const client = await plainClient(proxy.url);
      const rule = proxy.rule({ direction: "toClient", type: "puback", nth: 1, action: "hold" });
      client.publish(1, "a");
      client.publish(2, "b");
      await proxy.when({ type: "puback", packetId: 2 });
      await client.roundTrip();
      assert.deepEqual(client.ids("puback"), []);
      assert.equal(proxy.held.length, 1);
      assert.equal(rule.release(), 1);
      await client.see("puback", 2);
      assert.deepEqual(client.ids("puback"), [1, 2]);
    });

    test("hold with overtake: later packets go on ahead", async () => {
      const client = await plainClient(proxy.url);
      const rule = proxy.rule({ direction: "toClient", type: "puback", nth: 1, action: "hold", overtake: true });
      client.publish(1, "a");
      client.publish(2, "b");
      await client.see("puback");
      rule.remove();
      await client.see("puback", 2);
      assert.deepEqual(client.ids("puback"), [2, 1]);
    });

    test("duplicate: the packet comes twice", async () => {
      const client = await plainClient(proxy.url);
      proxy.rule({ direction: "toClient", type: "puback", packetId: 1, action: "duplicate" });
      client.publish(1, "a");
      await client.see("puback", 2);
      assert.deepEqual(client.ids("puback"), [1, 1]);
    });

    test("delay: the packet and those behind it come later, in order", async () => {
      const client = await plainClient(proxy.url);
      proxy.rule({ direction: "toClient", type: "puback", nth: 1, action: "delay", ms: 150 });
      const began = performance.now();
      client.publish(1, "a");
      client.publish(2, "b");
      await client.see("puback", 2);
      assert.ok(performance.now() - began >= 149);
      assert.deepEqual(client.ids("puback"), [1, 2]);
    });

    test("latency: every packet takes its time, and cuts come in their turn", async () => {
      proxy.latencyMs = 100;
      const began = performance.now();
      const client = await plainClient(proxy.url);
      assert.ok(performance.now() - began >= 198, "CONNECT and CONNACK");
      proxy.rule({ direction: "toServer", type: "publish", nth: 3, action: "cut-before" });
      for (const id of [1, 2, 3, 4]) client.publish(id, "a");
      await client.closed;
      await settled(witness);
      assert.deepEqual(arrived, ["a", "a"]);
    });

    test("cut before: what came earlier arrives, the packet does not", async () => {
      const client = await plainClient(proxy.url);
      proxy.rule({ direction: "toServer", type: "publish", nth: 2, action: "cut-before" });
      client.publish(1, "a");
      client.publish(2, "b");
      client.publish(3, "c");
      await client.closed;
      await settled(witness);
      assert.deepEqual(arrived, ["a"]);
    });

    test("cut after: the packet arrives, its answer does not get back", async () => {
      const client = await plainClient(proxy.url);
      proxy.rule({ direction: "toServer", type: "publish", nth: 2, action: "cut-after" });
      client.publish(1, "a");
      await client.see("puback");
      client.publish(2, "b");
      client.publish(3, "c");
      await client.closed;
      await settled(witness);
      assert.deepEqual(arrived, ["a", "b"]);
      assert.deepEqual(client.ids("puback"), [1]);
    });

    test("half then cut: the packet arrives cut short, and nothing after it", async () => {
      const client = await plainClient(proxy.url);
      proxy.rule({ direction: "toClient", type: "puback", nth: 2, action: "half-then-cut" });
      for (const id of [1, 2, 3]) client.publish(id, "a");
      await client.closed;
      assert.deepEqual(client.ids("puback"), [1]);
      assert.deepEqual(client.unparsed(), Buffer.from([0x40, 0x02]));
    });

    test("cut at a byte: all up to that byte arrive, counted over packets, and none after it", async () => {
      const client = await plainClient(proxy.url);
      proxy.rule({ direction: "toClient", type: "puback", byte: 4 + 3, action: "cut-at-byte" });
      for (const id of [1, 2, 3]) client.publish(id, "a");
      await client.closed;
      assert.deepEqual(client.ids("puback"), [1]);
      assert.deepEqual(client.unparsed(), Buffer.from([0x40, 0x02, 0x00]));
      assert.equal(proxy.log.find(({ type, packetId }) => type === "puback" && packetId === 2)?.fate, "truncated");
    });

    test("cut at a packet's last byte: the packet arrives whole", async () => {
      const client = await plainClient(proxy.url);
      proxy.rule({ direction: "toClient", type: "puback", byte: 4, action: "cut-at-byte" });
      client.publish(1, "a");
      await client.closed;
      assert.deepEqual(client.ids("puback"), [1]);
      assert.equal(client.unparsed().length, 0);
    });

    for (const kindOfCut of /** @type {const} */ (["reset", "close"])) {
      test(`a cut by ${kindOfCut}`, async () => {
        const client = await plainClient(proxy.url);
        assert.equal(proxy.cut(kindOfCut), 1);
        assert.equal(await client.closed, kindOfCut === "reset" ? 1006 : 1001);
        assert.equal(proxy.connections.length, 0);
      });
    }

    test("a cut by silence: nothing passes or is answered, and the socket stands", async () => {
      const client = await plainClient(proxy.url);
      let answered = false;
      client.socket.once("pong", () => (answered = true));
      proxy.cut("silence");
      client.publish(1, "a");
      client.socket.ping();
      await (await plainClient(proxy.url)).roundTrip();
      await settled(witness);
      assert.deepEqual([arrived, answered, client.socket.readyState], [[], false, WebSocket.OPEN]);
      client.socket.close();
      await (await plainClient(proxy.url)).roundTrip();
      assert.equal(client.socket.readyState, WebSocket.CLOSING, "not even a close is answered");
      proxy.cut("reset");
      await client.closed;
    });

    test("a half-close to the client: it gets all before the FIN and no closing frame, and what it still sends passes", async () => {
      const client = await plainClient(proxy.url);
      proxy.rule({ direction: "toClient", type: "puback", nth: 1, action: "cut-after", kind: "half-close" });
      client.publish(1, "a");
      await once(proxy, "cut");
      // The client has not read the FIN yet; when it has, it ends its side, too.
      client.publish(2, "b");
      assert.equal((await proxy.when({ type: "publish" })).fate, "forwarded");
      assert.equal(await client.closed, 1006);
      assert.deepEqual(client.ids("puback"), [1]);
      if (proxy.connections.length > 0) await once(proxy, "end");
    });

    test("a half-close to the broker: what the client sends is lost, and the broker ends its side", async () => {
      const client = await plainClient(proxy.url);
      proxy.rule({ direction: "toServer", type: "publish", nth: 2, action: "cut-before", kind: "half-close" });
      client.publish(1, "a");
      await client.see("puback");
      client.publish(2, "b");
      client.publish(3, "c");
      await client.closed;
      await settled(witness);
      assert.deepEqual(arrived, ["a"]);
      assert.equal(proxy.connections.length, 0);
    });

    test("down: new connections are refused until it is up again", async () => {
      proxy.down = true;
      await assert.rejects(plainClient(proxy.url));
      proxy.down = false;
      await plainClient(proxy.url);
    });

    test("a held packet is lost with its connection", async () => {
      const client = await plainClient(proxy.url);
      const rule = proxy.rule({ direction: "toServer", type: "publish", action: "hold" });
      client.publish(1, "a");
      await proxy.when({ type: "publish" });
      proxy.cut();
      await client.closed;
      assert.equal(rule.remove(), 0);
      assert.equal(proxy.log.at(-1)?.fate, "lost");
    });

    test("1 byte a frame", async () => {
      const client = await plainClient(proxy.url);
      proxy.chunkBoth("1 byte a frame");
      await client.exchange(broker);
      assert.deepEqual(client.frameSizes, [1, 1, 1, 1]);
    });

    test("random 1-7 bytes", async () => {
      const client = await plainClient(proxy.url);
      proxy.chunkBoth("random 1-7 bytes");
      await client.subscribe();
      client.frameSizes.length = 0;
      await witness.publishAsync("t/x", "x".repeat(100));
      await client.see("publish");
      assert.ok(client.frameSizes.every((size) => size >= 1 && size <= 7), String(client.frameSizes));
      assert.ok(new Set(client.frameSizes).size > 3, String(client.frameSizes));
    });

    test("two fragments", async () => {
      const client = await plainClient(proxy.url);
      proxy.chunkBoth("two fragments");
      await client.exchange(broker);
      assert.deepEqual(client.fragments.map(({ fin }) => fin), [false, true]);
      assert.equal(client.fragments.reduce((sum, { size }) => sum + size, 0), 4);
    });

    test("a packet a frame splits, many packets a frame joins", async () => {
      const client = await plainClient(proxy.url);
      proxy.chunkBoth("many packets a frame");
      client.frameSizes.length = 0;
      for (const id of [1, 2, 3]) client.publish(id, "a");
      await client.see("puback", 3);
      assert.deepEqual(client.frameSizes, [12]);
      proxy.chunkBoth("packet a frame");
      client.frameSizes.length = 0;
      proxy.rule({ type: "puback", nth: 1, action: "hold" });
      for (const id of [4, 5, 6]) client.publish(id, "a");
      await proxy.when({ type: "puback", packetId: 6 });
      proxy.release();
      await client.see("puback", 6);
      assert.deepEqual(client.frameSizes, [4, 4, 4]);
    });

    test("what is not MQTT passes through", async () => {
      const socket = new WebSocket(proxy.url, ["mqtt"]);
      await once(socket, "open");
      socket.send(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
      const { type, fate, size } = await proxy.when({ direction: "toServer" });
      assert.deepEqual([type, size], ["raw", 18]);
      await once(socket, "close");
      assert.notEqual(fate, "dropped");
    });

    test("inject: bytes and text frames that the broker never sent", async () => {
      const client = await plainClient(proxy.url);
      const [connection] = proxy.connections;
      connection.inject("toClient", Buffer.from([0x40, 0x02, 0x00, 0x2a]));
      assert.equal((await client.see("puback")).messageId, 42);
      const text = once(client.socket, "message");
      connection.inject("toClient", "not MQTT");
      const [data, isBinary] = await text;
      assert.deepEqual([data.toString(), isBinary], ["not MQTT", false]);
    });
  });
}

/** Until the broker has passed on to the witness all that it had. @param {import("mqtt").MqttClient} witness */
const settled = async (witness) => {
  const passed = new Promise((resolve) => {
    /** @param {string} topic */
    const look = (topic) => {
      if (topic !== MARKER) return;
      witness.off("message", look);
      resolve(undefined);
    };
    witness.on("message", look);
  });
  await witness.publishAsync(MARKER, "");
  await passed;
};
