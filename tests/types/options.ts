// The options of a client: what each takes, what it gives when it is read, and what does not compile. Never run.
import { MqttClient, type ClientOptions, type ReconnectOptions, type Sealing, type SealingKey, type SessionStorage, type Will } from "mqtt-mooring";
import { same } from "./same.js";

/** Every option, none of them asked for. */
const all: Required<ClientOptions> = {
  url: "wss://broker.example/mqtt",
  clientId: "tablet-17",
  cleanSession: false,
  protocolVersion: "5",
  protocolFallback: true,
  username: "u",
  password: new Uint8Array(1),
  keepAlive: 60,
  will: { topic: "gone", payload: "here", qos: 2, retain: true, delayInterval: 5, userProperties: [["k", "v"]], correlationData: new Uint8Array(1) },
  sessionKey: "orders",
  durable: true,
  sessionInUse: "wait",
  storage: "local",
  sealing: { seal: (bytes) => bytes, open: async (bytes) => bytes },
  manualAck: "promise",
  outbox: { maxMessages: 10, maxBytes: 1000, whenFull: "dropOldest", queueQos0: true },
  logLevel: 3,
  sessionExpiryInterval: 3600,
  receiveMaximum: 10,
  inflightWindow: 10,
  maximumPacketSize: 1000,
  topicAliasMaximum: 0,
  topicDelimiter: ",",
  automaticTopicAliases: true,
  checkPayloadFormat: true,
  userProperties: [["k", "v"]],
  requestResponseInformation: true,
  requestProblemInformation: false,
  timeout: 1.5,
  republishInterval: 0,
  whenSessionLost: ({ qos, key }) => (qos === 1 && key ? "republish" : "discard"),
  resumeWithoutState: true,
  websocketProtocol: "mqtt",
  reconnect: { minDelay: 0.5, maxDelay: 30, jitter: false, attempts: Infinity, stableAfter: 5 },
  resubscribe: false,
  followServerReference: (reference, url) => (reference.endsWith(".example") ? url.replace("a.example", reference) : undefined),
  prepareConnect: async ({ attempt, url }) => (attempt > 1 ? { url: `${url}?again`, username: "u", password: new Uint8Array(1) } : undefined),
  authenticate: { method: "TOKEN", step: async (stage, data) => (stage === "done" ? undefined : `${stage} ${data.length}`) },
  sendHighWaterMark: 65536,
};
new MqttClient(all);
new MqttClient({});
new MqttClient();
// @ts-expect-error there is no such option
new MqttClient({ keepalive: 60 });
// @ts-expect-error the address is one of the options
new MqttClient("wss://broker.example/mqtt");

// Every option is a property of the same name.
same<Exclude<keyof ClientOptions, keyof MqttClient>, never>();

declare const client: MqttClient;
client.url = ["wss://a.example", "wss://b.example"];
client.password = "text";
client.password = new ArrayBuffer(1);
client.reconnect = true;
client.reconnect = { attempts: 3 };
client.prepareConnect = () => {};
client.authenticate = undefined;
client.will = undefined;
client.manualAck = true;
client.logLevel = 0;
client.outbox = { maxBytes: 7 };
client.storage = "memory";
client.whenSessionLost = "republish";
same<MqttClient["keepAlive"], number>();
same<MqttClient["username"], string | undefined>();
same<MqttClient["reconnect"], ReconnectOptions | boolean>();
same<MqttClient["protocolVersion"], "5" | "3.1.1">();
same<MqttClient["storage"], "local" | "session" | "memory" | SessionStorage>();

/** A store of one's own answers at once, or with promises. */
const map = new Map<string, string>();
const atOnce: SessionStorage = {
  get: (key) => map.get(key),
  set: (key, value) => void map.set(key, value),
  remove: (key) => void map.delete(key),
  keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
};
const later: SessionStorage = {
  get: async (key) => map.get(key) ?? null,
  set: async (key, value) => void map.set(key, value),
  remove: async (key) => void map.delete(key),
  keys: async () => map.keys(),
};
client.storage = atOnce;
client.storage = later;
// The platform's own has no keys() of that kind.
// @ts-expect-error
client.storage = localStorage;

/** What is sealed, and the data of an authentication, is what the platform's own functions take. */
const byHand = (key: CryptoKey, iv: Uint8Array<ArrayBuffer>): Sealing => ({
  seal: async (bytes) => new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes)),
  open: async (bytes, name) => new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(name) }, key, bytes)),
});
client.sealing = byHand(await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]), new Uint8Array(12));
client.sealing = { key: await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]) };
client.authenticate = {
  method: "SCRAM",
  step: async (stage, data, { reason, userProperties }) =>
    stage === "start" ? { data, reason: reason ?? "", userProperties: userProperties ?? [] } : new Uint8Array(await crypto.subtle.digest("SHA-256", data)),
};

same<SealingKey, CryptoKey>();

const refused: ClientOptions[] = [
  // @ts-expect-error seconds, as a number
  { timeout: "1s" },
  // @ts-expect-error delays are seconds, too
  { reconnect: { minDelay: "1s" } },
  // @ts-expect-error there is no such delay
  { reconnect: { delay: 1 } },
  // @ts-expect-error versions are texts
  { protocolVersion: 5 },
  // @ts-expect-error there is no such version
  { protocolVersion: "3.1" },
  // @ts-expect-error there is no such level
  { logLevel: 4 },
  // @ts-expect-error there is no such QoS
  { will: { topic: "gone", qos: 3 } },
  // @ts-expect-error a will needs a topic
  { will: { payload: "gone" } },
  // @ts-expect-error a subscription identifier is the server's to send
  { will: { topic: "gone", subscriptionIdentifiers: [1] } },
  // @ts-expect-error a will has no connection that an alias could belong to
  { will: { topic: "gone", topicAlias: 1 } },
  // @ts-expect-error a function that decides must decide at once
  { whenSessionLost: async () => "republish" },
  // @ts-expect-error and has two answers
  { whenSessionLost: () => "default" },
  // @ts-expect-error a store must be able to list its keys
  { storage: { get: () => null, set() {}, remove() {} } },
  // @ts-expect-error keys and values are texts
  { storage: { get: () => 1, set() {}, remove() {}, keys: () => [] } },
  // @ts-expect-error there is no such storage
  { storage: "indexedDB" },
  // @ts-expect-error what seals must also open
  { sealing: { seal: (bytes: Uint8Array) => bytes } },
  // @ts-expect-error the server has to be told which method it is
  { authenticate: { step: () => undefined } },
  // @ts-expect-error there are two answers
  { outbox: { whenFull: "wait" } },
  // @ts-expect-error pairs, for names may repeat
  { userProperties: { k: "v" } },
  // @ts-expect-error there are two answers
  { sessionInUse: "steal" },
  // @ts-expect-error an address, not an object
  { url: new URL("wss://broker.example") },
  // @ts-expect-error what is fetched for an attempt is an address and credentials
  { prepareConnect: async () => ({ token: "t" }) },
  // @ts-expect-error the address to follow, or none
  { followServerReference: () => true },
];
export { refused };

// @ts-expect-error what a password was cannot be seen, but it can be taken away
const password: string = client.password;
client.password = undefined;
// @ts-expect-error the will is made as a whole
const will: Will = { retain: true };
export { password, will };

// Undefined stands for the default, wherever something may be left out: also for those who compile with exactOptionalPropertyTypes.
declare const unset: undefined;
const left: ClientOptions = {
  username: unset,
  will: { topic: "gone", payload: unset, delayInterval: unset, contentType: unset },
  reconnect: { minDelay: unset, attempts: unset },
  outbox: { whenFull: unset },
  prepareConnect: () => ({ url: unset, password: unset }),
  authenticate: { method: "TOKEN", step: () => ({ data: unset, reason: unset }) },
};
new MqttClient(left).connect({ signal: unset });
client.publish("a", "b", { qos: unset, key: unset, timeout: unset, userProperties: unset });
client.subscribe({ a: { qos: unset } }, { subscriptionIdentifier: unset, signal: unset });
client.messages("a", { highWaterMark: unset });
client.request("a", "b", { responseTopic: unset, timeout: unset });
client.disconnect({ reasonCode: unset, reason: unset });
