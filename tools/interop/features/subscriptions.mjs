// Topic filters of every kind, and what a MQTT 5 subscription can ask for.

/** @typedef {import("../matrix.mjs").Feature} Feature */

const SHARED = 20;
const NO_SUBSCRIPTION = 0x11;

/** @type {Feature[]} */
export const subscriptions = [
  {
    name: "wildcards + and #, and none that matches $ topics",
    check: async (t) => {
      const far = await t.far();
      const client = await t.connected();
      await t.subscribe(client, [`${t.topic}/+/c`, `${t.topic}/x/#`], { qos: 1 });
      for (const topic of ["b/c", "x", "x/y/z"]) {
        await far.publish(`${t.topic}/${topic}`, topic);
        await t.arrives(client, topic);
      }
      const wide = await t.connected();
      await t.subscribe(wide, { "#": 0, "+/broker/#": 0 });
      await far.publish(`${t.topic}/marker`, "marker");
      await t.brokerSends("a message that # matches", { type: "publish", payload: "marker", clientId: wide.clientId });
      const wrong = t.all("toClient", { type: "publish", fits: ({ topic }) => topic.startsWith("$") });
      if (wrong.length > 0) throw t.fault("sends a $ topic to a filter that begins with a wildcard [MQTT-4.7.2-1]", wrong.slice(0, 2));
    },
  },
  {
    name: "$SYS/#",
    check: async (t) => {
      const client = await t.connected();
      const { sent, entry } = await t.subscribe(client, { "$SYS/#": 0 });
      const came = await t.seen({ type: "publish", ms: 12_000 });
      if (!came) throw t.notOffered("grants $SYS/# and sends nothing within 12 s", [sent, entry]);
      const { topic } = await client.told("messageIn");
      t.expect(topic.startsWith("$SYS/"), `the message is to ${topic}`);
    },
  },
  {
    name: "unsubscribe",
    check: async (t) => {
      const far = await t.far();
      const client = await t.connected();
      await t.subscribe(client, [t.topic, `${t.topic}/marker`], { qos: 1 });
      const result = client.call("unsubscribe", [t.topic, `${t.topic}/never`]);
      const sent = await t.weSend("UNSUBSCRIBE", { type: "unsubscribe" });
      const unsuback = await t.brokerSends("UNSUBACK", { type: "unsuback" });
      const codes = (await result).map((/** @type {any} */ { reasonCode }) => reasonCode);
      await far.publish(t.topic, "unwanted");
      await far.publish(`${t.topic}/marker`, "marker");
      await t.arrives(client, "marker");
      t.absent("unwanted", "to a filter that is unsubscribed [MQTT-3.10.4-2]");
      if (!t.is5) return;
      if (codes[0] !== 0) throw t.fault(`answers 0x${codes[0].toString(16)} to the end of a subscription there was`, [sent, unsuback]);
      if (codes[1] !== NO_SUBSCRIPTION) t.note(`answers 0x${codes[1].toString(16)}, not 0x11, where there was no subscription`);
    },
  },
  {
    name: "No Local",
    versions: ["5"],
    check: async (t) => {
      const client = await t.connected();
      await t.subscribe(client, { [t.topic]: { qos: 1, noLocal: true }, [`${t.topic}/marker`]: { qos: 1 } });
      await client.call("publish", t.topic, "own", { qos: 1 });
      await client.call("publish", `${t.topic}/marker`, "marker", { qos: 1 });
      await t.arrives(client, "marker");
      t.absent("own", "back to who published it, although No Local is set [MQTT-3.8.3-3]");
    },
  },
  {
    name: "subscription identifiers",
    versions: ["5"],
    check: async (t) => {
      const far = await t.far();
      const client = await t.connected();
      const { subscriptionIdentifierAvailable } = await client.get("serverLimits");
      if (!subscriptionIdentifierAvailable) {
        const { code } = await client.rejection("subscribe", t.topic, { subscriptionIdentifier: 7 });
        t.expect(code === "NOT_AVAILABLE" && t.all("toServer", { type: "subscribe" }).length === 0, `not refused before sending, but with ${code}`);
        throw t.notOffered("its CONNACK says Subscription Identifiers Available 0; the client refuses them", t.all("toClient", { type: "connack" }));
      }
      await t.subscribe(client, { [`${t.topic}/one`]: 1 }, { subscriptionIdentifier: 7 });
      await t.subscribe(client, { [`${t.topic}/#`]: 1 }, { subscriptionIdentifier: 300 });
      await far.publish(`${t.topic}/two`, "two");
      const { entry, message } = await t.arrives(client, "two");
      if (JSON.stringify(message.properties.subscriptionIdentifiers) !== "[300]") {
        const said = [/** @type {any} */ (entry.packet).properties?.subscriptionIdentifier ?? []].flat();
        if (JSON.stringify(said) === "[300]") throw new Error(`handed over with ${JSON.stringify(message.properties)}`);
        throw t.fault("sends a message without the identifier of its subscription [MQTT-3.3.4-3]", [...t.all("toServer", { type: "subscribe" }), entry]);
      }
      await far.publish(`${t.topic}/one`, "both");
      await t.arrives(client, "both");
      await far.publish(`${t.topic}/two`, "marker");
      await t.arrives(client, "marker");
      const entries = t.all("toClient", { type: "publish", payload: "both" });
      const told = client.all("messageIn", ({ text }) => text === "both").flatMap(({ properties }) => properties.subscriptionIdentifiers ?? []).sort((a, b) => a - b);
      const wire = entries.flatMap(({ packet }) => [/** @type {any} */ (packet).properties?.subscriptionIdentifier ?? []].flat()).sort((a, b) => a - b);
      t.expect(JSON.stringify(told) === JSON.stringify(wire), `the broker sent ${wire}, the client handed over ${told}`);
      if (JSON.stringify(wire) !== "[7,300]") throw t.fault(`sends the identifiers ${JSON.stringify(wire)} with a message that matches the subscriptions 7 and 300 [MQTT-3.3.4-3]`, [...t.all("toServer", { type: "subscribe" }), ...entries]);
    },
  },
  {
    name: "shared subscriptions: each message to one of two",
    versions: ["5"],
    check: async (t) => {
      const far = await t.far();
      const clients = [await t.connected(), await t.connected()];
      const { sharedSubscriptionAvailable } = await clients[0].get("serverLimits");
      const filter = `$share/group/${t.topic}`;
      if (!sharedSubscriptionAvailable) {
        const { code } = await clients[0].rejection("subscribe", filter);
        t.expect(code === "NOT_AVAILABLE" && t.all("toServer", { type: "subscribe" }).length === 0, `not refused before sending, but with ${code}`);
        throw t.notOffered("its CONNACK says Shared Subscription Available 0; the client refuses them", t.all("toClient", { type: "connack" }).slice(0, 1));
      }
      for (const client of clients) {
        const after = t.here();
        const result = client.call("subscribe", { [filter]: 1 });
        const sent = await t.weSend("SUBSCRIBE", { type: "subscribe", after });
        const suback = await t.seen({ type: "suback", after, ms: 4000 });
        if (!suback) {
          result.catch(() => {});
          throw t.fault("does not answer a shared subscription, though its CONNACK says nothing against them [MQTT-3.8.4-1]", [...t.all("toClient", { type: "connack" }).slice(0, 1), sent, ...t.all("toClient", { type: "disconnect" })]);
        }
        const [{ reasonCode }] = await result;
        if (reasonCode >= 0x80) throw t.notOffered(`refuses it with 0x${reasonCode.toString(16)}, though its CONNACK says nothing against it (§3.2.2.3.13)`, [...t.all("toClient", { type: "connack" }).slice(0, 1), sent, suback]);
      }
      for (const client of clients) await t.subscribe(client, { [`${t.topic}/marker`]: 1 });
      for (let number = 1; number <= SHARED; number += 1) await far.publish(t.topic, String(number));
      await far.publish(`${t.topic}/marker`, "marker");
      for (const client of clients) await client.told("messageIn", ({ text }) => text === "marker");
      const each = clients.map((client) => client.all("messageIn", ({ text }) => text !== "marker").map(({ text }) => Number(text)));
      const wire = t.all("toClient", { type: "publish", fits: ({ payload }) => /^\d+$/.test(String(payload)) });
      t.expect(wire.length === each.flat().length, `the broker sent ${wire.length}, the clients handed over ${each.flat().length}`);
      if (each.flat().length === 0) throw t.fault("grants a shared subscription and sends nothing to it", t.all("toClient", { type: "suback" }));
      const sorted = each.flat().sort((a, b) => a - b);
      if (sorted.length !== SHARED || new Set(sorted).size !== SHARED) throw t.fault(`sends ${sorted.length} messages to a group that ${SHARED} were published to (§4.8.2)`, wire.slice(0, 6));
      t.note(`${each.map(({ length }) => length).join(" and ")} of ${SHARED}`);
    },
  },
];
