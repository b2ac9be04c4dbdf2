/// <reference lib="esnext.disposable" />
/**
 * Messages from the server, by handler or by iterator, and their acknowledgement.
 *
 * @module receiving
 */
import type { MessageProperties, QoS, Saying } from "./common.js";

/** A received message. */
export interface Message {
  /** The topic it was published to. */
  readonly topic: string;
  /** The bytes; for handlers a view into the received frame: copy it if you keep it and change it. From `messages()` they are a copy. */
  readonly payload: Uint8Array<ArrayBuffer>;
  /** At which it came: the lower one of what it was published with and what was granted. */
  readonly qos: QoS;
  /** The server had kept it, and sends it for a subscription that was just made; or see `retainAsPublished`. */
  readonly retain: boolean;
  /**
   * The server sent it before, perhaps (QoS 1, the DUP flag); or an earlier page may have been handed it and died before that was
   * stored (QoS 2, `durable`).
   */
  readonly duplicate: boolean;
  /** Its packet identifier, at QoS 1 and 2. */
  readonly packetId?: number;
  /** MQTT 5; empty in 3.1.1. */
  readonly properties: MessageProperties;
  /** The payload as UTF-8 text; bytes that are not become U+FFFD, and a byte order mark in front is left out. */
  text(): string;
  /** The payload as JSON; throws `SyntaxError` if it is none. */
  json(): unknown;
  /**
   * With `manualAck` `true` or `"promise"`: acknowledges the message, with PUBACK (QoS 1) or PUBCOMP (QoS 2). A QoS 1 message can be acknowledged on the
   * connection it came on only; later the server sends it again. The second time, at QoS 0 and without `manualAck` it does nothing.
   *
   * MQTT 5: with a reason code, a reason and User Properties, told to the server. A `reasonCode` of 0x80 and above refuses the message: the server counts it as
   * dealt with and does not send it again `[MQTT-4.4.0-2]`. Throws `USAGE`, and leaves the message unacknowledged, for what cannot be said, and in 3.1.1.
   */
  ack(options?: AckOptions): void;
}

/** What `ack()` takes (MQTT 5). */
export interface AckOptions extends Saying {
  /**
   * Why. QoS 1: one that PUBACK of a client may have (§3.4.2.1), for example 0x83 Implementation specific error, 0x87 Not authorized,
   * 0x97 Quota exceeded or 0x99 Payload format invalid; 0x10 No matching subscribers is the server's to say. QoS 2: 0 only, for PUBREC has accepted the message.
   *
   * @defaultValue 0, Success
   */
  reasonCode?: number | undefined;
}

/**
 * Messages as they come, one after the other.
 *
 * It gets a copy of its own of every message that matches, beside all handlers and other iterators, from the call of `messages()` on.
 * While `highWaterMark` messages wait to be read,
 *
 * - more of QoS 0 are dropped, and with `manualAck` of QoS 1 and 2 those that a handler or another iterator acknowledges, and that is told by `error`,
 *   with their number, when reading goes on (`MESSAGES_DROPPED`);
 * - more of QoS 1 and 2 are kept and not acknowledged before they are read, so that the server waits: no more than `highWaterMark` and
 *   `receiveMaximum` messages ever wait here (MQTT 5; in 3.1.1 the server decides how many it sends unacknowledged, commonly 20). A QoS 1 message that waits like that when the
 *   connection ends comes again on the next one; if the server has lost the session, what exceeds `highWaterMark` is dropped and told.
 *
 * So an iterator that nobody reads holds up QoS 1 and 2 for all of the client: end it. Leaving a `for await` loop ends it, and so do
 * `return()`, `throw()`, `await using`, its `signal`, and `free()` of the client, behind what is acknowledged already. It does not end with the connection.
 */
export interface Messages extends AsyncIterableIterator<Message> {
  /** The next message, when it is there. */
  next(): Promise<IteratorResult<Message>>;
  /** Ends it. */
  return(value?: unknown): Promise<IteratorResult<Message>>;
  /** Ends it, and rejects with `error`. */
  throw(error?: unknown): Promise<IteratorResult<Message>>;
  /** Itself: for `for await`. */
  [Symbol.asyncIterator](): Messages;
  /** `await using`: ends it. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What `messages()` takes beside a filter. */
export interface MessagesOptions {
  /** Aborted: what has not been read is let go of, and the iterator throws `ABORTED`, with the signal's `reason` as `cause`. */
  signal?: AbortSignal | undefined;
  /**
   * How many messages may wait to be read before the server is held back, 1 or more.
   *
   * @defaultValue 1000
   */
  highWaterMark?: number | undefined;
}

/**
 * Where an incoming message stands.
 *
 * - `"sending PUBACK"`: QoS 1, handed over and not acknowledged: see `manualAck` and `messages()`.
 * - `"sending PUBREC"`: QoS 2, PUBREC was not sent on this connection: it has to be stored first.
 * - `"awaiting PUBREL"`: QoS 2, PUBREC was sent.
 * - `"sending PUBCOMP"`: QoS 2, PUBREL came, and PUBCOMP waits for the application: see `manualAck` and `messages()`.
 */
export type IncomingState = "sending PUBACK" | "sending PUBREC" | "awaiting PUBREL" | "sending PUBCOMP";

/** An unfinished message on its way from the server. */
export interface IncomingMessage {
  /** How far it has come. */
  state: IncomingState;
  /** Its packet identifier, which the server chose. */
  packetId: number;
  /** 1 or 2. */
  qos: QoS;
  /** QoS 2 only; the application has a QoS 1 message already. */
  topic?: string;
  /** Payload bytes held. */
  bytes: number;
}
