/// <reference lib="esnext.disposable" />
// What index.js exports, and the types that go with it; not the workings of the bindings.
export { MqttClient } from "./mqtt_mooring.js";
export type {
  Authentication, Bytes, ClientEvents, ClientOptions, ConnectAttempt, ConnectionState, ConnectOptions, ConnectResult,
  DisconnectOptions, ErrorCode, FilterOptions, Filters, IncomingMessage, IncomingState, LostCandidate, Message,
  MessageProperties, Messages, MessagesOptions, MqttError, OutboxOptions, OutgoingMessage, OutgoingState, PendingMessage,
  PreparedConnect, Publication, PublishOptions, PublishResult, QoS, ReconnectOptions, RequestOptions, Sealing, ServerLimits,
  SessionStorage, Stats, StorageUsage, SubscribeOptions, SubscribeResult, UnsubscribeResult, WaitOptions, WhenSessionLost,
  Will,
} from "./mqtt_mooring.js";
