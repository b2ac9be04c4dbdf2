/**
 * The options of a client: each with its unit, its default, and the version of MQTT it belongs to.
 *
 * @module options
 */
import type { Authentication } from "./authentication.js";
import type { Bytes } from "./common.js";
import type { ConnectAttempt, PreparedConnect, ReconnectOptions } from "./connecting.js";
import type { OutboxOptions, Will } from "./publishing.js";
import type { LostCandidate, Sealing, SessionStorage, WhenSessionLost } from "./session.js";

/**
 * Options of the constructor; each is a property of the client, too, and can be set while `state` is
 * `"disconnected"`. `undefined` stands for the default. Those marked MQTT 5 have no effect in 3.1.1, but for
 * `userProperties`, `authenticate` and properties of the `will`, with which `connect()` rejects there (`USAGE`).
 *
 * @example
 * ```ts
 * const client = new MqttClient({
 *   url: "wss://broker.example/mqtt",
 *   clientId: "tablet-17",
 *   sessionKey: "orders",
 *   durable: true,
 *   reconnect: { maxDelay: 30 },
 * });
 * ```
 */
export interface ClientOptions {
  /**
   * `ws://` or `wss://` address of the MQTT endpoint. Several, at least one: tried in turn, from the first one; all of them must lead to the
   * same server or cluster, for they share one session. `connect()` rejects with `USAGE` where there is none, or one begins with something else.
   *
   * @defaultValue `""`
   * @category Server
   */
  url?: string | string[] | undefined;
  /**
   * The version of MQTT that is asked for; see `protocolFallback`.
   *
   * @defaultValue `"5"`
   * @category Server
   */
  protocolVersion?: "5" | "3.1.1" | undefined;
  /**
   * Whether a server that refuses `"5"` (MQTT 5 reason code 0x84, 3.1.1 return code 1) is spoken to in 3.1.1: the next attempt follows at once, whatever
   * `reconnect` says, and so do those of the same `connect()`. `ConnectResult.protocolVersion` says what came of it; `protocolVersion` stays as it was set. `false`:
   * such a refusal ends the client's attempts with `CONNECTION_REFUSED`. So it does with options that 3.1.1 has not (`userProperties`, properties of the will,
   * `authenticate`, a password without a user name).
   *
   * On a connection that fell back, what only MQTT 5 has is `USAGE`: properties of a message, `topicAlias` among them, `noLocal`, `retainAsPublished`,
   * `retainHandling`, `subscriptionIdentifier`, `request()`, the options of `ack()` and of `disconnect()`. Look at `ConnectResult.protocolVersion` first.
   *
   * A session is of one version for all its life. One of 3.1.1, restored or stored ones included, goes on in 3.1.1, without asking for 5 first. One of MQTT 5 that holds
   * messages cannot go on at such a server: `connect()` rejects with `USAGE`, and the session stays as it is; but the messages of a session
   * that no server has begun, if none has MQTT 5 properties, go along. One that holds none gives way to a new one of the same client identifier: `sessionLost` tells its
   * subscriptions, and `resubscribe` has them made again; those with what 3.1.1 has not (`noLocal`, `retainAsPublished`, `retainHandling`, `subscriptionIdentifier`) are
   * told by `error` (`SUBSCRIPTION_REFUSED`).
   * With `cleanSession` the session in 3.1.1 ends with each connection, whatever `sessionExpiryInterval` says `[MQTT-3.1.2-6]`.
   *
   * @defaultValue `false`
   * @category Server
   */
  protocolFallback?: boolean | undefined;
  /**
   * WebSocket sub-protocol `[MQTT-6.0.0-3]`.
   *
   * @defaultValue `"mqtt"`
   * @category Server
   */
  websocketProtocol?: string | undefined;
  /**
   * Client identifier (§3.1.3.1). Empty: with a clean session the server assigns one (MQTT 5), or one is invented (3.1.1);
   * `durable` makes one and keeps it; with any other session `connect()` rejects with `USAGE`. This property stays as it was set; the result of `connect()` says which one is in use.
   *
   * @defaultValue `""`
   * @category Server
   */
  clientId?: string | undefined;
  /**
   * User name (§3.1.3.5); up to 65,535 bytes of UTF-8.
   *
   * @defaultValue none
   * @category Server
   */
  username?: string | undefined;
  /**
   * Password (§3.1.3.6); text is sent as UTF-8, up to 65,535 bytes. In 3.1.1 only beside a user name: else `connect()` rejects with `USAGE`. The property of the client can be set, not read.
   *
   * @defaultValue none
   * @category Server
   */
  password?: Bytes | undefined;
  /**
   * Asked before every attempt, the first one included, within its `timeout`: the place to fetch a fresh token. What it throws, or its
   * promise is rejected with, is a failed attempt (`PREPARE_FAILED`; `cause` is what was thrown), and so is an answer that makes no sense. What it answers
   * when the attempt is over is ignored.
   *
   * @defaultValue none
   * @category Server
   */
  prepareConnect?: ((attempt: ConnectAttempt) => PreparedConnect | undefined | void | Promise<PreparedConnect | undefined | void>) | undefined;
  /**
   * MQTT 5: enhanced authentication (§4.12), before or in place of user name and password. In 3.1.1 `connect()` rejects with `USAGE`.
   *
   * @defaultValue none
   * @category Server
   */
  authenticate?: Authentication | undefined;
  /**
   * MQTT 5: User Properties of CONNECT (§3.1.2.11.8): name-value pairs, in order, names may repeat; up to 65,535 bytes of UTF-8 each. In 3.1.1 `connect()` rejects with `USAGE`.
   *
   * @defaultValue `[]`
   * @category Server
   */
  userProperties?: Array<[string, string]> | undefined;
  /**
   * MQTT 5: asks the server for Response Information (§3.1.2.11.6), the part of the topic tree where answers to this client may go: see
   * `ConnectResult.responseInformation`. The server need not give any. `request()` has its answers sent there, if it is called with a connection, or
   * while one is made again.
   *
   * @defaultValue `false`
   * @category Server
   */
  requestResponseInformation?: boolean | undefined;
  /**
   * MQTT 5: the server may send Reason Strings and User Properties in every packet that can have them (§3.1.2.11.7). `false`: in CONNACK, PUBLISH
   * and DISCONNECT only `[MQTT-3.1.2-29]`; a server that sends them in another packet loses the connection (`PROTOCOL_ERROR`).
   *
   * @defaultValue `true`
   * @category Server
   */
  requestProblemInformation?: boolean | undefined;
  /**
   * Whether the client comes back by itself; `true`: with the defaults of `ReconnectOptions`. `connect()` then stays pending over
   * attempts that fail, and a connection that is lost is made again, until `disconnect()`, `free()`, or a reason that does not heal:
   *
   * - the server refuses the connection with bad user name or password, not authorized, banned, bad authentication method, client
   *   identifier not valid, unsupported protocol version, topic name invalid, packet too large, payload format invalid, retain or QoS not
   *   supported, malformed packet, protocol error (MQTT 5 0x81, 0x82, 0x84 to 0x87, 0x8A, 0x8C, 0x90, 0x95, 0x99, 0x9A, 0x9B; 3.1.1 return codes 1, 2, 4, 5),
   *   or server moved (0x9D; see `followServerReference`);
   * - it ends the connection with session taken over (0x8E), bad authentication method (0x8C), server moved (0x9D), or not authorized (0x87;
   *   with `prepareConnect` the next attempt has fresh credentials, and is made);
   * - `AUTHENTICATION_FAILED`, `SESSION_UNKNOWN`, and a `url` or an option that no connection can be made with.
   *
   * Everything else does. The events `disconnected` and `connectionStatus` tell what comes next. No attempt begins while the platform knows
   * that there is no network (`navigator.onLine`); one begins at once when the network comes back, the page becomes visible,
   * is thawed or comes out of the back/forward cache. With a connection, these are when a deadline missed in the meantime is noticed, and
   * whether the server is still there is asked (PINGREQ).
   *
   * A clean session (`cleanSession`) is asked for once for each `connect()`: what follows goes on with it, in MQTT 5 if
   * `sessionExpiryInterval` lets the server keep it. In 3.1.1 a clean session ends with its connection `[MQTT-3.1.2-6]`, and
   * `whenSessionLost` and `resubscribe` say what becomes of it.
   *
   * `false`: one attempt, and `connect()` rejects if it fails.
   *
   * @defaultValue `true`
   * @category Connection
   */
  reconnect?: boolean | ReconnectOptions | undefined;
  /**
   * MQTT 5: what is done when the server refuses or ends the connection with 0x9C (Use another server) or 0x9D (Server moved) and names
   * another one in its Server Reference (§4.11). `false`: 0x9C counts as a failed attempt, 0x9D ends the client's attempts.
   * `true`: the next attempt goes there, the first time without delay; of a list to the first one. A `ws://` or `wss://` address as it
   * is, but never from `wss://` to `ws://`; `host` or `host:port` in place of that of the current address, whose path stays. A
   * function is given the reference (of a list the first one) and the current address, and returns the address to use, or undefined for none. When an attempt there
   * fails, `url` counts again. Credentials go along: follow servers you trust to name others.
   *
   * @defaultValue `false`
   * @category Connection
   */
  followServerReference?: boolean | ((reference: string, url: string) => string | undefined) | undefined;
  /**
   * For each attempt, from its beginning (`prepareConnect`) to the end of the `connected` handlers, in seconds, up to
   * 3,200,000,000 (a century), fractions allowed: what takes longer fails with `TIMEOUT`.
   * With `durable` as long again for `storage` to be read. Also how long `subscribe()`, `unsubscribe()` and `request()` wait for the
   * answer, unless they are told otherwise.
   *
   * @defaultValue `60`
   * @category Connection
   */
  timeout?: number | undefined;
  /**
   * Seconds, 0 to 65535; 0 turns it off. In MQTT 5 the server may impose its own. Whether it was missed is measured by the clock (§3.1.2.10). In a hidden
   * page, whose timers go off once a minute, a small worker made from a `blob:` address keeps the time; where a Content Security Policy
   * forbids that (`worker-src`, or `child-src`, `script-src` and `default-src` in its place), the page's own timers have to do, and a
   * keepAlive below 120 may be missed while the page is hidden: the server then ends the connection, and it is made again.
   *
   * @defaultValue `60`
   * @category Connection
   */
  keepAlive?: number | undefined;
  /**
   * Will Message (§3.1.2.5): what the server publishes when this client vanishes. A bad topic is `INVALID_TOPIC`, at the constructor; in MQTT 5 a QoS or RETAIN that the server has not ends the client's attempts with `CONNECTION_REFUSED`.
   *
   * @defaultValue none
   * @category Connection
   */
  will?: Will | undefined;
  /**
   * How much the event `log` tells; it can be set at any time. 0: nothing. 1: the connection: attempts, ends, errors. 2: and the session:
   * what is restored, lost, replayed, stored and acknowledged. 3: and every packet, in both directions, in words. Without a handler for `log`
   * nothing is put into words; the console is never written to.
   *
   * @defaultValue `0`
   * @category Connection
   */
  logLevel?: 0 | 1 | 2 | 3 | undefined;
  /**
   * Every change of the session is stored as it happens, and before the server can learn of it; a page that was
   * reloaded, killed or crashed goes on by itself where its predecessor was.
   *
   * Needs a `sessionKey`. `cleanSession` is `false` then (`connect()` rejects an explicit `true` with `USAGE`), and an empty
   * `clientId` is made once, 23 letters and digits, and kept. The session is opened (locked, read, restored) by the first of
   * `connect()`, `publish()`, `pending()` and `exportSession()`, and held until `free()` or the page's end; what is called
   * meanwhile waits in its order and fails as the opening fails, which the next call tries again. A store that does not answer is
   * waited for `timeout` seconds (`TIMEOUT`); `disconnect()` meanwhile ends `connect()` and leaves the other calls. Once it is opened,
   * `durable`, `sessionKey`, `storage`, `sealing` and `sessionInUse` can no longer be set.
   *
   * A session that was saved by hand, with `saveSession()` under the same `sessionKey`, is taken up by the first opening that finds
   * no records, and its string removed. One that cannot be read, opened (`sealing`) or used (`clientId`, `protocolVersion`) is refused
   * with `SESSION_CORRUPT`, `SESSION_NEWER_FORMAT`, `SESSION_SEALED` or `SESSION_FOREIGN`, and stays as it is: `discardSession()` lets go of it.
   * `restoreSession()` and `importSession()` are `USAGE` here.
   *
   * - Stored are QoS 1 and 2 messages with topic, payload, properties and `key`, received QoS 2 messages, the subscriptions and
   *   the client identifier; never user name and password. **They lie there in the clear**, for every script of the origin
   *   and everyone with access to the device's files, unless `sealing` is set.
   * - A reload, a closed or killed tab and a crashed page lose nothing. A browser that is killed as a whole, or a power cut, takes
   *   localStorage back by some seconds, on a busy page by a minute or so (Chromium): a QoS 1 message may then be sent again, a QoS 2
   *   message that was published in that time may be gone, and one that was finished in it may be sent again. Await `stored` for what
   *   this page has done, not for what a disk has; a `storage` of your own over IndexedDB with `durability: "strict"` promises both.
   * - A QoS 2 message whose handler was running when the page died is handed over again, with `duplicate` true.
   * - Another client, in this tab or another one of the origin, gets `SESSION_IN_USE` (after half a second) meanwhile: see `sessionInUse`. Without
   *   Web Locks (an insecure page) nothing keeps it out, and an `error` event `LOCKS_UNAVAILABLE` says so; another one,
   *   `SESSION_IN_USE`, when a second client is noticed by what it writes to the browser's store.
   * - Storage that is denied, then or later, gives way to memory, with an `error` event `STORAGE_DENIED`. Records that someone
   *   removed or changed are written again from memory, with `STORAGE_CLEARED`. A record that cannot be read is moved out of
   *   the way, with `RECORD_CORRUPT`, and all others are restored; where it cannot be moved (there is no room) it stays, and the
   *   next opening tries again. Nothing but `discardSession()` removes it.
   * - A first connection finds nothing stored and asks for a clean start, so that what the server may hold of an earlier session
   *   cannot be mixed up with this one; unless `resumeWithoutState`. In 3.1.1 this takes an extra connection if it holds one.
   *
   * @defaultValue `false`
   * @category Session
   */
  durable?: boolean | undefined;
  /**
   * Names this session in storage: `saveSession()` also writes there, `restoreSession()` reads from there; with `durable`
   * all records lie there, and a session that `saveSession()` left there is taken up. All keys begin with `mooring/<sessionKey>/`, `%` and `/` in it as `%25` and `%2F`. Sessions of
   * different names never touch each other's.
   *
   * @defaultValue none
   * @category Session
   */
  sessionKey?: string | undefined;
  /**
   * Where `sessionKey` lives: `"local"` (localStorage), `"session"` (sessionStorage: as long as the tab; the lock of
   * a durable session counts for all tabs all the same, so each needs its own `sessionKey`), `"memory"` (as long as the page,
   * shared by its clients), or a store of your own. Where storage is denied, and in workers, which have none, memory takes its
   * place, and an `error` event with `STORAGE_DENIED` says so. A browser's stores take 5,242,880 UTF-16 units an origin.
   *
   * @defaultValue `"local"`
   * @category Session
   */
  storage?: "local" | "session" | "memory" | SessionStorage | undefined;
  /**
   * Seals every record of a durable session, and the string of `saveSession()`. Records that
   * were stored in the clear are taken over and sealed. Sealed ones that do not open are refused with `SESSION_SEALED`, and stay
   * as they are. Keys of storage are not sealed: they tell how many messages there are, and the sizes tell how long.
   *
   * @defaultValue none: all lies in the clear
   * @category Session
   */
  sealing?: Sealing | undefined;
  /**
   * What a durable client does while another one holds its session: `"fail"` rejects with `SESSION_IN_USE`; `"wait"`
   * waits, without limit and not counted against `timeout`, until the other one is freed, closed or dead, and then takes the
   * session over as it is. `disconnect()` and `free()` end the wait. `state` is `"disconnected"` meanwhile. A freed client lets
   * go when its WebSocket is closed, at the latest after 2 seconds: there are never two connections with one client identifier.
   *
   * @defaultValue `"fail"`
   * @category Session
   */
  sessionInUse?: "fail" | "wait" | undefined;
  /**
   * `true`: begin a new session. MQTT 3.1.1 Clean Session: the server drops earlier state and keeps none. MQTT 5 Clean
   * Start only: how long the server keeps state afterwards is `sessionExpiryInterval`.
   *
   * @defaultValue `true`
   * @category Session
   */
  cleanSession?: boolean | undefined;
  /**
   * MQTT 5, seconds: how long the server keeps the session after a disconnection, 0 to 4294967295
   * (§3.1.2.11.2). 4294967295: for ever. The server may override it. With `durable` it cannot be 0.
   *
   * @defaultValue 0 with `cleanSession`, else 604800 (7 days)
   * @category Session
   */
  sessionExpiryInterval?: number | undefined;
  /**
   * `true`: subscriptions that the server has lost together with the session, or that belonged to a session of the other protocol version under this
   * client identifier, are made again by the client, with their options, before anything is published; `sessionLost` says so. One that is refused then is told by `error` (`SUBSCRIPTION_REFUSED`).
   * `false`: they are gone.
   *
   * @defaultValue `true`
   * @category Session
   */
  resubscribe?: boolean | undefined;
  /**
   * What becomes of unfinished messages when the server has lost the session. A function is asked about each message that `"default"` and the others decide about, in order, with
   * nothing else going on meanwhile; it must answer at once. What it throws is told by `error`; then, and at any other
   * answer, `"default"` holds.
   *
   * @defaultValue `"default"`
   * @category Session
   */
  whenSessionLost?: WhenSessionLost | ((message: LostCandidate) => "republish" | "discard") | undefined;
  /**
   * This client means to go on with whatever session the server holds, and to restore none. `false`:
   * when the server has a session and this client none, MQTT 5 closes with `SESSION_UNKNOWN`
   * `[MQTT-3.2.2-4]`; 3.1.1 goes on, but waits for all promises of `connected` handlers first.
   *
   * @defaultValue `false`
   * @category Session
   */
  resumeWithoutState?: boolean | undefined;
  /**
   * How much may wait to be sent; see there. What is read is a copy: set the whole option to change it.
   *
   * @defaultValue what `OutboxOptions` has
   * @category Sending
   */
  outbox?: OutboxOptions | undefined;
  /**
   * How many QoS 1 and 2 publishes are unacknowledged at once, 1 to 65535; more wait in the outbox. In MQTT 5 the server's Receive Maximum
   * caps any number given (§4.9).
   *
   * @defaultValue 20 in 3.1.1, for brokers drop what they cannot queue; in MQTT 5 the server's Receive Maximum
   * @category Sending
   */
  inflightWindow?: number | undefined;
  /**
   * Bytes, 1 to 4294967295. While the WebSocket has that many left to send (its `bufferedAmount`), nothing more is handed to it:
   * messages of every QoS wait in the outbox, in their order, and `readyToSend` is false. So a loop that awaits each `publish()` never
   * fills the memory, however slow the link is.
   *
   * @defaultValue `1048576`
   * @category Sending
   */
  sendHighWaterMark?: number | undefined;
  /**
   * MQTT 5: the client gives topic aliases to what it publishes by itself (§3.3.2.3.4), so that a topic goes over the wire once a connection and as
   * a number of three bytes from then on. It gives as many as the server takes (`serverLimits.topicAliasMaximum`), 1024 at most; when all are given, the one
   * that was used least recently stands for the next topic. Topics of up to three bytes, which gain nothing, and what is sent again after
   * a reconnection keep their names. A number that `topicAlias` of `publish()` has used is left alone for the rest of the connection.
   *
   * @defaultValue `false`
   * @category Sending
   */
  automaticTopicAliases?: boolean | undefined;
  /**
   * 3.1.1 only: send unacknowledged messages again on a live connection after so many seconds, fractions allowed; 0: never. In MQTT 5 `connect()` rejects with `USAGE`.
   *
   * @defaultValue `0`
   * @category Sending
   */
  republishInterval?: number | undefined;
  /**
   * MQTT 5: payloads are held against what is said of their format (Payload Format Indicator, §3.3.2.3.2). `publish()`, and `connect()` with a `will`, reject with
   * `USAGE` what has `payloadFormat: "utf-8"` and is not. A received message that is said to be UTF-8 and is not is not handed over: at QoS 1 and 2 the server is told
   * 0x99 Payload format invalid (PUBACK, PUBREC) and nothing of it is kept, at QoS 0 it is dropped; each is told by `error`
   * (`PAYLOAD_FORMAT_INVALID`, with `topic` and `packetId`). `false`: nobody looks, and `message.text()` replaces what is not UTF-8.
   *
   * @defaultValue `false`
   * @category Sending
   */
  checkPayloadFormat?: boolean | undefined;
  /**
   * When a QoS 1 or 2 message counts as received, and is acknowledged with PUBACK or PUBCOMP.
   *
   * - `false`: QoS 1 when the `messageIn` handlers have returned, QoS 2 at once; but see `messages()`.
   * - `true`: when the application calls `message.ack()`.
   * - `"promise"`: when everything that the `messageIn` handlers have promised is fulfilled, and every iterator of `messages()` that got the
   *   message has come back for the next one; `ack()` may be called earlier. A handler that throws, or whose promise is rejected
   *   (told by `error`), leaves the message unacknowledged, and so does a loop that is left in the middle of it, with `break` as with an
   *   exception: call `ack()` before.
   *
   * With the last two: QoS 1 is acknowledged in the order of the messages `[MQTT-4.6.0-2]`. **So one message that is never acknowledged holds up
   * the acknowledgements of all QoS 1 messages that came after it**, those of other topics included, until the connection ends; when the
   * server has sent as many as it may (`receiveMaximum`; servers have limits of their own, commonly 20), it sends no more of QoS 1 and 2, and nothing else looks wrong.
   * Acknowledge what cannot be dealt with, too. A message that was not acknowledged when the page died
   * comes again: QoS 1 from the server, QoS 2 from storage (`durable`). Messages that nobody listens for, or that an iterator had not read
   * when it ended, are not acknowledged; those of QoS 2 are handed over when a `messageIn` handler or an iterator is added, and on the next
   * connection. The server may send `receiveMaximum` of them before it waits (MQTT 5; in 3.1.1 it decides for itself).
   *
   * @defaultValue `false`
   * @category Receiving
   */
  manualAck?: boolean | "promise" | undefined;
  /**
   * How many unacknowledged QoS 1 and 2 messages the server may send on one connection; 1 to 65535. MQTT 5 tells the server
   * (Receive Maximum, §3.1.2.11.3). A 3.1.1 server cannot be told, and decides for itself.
   *
   * In MQTT 5 it also bounds what the session holds of QoS 2, whatever the server does: twice as many, for on a new connection the server may begin
   * to count anew while the application has not acknowledged what came on the last one (`manualAck`, §4.9). Where there is no room left, a
   * message that the server has not released, and not come back to on this connection, gives way (`messageLost`, indeterminate). A server that sends
   * more has its connection ended with `PROTOCOL_ERROR` (DISCONNECT with 0x93 Receive Maximum exceeded); the session stays, and goes on with the next one.
   *
   * @defaultValue 65535
   * @category Receiving
   */
  receiveMaximum?: number | undefined;
  /**
   * The largest packet accepted, in bytes, 1 to 4294967295; the connection ends with `PROTOCOL_ERROR` at a larger one. MQTT 5
   * tells the server (§3.1.2.11.4).
   *
   * @defaultValue what the protocol allows, 268435460 bytes
   * @category Receiving
   */
  maximumPacketSize?: number | undefined;
  /**
   * MQTT 5: how many topic aliases the server may use, 0 to 65535 (§3.1.2.11.5).
   *
   * @defaultValue `16`
   * @category Receiving
   */
  topicAliasMaximum?: number | undefined;
  /**
   * What parts several topic filters in one string that is given to `subscribe()` or `unsubscribe()`, for those who come from the classic session API:
   * `"a,b"` with `","`. `""`: a string is one filter, for any character but U+0000 may be in one. Without `/`, `+` and `#`. It can be set at any time.
   *
   * @defaultValue `""`
   * @category Receiving
   */
  topicDelimiter?: string | undefined;
}
