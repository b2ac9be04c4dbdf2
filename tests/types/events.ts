// Every event: its name says what the handler receives. Never run.
import type { ClientEvents, ConnectionState, ConnectResult, Message, MqttClient, MqttError, QoS, SubscribeResult, UnsubscribeResult } from "mqtt-mooring";
import { same } from "./same.js";

declare const client: MqttClient;

// An event that is added belongs here, too.
same<
  keyof ClientEvents,
  | "connected" | "connectionStatus" | "disconnected" | "error" | "log" | "messageAck" | "messageIn" | "messageLost" | "messageOut"
  | "readyToSend" | "sessionLost" | "sessionRestored" | "sessionSaved" | "subscribed" | "unsubscribed"
>();

client.on("connected", (detail) => same<typeof detail, ConnectResult>());
client.on("messageIn", (detail) => same<typeof detail, Message>());
client.on("subscribed", (detail) => same<typeof detail, SubscribeResult>());
client.on("unsubscribed", (detail) => same<typeof detail, UnsubscribeResult>());
// What a handler threw may be anything.
client.on("error", (detail) => same<typeof detail, unknown>());

client.on("connectionStatus", ({ state, attempt, inMs, url, ...rest }) => {
  same<typeof state, ConnectionState>();
  same<typeof attempt, number | undefined>();
  same<typeof inMs, number | undefined>();
  same<typeof url, string | undefined>();
  same<keyof typeof rest, never>();
});

client.on("disconnected", ({ code, reasonCode, reason, userProperties, serverReference, closeCode, error, willReconnect, attempt, inMs, ...rest }) => {
  same<typeof code, MqttError["code"] | "REQUESTED">();
  same<typeof reasonCode, number | undefined>();
  same<typeof reason, string>();
  same<typeof userProperties, [string, string][] | undefined>();
  same<typeof serverReference, string | undefined>();
  same<typeof closeCode, number | undefined>();
  same<typeof error, MqttError | undefined>();
  same<typeof willReconnect, boolean>();
  same<typeof attempt, number | undefined>();
  same<typeof inMs, number | undefined>();
  same<keyof typeof rest, never>();
});

client.on("messageOut", ({ topic, packetId, qos, reasonCode, key, reason, userProperties, ...rest }) => {
  same<typeof topic, string>();
  same<typeof packetId, number>();
  same<typeof qos, 1 | 2>();
  same<typeof reasonCode, number>();
  same<typeof key, string | undefined>();
  same<typeof reason, string>();
  same<typeof userProperties, [string, string][] | undefined>();
  same<keyof typeof rest, never>();
});

client.on("messageAck", ({ packetId, direction, reasonCode, reason, userProperties, ...rest }) => {
  same<typeof packetId, number>();
  same<typeof direction, "in" | "out">();
  same<typeof reasonCode, number>();
  same<typeof reason, string>();
  same<typeof userProperties, [string, string][] | undefined>();
  same<keyof typeof rest, never>();
});

client.on("messageLost", ({ message, direction, certainty, code, reason, ...rest }) => {
  const { topic, payload, qos, retain, packetId, key, ...more } = message;
  same<typeof topic, string>();
  same<typeof payload, Uint8Array<ArrayBuffer>>();
  same<typeof qos, QoS>();
  same<typeof retain, boolean>();
  same<typeof packetId, number | undefined>();
  same<typeof key, string | undefined>();
  same<typeof direction, "in" | "out">();
  same<typeof certainty, "not-delivered" | "indeterminate">();
  same<typeof code, MqttError["code"]>();
  same<typeof reason, string>();
  same<keyof typeof rest | keyof typeof more, never>();
});

client.on("readyToSend", (detail) => same<keyof typeof detail, string>());

client.on("sessionSaved", ({ length, stored, ...rest }) => {
  same<typeof length, number>();
  same<typeof stored, boolean>();
  same<keyof typeof rest, never>();
});

client.on("sessionRestored", ({ outgoing, incoming, ...rest }) => {
  same<typeof outgoing, number>();
  same<typeof incoming, number>();
  same<keyof typeof rest, never>();
});

client.on("sessionLost", ({ filters, resubscribing, ...rest }) => {
  same<typeof filters, string[]>();
  same<typeof resubscribing, boolean>();
  same<keyof typeof rest, never>();
});

client.on("log", ({ level, message, ...rest }) => {
  same<typeof level, 1 | 2 | 3>();
  same<typeof message, string>();
  same<keyof typeof rest, never>();
});

// once() and off() narrow as on() does; a handler may return what it likes, a promise included.
client.once("messageIn", (message) => same<typeof message, Message>());
client.off("messageIn", (message) => same<typeof message, Message>());
client.on("connected", async ({ sessionPresent }) => sessionPresent);
same<ReturnType<typeof client.on>, () => void>();
same<ReturnType<typeof client.once>, () => void>();
same<ReturnType<typeof client.off>, void>();

/** A handler that is written elsewhere says by name which event it is for. */
const whenLost = ({ message, certainty }: ClientEvents["messageLost"]) => console.warn(message.topic, certainty);
const remove = client.on("messageLost", whenLost);
remove();
client.off("messageLost", whenLost);

/** Whoever passes events on is held to the names and details that belong together. */
const forward = <E extends keyof ClientEvents>(event: E, to: (event: E, detail: ClientEvents[E]) => void) => client.on(event, (detail) => to(event, detail));
forward("log", (event, { level }) => same<[typeof event, typeof level], ["log", 1 | 2 | 3]>());

// @ts-expect-error there is no such event
client.on("message", () => {});
// @ts-expect-error nor does any other method take one
client.once("message", () => {});
// @ts-expect-error whatever it is
client.off("message", () => {});
// @ts-expect-error a handler is a function
client.on("connected", "connected");
// @ts-expect-error a handler belongs to its event
client.on("messageIn", whenLost);
// @ts-expect-error one event, one detail
client.on("messageIn", (topic, payload) => console.log(topic, payload));
// @ts-expect-error the detail of another event has none
client.on("connected", ({ topic }) => console.log(topic));
// @ts-expect-error what was received cannot be changed
client.on("messageIn", (message) => (message.topic = "other"));
// @ts-expect-error what JSON holds has to be looked at first
client.on("messageIn", (message) => message.json().id);
// @ts-expect-error and so has what a handler threw
client.on("error", (error) => error.code);
