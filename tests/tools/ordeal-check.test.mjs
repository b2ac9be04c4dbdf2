// The ordeal's checkers, checked: a log that is in order passes, and each planted fault is found, by its rule, with the
// packets concerned. Logs are written as a script: "> PUBLISH 7 n3" is the client's PUBLISH of message 3 with packet id 7.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import mqttPacket from "mqtt-packet";
import { checkNumbers } from "../../tools/ordeal/check/numbers.mjs";
import { Violations } from "../../tools/ordeal/check/violations.mjs";
import { checkWire } from "../../tools/ordeal/check/wire.mjs";
import { describe as entryOf } from "../../tools/proxy/log.mjs";

/** @typedef {import("../../tools/proxy/log.mjs").Entry} Entry */
/** @typedef {import("../../tools/ordeal/check/wire.mjs").Life} Life */

const CLIENT = "under-test";

/**
 * A packet from its words: a type, a packet id, and for a PUBLISH "n<number>", "q<QoS>", "dup", "to=<topic>", "with=<text>",
 * "expires=<seconds>"; for a CONNACK "present", "window=<Receive Maximum>"; for a CONNECT "clean".
 * @param {string[]} words
 * @returns {any}
 */
const packetOf = ([type, ...words]) => {
  const cmd = type.toLowerCase();
  const has = (/** @type {string} */ word) => words.includes(word);
  const value = (/** @type {string} */ name) => words.find((word) => word.startsWith(name))?.slice(name.length);
  const messageId = Number(words[0]);
  switch (cmd) {
    case "connect":
      return { cmd, protocolId: "MQTT", protocolVersion: 5, clientId: CLIENT, clean: has("clean"), keepalive: 0 };
    case "connack":
      return { cmd, reasonCode: 0, sessionPresent: has("present"), properties: { receiveMaximum: Number(value("window=") ?? 20) } };
    case "publish": {
      const properties = value("expires=") ? { messageExpiryInterval: Number(value("expires=")) } : {};
      const payload = `${value("n")} ${value("with=") ?? ""}`;
      return { cmd, messageId, topic: value("to=") ?? "t", payload, qos: Number(value("q") ?? 2), dup: has("dup"), retain: false, properties };
    }
    case "subscribe":
      return { cmd, messageId, subscriptions: [{ topic: "t", qos: 2 }] };
    case "suback":
      return { cmd, messageId, granted: [2] };
    default:
      return { cmd, messageId, reasonCode: Number(value("code=") ?? 0) };
  }
};

/**
 * The evidence a script describes. Lines: "> …" from the client, "< …" from the server (a third word "lost" or "truncated"
 * at the end is its fate, "unread" that it was passed on to a page that was dead by then); "-- kill i/3 o/1 pending=1,2": the connection ends, and the next page finds these records and messages;
 * "-- cut": it ends and the page lives on; "-- overlap": the next connection begins while this one stands.
 * @param {string} script
 */
const evidenceOf = (script) => {
  /** @type {Entry[]} */
  const log = [];
  /** @type {Life[]} */
  const lives = [];
  /** @type {Map<number, number>} */
  const ends = new Map();
  let connection = 1;
  for (const text of script.trim().split("\n")) {
    const [sign, ...words] = text.trim().split(" ");
    if (sign === "--") {
      ends.set(connection, words[0] === "overlap" ? Infinity : log.length);
      if (words[0] !== "cut" && words[0] !== "overlap") {
        const unread = log.find((entry) => entry.forwardedAt === Infinity);
        const pending = words.find((word) => word.startsWith("pending="))?.slice(8).split(",").filter(Boolean).map(Number);
        lives.push({ what: words[0], connections: connection, killedAt: unread?.seq, records: words.filter((word) => word.includes("/")), pending });
      }
      connection += 1;
      continue;
    }
    const fate = /** @type {Entry["fate"]} */ (["lost", "truncated"].find((word) => words.at(-1) === word) ?? "forwarded");
    const raw = mqttPacket.generate(packetOf(words), { protocolVersion: 5 });
    const entry = entryOf({
      seq: log.length, at: log.length, connection, clientId: CLIENT, protocolVersion: 5,
      direction: sign === ">" ? "toServer" : "toClient", type: words[0].toLowerCase(), raw,
    });
    log.push(Object.assign(entry, { fate, forwardedAt: words.at(-1) === "unread" ? Infinity : log.length + 1 }));
  }
  return { log, lives, ends, clientId: CLIENT, version: /** @type {const} */ ("5"), window: 20 };
};

const OPENING = "> CONNECT\n< CONNACK";
const AGAIN = "> CONNECT\n< CONNACK present";

/** @param {string} script */
const check = (script) => {
  const violations = new Violations();
  const figures = checkWire(evidenceOf(script), violations);
  return { figures, rules: [...violations.counts.keys()], shown: violations.shown };
};

/** @type {Record<string, string>} */
const SOUND = {
  "a whole QoS 2 handshake": `${OPENING}
    > PUBLISH 1 n1\n< PUBREC 1\n> PUBREL 1\n< PUBCOMP 1\n> PUBLISH 1 n2`,
  "a packet id used again after its PUBACK": `${OPENING}
    > PUBLISH 1 n1 q1\n< PUBACK 1\n> PUBLISH 1 n2 q1`,
  "a packet id used again after a refusing PUBREC": `${OPENING}
    > PUBLISH 1 n1\n< PUBREC 1 code=151\n> PUBLISH 1 n2`,
  "a resend after a cut, its expiry counted down": `${OPENING}
    > PUBLISH 1 n1 expires=60\n-- cut\n${AGAIN}\n> PUBLISH 1 n1 dup expires=50`,
  "a resend after an acknowledgement that was passed on and never read": `${OPENING}
    > PUBLISH 1 n1 q1\n< PUBACK 1\n-- kill pending=1\n${AGAIN}\n> PUBLISH 1 n1 q1 dup\n< PUBACK 1`,
  "a PUBREL resent after a PUBCOMP that was never read": `${OPENING}
    > PUBLISH 1 n1\n< PUBREC 1\n> PUBREL 1\n< PUBCOMP 1\n-- cut\n${AGAIN}\n> PUBREL 1\n< PUBCOMP 1`,
  "a resend whose first PUBLISH never came as far as the proxy": `${OPENING}
    > PUBLISH 1 n1\n-- cut\n${AGAIN}\n> PUBLISH 1 n1 dup\n> PUBLISH 2 n2 dup\n> PUBLISH 3 n3`,
  "a resent message received, on a new connection, and released": `${OPENING}
    < PUBLISH 5 n1\n> PUBREC 5\n-- kill i/5\n${AGAIN}\n< PUBREL 5\n> PUBCOMP 5`,
  "a PUBREL that may have been read: its record may be gone": `${OPENING}
    < PUBLISH 5 n1\n> PUBREC 5\n< PUBREL 5\n-- kill`,
  "a window that is full and moves on": `> CONNECT\n< CONNACK window=2
    > PUBLISH 1 n1\n> PUBLISH 2 n2\n< PUBREC 1\n> PUBREL 1\n< PUBCOMP 1\n> PUBLISH 3 n3`,
};

/** @type {Record<string, { script: string, rule: string, packets: RegExp }>} */
const BROKEN = {
  "a packet id reused in flight": {
    script: `${OPENING}\n> PUBLISH 1 n1\n> PUBLISH 1 n2`, rule: "id reused in flight", packets: /\[2\].*\[3\]/s,
  },
  "a packet id reused in flight by a later page": {
    script: `${OPENING}\n> PUBLISH 9 n1\n-- kill pending=1\n${AGAIN}\n> PUBLISH 9 n2`, rule: "id reused in flight", packets: /#9/,
  },
  "a packet id reused after an acknowledgement that was lost": {
    script: `${OPENING}\n> PUBLISH 1 n1 q1\n< PUBACK 1 lost\n-- cut\n${AGAIN}\n> PUBLISH 1 n2 q1`, rule: "id reused in flight", packets: /PUBLISH #1/,
  },
  "a packet id reused after an acknowledgement cut in half": {
    script: `${OPENING}\n> PUBLISH 1 n1\n< PUBREC 1\n> PUBREL 1\n< PUBCOMP 1 truncated\n-- cut\n${AGAIN}\n> PUBLISH 1 n2`,
    rule: "id reused in flight", packets: /PUBLISH #1/,
  },
  "a packet id shared with an unanswered SUBSCRIBE": {
    script: `${OPENING}\n> SUBSCRIBE 3\n> PUBLISH 3 n1`, rule: "id reused in flight", packets: /SUBSCRIBE #3/,
  },
  "a SUBSCRIBE with a packet id in flight": {
    script: `${OPENING}\n> PUBLISH 3 n1\n> SUBSCRIBE 3`, rule: "id reused in flight", packets: /SUBSCRIBE #3/,
  },
  "more unacknowledged than the server takes": {
    script: `> CONNECT\n< CONNACK window=2\n> PUBLISH 1 n1\n> PUBLISH 2 n2\n< PUBREC 1\n> PUBLISH 3 n3`, rule: "above Receive Maximum", packets: /#3/,
  },
  "more resent than the server takes": {
    script: `> CONNECT\n< CONNACK window=2\n> PUBLISH 1 n1\n> PUBLISH 2 n2\n-- cut\n> CONNECT\n< CONNACK present window=1\n> PUBLISH 1 n1 dup\n> PUBLISH 2 n2 dup`,
    rule: "above Receive Maximum", packets: /#2/,
  },
  "a new message where resent PUBRELs have all the places": {
    script: `> CONNECT\n< CONNACK window=1\n> PUBLISH 1 n1\n< PUBREC 1\n-- cut\n> CONNECT\n< CONNACK present window=1\n> PUBREL 1\n> PUBLISH 2 n2`,
    rule: "above Receive Maximum", packets: /#2/,
  },
  "a resend without DUP": {
    script: `${OPENING}\n> PUBLISH 1 n1\n-- cut\n${AGAIN}\n> PUBLISH 1 n1`, rule: "resent without DUP", packets: /#1/,
  },
  "DUP on another payload": {
    script: `${OPENING}\n> PUBLISH 1 n1 with=a\n-- cut\n${AGAIN}\n> PUBLISH 1 n1 dup with=b`, rule: "false DUP", packets: /DUP/,
  },
  "DUP on another topic": {
    script: `${OPENING}\n> PUBLISH 1 n1\n-- cut\n${AGAIN}\n> PUBLISH 1 n1 dup to=u`, rule: "false DUP", packets: /DUP/,
  },
  "DUP before anything can have been sent": {
    script: `${OPENING}\n> PUBLISH 1 n1 dup`, rule: "false DUP", packets: /DUP/,
  },
  "DUP on a new message with a packet id that was free": {
    script: `${OPENING}\n-- cut\n${AGAIN}\n> PUBLISH 1 n1 q1\n< PUBACK 1\n> PUBLISH 1 n2 q1 dup`, rule: "false DUP", packets: /DUP/,
  },
  "a resend on the same connection": {
    script: `${OPENING}\n> PUBLISH 1 n1\n> PUBLISH 1 n1 dup`, rule: "sent twice on a connection", packets: /DUP/,
  },
  "a resend after new messages": {
    script: `${OPENING}\n> PUBLISH 1 n1\n-- cut\n${AGAIN}\n> PUBLISH 2 n2\n> PUBLISH 1 n1 dup`, rule: "late resend", packets: /DUP/,
  },
  "resends out of order": {
    script: `${OPENING}\n> PUBLISH 1 n1\n> PUBLISH 2 n2\n-- cut\n${AGAIN}\n> PUBLISH 2 n2 dup\n> PUBLISH 1 n1 dup`, rule: "order", packets: /#2.*#1/s,
  },
  "a finished message published anew": {
    script: `${OPENING}\n> PUBLISH 1 n1 q1\n< PUBACK 1\n-- reload pending=\n${AGAIN}\n> PUBLISH 2 n1 q1`, rule: "published anew", packets: /#1.*#2/s,
  },
  "a resend with another packet id": {
    script: `${OPENING}\n> PUBLISH 1 n1\n-- reload pending=1\n${AGAIN}\n> PUBLISH 2 n1 dup`, rule: "second packet id", packets: /#1.*#2/s,
  },
  "a PUBLISH after its PUBREL": {
    script: `${OPENING}\n> PUBLISH 1 n1\n< PUBREC 1\n> PUBREL 1\n-- kill pending=1\n${AGAIN}\n> PUBLISH 1 n1 dup`, rule: "PUBLISH after PUBREL", packets: /DUP/,
  },
  "a PUBREL without a PUBREC": {
    script: `${OPENING}\n> PUBLISH 1 n1\n> PUBREL 1`, rule: "PUBREL without PUBREC", packets: /PUBREL #1/,
  },
  "a PUBREL after its PUBCOMP": {
    script: `${OPENING}\n> PUBLISH 1 n1\n< PUBREC 1\n> PUBREL 1\n< PUBCOMP 1\n> PUBREL 1`, rule: "PUBREL after PUBCOMP", packets: /PUBREL #1/,
  },
  "a PUBLISH before the CONNACK": {
    script: "> CONNECT\n> PUBLISH 1 n1", rule: "before CONNACK", packets: /#1/,
  },
  "a PUBREC before the message was stored": {
    script: `${OPENING}\n< PUBLISH 5 n1\n> PUBREC 5\n-- kill`, rule: "PUBREC before stored", packets: /PUBREC #5/,
  },
  "a record removed before the PUBREL came": {
    script: `${OPENING}\n< PUBLISH 5 n1\n> PUBREC 5\n< PUBREL 5 lost\n-- kill i/4`, rule: "PUBREC before stored", packets: /PUBREC #5/,
  },
  "a record missing although the PUBREL came to a dead page only": {
    script: `${OPENING}\n< PUBLISH 5 n1\n> PUBREC 5\n< PUBREL 5 unread\n-- kill`, rule: "PUBREC before stored", packets: /PUBREC #5/,
  },
  "a message forgotten although its PUBACK came to a dead page only": {
    script: `${OPENING}\n> PUBLISH 1 n1 q1\n< PUBACK 1 unread\n-- kill pending=`, rule: "sent but not stored", packets: /#1/,
  },
  "a PUBLISH sent before it was stored": {
    script: `${OPENING}\n> PUBLISH 1 n1\n> PUBLISH 2 n2\n-- kill pending=1`, rule: "sent but not stored", packets: /#2/,
  },
  "a PUBREC for nothing": {
    script: `${OPENING}\n< PUBLISH 5 n1 lost\n> PUBREC 5`, rule: "answer to nothing", packets: /PUBREC #5/,
  },
  "a PUBCOMP for a PUBREL of another connection": {
    script: `${OPENING}\n< PUBLISH 5 n1\n> PUBREC 5\n< PUBREL 5\n-- cut\n${AGAIN}\n> PUBCOMP 5`, rule: "answer to nothing", packets: /PUBCOMP #5/,
  },
  "PUBACKs in another order than the messages": {
    script: `${OPENING}\n< PUBLISH 5 n1 q1\n< PUBLISH 6 n2 q1\n> PUBACK 6\n> PUBACK 5`, rule: "order of answers", packets: /#5.*#6/s,
  },
  "a session the server no longer has": {
    script: `${OPENING}\n> PUBLISH 1 n1\n-- cut\n${OPENING}`, rule: "session lost", packets: /CONNACK/,
  },
  "a clean start in the middle of a session": {
    script: `${OPENING}\n> PUBLISH 1 n1\n-- reload pending=1\n> CONNECT clean`, rule: "clean start", packets: /CONNECT/,
  },
  "two connections at once": {
    script: `${OPENING}\n-- overlap\n${AGAIN}`, rule: "two connections", packets: /CONNECT/,
  },
};

describe("the check of a wire log", () => {
  for (const [name, script] of Object.entries(SOUND)) {
    test(`finds nothing wrong with ${name}`, () => assert.deepEqual(check(script).shown, []));
  }
  for (const [name, { script, rule, packets }] of Object.entries(BROKEN)) {
    test(`finds ${name}`, () => {
      const { rules, shown } = check(script);
      assert.ok(rules.includes(rule), `found only: ${rules.join(", ") || "nothing"}`);
      assert.match(shown.filter((violation) => violation.rule === rule).flatMap(({ packets }) => packets).join("\n"), packets);
    });
  }

  test("counts the most that were unacknowledged, and what was sent again", () => {
    const { figures } = check(`${OPENING}\n> PUBLISH 1 n1\n> PUBLISH 2 n2\n< PUBREC 1\n-- cut\n${AGAIN}\n> PUBREL 1\n> PUBLISH 2 n2 dup`);
    assert.equal(figures.out.mostUnacknowledged, 2);
    assert.equal(figures.out.resends, 1);
    assert.equal(figures.out.inFlightAtTheEnd, 2);
    assert.equal(figures.connections, 2);
  });

  test("another client's packets are no concern of it", () => {
    const evidence = evidenceOf(`${OPENING}\n> PUBLISH 1 n1\n> PUBLISH 1 n2`);
    const violations = new Violations();
    checkWire({ ...evidence, clientId: "somebody-else" }, violations);
    assert.equal(violations.total, 0);
  });
});

describe("the count of numbers", () => {
  /**
   * @param {number[]} numbers
   * @param {1 | 2} [qos]
   */
  const counted = (numbers, qos = 2) => {
    const { log } = evidenceOf(`${OPENING}\n> PUBLISH 1 n2\n< PUBREC 1\n> PUBREL 1\n< PUBCOMP 1`);
    const violations = new Violations();
    const result = checkNumbers({ numbers, count: 3, path: "from the browser", direction: "toServer", qos, log }, violations);
    return { result, rules: [...violations.counts.keys()], shown: violations.shown };
  };

  test("every number once, in order", () => assert.deepEqual(counted([1, 2, 3]).rules, []));
  test("a lost one, with its packets", () => {
    const { result, rules, shown } = counted([1, 3]);
    assert.deepEqual([result.lost, rules], [1, ["lost"]]);
    assert.equal(shown[0].packets.length, 4);
  });
  test("a doubled one", () => assert.deepEqual(counted([1, 2, 2, 3]).rules, ["doubled"]));
  for (const { name, script, direction, whose } of /** @type {const} */ ([
    { name: "sent once", direction: "toServer", whose: "broker", script: "> PUBLISH 1 n2\n< PUBREC 1\n> PUBREL 1\n< PUBCOMP 1" },
    { name: "resent by the book", direction: "toServer", whose: "broker", script: `> PUBLISH 1 n2\n-- cut\n${AGAIN}\n> PUBLISH 1 n2 dup\n< PUBREC 1\n> PUBREL 1` },
    { name: "sent with two ids", direction: "toServer", whose: "client", script: "> PUBLISH 1 n2\n> PUBLISH 2 n2 dup" },
    { name: "sent anew", direction: "toServer", whose: "client", script: `> PUBLISH 1 n2\n-- cut\n${AGAIN}\n> PUBLISH 1 n2` },
    { name: "resent after PUBREL", direction: "toServer", whose: "client", script: `> PUBLISH 1 n2\n< PUBREC 1\n> PUBREL 1\n-- cut\n${AGAIN}\n> PUBLISH 1 n2 dup` },
    { name: "received once", direction: "toClient", whose: "client", script: "< PUBLISH 1 n2\n> PUBREC 1\n< PUBREL 1\n> PUBCOMP 1" },
    { name: "received again in one handshake", direction: "toClient", whose: "client", script: `< PUBLISH 1 n2\n> PUBREC 1\n-- cut\n${AGAIN}\n< PUBLISH 1 n2 dup\n> PUBREC 1` },
    { name: "received again after PUBCOMP", direction: "toClient", whose: "broker", script: `< PUBLISH 1 n2\n> PUBREC 1\n< PUBREL 1\n> PUBCOMP 1\n-- cut\n${AGAIN}\n< PUBLISH 1 n2 dup` },
    { name: "received with two ids", direction: "toClient", whose: "broker", script: "< PUBLISH 1 n2\n< PUBLISH 2 n2" },
  ])) {
    test(`a doubled one that was ${name} is the ${whose}'s fault`, () => {
      const violations = new Violations();
      const { log } = evidenceOf(`${OPENING}\n${script}`);
      const result = checkNumbers({ numbers: [1, 2, 2, 3], count: 3, path: "", direction, qos: 2, log }, violations);
      assert.match(violations.shown[0].text, new RegExp(`by the ${whose}'s fault`));
      assert.equal(result.doubledByClient, whose === "client" ? 1 : 0);
    });
  }
  test("a doubled one at QoS 1 is counted, and no fault", () => {
    const { result, rules } = counted([1, 2, 1, 2, 3], 1);
    assert.deepEqual([result.doubled, rules], [2, []]);
  });
  test("two that changed places", () => assert.deepEqual(counted([2, 1, 3]).rules, ["order"]));
  test("one that was never sent", () => assert.deepEqual(counted([1, 2, 3, 4]).rules, ["foreign"]));
  test("of thousands that are lost it shows some and counts all", () => {
    const violations = new Violations();
    checkNumbers({ numbers: [], count: 5000, path: "", direction: "toServer", qos: 2, log: [] }, violations);
    assert.deepEqual([violations.total, violations.shown.length], [5000, 20]);
  });
});
