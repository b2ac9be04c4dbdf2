// What the client gives: results, messages, lists and limits; and that nobody can write where nothing is read. Never run.
import type {
  ConnectionState, ConnectResult, IncomingMessage, Message, MessageProperties, MqttClient, OutgoingMessage, OutgoingState, PendingMessage, PublishResult, QoS,
  ServerLimits, Stats, StorageUsage, SubscribeResult, UnsubscribeResult,
} from "mqtt-mooring";
import { same } from "./same.js";

declare const client: MqttClient;
declare const message: Message;

same<QoS, 0 | 1 | 2>();
same<ConnectionState, "disconnected" | "waiting" | "connecting" | "connected" | "disconnecting">();
same<OutgoingState, "queued" | "awaiting PUBACK" | "awaiting PUBREC" | "PUBREC received" | "awaiting PUBCOMP" | "abandoned">();

same<keyof ConnectResult, "protocolVersion" | "sessionPresent" | "reasonCode" | "reason" | "userProperties" | "clientId" | "assignedClientId" | "keepAlive" | "serverLimits" | "responseInformation">();
same<ConnectResult["protocolVersion"], "5" | "3.1.1">();
same<ConnectResult["assignedClientId"], string | undefined>();
same<keyof PublishResult, "topic" | "qos" | "packetId" | "reasonCode" | "reason" | "userProperties">();
same<keyof SubscribeResult, "filter" | "qos" | "reasonCode" | "reason" | "userProperties">();
same<keyof UnsubscribeResult, "filter" | "reasonCode" | "reason" | "userProperties">();
same<keyof PendingMessage, "key" | "topic" | "payload" | "qos" | "retain" | "state" | "packetId" | "outcome">();
same<keyof OutgoingMessage, "state" | "packetId" | "key" | "topic" | "qos" | "retain" | "bytes">();
same<keyof IncomingMessage, "state" | "packetId" | "qos" | "topic" | "bytes">();
same<keyof StorageUsage, "bytes" | "messages" | "stored" | "limit">();
same<keyof Stats, "bytesSent" | "bytesReceived" | "messagesSent" | "messagesReceived" | "connections">();
same<
  keyof ServerLimits,
  | "receiveMaximum" | "maximumQos" | "retainAvailable" | "maximumPacketSize" | "topicAliasMaximum" | "wildcardSubscriptionAvailable"
  | "subscriptionIdentifierAvailable" | "sharedSubscriptionAvailable" | "serverKeepAlive" | "sessionExpiryInterval"
>();
same<
  keyof MessageProperties,
  "messageExpiryInterval" | "responseTopic" | "correlationData" | "contentType" | "payloadFormat" | "userProperties" | "subscriptionIdentifiers"
>();

// A payload is what the platform's own functions take.
same<Message["payload"], Uint8Array<ArrayBuffer>>();
new Blob([message.payload]);
crypto.subtle.digest("SHA-256", message.payload);
same<ReturnType<Message["text"]>, string>();
same<Message["packetId"], number | undefined>();
same<Message["qos"], QoS>();

// What a server says of a filter may be that it is refused: then there is no QoS.
declare const result: SubscribeResult;
// @ts-expect-error
const qos: QoS = result.qos;
export { qos };

// What can be looked at.
same<MqttClient["connected"], boolean>();
same<MqttClient["state"], ConnectionState>();
same<MqttClient["sessionPresent"], boolean>();
same<MqttClient["assignedClientId"], string | undefined>();
same<MqttClient["serverLimits"], ServerLimits>();
same<MqttClient["readyToSend"], boolean>();
same<MqttClient["bufferedAmount"], number>();
same<MqttClient["incomingMessages"], IncomingMessage[]>();
same<MqttClient["outgoingMessages"], OutgoingMessage[]>();
same<MqttClient["storageUsage"], StorageUsage>();
same<MqttClient["stats"], Stats>();
// @ts-expect-error it connects by connect()
client.connected = true;
// @ts-expect-error there is no such state
if (client.state === "reconnecting") client.free();
// @ts-expect-error it counts by itself
client.stats = { bytesSent: 0 };
// @ts-expect-error the server says so
client.sessionPresent = true;
// @ts-expect-error and its limits are its own
client.serverLimits = {};
// @ts-expect-error messages are published
client.outgoingMessages = [];
// @ts-expect-error what was received stays as it was
message.payload = new Uint8Array(0);
