/**
 * What more than one of the other rooms needs.
 *
 * @module common
 */

/** A payload or a password: text is sent as UTF-8. Bytes are copied: what becomes of them afterwards changes nothing. */
export type Bytes = string | Uint8Array | ArrayBuffer;

/** Quality of service (MQTT 5 §4.3): at most once, at least once, exactly once. */
export type QoS = 0 | 1 | 2;

/** MQTT 5 properties of a message (§3.3.2.3). In 3.1.1 none may be given (`USAGE`), and none arrive. */
export interface MessageProperties {
  /**
   * Seconds, 0 to 4294967295: after them the message is worthless, and neither sent nor passed on (§3.3.2.3.3). What was given to `publish()` and
   * not sent by then rejects with `MESSAGE_EXPIRED`. Of a received message: how much of it was left.
   */
  messageExpiryInterval?: number | undefined;
  /** Where an answer should go (§3.3.2.3.5): a topic name, without wildcards (`INVALID_TOPIC`). */
  responseTopic?: string | undefined;
  /** Tells answers apart (§3.3.2.3.6); up to 65,535 bytes. */
  correlationData?: Uint8Array | undefined;
  /** MIME type or whatever both sides agree on (§3.3.2.3.9); up to 65,535 bytes of UTF-8. */
  contentType?: string | undefined;
  /** Whether the payload is UTF-8 text (§3.3.2.3.2). Nobody looks, unless `checkPayloadFormat` is set. */
  payloadFormat?: "bytes" | "utf-8" | undefined;
  /** Name-value pairs, in order, names may repeat (§3.3.2.3.7); up to 65,535 bytes of UTF-8 each. */
  userProperties?: Array<[string, string]> | undefined;
  /** Received messages only: the identifiers of the subscriptions they matched (§3.3.2.3.8). */
  subscriptionIdentifiers?: number[] | undefined;
}

/** What is told beside a reason code. `reason` means the same wherever it stands. */
export interface Said {
  /** The server's Reason String if it sent one (MQTT 5), else what its reason code means. */
  reason: string;
  /** MQTT 5: the User Properties of the packet, where it had some, in order, names may repeat. */
  userProperties?: Array<[string, string]>;
}

/**
 * What may be said beside a reason code (MQTT 5). Where the packet would be larger than the server takes (`serverLimits.maximumPacketSize`), the
 * User Properties are left out, and if need be the reason, too.
 */
export interface Saying {
  /** A Reason String: for people, not to be parsed; up to 65,535 bytes of UTF-8. */
  reason?: string | undefined;
  /** User Properties: name-value pairs, in order, names may repeat; up to 65,535 bytes of UTF-8 each. */
  userProperties?: Array<[string, string]> | undefined;
}

/** How long the caller of an operation waits for its outcome. */
export interface WaitOptions {
  /**
   * Seconds, 0 to 3,200,000,000 (a century), fractions allowed: after that the operation rejects with `TIMEOUT`, as if it were aborted. By the
   * clock, also in a page that sleeps or is hidden. Default: see the method.
   */
  timeout?: number | undefined;
  /**
   * Aborted: the operation rejects with `ABORTED`, with the signal's `reason` as `cause`. If it was aborted before, nothing is accepted. Nothing
   * listens to the signal once the operation has ended.
   */
  signal?: AbortSignal | undefined;
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
