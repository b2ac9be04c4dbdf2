/**
 * Publishing, asking with a request, and what waits to be sent.
 *
 * @module publishing
 */
import type { Bytes, MessageProperties, QoS, Said, WaitOptions } from "./common.js";

/** What `publish()` takes beside topic and payload. */
export interface PublishOptions extends Omit<MessageProperties, "subscriptionIdentifiers">, WaitOptions {
  /**
   * 0: at most once; 1: at least once; 2: exactly once (§4.3).
   *
   * @defaultValue 0
   */
  qos?: QoS | undefined;
  /**
   * The server keeps it, in place of any earlier one, for those who subscribe later; an empty payload takes it away (§3.3.1.3).
   *
   * @defaultValue false
   */
  retain?: boolean | undefined;
  /**
   * Your own name for the message. It is kept with it in the session, never sent, need not be unique, and is told by `pending()`,
   * `outgoingMessages`, `messageOut` and `messageLost`.
   */
  key?: string | undefined;
  /**
   * MQTT 5 (in 3.1.1 `USAGE`): a number that stands for the topic on this connection (§3.3.2.3.4), 1 to `serverLimits.topicAliasMaximum`. The first message with
   * it, and one to another topic than it stands for, carries both; the following ones the number in place of the topic. It says how a message
   * is sent and is no part of it: it is not stored, and what is sent again after a reconnection carries its topic. With a connection whose
   * server does not take the number `publish()` rejects with `NOT_AVAILABLE`; what waited for a connection goes without. The message has to fit
   * into the server's Maximum Packet Size with its topic, `PACKET_TOO_LARGE` otherwise; where only the number is too much, it goes without.
   * See also `automaticTopicAliases`.
   *
   * @defaultValue none
   */
  topicAlias?: number | undefined;
}

/**
 * What `publish()` returns: a promise of the outcome, with two more. Each of these is rejected as the outcome is if the message does
 * not get that far; nobody has to handle that. The outcome's own rejection has to be handled, as any promise's, or the platform
 * reports it.
 */
export interface Publication extends Promise<PublishResult> {
  /** The message is in storage: the page may end. Rejected with `USAGE` without `durable`, and at QoS 0. */
  readonly stored: Promise<void>;
  /** The message was handed to the socket for the first time. */
  readonly sent: Promise<void>;
}

/** A delivered message. QoS 0: handed to the socket. QoS 1 and 2: acknowledged. */
export interface PublishResult extends Said {
  /** As it was given to `publish()`. */
  topic: string;
  /** As it was given to `publish()`. */
  qos: QoS;
  /** QoS 1 and 2. */
  packetId?: number;
  /** 0, or 0x10 where the server has no subscriber for it (MQTT 5). */
  reasonCode: number;
}

/** What `request()` takes beside topic and payload. */
export interface RequestOptions extends Omit<PublishOptions, "correlationData"> {
  /**
   * Of the request; 1 gets there although a connection breaks.
   *
   * @defaultValue 1
   */
  qos?: QoS | undefined;
  /**
   * Where the answer is to go: a topic without wildcards that this client may subscribe to.
   *
   * @defaultValue `"response/"` and the client identifier in use, below the server's `responseInformation` if it gave any
   */
  responseTopic?: string | undefined;
  /**
   * Seconds until the answer has to be there, subscribing included; `Infinity`: however long it takes.
   *
   * @defaultValue the client's `timeout`
   */
  timeout?: number | undefined;
}

/**
 * Where an outgoing message stands.
 *
 * - `"queued"`: accepted, never sent.
 * - `"awaiting PUBACK"`: QoS 1, sent.
 * - `"awaiting PUBREC"`: QoS 2, sent.
 * - `"PUBREC received"`: QoS 2, the server owns it; PUBREL was not sent on this connection.
 * - `"awaiting PUBCOMP"`: QoS 2, PUBREL was sent.
 * - `"abandoned"`: given up after it was sent, for it expired, or is too large for this server; its packet identifier stays taken until the server
 *   answers, or the session ends.
 */
export type OutgoingState =
  | "queued"
  | "awaiting PUBACK"
  | "awaiting PUBREC"
  | "PUBREC received"
  | "awaiting PUBCOMP"
  | "abandoned";

/** An unfinished message on its way to the server. */
export interface OutgoingMessage {
  /** How far it has come. */
  state: OutgoingState;
  /** Absent while queued. */
  packetId?: number;
  /** As it was given to `publish()`. */
  key?: string;
  /** Topic name. */
  topic: string;
  /** As it was given to `publish()`. */
  qos: QoS;
  /** Whether the server is to retain it. */
  retain: boolean;
  /** Payload bytes held; 0 once the server owns it. */
  bytes: number;
}

/**
 * How much may wait to be sent: QoS 1 and 2 for a connection, or for the server's leave to send (`inflightWindow`); every QoS for the
 * socket (`sendHighWaterMark`). What was sent and is not acknowledged does not count.
 */
export interface OutboxOptions {
  /**
   * How many messages; 1 to 4294967295.
   *
   * @defaultValue `100000`
   */
  maxMessages?: number | undefined;
  /**
   * Bytes of their topics, payloads and properties; 1 to 4294967295. The default is 64 MiB.
   *
   * @defaultValue `67108864`
   */
  maxBytes?: number | undefined;
  /**
   * What becomes of a message there is no room for. `"reject"`: `publish()` rejects with `OUTBOX_FULL`. `"dropOldest"`: those that
   * have waited longest, of whatever QoS, give way: each is told by `messageLost` as `not-delivered`, and its `publish()` rejects with
   * `OUTBOX_FULL`. What was sent in a session that the server has lost, and waits to be sent again, may have arrived: it does not give way.
   *
   * @defaultValue `"reject"`
   */
  whenFull?: "reject" | "dropOldest" | undefined;
  /**
   * Whether QoS 0 waits for a connection, too, in its order among the others. It is kept in memory only, `durable` or not. `false`: without a
   * connection `publish()` at QoS 0 rejects with `NOT_CONNECTED`.
   *
   * @defaultValue `false`
   */
  queueQos0?: boolean | undefined;
}

/** The Will Message: what the server publishes when this client vanishes (§3.1.2.5). Properties and `delayInterval` are MQTT 5: in 3.1.1 `connect()` rejects with `USAGE`. */
export interface Will extends Omit<MessageProperties, "subscriptionIdentifiers"> {
  /** Topic name (`INVALID_TOPIC`). */
  topic: string;
  /**
   * Its bytes.
   *
   * @defaultValue none: it is empty
   */
  payload?: Bytes | undefined;
  /**
   * At which it is published.
   *
   * @defaultValue 0
   */
  qos?: QoS | undefined;
  /**
   * Whether the server retains it.
   *
   * @defaultValue false
   */
  retain?: boolean | undefined;
  /**
   * MQTT 5: how long after the connection was lost it is published, in seconds, 0 to 4294967295 (§3.1.3.2.2); the end of the session comes first.
   *
   * @defaultValue 0
   */
  delayInterval?: number | undefined;
}
