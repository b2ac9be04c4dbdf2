/** A payload or a password: text is sent as UTF-8. */
export type Bytes = string | Uint8Array | ArrayBuffer;

/** Quality of service (MQTT 5 §4.3): at most once, at least once, exactly once. */
export type QoS = 0 | 1 | 2;

/** MQTT 5 properties of a message. In 3.1.1 none may be given, and none arrive. */
export interface MessageProperties {
  /** After so many seconds the message is worthless: it is not sent, or not passed on (§3.3.2.3.3). */
  messageExpiryInterval?: number;
  /** Where an answer should go (§3.3.2.3.5). */
  responseTopic?: string;
  /** Tells answers apart (§3.3.2.3.6). */
  correlationData?: Uint8Array;
  /** MIME type or whatever both sides agree on (§3.3.2.3.9). */
  contentType?: string;
  /** Whether the payload is UTF-8 text (§3.3.2.3.2). */
  payloadFormat?: "bytes" | "utf-8";
  /** Name-value pairs, in order, names may repeat (§3.3.2.3.7). */
  userProperties?: Array<[string, string]>;
  /** Received messages only: the identifiers of the subscriptions they matched (§3.3.2.3.8). */
  subscriptionIdentifiers?: number[];
}

/** The Will Message: what the server publishes when this client vanishes (MQTT 5 §3.1.2.5). */
export interface Will extends Omit<MessageProperties, "subscriptionIdentifiers"> {
  /** Topic name. */
  topic: string;
  /** Payload; empty unless given. */
  payload?: Bytes;
  /** Default 0. */
  qos?: QoS;
  /** Default false. */
  retain?: boolean;
  /** MQTT 5: how long after the connection was lost it is published, in seconds; default 0 (§3.1.3.2.2). */
  delayInterval?: number;
}

/**
 * What becomes of unfinished messages when the server has lost the session.
 *
 * - `"default"`: QoS 1 is published anew; QoS 2 that the server had not confirmed is reported by
 *   `messageLost` as indeterminate.
 * - `"republish"`: both are published anew, with new packet identifiers.
 * - `"discard"`: both are reported as indeterminate.
 *
 * In all of them a QoS 2 message that the server had confirmed with PUBREC counts as delivered.
 */
export type WhenSessionLost = "default" | "republish" | "discard";

/**
 * Options of the constructor; each is a property of the client, too, and can be set while there is no
 * connection. `undefined` stands for the default. Those marked MQTT 5 have no effect in 3.1.1, but for
 * `userProperties`, which `connect()` refuses there.
 */
export interface ClientOptions {
  /** `ws://` or `wss://` address of the MQTT endpoint. */
  url?: string;
  /** Client identifier. Empty (the default): with a clean session the server assigns one (MQTT 5), or one is invented (3.1.1). */
  clientId?: string;
  /**
   * Default `true`. MQTT 3.1.1 Clean Session: the server drops earlier state and keeps none. MQTT 5 Clean
   * Start only: how long the server keeps state afterwards is `sessionExpiryInterval`.
   */
  cleanSession?: boolean;
  /** Default `"5"`. */
  protocolVersion?: "5" | "3.1.1";
  /** User name. */
  username?: string;
  /** Password. In 3.1.1 only beside a user name. */
  password?: Bytes;
  /** Seconds; default 60; 0 turns it off. In MQTT 5 the server may impose its own. */
  keepAlive?: number;
  /** Will Message; default none. */
  will?: Will;
  /**
   * Names this session in storage: `saveSession()` also writes there, `restoreSession()` reads from there.
   * Default: none.
   */
  sessionKey?: string;
  /**
   * Where `sessionKey` lives: `"local"` (localStorage, the default), `"session"` (sessionStorage), `"memory"`
   * (as long as the page, shared by its clients). Where storage is denied, and in workers, which have none,
   * memory takes its place, and an `error` event with `STORAGE_DENIED` says so.
   */
  storage?: "local" | "session" | "memory";
  /**
   * MQTT 5, seconds: how long the server keeps the session after a disconnection. Default: 0 with
   * `cleanSession`, else 7 days (604800). 0xFFFFFFFF: for ever. The server may override it.
   */
  sessionExpiryInterval?: number;
  /** MQTT 5: how many unacknowledged QoS 1 and 2 messages the server may send; 1 to 65535, default 65535. */
  receiveMaximum?: number;
  /**
   * How many QoS 1 and 2 publishes are unacknowledged at once, 1 to 65535; more wait in the outbox. Default:
   * 20 in 3.1.1 (brokers drop what they cannot queue); in MQTT 5 the server's Receive Maximum, which caps
   * any number given.
   */
  inflightWindow?: number;
  /**
   * The largest packet accepted, in bytes; the connection ends with `PROTOCOL_ERROR` at a larger one. MQTT 5
   * tells the server. Default: what the protocol allows.
   */
  maximumPacketSize?: number;
  /** MQTT 5: how many topic aliases the server may use; default 16. */
  topicAliasMaximum?: number;
  /** MQTT 5: User Properties of CONNECT. */
  userProperties?: Array<[string, string]>;
  /** From `connect()` to the end of the `connected` handlers, in seconds, fractions allowed; default 60. */
  timeout?: number;
  /** 3.1.1 only: send unacknowledged messages again on a live connection after so many seconds; default 0, never. In MQTT 5 `connect()` refuses it. */
  republishInterval?: number;
  /** Default `"default"`. */
  whenSessionLost?: WhenSessionLost;
  /**
   * This client means to go on with whatever session the server holds, and to restore none. Default `false`:
   * when the server has a session and this client none, MQTT 5 closes with `SESSION_UNKNOWN`
   * `[MQTT-3.2.2-4]`; 3.1.1 goes on, but waits for all promises of `connected` handlers first.
   */
  resumeWithoutState?: boolean;
  /** WebSocket sub-protocol; default `"mqtt"` `[MQTT-6.0.0-3]`. */
  websocketProtocol?: string;
}

/** What the server's CONNACK allows (MQTT 5 §3.2.2.3); in 3.1.1 the specification's defaults. */
export interface ServerLimits {
  receiveMaximum: number;
  maximumQos: QoS;
  retainAvailable: boolean;
  /** Bytes; absent: no limit. */
  maximumPacketSize?: number;
  topicAliasMaximum: number;
  wildcardSubscriptionAvailable: boolean;
  subscriptionIdentifierAvailable: boolean;
  sharedSubscriptionAvailable: boolean;
  /** Seconds; absent: the client's holds. */
  serverKeepAlive?: number;
  /** Seconds; absent: the client's holds. */
  sessionExpiryInterval?: number;
}

/** The server's acceptance: result of `connect()`, and the event `connected`. */
export interface ConnectResult {
  /** The server holds state of this session. */
  sessionPresent: boolean;
  /** 0. */
  reasonCode: number;
  /** The client identifier in use. */
  clientId: string;
  /** MQTT 5: the client identifier the server made, if it made one. */
  assignedClientId?: string;
  /** The Keep Alive in force, in seconds. */
  keepAlive: number;
  serverLimits: ServerLimits;
  /** MQTT 5: User Properties of CONNACK. */
  userProperties?: Array<[string, string]>;
}

/** What `publish` takes beside topic and payload. */
export interface PublishOptions extends Omit<MessageProperties, "subscriptionIdentifiers"> {
  /** Default 0. */
  qos?: QoS;
  /** Default false. */
  retain?: boolean;
}

/** A delivered message. QoS 0: handed to the socket. QoS 1 and 2: acknowledged. */
export interface PublishResult {
  topic: string;
  qos: QoS;
  /** QoS 1 and 2. */
  packetId?: number;
  /** 0, or 0x10 where the server has no subscriber for it (MQTT 5). */
  reasonCode: number;
  /** MQTT 5: the server's Reason String. */
  reason?: string;
}

/** Options of one topic filter (MQTT 5 §3.8.3.1). */
export interface FilterOptions {
  /** The highest QoS to receive; default 0. */
  qos?: QoS;
  /** MQTT 5: do not receive what this client publishes; default false. */
  noLocal?: boolean;
  /** MQTT 5: keep the RETAIN flag as it was published; default false. */
  retainAsPublished?: boolean;
  /** MQTT 5: retained messages on subscribing: 0 send (default), 1 only for a new subscription, 2 do not. */
  retainHandling?: 0 | 1 | 2;
}

/** One filter, several, or several each with its QoS or options. */
export type Filters = string | string[] | Record<string, QoS | FilterOptions>;

/** What `subscribe` takes beside filters. */
export interface SubscribeOptions extends FilterOptions {
  /** MQTT 5: comes back with every message it matches; 1 to 268435455. */
  subscriptionIdentifier?: number;
  /** MQTT 5. */
  userProperties?: Array<[string, string]>;
}

/** The server's word on one filter. */
export interface SubscribeResult {
  filter: string;
  /** The QoS granted; absent when refused. */
  qos?: QoS;
  /** 0 to 2: granted; 0x80 and above: refused. */
  reasonCode: number;
  /** What the code means. */
  reason: string;
}

/** The server's word on one filter. */
export interface UnsubscribeResult {
  filter: string;
  /** 0: done; 0x11: there was none (MQTT 5); 0x80 and above: refused. */
  reasonCode: number;
  reason: string;
}

/** A received message. */
export interface Message {
  readonly topic: string;
  /** The bytes; a view into the received frame: copy it if you keep it and change it. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** The DUP flag: the server sent it before, perhaps. */
  readonly duplicate: boolean;
  /** QoS 1 and 2. */
  readonly packetId?: number;
  /** MQTT 5; empty in 3.1.1. */
  readonly properties: MessageProperties;
  /** The payload as UTF-8 text; bytes that are not become U+FFFD. */
  text(): string;
  /** The payload as JSON; throws `SyntaxError` if it is none. */
  json(): unknown;
}

/** Where an outgoing message stands. `queued`: accepted, never sent. `abandoned`: given up after it was sent; its packet identifier stays taken until the server answers. */
export type OutgoingState =
  | "queued"
  | "awaiting PUBACK"
  | "awaiting PUBREC"
  | "PUBREC received"
  | "awaiting PUBCOMP"
  | "abandoned";

/** Where an incoming message stands. */
export type IncomingState = "sending PUBACK" | "sending PUBREC" | "awaiting PUBREL" | "sending PUBCOMP";

/** An unfinished message on its way to the server. */
export interface OutgoingMessage {
  state: OutgoingState;
  /** Absent while queued. */
  packetId?: number;
  topic: string;
  qos: QoS;
  retain: boolean;
  /** Payload bytes held; 0 once the server owns it. */
  bytes: number;
}

/** An unfinished message on its way from the server. */
export interface IncomingMessage {
  state: IncomingState;
  packetId: number;
  qos: QoS;
  /** QoS 2 only; the application has a QoS 1 message already. */
  topic?: string;
  /** Payload bytes held. */
  bytes: number;
}

/** Counts since the client was made. */
export interface Stats {
  /** MQTT bytes handed to the WebSocket. */
  bytesSent: number;
  /** MQTT bytes received. */
  bytesReceived: number;
  /** Published messages that are done with: QoS 0 handed to the socket, QoS 1 and 2 acknowledged. */
  messagesSent: number;
  /** Application messages received, each once at QoS 2, whether or not anyone listens to `messageIn`. */
  messagesReceived: number;
  /** Times the server accepted the connection. */
  connections: number;
}

/** What the session takes up. */
export interface StorageUsage {
  /** Bytes of all unfinished messages in memory. */
  bytes: number;
  /** How many they are, in both directions. */
  messages: number;
  /** Length of what `saveSession()` last wrote under `sessionKey`, or `restoreSession()` read there, in UTF-16 units; 0 without. */
  stored: number;
}

/** What `disconnect` takes (MQTT 5). */
export interface DisconnectOptions {
  /** Default 0 (§3.14.2.1). */
  reasonCode?: number;
  /** A new Session Expiry Interval in seconds. */
  sessionExpiryInterval?: number;
  /** Let the server publish the will although this is no accident (reason code 4); default false. */
  publishWill?: boolean;
}

/**
 * What handlers receive, by event name.
 *
 * Handlers may call anything, `free()` included. None runs while a method of the client does: what a method
 * causes is told at the end of the turn, or, if a handler called it, after that handler. What a handler
 * throws, or its promise is rejected with, is told by `error` and stops nothing.
 */
export interface ClientEvents {
  /**
   * The server accepted the connection. Until all handlers have returned and their promises have settled,
   * nothing inbound is looked at: the place to decide by `sessionPresent` whether to `restoreSession()`. A
   * request that needs the session (publish at QoS 1 or 2, subscribe, unsubscribe) ends that wait as soon as
   * all handlers have returned, so that a handler may await its own request; except where a restore may
   * still come, because the server has the session and this client does not (see `resumeWithoutState`): there
   * a handler that awaits such a request without having restored waits for itself, until `timeout`.
   */
  connected: ConnectResult;
  /** The connection, or the attempt, is over. */
  disconnected: {
    /** The stable code of `error`, or `"REQUESTED"`. */
    code: string;
    /** The MQTT reason code, where there is one. */
    reasonCode?: number;
    /** In words. */
    reason: string;
    /** WebSocket close code, where there is one. */
    closeCode?: number;
    /** Absent after `disconnect()`. */
    error?: MqttError;
  };
  /** The state of the connection changed. */
  connectionStatus: { state: ConnectionState };
  /** A message came. At QoS 1 it is acknowledged when all handlers have returned; what they promise is not waited for. */
  messageIn: Message;
  /** A QoS 1 or 2 message of ours has left the session: the server has it or, with a `reasonCode` of 0x80 and above (MQTT 5), has refused it. */
  messageOut: { topic: string; packetId: number; qos: QoS; reasonCode: number };
  /** A QoS 1 or 2 handshake ended with an acknowledgement. */
  messageAck: { packetId: number; direction: "in" | "out"; reasonCode: number };
  /**
   * A message will not be seen to the end. The promise of its `publish()`, if this page made it, is rejected.
   * `payload` is empty where it is no longer held: once the server had the message, and at QoS 0.
   */
  messageLost: {
    message: { topic: string; payload: Uint8Array; qos: QoS; retain: boolean; packetId?: number };
    direction: "in" | "out";
    certainty: "not-delivered" | "indeterminate";
    code: string;
    reason: string;
  };
  /** One for each filter the server granted. */
  subscribed: SubscribeResult;
  /** One for each filter the server dropped. */
  unsubscribed: UnsubscribeResult;
  /** The outbox has drained: a publish would be sent at once. */
  readyToSend: Record<string, never>;
  /** `saveSession()` made a string; `stored` tells whether it is in the storage asked for, too. */
  sessionSaved: { length: number; stored: boolean };
  /** A saved session is in place. */
  sessionRestored: { outgoing: number; incoming: number };
  /** The server no longer has the session; these filters are no longer subscribed. */
  sessionLost: { filters: string[] };
  /** Something failed that no promise reports: a handler threw, storage was denied. Without a handler the platform is told, as of an exception nobody catches (`reportError`). */
  error: MqttError | unknown;
}

export type ConnectionState = "disconnected" | "connecting" | "connected" | "disconnecting";

/**
 * Every rejection and every throw of this package.
 *
 * `code` is stable; `message` says what happened, to what, and what to do.
 */
export interface MqttError extends Error {
  readonly name: "MqttError";
  readonly code: ErrorCode;
  /** The MQTT reason code, where there is one. */
  readonly reasonCode?: number;
}

export type ErrorCode =
  /** The call makes no sense now or has a bad argument. */
  | "USAGE"
  /** A bad topic name or filter. */
  | "INVALID_TOPIC"
  /** Not connected, and the call needs a connection. */
  | "NOT_CONNECTED"
  /** The server refused the connection; `reasonCode` says why. */
  | "CONNECTION_REFUSED"
  /** The same for a bad user name or password (0x86), or missing rights (0x87). */
  | "NOT_AUTHORIZED"
  /** The connection broke, or could not be made. */
  | "CONNECTION_LOST"
  /** The server ended the connection (MQTT 5 DISCONNECT). */
  | "SERVER_DISCONNECT"
  /** The server did what MQTT does not allow, or is no MQTT server. */
  | "PROTOCOL_ERROR"
  /** The server was silent for too long. */
  | "KEEP_ALIVE_TIMEOUT"
  /** `connect()` took longer than `timeout`. */
  | "TIMEOUT"
  /** `disconnect()` or `free()` was called meanwhile. */
  | "DISCONNECTED"
  /** The server holds a session of which this client holds none (MQTT 5). */
  | "SESSION_UNKNOWN"
  /** The string is no saved session, is truncated or was changed; or its fields make no sense. */
  | "SESSION_CORRUPT"
  /** The string was written by a newer version of this package. */
  | "SESSION_NEWER_FORMAT"
  /** The string belongs to another client identifier or protocol version. */
  | "SESSION_FOREIGN"
  /** Its Session Expiry Interval has passed (MQTT 5). */
  | "SESSION_EXPIRED"
  /** `sessionKey` names no saved session. */
  | "SESSION_NOT_FOUND"
  /** The server lost the session; whether this message arrived is unknown. */
  | "SESSION_LOST"
  /** A clean session, or another restored one, took the place of the one this message was in. */
  | "SESSION_REPLACED"
  /** The server refused this message (MQTT 5); `reasonCode` says why. */
  | "PUBLISH_REFUSED"
  /** The message's expiry passed before it was sent. */
  | "MESSAGE_EXPIRED"
  /** The packet is larger than the server takes. */
  | "PACKET_TOO_LARGE"
  /** The server said in CONNACK that it has no such thing. */
  | "NOT_AVAILABLE"
  /** Too many messages are waiting to be sent. */
  | "OUTBOX_FULL"
  /** Storage is full; the message says how many bytes were needed. */
  | "QUOTA_EXCEEDED"
  /** Storage is denied here; memory takes its place (event `error`). */
  | "STORAGE_DENIED";

/**
 * An MQTT client whose session survives.
 *
 * While it has a connection it lives, even if nothing refers to it but its own handlers.
 */
export class MqttClient {
  /** Makes a client; nothing happens until `connect()`. Throws `USAGE` on an unknown or ill-typed option. */
  constructor(options?: ClientOptions);

  url: string;
  clientId: string;
  cleanSession: boolean;
  protocolVersion: "5" | "3.1.1";
  username: string | undefined;
  /** Can be set, not read. */
  set password(value: Bytes | undefined);
  keepAlive: number;
  will: Will | undefined;
  sessionKey: string | undefined;
  storage: "local" | "session" | "memory";
  sessionExpiryInterval: number | undefined;
  receiveMaximum: number | undefined;
  inflightWindow: number | undefined;
  maximumPacketSize: number | undefined;
  topicAliasMaximum: number;
  userProperties: Array<[string, string]>;
  timeout: number;
  republishInterval: number;
  whenSessionLost: WhenSessionLost;
  resumeWithoutState: boolean;
  websocketProtocol: string;

  /** Whether the server has accepted the connection. */
  readonly connected: boolean;
  readonly state: ConnectionState;
  /** The Session Present flag of the last CONNACK. */
  readonly sessionPresent: boolean;
  /** The client identifier the server made, if it made one (MQTT 5). */
  readonly assignedClientId: string | undefined;
  readonly serverLimits: ServerLimits;
  /** Whether a QoS 1 or 2 publish would be sent at once. */
  readonly readyToSend: boolean;
  /** Bytes accepted and not yet sent: in the outbox and in the socket. */
  readonly bufferedAmount: number;
  /** Unfinished messages from the server. */
  readonly incomingMessages: IncomingMessage[];
  /** Unfinished messages to the server, in the order they were accepted. */
  readonly outgoingMessages: OutgoingMessage[];
  readonly storageUsage: StorageUsage;
  readonly stats: Stats;

  /**
   * Connects. Resolves when the `connected` handlers are done and the session is in force. Rejects with
   * `USAGE`, `NOT_AUTHORIZED`, `CONNECTION_REFUSED`, `CONNECTION_LOST`, `SERVER_DISCONNECT`, `PROTOCOL_ERROR`,
   * `KEEP_ALIVE_TIMEOUT`, `TIMEOUT`, `SESSION_UNKNOWN` or `DISCONNECTED`.
   *
   * Add handlers before: a message that comes while `messageIn` has none is acknowledged all the same, and gone;
   * a server that holds the session may send some right behind its acceptance.
   */
  connect(): Promise<ConnectResult>;

  /** Disconnects in order; resolves when the socket is closed, or after 2 seconds without that. Without a connection it does nothing. Unfinished QoS 1 and 2 messages stay in the session. */
  disconnect(options?: DisconnectOptions): Promise<void>;

  /**
   * Publishes. QoS 0 resolves when handed to the socket; QoS 1 and 2 when the server has acknowledged, over
   * as many connections as it takes. Rejects with what went wrong; nothing is half-accepted. All that one turn of
   * the event loop publishes leaves in one WebSocket message at its end. Needs `connect()` to have been called;
   * QoS 0 needs the server to have accepted.
   */
  publish(topic: string, payload: Bytes, options?: PublishOptions): Promise<PublishResult>;

  /** Subscribes; resolves with one result a filter, refused ones included. Rejects if it cannot be sent, or the connection ends first. */
  subscribe(filters: Filters, options?: SubscribeOptions): Promise<SubscribeResult[]>;

  /** Unsubscribes; resolves with one result a filter. */
  unsubscribe(filters: string | string[]): Promise<UnsubscribeResult[]>;

  /**
   * The session as it is now, as one versioned, checksummed string. Allowed at any time. Holds client id,
   * version, time and messages in the clear; never credentials. With `sessionKey` it is also written to
   * storage; throws `QUOTA_EXCEEDED` if there is no room: what was saved before is then still there. A client
   * that has neither connected nor restored never replaces a saved session (`sessionSaved` says `stored: false`):
   * a page left before it got that far must not take the only copy along.
   */
  saveSession(): string;

  /**
   * Puts a saved session in place and sets `cleanSession` to `false`. Works before `connect()` and inside a
   * `connected` handler. `""` declares an empty session. With `sessionKey` set the argument is ignored and
   * storage is read. On any error nothing has changed: `SESSION_CORRUPT`, `SESSION_NEWER_FORMAT`,
   * `SESSION_FOREIGN`, `SESSION_EXPIRED`, `SESSION_NOT_FOUND`, or `USAGE` at any other time.
   */
  restoreSession(state?: string): void;

  /** Removes what `saveSession()` wrote under `sessionKey`, and lets go of the session in memory: its messages are reported lost with `SESSION_REPLACED`. Throws `USAGE` while there is a connection. */
  discardSession(): void;

  /** Adds a handler; returns a function that removes it. */
  on<E extends keyof ClientEvents>(event: E, handler: (detail: ClientEvents[E]) => unknown): () => void;
  /** Adds a handler for one time; returns a function that removes it. */
  once<E extends keyof ClientEvents>(event: E, handler: (detail: ClientEvents[E]) => unknown): () => void;
  /** Removes a handler. */
  off<E extends keyof ClientEvents>(event: E, handler: (detail: ClientEvents[E]) => unknown): void;

  /** Closes without a word, releases everything; pending promises are rejected with `DISCONNECTED`. Whatever is called afterwards fails with `USAGE`; another `free()` does nothing. */
  free(): void;
  [Symbol.dispose](): void;
}
