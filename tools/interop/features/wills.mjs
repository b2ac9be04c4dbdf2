// The Will Message: published when the connection is lost, later if asked for, and not when the client says goodbye.

/** @typedef {import("../matrix.mjs").Feature} Feature */
/** @typedef {import("../matrix.mjs").Check} Check */

/**
 * @param {Check} t
 * @param {Record<string, unknown>} will
 * @param {Record<string, unknown>} [options]
 */
const withWill = async (t, will, options = {}) => {
  const far = await t.far({ filter: `${t.topic}/#` });
  const client = await t.connected({ will: { topic: `${t.topic}/will`, payload: "gone", qos: 1, ...will }, ...options });
  await t.weSend("CONNECT with a will", { type: "connect", fits: ({ will }) => will?.topic === `${t.topic}/will` && String(will.payload) === "gone" });
  return { far, client };
};

const WILL = { type: "publish", payload: "gone" };

/** @param {Check} t */
const shown = (t) => [...t.all("toServer", { type: "connect" }), ...t.all("toServer", { type: "disconnect" }), ...t.all("toClient", WILL, t.farProxy)];

/** Long enough for a broker that looks after wills once a second. */
const LATER_MS = 1500;
const DELAY_S = 2;

/** @type {Feature[]} */
export const wills = [
  {
    name: "will published when the link is cut",
    check: async (t) => {
      const properties = t.is5 ? { contentType: "text/plain", userProperties: [["why", "cut"]] } : {};
      await withWill(t, properties);
      t.cut();
      const entry = await t.brokerSendsFar("the will of a connection that was cut [MQTT-3.1.2-8]", WILL, () => shown(t));
      const said = /** @type {any} */ (entry.packet).properties ?? {};
      if (t.is5 && (said.contentType !== "text/plain" || said.userProperties?.why !== "cut")) throw t.fault("drops properties of a will", shown(t));
    },
  },
  {
    name: "will not published after DISCONNECT",
    check: async (t) => {
      const { far, client } = await withWill(t, {});
      await client.call("disconnect");
      await t.weSend("DISCONNECT", { type: "disconnect" });
      await t.pass(LATER_MS);
      await far.publish(`${t.topic}/marker`, "marker");
      await t.brokerSendsFar("a marker", { type: "publish", payload: "marker" });
      if (t.all("toClient", WILL, t.farProxy).length > 0) throw t.fault("publishes the will of a client that has said goodbye [MQTT-3.14.4-3]", shown(t));
    },
  },
  {
    name: "will published after DISCONNECT 0x04",
    versions: ["5"],
    check: async (t) => {
      const { client } = await withWill(t, {});
      await client.call("disconnect", { publishWill: true });
      await t.weSend("DISCONNECT 0x04", { type: "disconnect", fits: ({ reasonCode }) => reasonCode === 4 });
      await t.brokerSendsFar("the will after DISCONNECT 0x04 Disconnect with Will Message", WILL, () => shown(t));
    },
  },
  {
    name: "will delay: published when it is over, not if the client is back before",
    versions: ["5"],
    check: async (t) => {
      const { far, client } = await withWill(t, { delayInterval: DELAY_S }, { cleanSession: false, sessionExpiryInterval: 60 });
      await t.weSend("Will Delay Interval", { type: "connect", fits: ({ will }) => will?.properties?.willDelayInterval === DELAY_S });
      const leftAt = performance.now();
      t.cut();
      await client.told("disconnected");
      await t.connect(client);
      t.expect(performance.now() - leftAt < (DELAY_S - 0.5) * 1000, "the client was not back in time to tell anything of the broker");
      await t.pass(DELAY_S * 1000 + LATER_MS);
      await far.publish(`${t.topic}/marker`, "marker");
      await t.brokerSendsFar("a marker", { type: "publish", payload: "marker" });
      if (t.all("toClient", WILL, t.farProxy).length > 0) throw t.fault("publishes the will of a client that came back within the Will Delay Interval [MQTT-3.1.3-9]", shown(t));
      const cutAt = performance.now();
      t.cut();
      await t.brokerSendsFar("the will when the Will Delay Interval has passed [MQTT-3.1.2-8]", WILL, () => shown(t));
      const seconds = (performance.now() - cutAt) / 1000;
      // A broker may count in whole seconds, and begin with the one it is in.
      if (seconds < DELAY_S - 1) throw t.fault(`publishes the will after ${seconds.toFixed(1)} s, with a Will Delay Interval of ${DELAY_S} s [MQTT-3.1.2-8]`, shown(t));
      t.note(`${DELAY_S} s asked for, ${seconds.toFixed(1)} s seen`);
    },
  },
];
