// Retained messages, and what a MQTT 5 subscription says about them.

/** @typedef {import("../matrix.mjs").Feature} Feature */
/** @typedef {import("../matrix.mjs").Check} Check */

/**
 * Publishes a message from afar that every subscription to `topic` gets behind all that the broker sent before.
 * @param {Check} t
 * @param {import("../bench.mjs").Client} client
 * @param {import("../bench.mjs").Far} far
 * @param {string} text
 */
const marker = async (t, client, far, text) => {
  await far.publish(t.topic, text);
  return t.arrives(client, text);
};

/** @type {Feature[]} */
export const retained = [
  {
    name: "retained: set, sent to a new subscriber, cleared",
    check: async (t) => {
      const far = await t.far();
      const client = await t.connected();
      await client.call("publish", t.topic, "kept", { qos: 1, retain: true });
      await t.weSend("PUBLISH with RETAIN", { type: "publish", payload: "kept", fits: ({ retain }) => retain });
      await t.subscribe(client, { [t.topic]: 1 });
      const { entry, message } = await t.arrives(client, "kept");
      if (!(/** @type {any} */ (entry.packet).retain)) throw t.fault(`sends a retained message without RETAIN to a new subscriber (${t.is5 ? "§3.3.1.3" : "[MQTT-3.3.1-8]"})`, [entry]);
      t.expect(message.retain === true, "retain is not set on what was handed over");
      const live = await marker(t, client, far, "live");
      if (/** @type {any} */ (live.entry.packet).retain) throw t.fault(`sets RETAIN on what is not retained ${t.cite("3.3.1-9", "3.3.1-12")}`, [live.entry]);
      await client.call("publish", t.topic, "", { qos: 1, retain: true });
      const late = await t.connected();
      await t.subscribe(late, { [t.topic]: 1 });
      await far.publish(t.topic, "marker");
      await late.told("messageIn", ({ text }) => text === "marker");
      const before = t.all("toClient", { type: "publish", clientId: late.clientId, fits: ({ retain }) => retain });
      if (before.length > 0) throw t.fault(`still has a retained message that was cleared ${t.cite("3.3.1-10", "3.3.1-6")}`, before);
    },
  },
  {
    name: "Retain Handling 0, 1, 2",
    versions: ["5"],
    check: async (t) => {
      const far = await t.far();
      await far.publish(t.topic, "kept", { retain: true });
      const client = await t.connected();
      let expected = 0;
      for (const { retainHandling, again, comes } of [
        { retainHandling: 2, again: false, comes: false },
        { retainHandling: 0, again: true, comes: true },
        { retainHandling: 1, again: true, comes: false },
        { retainHandling: 2, again: true, comes: false },
      ]) {
        const { sent } = await t.subscribe(client, { [t.topic]: { qos: 1, retainHandling } });
        t.expect(/** @type {any} */ (sent.packet).subscriptions[0].rh === retainHandling, "SUBSCRIBE has another Retain Handling");
        if (comes) expected += 1;
        if (comes) await t.brokerSends("the retained message with Retain Handling 0 [MQTT-3.3.1-9]", { type: "publish", payload: "kept", nth: expected });
        await marker(t, client, far, `marker ${retainHandling} ${again}`);
        const came = t.all("toClient", { type: "publish", payload: "kept" });
        if (came.length !== expected) throw t.fault(`sends the retained message with Retain Handling ${retainHandling} and ${again ? "a" : "no"} subscription before [MQTT-3.3.1-${retainHandling === 1 ? 10 : 11}]`, [sent, ...came.slice(-1)]);
      }
      const fresh = await t.connected();
      await t.subscribe(fresh, { [t.topic]: { qos: 1, retainHandling: 1 } });
      await t.brokerSends("the retained message to a new subscription with Retain Handling 1 [MQTT-3.3.1-10]", { type: "publish", payload: "kept", clientId: fresh.clientId });
      await fresh.told("messageIn", ({ text, retain }) => text === "kept" && retain);
    },
  },
  {
    name: "Retain As Published",
    versions: ["5"],
    check: async (t) => {
      const far = await t.far();
      for (const retainAsPublished of [true, false]) {
        const client = await t.connected();
        await t.subscribe(client, { [t.topic]: { qos: 1, retainAsPublished, retainHandling: 2 } });
        const text = `kept ${retainAsPublished}`;
        await far.publish(t.topic, text, { retain: true });
        const { entry, message } = await t.arrives(client, text);
        if (/** @type {any} */ (entry.packet).retain !== retainAsPublished) {
          throw t.fault(`${retainAsPublished ? "clears" : "keeps"} RETAIN of a live message where Retain As Published is ${retainAsPublished ? 1 : 0} [MQTT-3.3.1-${retainAsPublished ? 13 : 12}]`, [...t.all("toServer", { type: "subscribe" }).slice(-1), entry]);
        }
        t.expect(message.retain === retainAsPublished, "what was handed over has another flag");
      }
    },
  },
  {
    name: "a subscription made again has the new options",
    versions: ["5"],
    check: async (t) => {
      const far = await t.far();
      const client = await t.connected();
      for (const retainAsPublished of [true, false]) {
        await t.subscribe(client, { [t.topic]: { qos: 1, retainAsPublished, retainHandling: 2 } });
        await far.publish(t.topic, `kept ${retainAsPublished}`, { retain: true });
        const { entry } = await t.arrives(client, `kept ${retainAsPublished}`);
        if (/** @type {any} */ (entry.packet).retain !== retainAsPublished) {
          throw t.fault("goes on with the options of a subscription that another one has replaced (Retain As Published 1, then 0) [MQTT-3.8.4-3]", [...t.all("toServer", { type: "subscribe" }), entry]);
        }
      }
    },
  },
];
