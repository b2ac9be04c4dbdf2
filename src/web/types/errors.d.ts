/**
 * Errors: one shape, and a stable code for each cause.
 *
 * @module errors
 */

/**
 * Every rejection and every throw of this package.
 *
 * `code` is stable; `message` says what happened, to what, and what to do, and its wording may change.
 *
 * @example
 * ```ts
 * import type { MqttError } from "mqtt-mooring";
 *
 * await client.publish("orders/new", "{}", { qos: 2, timeout: 5 }).catch((error: MqttError) => {
 *   if (error.code === "TIMEOUT") return;
 *   throw error;
 * });
 * ```
 */
export interface MqttError extends Error {
  /** By which it is known among others. */
  readonly name: "MqttError";
  /** What went wrong: stable, to be compared with. */
  readonly code: ErrorCode;
  /** The MQTT reason code, where there is one. */
  readonly reasonCode?: number;
  /** As in `Said`, where the reason code is the server's; where this client found the fault, or there is no code, `message`. */
  readonly reason: string;
  /** MQTT 5: the User Properties of the server's packet with the reason code, where it had some. */
  readonly userProperties?: Array<[string, string]>;
  /** MQTT 5: the Server Reference of the CONNACK or DISCONNECT, where it had one (§4.11). */
  readonly serverReference?: string;
  /** `PAYLOAD_FORMAT_INVALID`: the topic of the message. */
  readonly topic?: string;
  /** `PAYLOAD_FORMAT_INVALID`: its packet identifier, at QoS 1 and 2. */
  readonly packetId?: number;
  /** What a function of the application threw, or a signal was aborted with (`ABORTED`), where that is the reason. */
  readonly cause?: unknown;
}

/**
 * What went wrong: stable, to be compared with. A later version may have more.
 *
 * - `USAGE`: The call makes no sense now, has a bad argument, or asks 3.1.1 for what only MQTT 5 has.
 * - `NOT_READY`: `new MqttClient()` before the package's WebAssembly was loaded: await `init()` of `mqtt-mooring/init` first.
 * - `LOAD_FAILED`: The package's WebAssembly could not be loaded, or is not allowed to run; the import, or `init()`, is rejected. `cause`
 *   is what went wrong.
 * - `INVALID_TOPIC`: A bad topic name or filter.
 * - `NOT_CONNECTED`: Not connected, and the call needs a connection.
 * - `CONNECTION_REFUSED`: The server refused the connection; `reasonCode` says why.
 * - `NOT_AUTHORIZED`: The same for a bad user name or password (0x86), or missing rights (0x87).
 * - `CONNECTION_LOST`: The connection broke, or could not be made.
 * - `SERVER_DISCONNECT`: The server ended the connection (MQTT 5 DISCONNECT).
 * - `PROTOCOL_ERROR`: The server did what MQTT does not allow, or is no MQTT server.
 * - `KEEP_ALIVE_TIMEOUT`: The server was silent for too long.
 * - `TIMEOUT`: It took longer than `timeout`: an operation, an attempt to connect, `prepareConnect`, a step of `authenticate`, or
 *   a store that has to be read first. What became of a message is said at `publish()`.
 * - `ABORTED`: The operation's `signal` was aborted; `cause` is its reason. What became of a message is said at `publish()`.
 * - `MESSAGES_DROPPED`: An iterator of `messages()` was not read fast enough; the message says how many messages are gone (event
 *   `error`).
 * - `PAYLOAD_FORMAT_INVALID`: A received message was refused: its payload is said to be UTF-8 and is not (`checkPayloadFormat`).
 * - `DISCONNECTED`: `disconnect()` or `free()` was called meanwhile.
 * - `SESSION_UNKNOWN`: The server holds a session of which this client holds none (MQTT 5).
 * - `SESSION_CORRUPT`: The string is no saved session, is truncated or was changed; or its fields make no sense.
 * - `SESSION_NEWER_FORMAT`: The string, or a stored record, was written by a newer version of this package; what is stored stays
 *   untouched.
 * - `SESSION_FOREIGN`: The string, or what is stored, belongs to another client identifier or protocol version. Stored by
 *   `durable`: only while it holds unfinished messages; else a new session takes its place, and `sessionLost` names the filters
 *   that went with the old one (of the same client identifier they are made again, see `resubscribe`).
 * - `SESSION_EXPIRED`: Its Session Expiry Interval has passed (MQTT 5).
 * - `SESSION_NOT_FOUND`: `sessionKey` names no saved session.
 * - `SESSION_LOST`: The server lost the session, or goes on without this message; whether it arrived is unknown.
 * - `SESSION_REPLACED`: A clean session, or another restored one, took the place of the one this message was in, or
 *   `discardSession()` let go of it.
 * - `PUBLISH_REFUSED`: The server refused this message (MQTT 5); `reasonCode` says why.
 * - `MESSAGE_EXPIRED`: The message's `messageExpiryInterval` passed before it was sent (MQTT 5).
 * - `PACKET_TOO_LARGE`: The packet is larger than the server takes (`serverLimits.maximumPacketSize`), or than MQTT allows.
 * - `NOT_AVAILABLE`: The server said in CONNACK that it has no such thing (MQTT 5; see `ServerLimits`).
 * - `OUTBOX_FULL`: Too many messages are waiting to be sent (`outbox`), or all 65,535 packet identifiers are in use; or, with `whenFull: "dropOldest"`, this one made room for a later
 *   one.
 * - `QUOTA_EXCEEDED`: Storage is full; the message says how many bytes were needed. This publish was not accepted, or the
 *   connection was closed.
 * - `STORAGE_DENIED`: Storage is denied here; memory takes its place (event `error`).
 * - `STORAGE_CLEARED`: Somebody removed or changed the records of a durable session; they are written again (event `error`).
 * - `STORAGE_FAILED`: The store, or what was given as `sealing`, failed; nothing was sent that depends on it. A new message is
 *   rejected with it, a received one waits and is tried again; for anything else the connection is closed.
 * - `SESSION_IN_USE`: Another client of this origin holds the durable session; or writes it, where there are no Web Locks (event
 *   `error`).
 * - `SESSION_SEALED`: What is stored, or the string, is sealed, and there is no `sealing` or not the right one; it stays
 *   untouched.
 * - `RECORD_CORRUPT`: A stored record cannot be read; the message names the key it was moved to, or still lies at. All others
 *   were restored (event `error`).
 * - `LOCKS_UNAVAILABLE`: There are no Web Locks here: nothing keeps a second tab from using the same durable session (event
 *   `error`, once).
 * - `PREPARE_FAILED`: `prepareConnect` threw, its promise was rejected (`cause` says with what), or its answer makes no sense.
 * - `AUTHENTICATION_FAILED`: A step of `authenticate` threw, its promise was rejected (`cause` says with what), or its answer
 *   makes no sense.
 * - `SUBSCRIPTION_REFUSED`: The server lost the session, and refused to make a subscription again; the message names the filter,
 *   `reasonCode` says why (event `error`).
 */
export type ErrorCode =
  | "USAGE"
  | "NOT_READY"
  | "LOAD_FAILED"
  | "INVALID_TOPIC"
  | "NOT_CONNECTED"
  | "CONNECTION_REFUSED"
  | "NOT_AUTHORIZED"
  | "CONNECTION_LOST"
  | "SERVER_DISCONNECT"
  | "PROTOCOL_ERROR"
  | "KEEP_ALIVE_TIMEOUT"
  | "TIMEOUT"
  | "ABORTED"
  | "MESSAGES_DROPPED"
  | "PAYLOAD_FORMAT_INVALID"
  | "DISCONNECTED"
  | "SESSION_UNKNOWN"
  | "SESSION_CORRUPT"
  | "SESSION_NEWER_FORMAT"
  | "SESSION_FOREIGN"
  | "SESSION_EXPIRED"
  | "SESSION_NOT_FOUND"
  | "SESSION_LOST"
  | "SESSION_REPLACED"
  | "PUBLISH_REFUSED"
  | "MESSAGE_EXPIRED"
  | "PACKET_TOO_LARGE"
  | "NOT_AVAILABLE"
  | "OUTBOX_FULL"
  | "QUOTA_EXCEEDED"
  | "STORAGE_DENIED"
  | "STORAGE_CLEARED"
  | "STORAGE_FAILED"
  | "SESSION_IN_USE"
  | "SESSION_SEALED"
  | "RECORD_CORRUPT"
  | "LOCKS_UNAVAILABLE"
  | "PREPARE_FAILED"
  | "AUTHENTICATION_FAILED"
  | "SUBSCRIPTION_REFUSED";
