// MQTT 5: what either side allows the other.

/** @typedef {import("../matrix.mjs").Feature} Feature */
/** @typedef {import("../matrix.mjs").Check} Check */

const MOST = 3;

/** @param {Check} t */
const connackOf = (t) => t.all("toClient", { type: "connack" });

/** @type {Feature[]} */
export const limits = [
  {
    name: "our Maximum Packet Size kept by the broker",
    versions: ["5"],
    check: async (t) => {
      const far = await t.far();
      const client = await t.connected({ maximumPacketSize: 500 });
      const connect = await t.weSend("Maximum Packet Size", { type: "connect", fits: ({ properties }) => properties?.maximumPacketSize === 500 });
      await t.subscribe(client, { [t.topic]: 1 });
      await far.publish(t.topic, "x".repeat(600));
      await far.publish(t.topic, "small");
      const came = await t.seen({ type: "publish" });
      if (came && came.size > 500) {
        const { code, reasonCode } = await client.told("disconnected");
        t.expect(code === "PROTOCOL_ERROR" && reasonCode === 0x95, `ended with ${code} ${reasonCode}`);
        throw t.fault(`sends a packet of ${came.size} bytes to a client that takes 500 [MQTT-3.1.2-24]`, [connect, came]);
      }
      await t.arrives(client, "small");
      t.expect((await client.get("connected")) === true, "the connection is gone");
    },
  },
  {
    name: "the broker's Maximum Packet Size: refused before sending",
    versions: ["5"],
    limited: true,
    check: async (t) => {
      const client = await t.connected();
      const { maximumPacketSize } = await client.get("serverLimits");
      if (maximumPacketSize === undefined) throw t.notOffered("its CONNACK has no Maximum Packet Size", connackOf(t));
      if (maximumPacketSize > 1 << 24) throw t.notOffered(`its CONNACK says ${maximumPacketSize}, more than a page can send at once`, connackOf(t));
      const { code } = await client.rejection("publish", t.topic, "x".repeat(maximumPacketSize), { qos: 1 });
      t.expect(code === "PACKET_TOO_LARGE", `refused with ${code}`);
      t.expect(t.all("toServer", { type: "publish" }).length === 0, "it was sent");
      // 10 bytes of the fixed header, the topic's length, the packet identifier, and no properties.
      const room = maximumPacketSize - Buffer.byteLength(t.topic) - 10;
      await client.call("publish", t.topic, "y".repeat(room), { qos: 1 });
      t.note(`${maximumPacketSize} bytes`);
    },
  },
  {
    name: "our Receive Maximum kept by the broker",
    versions: ["5"],
    check: async (t) => {
      const far = await t.far();
      const client = await t.connected({ receiveMaximum: MOST, manualAck: true });
      await t.weSend("Receive Maximum", { type: "connect", fits: ({ properties }) => properties?.receiveMaximum === MOST });
      await t.subscribe(client, { [t.topic]: 1 });
      for (let number = 1; number <= 10; number += 1) await far.publish(t.topic, `number ${number}`);
      await t.brokerSends("messages", { type: "publish", fits: ({ qos }) => qos === 1 });
      // Its answer stands behind all that it sends at once, and is not held back [MQTT-3.3.4-10].
      await t.subscribe(client, { [`${t.topic}/marker`]: 0 });
      const numbers = () => t.all("toClient", { type: "publish", fits: ({ qos }) => qos === 1 });
      const open = numbers();
      if (open.length > MOST) throw t.fault(`sends ${open.length} unacknowledged messages to a client whose Receive Maximum is ${MOST} [MQTT-3.3.4-9]`, [...t.all("toServer", { type: "connect" }), ...open.slice(0, MOST + 1)]);
      for (let number = 1; number <= 10; number += 1) {
        await t.brokerSends(`message ${number} when those before are acknowledged`, { type: "publish", payload: `number ${number}` });
        await client.told("messageIn", ({ text }) => text === `number ${number}`);
        await client.ack();
      }
      t.note(`at most ${open.length} before the first PUBACK`);
    },
  },
  {
    name: "the broker's Receive Maximum kept by the client",
    versions: ["5"],
    check: async (t) => {
      const client = await t.connected();
      const { receiveMaximum } = await client.get("serverLimits");
      if (receiveMaximum === 65_535) throw t.notOffered("its CONNACK has no Receive Maximum, or the largest", connackOf(t));
      const held = t.proxy.rule({ direction: "toClient", type: "puback", action: "hold" });
      const all = Array.from({ length: receiveMaximum + 10 }, (_, index) => client.call("publish", t.topic, `number ${index}`, { qos: 1 }));
      await t.weSend("as many as it may", { type: "publish", nth: receiveMaximum });
      await client.call("publish", t.topic, "marker", { qos: 0 });
      await t.weSend("QoS 0 all the same", { type: "publish", payload: "marker" });
      const sent = t.all("toServer", { type: "publish", fits: ({ qos }) => qos === 1 }).length;
      t.expect(sent === receiveMaximum, `${sent} were sent, and ${receiveMaximum} allowed`);
      held.remove();
      await Promise.all(all);
      t.note(String(receiveMaximum));
    },
  },
  {
    name: "the broker's Maximum QoS: refused before sending",
    versions: ["5"],
    limited: true,
    check: async (t) => {
      const client = await t.connected();
      const { maximumQos } = await client.get("serverLimits");
      if (maximumQos === 2) throw t.notOffered("its CONNACK has no Maximum QoS", connackOf(t));
      const { code } = await client.rejection("publish", t.topic, "x", { qos: maximumQos + 1 });
      t.expect(code === "NOT_AVAILABLE", `refused with ${code}`);
      await client.call("publish", t.topic, "y", { qos: maximumQos });
      t.expect(t.all("toServer", { type: "publish" }).length === 1, "it was sent");
      t.note(`QoS ${maximumQos}`);
    },
  },
  {
    name: "Retain Available 0: refused before sending",
    versions: ["5"],
    limited: true,
    check: async (t) => {
      const client = await t.connected();
      const { retainAvailable } = await client.get("serverLimits");
      if (retainAvailable) throw t.notOffered("its CONNACK does not say that there are no retained messages", connackOf(t));
      const { code } = await client.rejection("publish", t.topic, "x", { retain: true });
      t.expect(code === "NOT_AVAILABLE", `refused with ${code}`);
      t.expect(t.all("toServer", { type: "publish" }).length === 0, "it was sent");
    },
  },
];
