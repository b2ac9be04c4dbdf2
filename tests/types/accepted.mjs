// What the types must accept, as a page would write it. Never run.

/** @typedef {import("../../src/web/types.d.ts").ClientOptions} ClientOptions */

/** @type {Map<string, string>} */
const map = new Map();

/** @type {ClientOptions} */
export const storing = {
  durable: true,
  sessionKey: "orders",
  sessionInUse: "wait",
  storage: {
    get: async (key) => map.get(key),
    set: (key, value) => void map.set(key, value),
    remove: async (key) => void map.delete(key),
    keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
  },
  sealing: { seal: (bytes) => bytes, open: async (bytes) => bytes },
  manualAck: true,
  whenSessionLost: ({ qos, key }) => (qos === 1 && key ? "republish" : "discard"),
};

/** @typedef {import("../../src/web/types.d.ts").MqttClient} MqttClient */

/** Every option is a property, too: of a name that is missing nothing but `never` could be its value. @type {Record<Exclude<keyof ClientOptions, keyof MqttClient>, never>} */
export const optionsThatAreNoProperties = {};

/** @type {(key: CryptoKey) => ClientOptions} */
export const encrypting = (key) => ({ durable: true, sessionKey: "orders", sealing: { key }, whenSessionLost: "republish" });

/** @param {import("../../src/web/types.d.ts").MqttClient} client */
export const using = async (client) => {
  for (const { key, outcome, state } of await client.pending()) {
    outcome.then(({ reasonCode }) => console.log(key, state, reasonCode), (error) => console.error(key, error));
  }
  const publication = client.publish("a", "b", { qos: 2, key: "order-17" });
  await publication.stored;
  await publication.sent;
  const { packetId } = await publication;
  client.on("messageIn", (message) => message.ack());
  client.on("messageOut", ({ key }) => console.log(key, packetId));
  await client.importSession(await client.exportSession());
  await client.discardSession();
  return client.storageUsage.limit ?? Infinity;
};

/** @type {ClientOptions} */
export const living = {
  url: ["wss://a.example/mqtt", "wss://b.example/mqtt"],
  reconnect: { minDelay: 0.5, maxDelay: 30, jitter: false, attempts: Infinity, stableAfter: 5 },
  resubscribe: false,
  followServerReference: (reference, url) => (reference.endsWith(".example") ? url.replace("a.example", reference) : undefined),
  prepareConnect: async ({ attempt, url }) => (attempt > 1 ? { url: `${url}?again`, username: "u", password: new Uint8Array(1) } : undefined),
  authenticate: { method: "TOKEN", step: async (stage, data) => (stage === "done" ? undefined : `${stage} ${data.length}`) },
  sendHighWaterMark: 65536,
  automaticTopicAliases: true,
  checkPayloadFormat: true,
};

/** @param {import("../../src/web/types.d.ts").MqttClient} client */
export const watching = async (client) => {
  client.on("disconnected", ({ willReconnect, attempt, inMs, error }) => console.log(willReconnect, attempt ?? 0, inMs ?? 0, error?.cause));
  client.on("connectionStatus", ({ state, attempt, inMs, url }) => console.log(state === "waiting", attempt, inMs, url));
  client.on("sessionLost", ({ filters, resubscribing }) => console.log(filters, resubscribing));
  client.reconnect = true;
  client.prepareConnect = () => {};
  await client.reauthenticate();
};

/** @type {ClientOptions} */
export const bounded = {
  manualAck: "promise",
  logLevel: 3,
  outbox: { maxMessages: 10, maxBytes: 1000, whenFull: "dropOldest", queueQos0: true },
};

/** @param {import("../../src/web/types.d.ts").MqttClient} client */
export const waiting = async (client) => {
  const signal = AbortSignal.timeout(1000);
  client.on("log", ({ level, message }) => console.log(level + 1, message.length));
  client.logLevel = 0;
  client.outbox = { maxBytes: 7 };
  await client.connect({ signal });
  await client.publish("a", "b", { qos: 1, topicAlias: 3, signal, timeout: 1.5 });
  await client.subscribe("a", { qos: 1, signal, timeout: 5 });
  await client.unsubscribe(["a"], { signal, timeout: 5 });
  for await (const message of client.messages("a/+", { signal, highWaterMark: 10 })) console.log(message.text());
  const iterator = client.messages();
  const { value, done } = await iterator.next();
  if (!done) console.log(value.topic);
  await iterator.return();
  await iterator[Symbol.asyncDispose]();
  const answer = await client.request("time", "", { timeout: 5, signal, qos: 0, responseTopic: "here", contentType: "text/plain", key: "k" });
  console.log(answer.json());
  await client.request("time", "").catch((/** @type {import("../../src/web/types.d.ts").MqttError} */ { code }) => code === "ABORTED" || code === "MESSAGES_DROPPED");
  await client[Symbol.asyncDispose]();
};

/** @type {ClientOptions} */
export const asking = {
  requestResponseInformation: true,
  requestProblemInformation: false,
  will: { topic: "gone", delayInterval: 5, userProperties: [["k", "v"]], correlationData: new Uint8Array(1) },
  authenticate: {
    method: "TOKEN",
    step: async (stage, data, { reason, userProperties }) =>
      stage === "start" ? { data, reason: reason ?? "", userProperties: userProperties ?? [] } : stage === "done" ? {} : data,
  },
};

/** @param {import("../../src/web/types.d.ts").MqttClient} client */
export const saying = async (client) => {
  const { reason, userProperties, responseInformation } = await client.connect();
  console.log(reason.length, userProperties?.length, responseInformation?.length);
  client.on("messageIn", (message) => message.ack({ reasonCode: 0x97, reason: "no room", userProperties: [["k", "v"]] }));
  client.on("messageOut", ({ reason, userProperties }) => console.log(reason.length, userProperties?.[0][1]));
  client.on("messageAck", ({ reason, userProperties }) => console.log(reason.length, userProperties?.[0][1]));
  client.on("subscribed", ({ reason, userProperties }) => console.log(reason.length, userProperties?.[0][1]));
  client.on("disconnected", ({ reason, serverReference, userProperties, error }) => console.log(reason.length, serverReference, userProperties, error?.serverReference));
  await client.publish("a", "b").catch((/** @type {import("../../src/web/types.d.ts").MqttError} */ { reason, userProperties }) => console.log(reason, userProperties));
  const [gone] = await client.unsubscribe("a", { userProperties: [["k", "v"]] });
  await client.disconnect({ reasonCode: 4, reason: gone.reason, userProperties: gone.userProperties, sessionExpiryInterval: 0, publishWill: true });
};

/** @type {ClientOptions} */
export const fallingBack = { protocolVersion: "5", protocolFallback: true };

/** @param {import("../../src/web/types.d.ts").MqttClient} client */
export const setting = (client) => {
  client.automaticTopicAliases = true;
  client.checkPayloadFormat = !client.automaticTopicAliases;
};
