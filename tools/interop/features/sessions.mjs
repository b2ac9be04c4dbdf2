// The session: resumed, lost, begun anew, and expired.

import { payloadOf } from "../bench.mjs";

/** @typedef {import("../matrix.mjs").Feature} Feature */
/** @typedef {import("../matrix.mjs").Check} Check */
/** @typedef {import("../bench.mjs").Client} Client */
/** @typedef {import("../bench.mjs").Far} Far */

const QOS = /** @type {const} */ ([1, 2]);
/** Longer than a Session Expiry Interval of one second, for a broker that looks once in a while. */
const EXPIRED_MS = 4000;

/** @param {Check} t */
const handshakes = (t) => t.proxy.log.filter(({ type }) => type === "connect" || type === "connack" || type === "disconnect");

/**
 * What the broker says to the client that comes back: the wire's word. Another client object with the same identifier, which means to go on with anything.
 * @param {Check} t
 * @param {string} clientId
 * @param {Record<string, unknown>} [options]
 */
const presentFor = async (t, clientId, options = {}) => {
  const after = t.here();
  const client = await t.client({ clientId, cleanSession: false, resumeWithoutState: true, ...options });
  const { sessionPresent } = await t.connect(client);
  const sent = await t.weSend("CONNECT", { type: "connect", after });
  t.expect(/** @type {any} */ (sent.packet).clean === Boolean(options.cleanSession), "CONNECT has another Clean Start flag");
  const connack = await t.brokerSends("CONNACK", { type: "connack", after });
  t.expect(sessionPresent === connack.sessionPresent, "the client says otherwise than CONNACK");
  return { client, present: connack.sessionPresent === true };
};

/**
 * A message unfinished in each direction: its first acknowledgement is lost on the way. One QoS at a time, for a broker may send one message after the other.
 * @param {Check} t
 * @param {Client} client
 * @param {Far} far
 * @param {1 | 2} qos
 */
const leaveUnfinished = async (t, client, far, qos) => {
  const answer = qos === 1 ? "puback" : "pubrec";
  const after = t.here();
  const rules = [
    t.proxy.rule({ direction: "toClient", type: answer, action: "drop" }),
    t.proxy.rule({ direction: "toServer", type: answer, action: "drop" }),
  ];
  void client.call("publish", `${t.topic}/out`, `out ${qos}`, { qos });
  const sent = await t.weSend(`PUBLISH at QoS ${qos}`, { type: "publish", payload: `out ${qos}` });
  await t.brokerSends(`${answer.toUpperCase()} in answer to a QoS ${qos} PUBLISH`, { type: answer, after }, () => [sent]);
  far.publish(`${t.topic}/in`, `in ${qos}`, { qos }).catch(() => {});
  await t.brokerSends(`the message "in ${qos}"`, { type: "publish", payload: `in ${qos}` });
  await t.weSend(answer.toUpperCase(), { type: answer, after });
  return () => rules.forEach((rule) => rule.remove());
};

/**
 * @param {Check} t
 * @param {Client} client that is back
 * @param {1 | 2} qos
 * @param {number} after where it came back
 */
const finishes = async (t, client, qos, after) => {
  const texts = [`out ${qos}`, `in ${qos}`];
  const trail = () => t.proxy.log.filter((entry) => entry.seq >= after || (entry.type === "publish" && texts.includes(payloadOf(entry) ?? "")));
  const [first] = t.all("toServer", { type: "publish", payload: `out ${qos}` });
  const again = await t.weSend(`"out ${qos}" again`, { type: "publish", payload: `out ${qos}`, after });
  if (!again.dup || again.packetId !== first.packetId) {
    const evidence = t.all("toServer", { fits: ({ cmd }) => ["connect", "publish"].includes(cmd) });
    throw Object.assign(new Error("an unacknowledged message was sent again as another one, or without DUP"), { evidence });
  }
  for (const type of qos === 1 ? ["puback"] : ["pubrec", "pubcomp"]) await t.brokerSends(`${type.toUpperCase()} for what was sent again`, { type, after }, trail);
  const [before] = t.all("toClient", { type: "publish", payload: `in ${qos}` });
  const repeated = await t.brokerSends(`the unacknowledged message "in ${qos}" again [MQTT-4.4.0-1]`, { type: "publish", payload: `in ${qos}`, after }, trail);
  if (repeated.packetId !== before.packetId) throw t.fault(`sends an unacknowledged QoS ${qos} message again with another packet identifier [MQTT-4.4.0-1]`, [before, repeated]);
  if (!repeated.dup) throw t.fault(`sends an unacknowledged QoS ${qos} message again without DUP [MQTT-3.3.1-1]`, [before, repeated]);
  await client.told("messageIn", ({ text }) => text === `in ${qos}`);
  await t.brokerSendsFar(`the message "out ${qos}"`, { type: "publish", payload: `out ${qos}` });
  if (qos === 1) return;
  await client.call("publish", `${t.topic}/out`, "marker", { qos: 1 });
  await t.brokerSendsFar("a marker", { type: "publish", payload: "marker" });
  const twice = t.all("toClient", { type: "publish", payload: "out 2" }, t.farProxy).filter(({ dup }) => !dup);
  if (twice.length > 1) throw t.fault(`doubles a QoS 2 message that was sent again with DUP ${t.cite("4.3.3-2", "4.3.3-10")}`, [...t.all("toServer", { type: "publish", payload: "out 2" }), ...twice]);
  const times = client.all("messageIn", ({ text }) => text === "in 2").length;
  t.expect(times === 1, `the QoS 2 message was handed over ${times} times`);
};

/** @param {1 | 2} qos @returns {(t: Check) => Promise<void>} */
const afterCut = (qos) => async (t) => {
  const far = await t.far({ filter: `${t.topic}/out` });
  const client = await t.connected({ cleanSession: false });
  await subscribeAt(t, client, qos);
  const go = await leaveUnfinished(t, client, far, qos);
  t.cut();
  await client.told("disconnected");
  go();
  const after = t.here();
  await t.connect(client);
  const connack = await t.brokerSends("CONNACK", { type: "connack", after });
  if (!connack.sessionPresent) throw t.fault(`has lost the session after a cut ${t.cite("3.1.2-4", "3.2.2-3")}`, handshakes(t));
  await finishes(t, client, qos, after);
};

/** @param {1 | 2} qos @returns {(t: Check) => Promise<void>} */
const afterReload = (qos) => async (t) => {
  const far = await t.far({ filter: `${t.topic}/out` });
  const durable = { clientId: `${t.name}-durable`, sessionKey: t.name, durable: true, cleanSession: undefined };
  const client = await t.connected(durable);
  await subscribeAt(t, client, qos);
  const go = await leaveUnfinished(t, client, far, qos);
  await t.reload();
  go();
  const after = t.here();
  const next = await t.connected(durable);
  const connack = await t.brokerSends("CONNACK", { type: "connack", after });
  if (!connack.sessionPresent) throw t.fault(`has lost the session after a reload ${t.cite("3.1.2-4", "3.2.2-3")}`, handshakes(t));
  await finishes(t, next, qos, after);
};

/** @param {Check} t @param {Client} client @param {1 | 2} qos */
const subscribeAt = async (t, client, qos) => {
  const { granted, sent, entry } = await t.subscribe(client, { [`${t.topic}/in`]: qos });
  if (granted[0].qos !== qos) throw t.notOffered(`grants QoS ${granted[0].qos} where QoS ${qos} was asked for, which a broker may ${t.cite("3.8.4-6", "3.8.4-7")}`, [sent, entry]);
};

/** @type {Feature[]} */
export const sessions = [
  ...QOS.map((qos) => ({ name: `session resumed after a cut, QoS ${qos} unfinished both ways`, check: afterCut(qos) })),
  ...QOS.map((qos) => ({ name: `durable session resumed after a reload, QoS ${qos} unfinished both ways`, check: afterReload(qos) })),
  {
    name: "session of a client without subscriptions kept",
    check: async (t) => {
      const client = await t.connected({ cleanSession: false });
      const held = t.proxy.rule({ direction: "toClient", type: "puback", action: "drop" });
      void client.call("publish", t.topic, "unfinished", { qos: 1 });
      await t.brokerSends("PUBACK", { type: "puback" });
      t.cut();
      await client.told("disconnected");
      held.remove();
      const after = t.here();
      await t.connect(client);
      const connack = await t.brokerSends("CONNACK", { type: "connack", after });
      if (!connack.sessionPresent) throw t.fault(`keeps no session for a client without subscriptions ${t.cite("3.1.2-4", "3.2.2-3")}`, handshakes(t));
      await t.weSend("the unfinished message again", { type: "publish", payload: "unfinished", after, fits: ({ dup }) => dup });
    },
  },
  {
    name: "messages sent while the client was away arrive when it is back",
    check: async (t) => {
      const far = await t.far();
      const client = await t.connected({ cleanSession: false });
      await t.subscribe(client, { [t.topic]: 2 });
      await client.call("disconnect");
      await far.publish(t.topic, "away 1", { qos: 1 });
      // What a broker does with QoS 2 is seen elsewhere; here a publisher must not wait for it.
      far.publish(t.topic, "away 2", { qos: 2 }).catch(() => {});
      await t.pass(300);
      const after = t.here();
      await t.connect(client);
      for (const text of ["away 1", "away 2"]) {
        await t.brokerSends(`the message "${text}" to the client that is back`, { type: "publish", payload: text, after }, () => [...handshakes(t), ...t.farProxy.log.filter(({ type }) => type === "publish")]);
        await client.told("messageIn", (message) => message.text === text);
      }
    },
  },
  {
    name: "session lost by the broker: told, and subscribed again",
    check: async (t) => {
      const client = await t.connected({ cleanSession: false, clientId: `${t.name}-lost` });
      await t.subscribe(client, { [t.topic]: 1 });
      t.cut();
      await client.told("disconnected");
      const other = await t.far({ clientId: client.clientId });
      await other.client.endAsync();
      const after = t.here();
      const { sessionPresent } = await t.connect(client);
      if (sessionPresent) throw t.fault(`keeps a session that a clean start has ended ${t.cite("3.1.2-6", "3.1.2-4")}`, handshakes(t));
      await client.told("sessionLost", ({ filters, resubscribing }) => filters.includes(t.topic) && resubscribing);
      await t.weSend("SUBSCRIBE again", { type: "subscribe", after });
      await t.brokerSends("SUBACK", { type: "suback", after });
      await client.call("publish", t.topic, "again", { qos: 1 });
      await t.arrives(client, "again");
    },
  },
  {
    name: "clean start ends the session there was",
    check: async (t) => {
      const far = await t.far();
      const clientId = `${t.name}-clean`;
      const client = await t.connected({ clientId, cleanSession: false });
      await t.subscribe(client, { [t.topic]: 1 });
      await client.call("disconnect");
      const { client: next, present } = await presentFor(t, clientId, { cleanSession: true, resumeWithoutState: undefined });
      if (present) throw t.fault(`says Session Present to a clean start ${t.cite("3.2.2-1", "3.2.2-2")}`, handshakes(t));
      await t.subscribe(next, { [`${t.topic}/marker`]: 1 });
      await far.publish(t.topic, "to the old one");
      await far.publish(`${t.topic}/marker`, "marker");
      await t.arrives(next, "marker");
      t.absent("to the old one", `to a subscription that a clean start has ended ${t.cite("3.1.2-6", "3.1.2-4")}`);
    },
  },
  {
    name: "Session Expiry Interval: kept before, gone afterwards",
    versions: ["5"],
    check: async (t) => {
      for (const { seconds, kept } of [{ seconds: 600, kept: true }, { seconds: 1, kept: false }]) {
        const clientId = `${t.name}-${seconds}`;
        const client = await t.connected({ clientId, cleanSession: false, sessionExpiryInterval: seconds });
        await t.weSend("Session Expiry Interval", { type: "connect", fits: ({ properties }) => properties?.sessionExpiryInterval === seconds });
        await t.subscribe(client, { [t.topic]: 1 });
        t.cut();
        await client.told("disconnected");
        await t.pass(kept ? 1000 : EXPIRED_MS);
        const { present } = await presentFor(t, clientId);
        if (present && !kept) throw t.fault(`still has a session ${EXPIRED_MS / 1000} s after the connection ended, with a Session Expiry Interval of ${seconds} s [MQTT-4.1.0-2]`, handshakes(t).slice(-4));
        if (!present && kept) throw t.fault(`has lost a session after 1 s, with a Session Expiry Interval of ${seconds} s [MQTT-3.1.2-23]`, handshakes(t).slice(-4));
      }
    },
  },
  {
    name: "Session Expiry Interval changed in DISCONNECT",
    versions: ["5"],
    check: async (t) => {
      for (const { from, to, kept } of [{ from: 600, to: 0, kept: false }, { from: 1, to: 600, kept: true }]) {
        const clientId = `${t.name}-${from}-${to}`;
        const client = await t.connected({ clientId, cleanSession: false, sessionExpiryInterval: from });
        await t.subscribe(client, { [t.topic]: 1 });
        await client.call("disconnect", { sessionExpiryInterval: to });
        await t.weSend("DISCONNECT with another Session Expiry Interval", { type: "disconnect", clientId, fits: ({ properties }) => properties?.sessionExpiryInterval === to });
        await t.pass(kept ? EXPIRED_MS : 500);
        const { present } = await presentFor(t, clientId);
        if (present !== kept) throw t.fault(`${kept ? "has lost" : "keeps"} a session whose expiry was changed from ${from} s to ${to} s in DISCONNECT (§3.14.2.2.2, [MQTT-3.1.2-23])`, handshakes(t).slice(-5));
      }
    },
  },
];
