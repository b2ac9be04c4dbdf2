// What `npm run interop` holds against a broker, by packets alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import mqttPacket from "mqtt-packet";
import { violationIn } from "../../tools/interop/violations.mjs";
import { describe as entryOf } from "../../tools/proxy/log.mjs";

/**
 * @param {4 | 5} protocolVersion
 * @param {object} connect
 * @param {Array<[">" | "<", object]>} packets `>`: to the broker
 */
const logOf = (protocolVersion, connect, packets) => {
  const first = { cmd: "connect", protocolId: "MQTT", protocolVersion, clientId: "a", clean: true, keepalive: 60, ...connect };
  return [[">", first], ...packets].map(([sign, packet], seq) => {
    const raw = mqttPacket.generate(/** @type {any} */ (packet), { protocolVersion });
    const direction = sign === ">" ? /** @type {const} */ ("toServer") : /** @type {const} */ ("toClient");
    const entry = entryOf({ seq, at: seq, connection: 1, clientId: "a", protocolVersion, direction, type: /** @type {any} */ (packet).cmd, raw });
    return { ...entry, fate: /** @type {const} */ ("forwarded") };
  });
};

/** @param {object} more */
const publish = (more) => ({ cmd: "publish", topic: "t", payload: "x", qos: 0, dup: false, retain: false, ...more });

test("an alias that no packet has set is the broker's violation, one that was set is not", () => {
  const connect = { properties: { topicAliasMaximum: 2 } };
  const set = publish({ properties: { topicAlias: 1 } });
  const used = publish({ topic: "", properties: { topicAlias: 1 } });
  assert.equal(violationIn(logOf(5, connect, [["<", set], ["<", used]])), null);
  assert.match(violationIn(logOf(5, connect, [["<", used]]))?.reason ?? "", /topic alias 1, which no packet/);
  assert.match(violationIn(logOf(5, connect, [["<", publish({ properties: { topicAlias: 3 } })]]))?.reason ?? "", /2 are allowed/);
});

test("more unacknowledged messages than Receive Maximum are, as many are not", () => {
  const connect = { properties: { receiveMaximum: 1 } };
  const one = publish({ qos: 1, messageId: 1 });
  const two = publish({ qos: 1, messageId: 2 });
  assert.equal(violationIn(logOf(5, connect, [["<", one], [">", { cmd: "puback", messageId: 1, reasonCode: 0 }], ["<", two]])), null);
  assert.match(violationIn(logOf(5, connect, [["<", one], ["<", two]]))?.reason ?? "", /Receive Maximum is 1/);
});

test("a packet larger than Maximum Packet Size is", () => {
  const connect = { properties: { maximumPacketSize: 20 } };
  assert.equal(violationIn(logOf(5, connect, [["<", publish({})]])), null);
  assert.match(violationIn(logOf(5, connect, [["<", publish({ payload: "x".repeat(20) })]]))?.reason ?? "", /takes 20/);
});

test("DISCONNECT to a client of MQTT 3.1.1 is, and so is an acknowledgement with a reason code", () => {
  assert.match(violationIn(logOf(4, {}, [["<", { cmd: "disconnect" }]]))?.reason ?? "", /sends DISCONNECT/);
  const log = logOf(4, {}, [[">", publish({ qos: 1, messageId: 1 })], ["<", { cmd: "puback", messageId: 1 }]]);
  assert.equal(violationIn(log), null);
  assert.match(violationIn(log.map((entry) => (entry.type === "puback" ? { ...entry, size: 6 } : entry)))?.reason ?? "", /PUBACK of 6 bytes/);
});
