// Every method: what it takes, what it gives, and what does not compile. Never run.
import {
  MqttClient, type AckOptions, type Bytes, type ConnectOptions, type ConnectResult, type DisconnectOptions, type Filters, type Message, type Messages, type MqttError,
  type PendingMessage, type Publication, type PublishOptions, type PublishResult, type RequestOptions, type SubscribeOptions, type SubscribeResult,
  type UnsubscribeOptions, type UnsubscribeResult,
} from "mqtt-mooring";
import { same } from "./same.js";

declare const client: MqttClient;
const { signal } = new AbortController();

type Methods = { [Name in keyof MqttClient]: MqttClient[Name] extends (...given: never[]) => unknown ? Name : never }[keyof MqttClient];
// A method that is added belongs here, too.
same<
  Methods,
  | "connect" | "reauthenticate" | "disconnect" | "publish" | "pending" | "subscribe" | "unsubscribe" | "messages" | "request" | "saveSession"
  | "exportSession" | "restoreSession" | "importSession" | "discardSession" | "config" | "reset" | "on" | "once" | "off" | "free"
  | typeof Symbol.dispose | typeof Symbol.asyncDispose
>();

same<Parameters<MqttClient["connect"]>, [options?: ConnectOptions | undefined]>();
same<Parameters<MqttClient["disconnect"]>, [options?: DisconnectOptions | undefined]>();
same<Parameters<MqttClient["publish"]>, [topic: string, payload: Bytes, options?: PublishOptions | undefined]>();
same<Parameters<MqttClient["request"]>, [topic: string, payload: Bytes, options?: RequestOptions | undefined]>();
same<Parameters<MqttClient["subscribe"]>, [filters: Filters, options?: SubscribeOptions | undefined]>();
same<Parameters<MqttClient["unsubscribe"]>, [filters: string | string[], options?: UnsubscribeOptions | undefined]>();
same<Parameters<MqttClient["restoreSession"]>, [state?: string | undefined]>();
same<Parameters<MqttClient["importSession"]>, [state?: string | undefined]>();
same<Parameters<Message["ack"]>, [options?: AckOptions | undefined]>();

same<ReturnType<MqttClient["connect"]>, Promise<ConnectResult>>();
same<ReturnType<MqttClient["reauthenticate"]>, Promise<void>>();
same<ReturnType<MqttClient["disconnect"]>, Promise<void>>();
same<ReturnType<MqttClient["publish"]>, Publication>();
same<ReturnType<MqttClient["pending"]>, Promise<PendingMessage[]>>();
same<ReturnType<MqttClient["subscribe"]>, Promise<SubscribeResult[]>>();
same<ReturnType<MqttClient["unsubscribe"]>, Promise<UnsubscribeResult[]>>();
same<ReturnType<MqttClient["messages"]>, Messages>();
same<ReturnType<MqttClient["request"]>, Promise<Message>>();
same<ReturnType<MqttClient["saveSession"]>, string>();
same<ReturnType<MqttClient["exportSession"]>, Promise<string>>();
same<ReturnType<MqttClient["restoreSession"]>, void>();
same<ReturnType<MqttClient["importSession"]>, Promise<void>>();
same<ReturnType<MqttClient["discardSession"]>, Promise<void>>();
same<Parameters<MqttClient["config"]>, [setting: string]>();
same<ReturnType<MqttClient["config"]>, string>();
same<ReturnType<MqttClient["reset"]>, Promise<void>>();
same<ReturnType<MqttClient["free"]>, void>();

// Publishing.
const publication = client.publish("a", "text", { qos: 2, retain: true, key: "order-17", topicAlias: 3, signal, timeout: 1.5 });
same<typeof publication.stored, Promise<void>>();
same<typeof publication.sent, Promise<void>>();
const delivered = await publication;
same<typeof delivered, PublishResult>();
client.publish("a", new Uint8Array(1), { messageExpiryInterval: 60, responseTopic: "b", correlationData: new Uint8Array(1), contentType: "text/plain", payloadFormat: "utf-8", userProperties: [["k", "v"]] });
client.publish("a", new ArrayBuffer(1));
client.publish("a", JSON.stringify({ id: 17 }));
// @ts-expect-error an empty payload is "", so that none is forgotten
client.publish("a");
// @ts-expect-error numbers have no bytes of their own: say how they are written
client.publish("a", 21.5);
// @ts-expect-error nor have objects: JSON.stringify() them
client.publish("a", { id: 17 });
// @ts-expect-error a Blob gives its bytes later: await blob.arrayBuffer()
client.publish("a", new Blob(["text"]));
// @ts-expect-error there is no such QoS
client.publish("a", "b", { qos: 3 });
// @ts-expect-error nor is it a text
client.publish("a", "b", { qos: "1" });
// @ts-expect-error a subscription identifier is the server's to send
client.publish("a", "b", { subscriptionIdentifiers: [1] });
// @ts-expect-error pairs, for names may repeat
client.publish("a", "b", { userProperties: { k: "v" } });
// @ts-expect-error there is no callback: it returns a promise
client.publish("a", "b", {}, () => {});
// @ts-expect-error bytes or text
client.publish("a", "b", { payloadFormat: "json" });

// Subscribing, in each of the ways filters can be written.
client.subscribe("orders/+", { qos: 1, noLocal: true, retainAsPublished: true, retainHandling: 2, subscriptionIdentifier: 7, userProperties: [["k", "v"]], signal, timeout: 5 });
client.subscribe(["a", "b/#"], { qos: 2 });
client.subscribe({ "orders/+": 2, "prices/#": { qos: 0, noLocal: true } });
const [granted] = await client.subscribe("a");
same<typeof granted, SubscribeResult | undefined>();
client.unsubscribe(["a", "b"], { userProperties: [["k", "v"]], signal, timeout: 5 });
// @ts-expect-error the third one is 2
client.subscribe({ a: 3 });
// @ts-expect-error what is sent of retained messages is a number
client.subscribe("a", { retainHandling: "none" });
// @ts-expect-error a retained message is a publisher's
client.subscribe("a", { retain: true });
// @ts-expect-error there is nothing to subscribe to
client.subscribe();
// @ts-expect-error filters are unsubscribed from by name
client.unsubscribe({ a: 0 });
// @ts-expect-error UNSUBSCRIBE has no Reason String
client.unsubscribe("a", { reason: "why" });

// Connecting, and the end.
const connected = await client.connect({ signal });
same<typeof connected, ConnectResult>();
client.disconnect({ reasonCode: 4, reason: "closing", userProperties: [["k", "v"]], sessionExpiryInterval: 0, publishWill: true });
client.free();
// @ts-expect-error an attempt's timeout is an option of the client
client.connect({ timeout: 5 });
// @ts-expect-error the address is one, too
client.connect("wss://broker.example");
// @ts-expect-error there is no such option
client.disconnect({ force: true });

// Messages as they come.
for await (const message of client.messages("orders/+", { signal, highWaterMark: 10 })) same<typeof message, Message>();
const iterator = client.messages();
const read = await iterator.next();
if (!read.done) same<typeof read.value, Message>();
await iterator.return();
// @ts-expect-error it is not asked with a callback
client.messages("a", (message) => message);
// @ts-expect-error it waits for an await
for (const message of client.messages("a")) console.log(message);
// @ts-expect-error it subscribes to nothing, and so has no QoS
client.messages("a", { qos: 1 });

// Request and response.
const answer = await client.request("time", "", { timeout: 5, signal, qos: 0, responseTopic: "here", contentType: "text/plain", key: "k" });
same<ReturnType<typeof answer.json>, unknown>();
// @ts-expect-error a request is told apart by data of its own
client.request("time", "", { correlationData: new Uint8Array(1) });

// Acknowledging.
answer.ack();
answer.ack({ reasonCode: 0x97, reason: "no room", userProperties: [["k", "v"]] });
// @ts-expect-error a reason code is a number
answer.ack({ reasonCode: "Quota exceeded" });
// @ts-expect-error pairs, for names may repeat
answer.ack({ userProperties: { k: "v" } });

// The session.
client.restoreSession(client.saveSession());
await client.importSession(await client.exportSession());
for (const { key, outcome, state, packetId } of await client.pending()) {
  outcome.then(({ reasonCode }) => console.log(key, state, reasonCode, packetId), (error: MqttError) => console.error(key, error));
}
// @ts-expect-error a promise is no string: await it
client.restoreSession(client.exportSession());
// @ts-expect-error nor is what a string was made of
client.restoreSession({ messages: [] });

// What the classic session API has.
client.config("LogLevel=1");
// @ts-expect-error one text, not two
client.config("LogLevel", "1");
// @ts-expect-error nor an object
client.config({ LogLevel: 1 });

/** A client that lets go of itself. */
export const disposing = async () => {
  using first = new MqttClient();
  await using second = new MqttClient();
  return [first.connected, second.connected];
};
