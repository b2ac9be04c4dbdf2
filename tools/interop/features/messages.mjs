// Messages out and in at each QoS, and counted through twenty cuts.
import { blame } from "../../ordeal/check/blame.mjs";
import { trailsOf } from "../../ordeal/check/numbers.mjs";
import { tally } from "../../../tests/support/counting.mjs";
import { payloadOf } from "../bench.mjs";

/** @typedef {import("../matrix.mjs").Feature} Feature */
/** @typedef {import("../matrix.mjs").Check} Check */
/** @typedef {import("../../proxy/log.mjs").Entry} Entry */

const COUNT = 10;
const CUTS = 20;
const LATE_MS = 12_000;
const LOOK_MS = 100;
/** Two for each cut. */
const THROUGH_CUTS = 2 * CUTS;

/** @param {Entry} entry */
const numberOf = (entry) => Number.parseInt(payloadOf(entry) ?? "", 10);

/** The messages as their receiver has them: a QoS 2 message that comes again with DUP before its PUBREL is the same one. @param {Entry[]} log @param {"toClient"} direction */
const received = (log, direction) => {
  /** @type {Map<string, Entry>} */
  const open = new Map();
  /** @type {number[]} */
  const numbers = [];
  for (const entry of log) {
    const key = `${entry.clientId} ${entry.packetId}`;
    if (entry.type === "pubrel" && entry.direction === direction) open.delete(key);
    if (entry.type !== "publish" || entry.direction !== direction || Number.isNaN(numberOf(entry))) continue;
    if (entry.qos === 2 && open.has(key)) continue;
    if (entry.qos === 2) open.set(key, entry);
    numbers.push(numberOf(entry));
  }
  return numbers;
};

/** @param {0 | 1 | 2} qos @returns {(t: Check) => Promise<void>} */
const out = (qos) => async (t) => {
  await t.far({ filter: t.topic });
  const client = await t.connected();
  for (let number = 1; number <= COUNT; number += 1) {
    const published = client.call("publish", t.topic, String(number), { qos }).catch((error) => error);
    const sent = await t.weSend(`message ${number}`, { type: "publish", payload: String(number) });
    t.expect(sent.qos === qos, `message ${number} was sent at QoS ${sent.qos}`);
    const id = sent.packetId;
    const trail = () => t.proxy.log.filter(({ packetId, type }) => type === "connack" || (id !== undefined && packetId === id));
    if (qos === 1) await t.brokerSends("PUBACK", { type: "puback", fits: ({ messageId }) => messageId === id }, trail);
    if (qos === 2) {
      await t.brokerSends(`PUBREC in answer to a QoS 2 PUBLISH ${t.cite("4.3.3-2", "4.3.3-8")}`, { type: "pubrec", fits: ({ messageId }) => messageId === id }, trail);
      await t.weSend("PUBREL", { type: "pubrel", fits: ({ messageId }) => messageId === id });
      await t.brokerSends("PUBCOMP", { type: "pubcomp", fits: ({ messageId }) => messageId === id }, trail);
    }
    const result = await published;
    t.expect(!(result instanceof Error), `message ${number}: ${result?.message}`);
    await t.brokerSendsFar(`message ${number} to its subscriber`, { type: "publish", payload: String(number) });
  }
  const { exact, doubled } = tally(received(t.farProxy.log, "toClient"), COUNT);
  if (!exact) throw t.fault(`passes messages on otherwise than once and in order (doubled: ${doubled.join(" ") || "none"})`);
};

/** @param {0 | 1 | 2} qos @returns {(t: Check) => Promise<void>} */
const incoming = (qos) => async (t) => {
  const client = await t.connected();
  const far = await t.far();
  const { granted, sent, entry } = await t.subscribe(client, { [t.topic]: qos });
  if (granted[0].qos !== qos) throw t.notOffered(`grants QoS ${granted[0].qos} where QoS ${qos} was asked for, which a broker may ${t.cite("3.8.4-6", "3.8.4-7")}`, [sent, entry]);
  for (let number = 1; number <= COUNT; number += 1) await far.publish(t.topic, String(number), { qos });
  for (let number = 1; number <= COUNT; number += 1) {
    const { entry, message } = await t.arrives(client, String(number));
    if (entry.qos !== qos) throw t.fault(`sends at QoS ${entry.qos} what was published and granted at QoS ${qos} ${t.cite("3.8.4-6", "3.8.4-8")}`, [entry]);
    t.expect(message.qos === qos && message.retain === false, `message ${number} was handed over as ${JSON.stringify(message)}`);
  }
  if (qos === 2) await t.brokerSends("PUBREL", { type: "pubrel", nth: COUNT });
  const numbers = client.all("messageIn").map(({ text }) => Number(text));
  const { exact } = tally(numbers, COUNT);
  if (!exact && tally(received(t.proxy.log, "toClient"), COUNT).exact) throw new Error(`the client handed over ${numbers.join(" ")}`);
  if (!exact) throw t.fault("passes messages on otherwise than once and in order");
};

/** Where the link is cut, one after the other: each packet of a handshake, before it, behind it, and in the middle of it. */
const places = (/** @type {string[]} */ types) =>
  types.flatMap((type) => /** @type {const} */ (["cut-before", "cut-after", "half-then-cut"]).map((action) => ({ type, action })));

/**
 * @param {Check} t
 * @param {import("../bench.mjs").Client} client
 * @param {string[]} types packets of the handshake
 * @param {(number: number) => Promise<unknown>} send the message of this number, without waiting for its end
 */
const throughCuts = async (t, client, types, send) => {
  const all = places(types);
  for (let cut = 0; cut < CUTS; cut += 1) {
    const struck = new Promise((resolve) => t.proxy.once("cut", resolve));
    const rule = t.proxy.rule({ ...all[cut % all.length], nth: 1, clientId: client.clientId });
    await send(2 * cut + 1);
    await send(2 * cut + 2);
    const come = await Promise.race([struck.then(() => true), new Promise((resolve) => setTimeout(() => resolve(false), 15_000))]);
    rule.remove();
    t.expect(come, `no ${all[cut % all.length].type.toUpperCase()} was seen after ${cut} cuts`);
    await client.told("connected", undefined, cut + 2);
  }
};

/** With which packet a message is out of its sender's hands, by direction and QoS: what is lost behind it is the receiver's loss. */
const LAST = { toServer: { 1: "puback", 2: "pubcomp" }, toClient: { 1: "publish", 2: "pubrel" } };

/**
 * Holds what arrived against what was sent: whoever lost or doubled a message is told from its packets.
 * @param {Check} t
 * @param {object} what
 * @param {number[]} what.numbers as they arrived
 * @param {1 | 2} what.qos
 * @param {"toServer" | "toClient"} what.direction
 */
const judge = (t, { numbers, qos, direction }) => {
  const { missing, doubled, inOrder } = tally(numbers, THROUGH_CUTS);
  const trails = trailsOf(new Set([...missing, ...doubled]), direction, t.proxy.log);
  const trailOf = (/** @type {number} */ number) => trails.get(number) ?? [];
  /** @type {string[]} */
  const reasons = [];
  /** @type {Entry[]} */
  const evidence = [];
  for (const number of missing) {
    const isOver = trailOf(number).some(({ type, fate }) => type === LAST[direction][qos] && fate === "forwarded");
    // Its sender's, until it is over; then its receiver's.
    const isBrokers = isOver === (direction === "toServer");
    if (!isBrokers) throw Object.assign(new Error(`message ${number} is lost, by the client's fault`), { evidence: trailOf(number) });
  }
  if (missing.length > 0) {
    reasons.push(`loses ${missing.length} of ${THROUGH_CUTS} messages (message ${missing[0]}${direction === "toClient" && qos === 2 ? ": no PUBREL follows its PUBREC" : ""}) ${t.cite("4.4.0-1", "4.4.0-1")}`);
    evidence.push(...trailOf(missing[0]));
  }
  const twice = qos === 2 ? doubled : [];
  for (const number of twice) {
    if (blame(direction, trailOf(number)) === "client") throw Object.assign(new Error(`message ${number} is doubled, by the client's fault`), { evidence: trailOf(number) });
  }
  if (twice.length > 0) {
    const how = direction === "toClient" ? `, sending them again as new ones, without DUP or behind their PUBCOMP ${t.cite("4.3.3-1", "4.3.3-6")}` : ` ${t.cite("4.3.3-2", "4.3.3-10")}`;
    reasons.push(`doubles ${twice.length} (message ${twice[0]})${how}`);
    evidence.push(...trailOf(twice[0]));
  }
  const inTheirOrder = numbers.filter((number, index) => numbers.indexOf(number) === index).every((number, index, all) => index === 0 || all[index - 1] < number);
  if (reasons.length > 0) throw t.fault(reasons.join("; "), evidence);
  if (qos === 2 && !(inOrder && inTheirOrder)) {
    const index = numbers.findIndex((number, place) => place > 0 && number < numbers[place - 1]);
    const pair = trailsOf(new Set([numbers[index - 1], numbers[index]]), direction, t.proxy.log);
    const both = [...pair.values()].flat().sort((a, b) => a.seq - b.seq);
    /** Which of the two this packet first comes to its receiver for. @param {string} type */
    const first = (type) => [...pair].map(([number, trail]) => ({ number, seq: trail.find((entry) => entry.type === type && entry.fate === "forwarded")?.seq ?? Infinity })).sort((a, b) => a.seq - b.seq)[0].number;
    // A receiver hands a message over when it is published, or when it is released; PUBREL goes out in the order in which PUBREC came in.
    const isOurs = direction === "toServer" ? first("publish") !== numbers[index] : first("pubrel") === numbers[index] || first("pubrec") !== numbers[index];
    if (isOurs) throw Object.assign(new Error(`the order is changed by the client: ${numbers.join(" ")}`), { evidence: both });
    throw t.fault(`changes the order of QoS 2 messages: ${numbers[index - 1]} before ${numbers[index]} ${t.cite("4.6.0-6", "4.6.0-5")}`, both);
  }
};

const RECONNECTING = { cleanSession: false, reconnect: { minDelay: 0.01, maxDelay: 0.05 } };

/** @param {1 | 2} qos @returns {(t: Check) => Promise<void>} */
const outThroughCuts = (qos) => async (t) => {
  const far = await t.far({ filter: t.topic });
  const client = await t.connected(RECONNECTING);
  // For a broker that keeps no session without a subscription; that is a row of its own.
  await t.subscribe(client, { [`${t.topic}/kept`]: 1 });
  // What is answered at all is seen by the row before.
  const probe = client.call("publish", `${t.topic}/probe`, "probe", { qos }).catch(() => {});
  const first = await t.weSend("PUBLISH", { type: "publish", payload: "probe" });
  await t.brokerSends(qos === 2 ? `PUBREC in answer to a QoS 2 PUBLISH ${t.cite("4.3.3-2", "4.3.3-8")}` : "PUBACK", { type: qos === 2 ? "pubrec" : "puback" }, () => [first]);
  await probe;
  const types = qos === 1 ? ["publish", "puback"] : ["publish", "pubrec", "pubrel", "pubcomp"];
  await throughCuts(t, client, types, async (number) => void client.call("publish", t.topic, String(number), { qos }).catch(() => {}));
  const finished = await client.told("messageOut", undefined, THROUGH_CUTS + 1).then(() => true, () => false);
  const forgotten = t.all("toClient", { type: "connack" }).slice(1).find(({ sessionPresent }) => !sessionPresent);
  // At QoS 1 the client publishes anew what it had begun; at QoS 2 nobody can tell.
  if (forgotten && qos === 2) throw t.fault(`has lost the session after a cut ${t.cite("3.1.2-4", "3.2.2-3")}`, [...t.all("toServer", { type: "connect" }).slice(0, 2), forgotten]);
  t.expect(finished || (forgotten !== undefined && qos === 1), "not all messages came to an end");
  // A marker behind all of them.
  await far.publish(t.topic, "0", { qos });
  await t.brokerSendsFar("a marker", { type: "publish", payload: "0" });
  const numbers = received(t.farProxy.log, "toClient").filter((number) => number > 0);
  judge(t, { numbers, qos, direction: "toServer" });
  t.note(`${t.all("toServer", { type: "connect" }).length} connections`);
};

/** @param {1 | 2} qos @returns {(t: Check) => Promise<void>} */
const inThroughCuts = (qos) => async (t) => {
  const client = await t.connected(RECONNECTING);
  const far = await t.far();
  const { granted, sent, entry } = await t.subscribe(client, { [t.topic]: qos });
  if (granted[0].qos !== qos) throw t.notOffered(`grants QoS ${granted[0].qos} where QoS ${qos} was asked for`, [sent, entry]);
  const types = qos === 1 ? ["publish", "puback"] : ["publish", "pubrec", "pubrel", "pubcomp"];
  await throughCuts(t, client, types, async (number) => void far.publish(t.topic, String(number), { qos }).catch(() => {}));
  await far.publish(t.topic, "0", { qos });
  const came = await client.told("messageIn", ({ text }) => text === "0").catch(() => null);
  if (!came && t.all("toClient", { type: "publish", payload: "0" }).length > 0) throw new Error("the last message came and was not handed over");
  // The marker may overtake the others where the broker keeps no order: it is waited for all of them, for as long as anything may take.
  const told = () => client.all("messageIn").map(({ text }) => Number(text)).filter((number) => number > 0);
  for (let waited = 0; new Set(told()).size < THROUGH_CUTS && waited < LATE_MS; waited += LOOK_MS) await t.pass(LOOK_MS);
  const numbers = told();
  judge(t, { numbers, qos, direction: "toClient" });
  if (!came) throw t.fault("does not send the last message");
  t.note(`${t.all("toServer", { type: "connect" }).length} connections`);
};

/** @type {Feature[]} */
export const messages = [
  ...([0, 1, 2]).map((qos) => ({ name: `QoS ${qos} out`, check: out(/** @type {0 | 1 | 2} */ (qos)) })),
  ...([0, 1, 2]).map((qos) => ({ name: `QoS ${qos} in`, check: incoming(/** @type {0 | 1 | 2} */ (qos)) })),
  { name: `QoS 1 out through ${CUTS} cuts: none lost`, check: outThroughCuts(1) },
  { name: `QoS 2 out through ${CUTS} cuts: exactly once, in order`, check: outThroughCuts(2) },
  { name: `QoS 1 in through ${CUTS} cuts: none lost`, check: inThroughCuts(1) },
  { name: `QoS 2 in through ${CUTS} cuts: exactly once, in order`, check: inThroughCuts(2) },
];
