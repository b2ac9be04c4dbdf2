/// <reference lib="esnext.disposable" />
// What index.js exports, and the types that go with it; not the workings of the bindings.
export { MqttClient } from "./mqtt_mooring.js";
export type {
  Bytes, ClientEvents, ClientOptions, ConnectionState, ConnectResult, DisconnectOptions, ErrorCode, FilterOptions, Filters,
  IncomingMessage, IncomingState, LostCandidate, Message, MessageProperties, MqttError, OutgoingMessage, OutgoingState,
  PendingMessage, Publication, PublishOptions, PublishResult, QoS, Sealing, ServerLimits, SessionStorage, Stats, StorageUsage,
  SubscribeOptions, SubscribeResult, UnsubscribeResult, WhenSessionLost, Will,
} from "./mqtt_mooring.js";
