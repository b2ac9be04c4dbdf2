// Getting connected, staying so, and being refused.

/** @typedef {import("../matrix.mjs").Feature} Feature */

const NOT_AUTHORIZED = [0x86, 0x87];
/** Return codes of 3.1.1, as the client tells them. */
const RETURN_CODES = /** @type {Record<number, number>} */ ({ 4: 0x86, 5: 0x87 });
const BAD_METHOD = 0x8c;
/** Not so short that a busy machine is late for it. */
const KEEP_ALIVE_S = 3;
const TAKEN_OVER = 0x8e;

/** @param {number | null | undefined} code */
const code = (code) => `0x${(code ?? 0).toString(16).padStart(2, "0")}`;

/** @type {Feature[]} */
export const connecting = [
  {
    name: "CONNECT, CONNACK",
    check: async (t) => {
      const client = await t.client();
      const { sessionPresent, clientId } = await t.connect(client);
      t.expect(sessionPresent === false, "a clean session is said to be present");
      t.expect(clientId === client.clientId, `the client identifier is ${clientId}`);
      await client.call("disconnect");
      await t.weSend("DISCONNECT", { type: "disconnect" });
    },
  },
  {
    name: "no client identifier given",
    check: async (t) => {
      const client = await t.client({ clientId: "" });
      const result = await t.connect(client);
      const sent = await t.weSend("CONNECT", { type: "connect" });
      const connack = await t.brokerSends("CONNACK", { type: "connack" });
      const made = /** @type {any} */ (connack.packet)?.properties?.assignedClientIdentifier;
      if (t.is5) {
        t.expect(sent.clientId === "", "CONNECT has a client identifier");
        if (!made) throw t.fault("assigns no client identifier [MQTT-3.2.2-16]", [sent, connack]);
        t.expect(result.assignedClientId === made && result.clientId === made, `the client says ${result.clientId}, and the broker ${made}`);
      } else {
        t.expect(Boolean(sent.clientId) && result.clientId === sent.clientId, "none was invented");
      }
    },
  },
  {
    name: "wrong password refused, with its reason",
    secured: true,
    check: async (t) => {
      const client = await t.client({ password: "Secret", reconnect: { minDelay: 0.01, maxDelay: 0.02 } });
      const rejected = client.rejection("connect");
      const sent = await t.weSend("CONNECT", { type: "connect", fits: ({ password }) => String(password) === "Secret" });
      const connack = await t.seen({ type: "connack" });
      if (!connack) throw t.notOffered("closes the connection without a CONNACK, and so without a reason", [sent]);
      if (connack.reasonCode === 0) throw t.fault("accepts a wrong password", [sent, connack]);
      const error = await rejected;
      const meant = t.is5 ? (connack.reasonCode ?? 0) : RETURN_CODES[connack.reasonCode ?? 0];
      if (!NOT_AUTHORIZED.includes(meant)) return t.note(`refuses with ${code(connack.reasonCode)}`);
      t.expect(error.reasonCode === meant, `the client says ${code(error.reasonCode)}, and the broker ${code(connack.reasonCode)}`);
      t.expect(error.code === "NOT_AUTHORIZED", `the client says ${error.code}`);
      t.expect(t.all("toServer", { type: "connect" }).length === 1, "it tried again");
    },
  },
  {
    name: "keep alive: PINGREQ, PINGRESP",
    check: async (t) => {
      const client = await t.client({ keepAlive: KEEP_ALIVE_S });
      const { keepAlive } = await t.connect(client);
      const ms = (keepAlive + 5) * 1000;
      if (keepAlive !== KEEP_ALIVE_S) t.note(`imposes a Keep Alive of ${keepAlive} s`);
      for (const nth of [1, 2]) {
        await t.weSend("PINGREQ", { type: "pingreq", nth, ms });
        if (await t.seen({ type: "pingresp", nth })) continue;
        // A broker may give up a client that is silent for one and a half times the Keep Alive [MQTT-3.1.2-24 (3.1.1), -22 (5)].
        const times = t.all("toServer", {}).map(({ at }) => at);
        const silence = Math.max(...times.slice(1).map((at, index) => at - times[index]));
        t.expect(silence < keepAlive * 1000 * 1.25, `the client was silent for ${silence} ms, with a Keep Alive of ${keepAlive} s`);
        throw t.fault("does not answer PINGREQ with PINGRESP [MQTT-3.12.4-1]", t.everything.slice(-6));
      }
      t.expect((await client.get("connected")) === true, "the connection is gone");
    },
  },
  {
    name: "Server Keep Alive obeyed",
    versions: ["5"],
    limited: true,
    check: async (t) => {
      const client = await t.client({ keepAlive: 30 });
      const { keepAlive } = await t.connect(client);
      const connack = await t.brokerSends("CONNACK", { type: "connack" });
      const imposed = /** @type {any} */ (connack.packet)?.properties?.serverKeepAlive;
      if (imposed === undefined) throw t.notOffered("its CONNACK has no Server Keep Alive", [connack]);
      t.expect(keepAlive === imposed, `the client keeps to ${keepAlive} s, the broker asked for ${imposed}`);
      t.note(`30 s asked for, ${imposed} s imposed`);
    },
  },
  {
    name: "session taken over by a second connection",
    check: async (t) => {
      const first = await t.connected({ clientId: `${t.name}-one` });
      const after = t.here();
      const [connection] = t.proxy.connections;
      const ended = new Promise((resolve) => t.proxy.on("end", (one) => one === connection && resolve(true)));
      const second = await t.client({ clientId: `${t.name}-one` });
      await t.connect(second);
      const gone = await Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve(false), 10_000))]);
      if (!gone) throw t.fault(`leaves both connections open ${t.cite("3.1.4-2", "3.1.4-3")}`);
      const { code: why, reasonCode } = await first.told("disconnected");
      const said = t.all("toClient", { type: "disconnect", after })[0];
      if (said) t.expect(why === "SERVER_DISCONNECT" && reasonCode === said.reasonCode, `the client says ${why} ${code(reasonCode)}`);
      await t.subscribe(second, { [t.topic]: 1 });
      await second.call("publish", t.topic, "still there", { qos: 1 });
      await t.arrives(second, "still there");
      if (t.is5 && !said) throw t.fault("closes the first connection without DISCONNECT 0x8e Session taken over [MQTT-3.1.4-3]");
      if (t.is5 && said.reasonCode !== TAKEN_OVER) throw t.fault(`says ${code(said.reasonCode)} to the first connection, not 0x8e [MQTT-3.1.4-3]`, [said]);
    },
  },
  {
    name: "enhanced authentication (SCRAM-SHA-256), and again on the same connection",
    versions: ["5"],
    enhanced: true,
    check: async (t) => {
      const alice = { username: "alice", password: "secret" };
      const client = await t.client({ cleanSession: false, reconnect: { minDelay: 0.01, maxDelay: 0.1 } }, { scram: alice });
      const result = client.call("connect").then(() => null, (/** @type {any} */ error) => error);
      const sent = await t.weSend("CONNECT", { type: "connect", fits: ({ properties }) => properties?.authenticationMethod === "SCRAM-SHA-256" });
      const answer = await t.brokerSends("CONNACK or AUTH", { fits: ({ cmd }) => cmd === "connack" || cmd === "auth" }, () => [sent]);
      if (answer.type === "connack") {
        if (answer.reasonCode === 0) {
          await client.call("disconnect");
          throw t.fault("accepts the connection as if no Authentication Method had been named [MQTT-4.12.0-1]", [sent, answer]);
        }
        const error = await result;
        t.expect(error !== null && error.reasonCode === answer.reasonCode, "the client does not say why it was refused");
        t.expect(answer.reasonCode !== BAD_METHOD || t.all("toServer", { type: "connect" }).length === 1, "the client tried again with a method that the broker does not have");
        throw t.notOffered(`refuses the Authentication Method with ${code(answer.reasonCode)}`, [sent, answer]);
      }
      t.expect((await result) === null, "the exchange failed");
      await client.call("reauthenticate");
      await t.brokerSends("AUTH 0x00", { type: "auth", fits: ({ reasonCode }) => (reasonCode ?? 0) === 0 });
      t.cut();
      await client.told("connected", undefined, 2);
      await client.call("publish", t.topic, "x", { qos: 1 });
      const wrong = await t.client({}, { scram: { ...alice, password: "Secret" } });
      t.expect((await wrong.rejection("connect")).code === "NOT_AUTHORIZED", "a wrong password is not NOT_AUTHORIZED");
    },
  },
  {
    name: "1 MiB out and in",
    check: async (t) => {
      const SIZE = 1 << 20;
      await t.far({ filter: t.topic, qos: 1 });
      const client = await t.connected();
      const { value, error } = await client.publishLarge(t.topic, SIZE, 1);
      const sent = await t.weSend("PUBLISH", { type: "publish", fits: ({ payload }) => payload.length === SIZE });
      const close = t.all("toClient", { type: "disconnect" });
      if (error && error.code !== "PACKET_TOO_LARGE") throw t.fault(`does not take 1 MiB, and has not said so: ${error.message}`, [...t.all("toClient", { type: "connack" }), sent, ...close]);
      t.expect(Boolean(value), `refused: ${error?.code}`);
      const there = await t.brokerSendsFar("1 MiB", { type: "publish", fits: ({ payload }) => payload.length === SIZE, ms: 15_000 });
      const bytes = /** @type {Buffer} */ (/** @type {any} */ (there.packet).payload);
      if (!bytes.equals(/** @type {any} */ (sent.packet).payload)) throw t.fault("changes a payload of 1 MiB on its way out", [sent, there]);
      const other = await t.far({ clientId: `${t.name}-b-far` });
      await t.subscribe(client, { [`${t.topic}/in`]: 1 });
      await other.publish(`${t.topic}/in`, bytes);
      const here = await t.brokerSends("1 MiB", { type: "publish", fits: ({ payload }) => payload.length === SIZE, ms: 15_000 });
      const message = await client.told("messageIn", ({ size }) => size === SIZE);
      if (!bytes.equals(/** @type {any} */ (here.packet).payload)) throw t.fault("changes a payload of 1 MiB on its way in", [here]);
      t.expect(message.hash === t.hashOf(bytes), "the payload was changed by the client");
    },
  },
];

