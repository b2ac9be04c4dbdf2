// How the Lab's timeline reads what goes over the wire: every packet of both versions as another implementation writes it, every
// property by its name, streams cut anywhere, and bytes that are no packet.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { generate } from "mqtt-packet";
import { decode } from "../../www/timeline/decode.js";
import { KEPT, splitter } from "../../www/timeline/frames.js";
import { exchangeOf, LIMITS, passes, Timeline } from "../../www/timeline/timeline.js";

/** @typedef {4 | 5} Level */
/** @typedef {import("../../www/timeline/timeline.js").Entry} Entry */

/** @param {object} packet @param {Level} level */
const wire = (packet, level) => new Uint8Array(generate(/** @type {any} */ (packet), { protocolVersion: level }));

/** @param {object} packet @param {Level} [level] */
const read = (packet, level = 5) => {
  const bytes = wire({ protocolVersion: level, ...packet }, level);
  const { fields, ...rest } = decode(bytes, bytes.length, level);
  assert.equal(rest.fault, undefined);
  const last = fields.filter(({ secret }) => !secret).at(-1);
  assert.ok(!last || last.end <= bytes.length);
  return { ...rest, fields, said: Object.fromEntries(fields.map(({ name, value }) => [name, value])) };
};

describe("the timeline reads packets", () => {
  test("CONNECT with everything in it; password and authentication data are not shown", () => {
    const packet = {
      cmd: "connect", protocolId: "MQTT", clientId: "tablet-17", clean: true, keepalive: 30, username: "ann", password: Buffer.from("hush"),
      properties: {
        sessionExpiryInterval: 0xffffffff, receiveMaximum: 12, maximumPacketSize: 1000, topicAliasMaximum: 7, requestResponseInformation: true,
        requestProblemInformation: true, userProperties: { a: "b" }, authenticationMethod: "SCRAM", authenticationData: Buffer.from("proof"),
      },
      will: {
        topic: "gone", payload: Buffer.from("bye"), qos: 1, retain: true,
        properties: { willDelayInterval: 5, payloadFormatIndicator: true, messageExpiryInterval: 60, contentType: "text/plain", responseTopic: "r", correlationData: Buffer.from([1, 2]) },
      },
    };
    const { said, summary, level, fields } = read(packet);
    assert.equal(level, 5);
    assert.equal(summary, "tablet-17, MQTT 5, clean start, keep alive 30 s");
    assert.equal(said["Connect Flags"], "0xee clean start, will at QoS 1, retained, user name, password");
    assert.equal(said["Session Expiry Interval"], "never");
    assert.equal(said["Receive Maximum"], "12");
    assert.equal(said["Maximum Packet Size"], "1,000 bytes");
    assert.equal(said["User Property"], "a = b");
    assert.equal(said["Authentication Data"], "not shown (7 bytes)");
    assert.equal(said.Password, "not shown (6 bytes)");
    assert.equal(said["Will Delay Interval"], "5 s");
    assert.equal(said["Correlation Data"], "01 02");
    assert.equal(said["Will Payload"], "bye");
    assert.ok(!JSON.stringify(fields).includes("hush") && !JSON.stringify(fields).includes("proof"));
    assert.equal(fields.filter(({ secret }) => secret).length, 2);
  });

  test("a password that is cut is not shown either", () => {
    const bytes = wire({ cmd: "connect", protocolId: "MQTT", clientId: "c", clean: true, username: "ann", password: Buffer.from("hush") }, 4);
    const { fault, fields } = decode(bytes.subarray(0, -1), bytes.length, 4);
    assert.match(fault ?? "", /^Only the first \d+ bytes of it were kept\. Password: /);
    assert.deepEqual([fields.at(-1)?.secret, fields.at(-1)?.end], [true, bytes.length - 1]);
  });

  test("CONNECT of 3.1.1 that goes on with its session", () => {
    const { summary, level } = read({ cmd: "connect", protocolId: "MQTT", clientId: "x", clean: false, keepalive: 0 }, 4);
    assert.deepEqual([level, summary], [4, "x, MQTT 3.1.1, goes on with the session, keep alive 0 s"]);
  });

  test("CONNACK: return code of 3.1.1, reason and limits of 5", () => {
    assert.equal(read({ cmd: "connack", returnCode: 5, sessionPresent: false }, 4).summary, "Not authorized");
    const properties = {
      assignedClientIdentifier: "made", serverKeepAlive: 20, maximumQoS: 1, retainAvailable: false, wildcardSubscriptionAvailable: true,
      subscriptionIdentifiersAvailable: true, sharedSubscriptionAvailable: false, responseInformation: "r/", serverReference: "other", reasonString: "fine",
    };
    const { said, summary } = read({ cmd: "connack", reasonCode: 0, sessionPresent: true, properties });
    assert.equal(summary, "Success, session present");
    assert.equal(said["Server Keep Alive"], "20 s");
    assert.equal(said["Maximum QoS"], "1");
    assert.equal(said["Retain Available"], "0 (no)");
    assert.equal(said["Shared Subscription Available"], "0 (no)");
    assert.equal(said["Subscription Identifier Available"], "1 (yes)");
    assert.equal(said["Reason String"], "fine");
    assert.equal(said["Response Information"], "r/");
    assert.equal(said["Server Reference"], "other");
  });

  test("PUBLISH: flags, several identifiers, text and bytes", () => {
    const properties = { subscriptionIdentifier: [1, 300], topicAlias: 2, messageExpiryInterval: 1 };
    const { id, alias, topic, summary, fields, said } = read({ cmd: "publish", topic: "t", payload: "käse", qos: 2, messageId: 9, dup: true, retain: true, properties });
    assert.deepEqual([id, alias, topic, summary], [9, 2, "t", "QoS 2, DUP, RETAIN, 5 bytes"]);
    assert.deepEqual(fields.filter(({ name }) => name === "Subscription Identifier").map(({ value }) => value), ["1", "300"]);
    assert.equal(said["Application Message"], "käse");
    assert.equal(read({ cmd: "publish", topic: "t", payload: Buffer.from([0, 255]), qos: 0 }, 4).said["Application Message"], "00 ff");
    assert.equal(read({ cmd: "publish", topic: "t", payload: "", qos: 0 }, 4).said["Application Message"], "(empty)");
  });

  for (const cmd of ["puback", "pubrec", "pubrel", "pubcomp"]) {
    test(`${cmd.toUpperCase()} with and without its reason`, () => {
      const properties = { reasonString: "why", userProperties: { k: "v" } };
      const full = read({ cmd, messageId: 7, reasonCode: cmd === "pubrel" || cmd === "pubcomp" ? 0x92 : 0x97, properties });
      assert.equal(full.id, 7);
      assert.match(full.summary, /^(Quota exceeded|Packet Identifier not found)$/);
      assert.equal(full.said["Reason String"], "why");
      assert.deepEqual([read({ cmd, messageId: 7 }, 4).summary, read({ cmd, messageId: 7 }, 4).id], ["", 7]);
    });
  }

  test("SUBSCRIBE and SUBACK, UNSUBSCRIBE and UNSUBACK", () => {
    const subscriptions = [{ topic: "a/#", qos: 2, nl: true, rap: true, rh: 2 }, { topic: "b", qos: 0, nl: false, rap: false, rh: 0 }];
    const asked = read({ cmd: "subscribe", messageId: 3, subscriptions, properties: { subscriptionIdentifier: 5 } });
    assert.equal(asked.summary, "a/# at QoS 2, b at QoS 0");
    assert.ok(asked.fields.some(({ value }) => value === "QoS 2, No Local, Retain As Published, retained messages: none"));
    assert.equal(read({ cmd: "subscribe", messageId: 3, subscriptions }, 4).summary, asked.summary);
    assert.equal(read({ cmd: "suback", messageId: 3, granted: [2, 0, 0x87] }).summary, "Granted QoS 2, Granted QoS 0, Not authorized");
    assert.equal(read({ cmd: "suback", messageId: 3, granted: [1, 0x80] }, 4).summary, "Granted QoS 1, Failure");
    assert.equal(read({ cmd: "unsubscribe", messageId: 4, unsubscriptions: ["a/#", "b"] }).summary, "a/#, b");
    assert.equal(read({ cmd: "unsuback", messageId: 4, granted: [0, 0x11] }).summary, "Success, No subscription existed");
    assert.equal(read({ cmd: "unsuback", messageId: 4 }, 4).summary, "");
  });

  test("PINGREQ, PINGRESP, DISCONNECT and AUTH", () => {
    assert.equal(read({ cmd: "pingreq" }).type, "PINGREQ");
    assert.equal(read({ cmd: "pingresp" }, 4).type, "PINGRESP");
    assert.equal(read({ cmd: "disconnect" }, 4).summary, "");
    assert.equal(read({ cmd: "disconnect", reasonCode: 0x8e, properties: { serverReference: "s" } }).summary, "Session taken over");
    assert.equal(read({ cmd: "auth", reasonCode: 0x18, properties: { authenticationMethod: "M", authenticationData: Buffer.from("x") } }).summary, "Continue authentication");
  });

  test("what is cut, too long, unknown or not UTF-8 is said so, with the fields before it; no bytes make it throw", () => {
    const whole = wire({ cmd: "publish", topic: "topic", payload: "p", qos: 1, messageId: 1, properties: { contentType: "t" } }, 5);
    for (let length = 2; length < whole.length - 1; length += 1) {
      for (const level of /** @type {Level[]} */ ([4, 5])) decode(whole.subarray(0, length), length, level);
    }
    assert.match(decode(whole.subarray(0, 6), 6, 5).fault ?? "", /^Topic Name: it ends after 2 bytes of 5\.$/);
    assert.equal(decode(Uint8Array.of(0xc0, 1, 0), 3, 4).fault, "1 byte more than this packet has.");
    assert.equal(decode(Uint8Array.of(0x00, 0), 2, 4).fault, "There is no packet of this type.");
    assert.match(decode(Uint8Array.of(0x30, 3, 0, 1, 0xff), 5, 4).fault ?? "", /^Topic Name: it is not UTF-8\.$/);
    assert.match(decode(Uint8Array.of(0xe0, 4, 0, 2, 0x7f, 0), 6, 5).fault ?? "", /^Property 0x7f: there is none/);
    let seed = 1;
    const random = () => (seed = (seed * 48271) % 0x7fffffff) & 0xff;
    for (let round = 0; round < 5000; round += 1) {
      const bytes = Uint8Array.from({ length: 2 + (random() & 31) }, random);
      const { fields } = decode(bytes, bytes.length, round % 2 ? 4 : 5);
      for (const { start, end } of fields) assert.ok(start <= end && end <= bytes.length);
    }
  });
});

describe("the timeline cuts streams", () => {
  const packets = [
    wire({ cmd: "publish", topic: "a", payload: "x".repeat(300), qos: 0 }, 4), wire({ cmd: "pingreq" }, 4), wire({ cmd: "puback", messageId: 1 }, 4),
  ];
  const stream = Buffer.concat(packets);

  for (const size of [1, 2, 3, 7, 150, stream.length]) {
    test(`${size} bytes at a time`, () => {
      /** @type {Uint8Array[]} */
      const found = [];
      const take = splitter(({ bytes }) => found.push(bytes));
      for (let at = 0; at < stream.length; at += size) take(new Uint8Array(stream.subarray(at, at + size)));
      assert.deepEqual(found.map((bytes) => Buffer.from(bytes)), packets.map((bytes) => Buffer.from(bytes)));
    });
  }

  test("of a long packet the beginning is kept, and its length; the one behind it is whole", () => {
    const long = wire({ cmd: "publish", topic: "a", payload: Buffer.alloc(3 * KEPT, "y"), qos: 0 }, 4);
    /** @type {import("../../www/timeline/frames.js").Frame[]} */
    const found = [];
    const take = splitter((frame) => found.push(frame));
    take(new Uint8Array(Buffer.concat([long, packets[1]])));
    assert.deepEqual(found.map(({ bytes, total }) => [bytes.length, total]), [[KEPT, long.length], [2, 2]]);
    const { summary, fault, fields } = decode(found[0].bytes, found[0].total, 4);
    assert.deepEqual([summary, fault], ["QoS 0, 196,608 bytes", undefined]);
    assert.match(fields.at(-1)?.value ?? "", /^y+ … \(196,608 bytes in all\)$/);
  });

  test("a length of five bytes is the end of what can be read", () => {
    /** @type {(string | undefined)[]} */
    const faults = [];
    const take = splitter(({ fault }) => faults.push(fault));
    take(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x7f));
    take(Uint8Array.of(0xc0, 0));
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? "", /^The Remaining Length has more than four bytes/);
  });
});

describe("the timeline keeps", () => {
  const started = () => {
    const timeline = new Timeline(() => {}, () => 0);
    timeline.listener.opening(1, "ws://x/");
    timeline.listener.opened(1, "mqtt");
    return timeline;
  };

  test("the version of each connection as its CONNECT says, and the topic an alias stands for", () => {
    const timeline = started();
    timeline.listener.bytes(1, "out", wire({ cmd: "connect", protocolId: "MQTT", protocolVersion: 5, clientId: "c", clean: true, keepalive: 1 }, 5));
    for (const topic of ["far/away", ""]) {
      timeline.listener.bytes(1, "out", wire({ cmd: "publish", topic, payload: "", qos: 0, properties: { topicAlias: 1 } }, 5));
    }
    timeline.listener.bytes(1, "in", wire({ cmd: "publish", topic: "", payload: "", qos: 0, properties: { topicAlias: 1 } }, 5));
    assert.deepEqual(timeline.entries.slice(2).map(({ type, level, topic }) => [type, level, topic]), [
      ["CONNECT", 5, ""], ["PUBLISH", 5, "far/away"], ["PUBLISH", 5, "far/away"], ["PUBLISH", 5, "alias 1"],
    ]);
  });

  test("so many entries and bytes and no more, and counts the others", () => {
    const many = started();
    for (let count = 0; count < LIMITS.entries + 5; count += 1) many.listener.bytes(1, "out", Uint8Array.of(0xc0, 0));
    assert.deepEqual([many.entries.length, many.dropped], [LIMITS.entries, 7]);
    const large = started();
    const packet = wire({ cmd: "publish", topic: "a", payload: Buffer.alloc(KEPT), qos: 0 }, 4);
    for (let count = 0; count < 100; count += 1) large.listener.bytes(1, "in", packet);
    const kept = large.entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.ok(kept <= LIMITS.bytes && kept > LIMITS.bytes - 2 * KEPT, `${kept}`);
  });

  test("what was sent from memory that is used again", () => {
    const timeline = started();
    const memory = wire({ cmd: "publish", topic: "before", payload: "", qos: 0 }, 4);
    timeline.listener.bytes(1, "out", memory);
    memory.fill(0);
    assert.equal(timeline.entries.at(-1)?.bytes[4], "b".charCodeAt(0));
  });

  test("filters by direction, type and text; finds the packets of one exchange, not those of the identifier's next use", () => {
    const timeline = started();
    /** @param {"in" | "out"} direction @param {object} packet */
    const pass = (direction, packet) => timeline.listener.bytes(1, direction, wire(packet, 4));
    const sent = { cmd: "publish", topic: "orders/1", payload: "x", qos: 2, messageId: 1 };
    for (let round = 0; round < 2; round += 1) {
      pass("out", sent);
      pass("in", { ...sent, topic: "other" });
      pass("in", { cmd: "pubrec", messageId: 1 });
      pass("out", { cmd: "pubrec", messageId: 1 });
      pass("out", { cmd: "pubrel", messageId: 1 });
      pass("in", { cmd: "pubcomp", messageId: 1 });
    }
    pass("out", { cmd: "pingreq" });
    /** @param {Partial<import("../../www/timeline/timeline.js").Filter>} filter */
    const those = (filter) => timeline.entries.filter(passes({ direction: "", type: "", text: "", ...filter }));
    assert.equal(those({ direction: "in" }).length, 6);
    assert.equal(those({ type: "PUBREC" }).length, 4);
    assert.equal(those({ type: "messages" }).length, 12);
    assert.equal(those({ type: "quiet" }).length, 14);
    assert.equal(those({ type: "link" }).length, 2);
    assert.equal(those({ text: "orders" }).length, 2);
    assert.equal(those({ text: "id 1" }).length, 12);
    const second = /** @type {Entry} */ (those({ type: "PUBREL" })[1]);
    const of = exchangeOf(timeline.entries, second);
    assert.deepEqual(of.map(({ type, direction }) => [type, direction]), [["PUBLISH", "out"], ["PUBREC", "in"], ["PUBREL", "out"], ["PUBCOMP", "in"]]);
    assert.equal(of[2], second);
  });
});
