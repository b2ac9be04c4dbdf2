// MQTT 5: what messages carry, topic aliases, request and response, reasons in words.

/** @typedef {import("../matrix.mjs").Feature} Feature */
/** @typedef {import("../matrix.mjs").Check} Check */

const CORRELATION = Buffer.from([0, 255, 1, 254]);

const USER = { many: ["one", "two"], single: "ä€😀" };

/** @param {any} properties of a PUBLISH, as mqtt-packet and MQTT.js have them */
const known = (properties = {}) =>
  JSON.stringify({
    utf8: properties.payloadFormatIndicator, type: properties.contentType, to: properties.responseTopic,
    correlation: properties.correlationData && Buffer.from(properties.correlationData).toString("hex"),
    user: Object.entries(properties.userProperties ?? {}).filter(([name]) => name in USER),
  });

/** User Properties that somebody has added. @param {any} properties */
const added = (properties = {}) => Object.keys(properties.userProperties ?? {}).filter((name) => !(name in USER));

/** @type {import("mqtt").IClientPublishOptions["properties"]} */
const ALL = {
  payloadFormatIndicator: true, contentType: "text/plain", responseTopic: "answers/here", correlationData: CORRELATION,
  userProperties: USER,
};

const OURS = {
  payloadFormat: "utf-8", contentType: "text/plain", responseTopic: "answers/here",
  userProperties: [["many", "one"], ["many", "two"], ["single", "ä€😀"]],
};

/** @type {Feature[]} */
export const properties = [
  {
    name: "payload format, content type, response topic, correlation data, user properties",
    versions: ["5"],
    check: async (t) => {
      const far = await t.far({ filter: `${t.topic}/out` });
      const client = await t.connected();
      await t.subscribe(client, { [`${t.topic}/in`]: 1 });
      await far.publish(`${t.topic}/in`, "with all", { properties: ALL });
      const asked = t.all("toServer", { type: "publish", payload: "with all" }, t.farProxy);
      const { entry, message } = await t.arrives(client, "with all");
      const wanted = known(ALL);
      if (known(/** @type {any} */ (entry.packet).properties) !== wanted) throw t.fault("changes properties of a message on its way in [MQTT-3.3.2-4, -15, -16, -17, -20]", [...asked, entry]);
      const more = added(/** @type {any} */ (entry.packet).properties);
      if (more.length > 0) t.note(`adds the User Property ${more.join(", ")}`);
      const userProperties = message.properties.userProperties.filter((/** @type {[string, string]} */ [name]) => name in USER);
      const handed = { ...message.properties, userProperties, correlationData: Buffer.from(message.properties.correlationData ?? []).toString("hex") };
      for (const [name, value] of Object.entries({ ...OURS, correlationData: CORRELATION.toString("hex") })) {
        t.expect(JSON.stringify(handed[name]) === JSON.stringify(value), `${name} was handed over as ${JSON.stringify(handed[name])}`);
      }
      await client.call("publish", `${t.topic}/out`, "with all of it", { qos: 1, ...OURS, correlationData: new Uint8Array(CORRELATION) });
      const sent = await t.weSend("PUBLISH", { type: "publish", payload: "with all of it" });
      const there = await t.brokerSendsFar("a message with properties", { type: "publish", payload: "with all of it" });
      const out = known(/** @type {any} */ (sent.packet).properties);
      t.expect(out === wanted, `sent with ${out}`);
      if (known(/** @type {any} */ (there.packet).properties) !== out) throw t.fault("changes properties of a message on its way out [MQTT-3.3.2-4, -15, -16, -17, -20]", [sent, there]);
    },
  },
  {
    name: "request and response",
    versions: ["5"],
    check: async (t) => {
      const far = await t.far({ filter: t.topic, qos: 1 });
      far.client.on("message", (_topic, payload, { properties }) => {
        const { responseTopic = "", correlationData } = properties ?? {};
        void far.publish(responseTopic, `answer to ${payload}`, { properties: { correlationData } }).catch(() => {});
      });
      const client = await t.connected();
      const answers = await Promise.all([client.call("request", t.topic, "one"), client.call("request", t.topic, "two")]);
      t.expect(answers.map(({ text }) => text).join() === "answer to one,answer to two", `answered: ${answers.map(({ text }) => text)}`);
    },
  },
  {
    name: "message expiry: counted down, and not sent afterwards",
    versions: ["5"],
    check: async (t) => {
      const far = await t.far();
      const client = await t.connected({ cleanSession: false });
      await t.subscribe(client, { [t.topic]: 1 });
      await client.call("disconnect");
      await far.publish(t.topic, "short", { properties: { messageExpiryInterval: 1 } });
      await far.publish(t.topic, "long", { properties: { messageExpiryInterval: 600 } });
      await t.pass(3000);
      const after = t.here();
      await t.connect(client);
      const { entry, message } = await t.arrives(client, "long");
      const published = t.all("toServer", { type: "publish" }, t.farProxy);
      const late = t.all("toClient", { type: "publish", payload: "short", after });
      if (late.length > 0) throw t.fault("sends a message 3 s after it was published with a Message Expiry Interval of 1 s [MQTT-3.3.2-5]", [published[0], ...late]);
      const left = /** @type {any} */ (entry.packet).properties?.messageExpiryInterval;
      t.expect(message.properties.messageExpiryInterval === left, `handed over with ${message.properties.messageExpiryInterval}`);
      if (!(left < 600 && left > 590)) throw t.fault(`sends a Message Expiry Interval of ${left} 3 s after it was published with 600 [MQTT-3.3.2-6]`, [published[1], entry]);
    },
  },
  {
    name: "topic aliases from the server",
    versions: ["5"],
    check: async (t) => {
      const far = await t.far();
      const client = await t.connected({ topicAliasMaximum: 8 });
      await t.weSend("Topic Alias Maximum", { type: "connect", fits: ({ properties }) => properties?.topicAliasMaximum === 8 });
      await t.subscribe(client, { [`${t.topic}/#`]: 1 });
      for (const round of [1, 2, 3]) {
        for (const leaf of ["a rather long name", "another long name"]) {
          await far.publish(`${t.topic}/${leaf}`, `${leaf} ${round}`);
          const { message } = await t.arrives(client, `${leaf} ${round}`);
          t.expect(message.topic === `${t.topic}/${leaf}`, `handed over as ${message.topic}`);
        }
      }
      const aliased = t.all("toClient", { type: "publish", fits: ({ topic, properties }) => topic === "" && properties?.topicAlias > 0 });
      const [connect] = t.all("toServer", { type: "connect" });
      if (aliased.length === 0) throw t.notOffered("was allowed 8 aliases and used none", [connect, ...t.all("toClient", { type: "publish" }).slice(-1)]);
      t.note(`${aliased.length} of 6 messages with an alias and an empty topic`);
    },
  },
  {
    name: "topic aliases from the client, given by it and by hand",
    versions: ["5"],
    limited: true,
    check: async (t) => {
      await t.far({ filter: `${t.topic}/#`, qos: 1 });
      const client = await t.connected({ automaticTopicAliases: true });
      const { topicAliasMaximum } = await client.get("serverLimits");
      if (topicAliasMaximum === 0) {
        const { code } = await client.rejection("publish", t.topic, "x", { qos: 1, topicAlias: 1 });
        t.expect(code === "NOT_AVAILABLE" && t.all("toServer", { type: "publish" }).length === 0, `not refused before sending, but with ${code}`);
        throw t.notOffered("its CONNACK has no Topic Alias Maximum; the client refuses an alias given by hand", t.all("toClient", { type: "connack" }));
      }
      const aliasOf = (/** @type {any} */ { packet }) => packet.properties?.topicAlias;
      /** @param {string} leaf @param {string} payload @param {Record<string, unknown>} [options] */
      const publish = async (leaf, payload, options = {}) => {
        const done = client.call("publish", `${t.topic}/${leaf}`, payload, { qos: 1, ...options });
        const sent = await t.weSend(`"${payload}"`, { type: "publish", payload });
        await done;
        const there = await t.brokerSendsFar(`"${payload}", which was sent with a topic alias`, { type: "publish", payload }, () => t.all("toServer", { type: "publish" }).slice(-4));
        if (there.topic !== `${t.topic}/${leaf}`) throw t.fault(`passes a message to ${t.topic}/${leaf}, sent with a topic alias, on as one to ${there.topic}`, [...t.all("toServer", { type: "publish" }), there]);
        return sent;
      };
      // One more topic than a limited broker has aliases for.
      for (const leaf of ["one", "two", "three", "four"]) {
        const first = await publish(leaf, `${leaf} 1`);
        t.expect(first.topic === `${t.topic}/${leaf}` && aliasOf(first) > 0 && aliasOf(first) <= topicAliasMaximum, `"${leaf} 1" was sent with alias ${aliasOf(first)}`);
        const second = await publish(leaf, `${leaf} 2`);
        t.expect(second.topic === "" && aliasOf(second) === aliasOf(first), `"${leaf} 2" was sent with topic "${second.topic}" and alias ${aliasOf(second)}`);
      }
      const byHand = [await publish("by hand", "hand 1", { topicAlias: topicAliasMaximum }), await publish("by hand", "hand 2", { topicAlias: topicAliasMaximum })];
      t.expect(byHand.every((sent) => aliasOf(sent) === topicAliasMaximum) && byHand[0].topic !== "" && byHand[1].topic === "", "an alias given by hand was not used");
      t.note(`of ${topicAliasMaximum}`);
    },
  },
  {
    name: "response information",
    versions: ["5"],
    limited: true,
    check: async (t) => {
      const client = await t.client({ requestResponseInformation: true });
      const { responseInformation } = await t.connect(client);
      await t.weSend("Request Response Information", { type: "connect", fits: ({ properties }) => properties?.requestResponseInformation === true });
      const [connack] = t.all("toClient", { type: "connack" });
      const said = /** @type {any} */ (connack.packet).properties?.responseInformation;
      if (said === undefined) throw t.notOffered("was asked for Response Information and gives none", [...t.all("toServer", { type: "connect" }), connack]);
      t.expect(responseInformation === said, `the broker says ${said}, the client ${responseInformation}`);
      t.note(said);
    },
  },
  {
    name: "reason strings handed on",
    versions: ["5"],
    check: async (t) => {
      const bad = await t.client({ password: "Secret" });
      const refused = await bad.call("connect").catch((/** @type {any} */ error) => error);
      const client = await t.connected();
      const published = await client.call("publish", t.topic, "nobody is there", { qos: 1 }).catch((/** @type {any} */ error) => error);
      const [subscribed] = await client.call("subscribe", { [`$share/group/${t.topic}`]: 1 }).catch(() => [{}]);
      const [unsubscribed] = await client.call("unsubscribe", `${t.topic}/never`);
      const other = await t.client({ clientId: client.clientId });
      await t.connect(other);
      const { reason: ended, error } = await client.told("disconnected");
      const told = { connack: `${refused.reason} ${refused.message}`, puback: published.reason, suback: subscribed.reason, unsuback: unsubscribed.reason, disconnect: `${ended} ${error?.reason} ${error?.message}` };
      const said = t.all("toClient", { fits: ({ properties }) => properties?.reasonString !== undefined });
      if (said.length === 0) throw t.notOffered("no packet of it had one, where a connection, a subscription and the end of one were refused and a session was taken over", []);
      for (const { type, packet } of said) {
        const text = /** @type {any} */ (packet).properties.reasonString;
        const heard = /** @type {Record<string, string | undefined>} */ (told)[type];
        t.expect(heard?.includes(text) === true, `the broker's ${type.toUpperCase()} says "${text}", and the client "${heard}"`);
      }
      t.note(said.map(({ type, packet }) => `${type.toUpperCase()}: "${/** @type {any} */ (packet).properties.reasonString}"`).join(", "));
    },
  },
];
