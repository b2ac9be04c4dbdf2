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
  /** Whether the payload is UTF-8 text (§3.3.2.3.2). Nobody looks, unless `checkPayloadFormat` is set. */
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

/** A message of a lost session that the function given as `whenSessionLost` decides about. */
export interface LostCandidate {
  /** As it was given to `publish()`. */
  key?: string;
  topic: string;
  payload: Uint8Array;
  qos: QoS;
  retain: boolean;
  /** MQTT 5; empty in 3.1.1. `messageExpiryInterval` is not among them. */
  properties: MessageProperties;
}

/**
 * A place for records of the application's own choosing: a database, a file, a worker. Keys and values are strings;
 * the values of a durable session are binary, one UTF-16 unit (0 to 255) for each byte.
 *
 * Each function may answer at once or with a promise. They are called one after the other: the next one when the
 * promise of the last one has settled, and nothing is sent to the server that depends on what is not stored yet. What
 * throws or is rejected with an error named `"QuotaExceededError"` means that there is no room (`QUOTA_EXCEEDED`);
 * anything else that the store failed (`STORAGE_FAILED`): it may have done what it was asked all the same.
 *
 * A store must belong to one origin: the Web Lock that keeps a second tab out reaches no further.
 */
export interface SessionStorage {
  /** The value under `key`; null or undefined: there is none. */
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  /** Puts `value` under `key`, in place of any earlier one, as a whole or not at all. */
  set(key: string, value: string): void | Promise<void>;
  /** Removes `key`, if it is there. */
  remove(key: string): void | Promise<void>;
  /** All keys that begin with `prefix`, in any order. */
  keys(prefix: string): Iterable<string> | Promise<Iterable<string>>;
}

/**
 * How records, and the string of `saveSession()`, are made unreadable for others.
 *
 * Either a pair of functions, which may answer with promises: `seal` is given the bytes of a record and its name
 * (`"meta"`, `"o/17"`, `"saved"` for the string), `open` what `seal` made of them, and the same name. `open` must throw, or
 * its promise be rejected, where it cannot. Or an AES-GCM key: records are then encrypted by WebCrypto, with a fresh 96-bit
 * initialization vector in front and the record's key in storage (`"saved"` for the string) as additional data.
 */
export type Sealing =
  | {
      seal(bytes: Uint8Array, name: string): Uint8Array | Promise<Uint8Array>;
      open(bytes: Uint8Array, name: string): Uint8Array | Promise<Uint8Array>;
    }
  | { key: CryptoKey };

/**
 * When a connection that was lost, or an attempt that failed, is followed by another attempt.
 *
 * Failed attempts in a row are counted; a connection that was lost counts as the first of them. After n of them, `ceiling` =
 * min(`maxDelay`, `minDelay` · 2^(n - 1)) seconds, and the next attempt is made after a time drawn evenly from 0 to `ceiling`, so that
 * the clients of a server that restarted do not come back all at once. With several `url`s those not tried yet are tried without
 * delay, and n counts how often all of them have failed. The count begins anew after a connection that lived for `stableAfter`
 * seconds, or the `ceiling` at that time if that is longer, and when the network comes back.
 */
export interface ReconnectOptions {
  /** Seconds, 0.001 or more; default 1. What brings an attempt about before its time (the network comes back, the page becomes visible) does so no sooner than this after the last one began. A drawn delay may be shorter, and there is none before the next `url` and a server that was referred to first. */
  minDelay?: number;
  /** Seconds, `minDelay` or more; default 60. */
  maxDelay?: number;
  /** Draw the delay; default `true`. `false`: it is the `ceiling`. */
  jitter?: boolean;
  /** How often in a row it is tried again before the client stops: 1 means two attempts; default `Infinity`. */
  attempts?: number;
  /** Seconds, 0 or more; default 10. */
  stableAfter?: number;
}

/** What `prepareConnect` is told. */
export interface ConnectAttempt {
  /** One more than the attempts that have failed in a row: 1 at first; 2 after a connection was lost, which counts as the first failure; then 3, 4, … */
  attempt: number;
  /** The address it is going to be made to. */
  url: string;
}

/** What `prepareConnect` may answer, for this one attempt; what is left out is as the options have it. */
export interface PreparedConnect {
  /** `ws://` or `wss://` address. */
  url?: string;
  username?: string;
  password?: Bytes;
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
  reason?: string;
  /** User Properties: name-value pairs, in order, names may repeat; up to 65,535 bytes of UTF-8 each. */
  userProperties?: Array<[string, string]>;
}

/** What `ack` takes. */
export interface AckOptions extends Saying {
  /**
   * Default 0, Success. QoS 1: one that PUBACK of a client may have (§3.4.2.1), for example 0x83 Implementation specific error, 0x87 Not authorized,
   * 0x97 Quota exceeded or 0x99 Payload format invalid; 0x10 No matching subscribers is the server's to say. QoS 2: 0 only, for PUBREC has accepted the message.
   */
  reasonCode?: number;
}

/** Beside the data that a step is given: what the server says with it. Empty at `"start"`. */
export interface AuthenticationDetail extends Partial<Said> {}

/** What a step may answer in place of mere data. */
export interface AuthenticationAnswer extends Saying {
  /** Authentication Data. */
  data?: Bytes;
}

/** Enhanced authentication (MQTT 5 §4.12), SCRAM for example. */
export interface Authentication {
  /** Authentication Method: its name, as client and server agree on it (§3.1.2.11.9). */
  method: string;
  /**
   * Takes a step; it may answer with a promise.
   *
   * - `"start"`: answers the data for CONNECT, or for the AUTH packet of `reauthenticate()`; `data` is empty.
   * - `"continue"`: `data` is the server's (AUTH with 0x18 Continue authentication); answers the data of the client's own such packet.
   * - `"done"`: the server is convinced; `data` is that of its CONNACK, or of its AUTH with 0x00 Success, empty if there is none. Here the
   *   client may convince itself of the server, before any `connected` handler runs; what it answers is ignored.
   *
   * `undefined`: no data. With an object a Reason String and User Properties go along in AUTH (§3.15.2.2); at the `"start"` of a connection the
   * User Properties go along in CONNECT, behind those of the option, and a reason does not: CONNECT has none. If it throws, or its promise is rejected, the connection is ended with `AUTHENTICATION_FAILED` (the server is
   * told 0x80 Unspecified error, if CONNECT was sent), and the client does not try again. The steps together count
   * against `timeout` as all of an attempt does.
   */
  step(
    stage: "start" | "continue" | "done",
    data: Uint8Array,
    detail: AuthenticationDetail,
  ): Bytes | AuthenticationAnswer | undefined | Promise<Bytes | AuthenticationAnswer | undefined>;
}

/**
 * How much may wait to be sent: QoS 1 and 2 for a connection, or for the server's leave to send (`inflightWindow`); every QoS for the
 * socket (`sendHighWaterMark`). What was sent and is not acknowledged does not count.
 */
export interface OutboxOptions {
  /** How many messages; 1 to 4294967295, default 100,000. */
  maxMessages?: number;
  /** Bytes of their topics, payloads and properties; 1 to 4294967295, default 67108864 (64 MiB). */
  maxBytes?: number;
  /**
   * What becomes of a message there is no room for. `"reject"`, the default: `publish()` rejects with `OUTBOX_FULL`. `"dropOldest"`: those that
   * have waited longest, of whatever QoS, give way: each is told by `messageLost` as `not-delivered`, and its `publish()` rejects with
   * `OUTBOX_FULL`. What was sent in a session that the server has lost, and waits to be sent again, may have arrived: it does not give way.
   */
  whenFull?: "reject" | "dropOldest";
  /**
   * Whether QoS 0 waits for a connection, too, in its order among the others. It is kept in memory only, `durable` or not. Default `false`: without a
   * connection `publish()` at QoS 0 rejects with `NOT_CONNECTED`.
   */
  queueQos0?: boolean;
}

/** What `connect` takes. */
export interface ConnectOptions {
  /**
   * Aborted while `connect()` is pending: everything stops as with `disconnect()`, and `connect()` rejects with `ABORTED`. Later it has no effect.
   */
  signal?: AbortSignal;
}

/** How long the caller of an operation waits for its outcome. */
export interface WaitOptions {
  /**
   * Seconds, 0 or more, fractions allowed: after that the operation rejects with `TIMEOUT`, as if it were aborted. By the clock, also in a
   * page that sleeps or is hidden.
   */
  timeout?: number;
  /**
   * Aborted: the operation rejects with `ABORTED`, with the signal's `reason` as `cause`. If it was aborted before, nothing is accepted. Nothing
   * listens to the signal once the operation has ended.
   */
  signal?: AbortSignal;
}

/**
 * Options of the constructor; each is a property of the client, too, and can be set while `state` is
 * `"disconnected"`. `undefined` stands for the default. Those marked MQTT 5 have no effect in 3.1.1, but for
 * `userProperties`, which `connect()` refuses there.
 */
export interface ClientOptions {
  /**
   * `ws://` or `wss://` address of the MQTT endpoint. Several, at least one: tried in turn, from the first one; all of them must lead to the
   * same server or cluster, for they share one session.
   */
  url?: string | string[];
  /**
   * Whether the client comes back by itself; default `true`: with the defaults of `ReconnectOptions`. `connect()` then stays pending over
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
   */
  reconnect?: boolean | ReconnectOptions;
  /**
   * Default `true`: subscriptions that the server has lost together with the session, or that belonged to a session of the other protocol version under this
   * client identifier, are made again by the client, with their options, before anything is published; `sessionLost` says so. One that is refused then is told by `error` (`SUBSCRIPTION_REFUSED`).
   * `false`: they are gone.
   */
  resubscribe?: boolean;
  /**
   * MQTT 5: what is done when the server refuses or ends the connection with 0x9C (Use another server) or 0x9D (Server moved) and names
   * another one in its Server Reference (§4.11). `false`, the default: 0x9C counts as a failed attempt, 0x9D ends the client's attempts.
   * `true`: the next attempt goes there, the first time without delay; of a list to the first one. A `ws://` or `wss://` address as it
   * is, but never from `wss://` to `ws://`; `host` or `host:port` in place of that of the current address, whose path stays. A
   * function is given the reference (of a list the first one) and the current address, and returns the address to use, or undefined for none. When an attempt there
   * fails, `url` counts again. Credentials go along: follow servers you trust to name others.
   */
  followServerReference?: boolean | ((reference: string, url: string) => string | undefined);
  /**
   * Asked before every attempt, the first one included, within its `timeout`: the place to fetch a fresh token. What it throws, or its
   * promise is rejected with, is a failed attempt (`PREPARE_FAILED`; `cause` is what was thrown), and so is an answer that makes no sense. What it answers
   * when the attempt is over is ignored.
   */
  prepareConnect?: (attempt: ConnectAttempt) => PreparedConnect | undefined | void | Promise<PreparedConnect | undefined | void>;
  /** MQTT 5: enhanced authentication (§4.12), before or in place of user name and password. Default: none. In 3.1.1 `connect()` refuses it. */
  authenticate?: Authentication;
  /**
   * Bytes, 1 to 4294967295; default 1048576 (1 MiB). While the WebSocket has that many left to send (its `bufferedAmount`), nothing more is handed to it:
   * messages of every QoS wait in the outbox, in their order, and `readyToSend` is false. So a loop that awaits each `publish()` never
   * fills the memory, however slow the link is.
   */
  sendHighWaterMark?: number;
  /**
   * Client identifier. Empty (the default): with a clean session the server assigns one (MQTT 5), or one is invented (3.1.1);
   * `durable` makes one and keeps it. This property stays as it was set; the result of `connect()` says which one is in use.
   */
  clientId?: string;
  /**
   * Default `true`. MQTT 3.1.1 Clean Session: the server drops earlier state and keeps none. MQTT 5 Clean
   * Start only: how long the server keeps state afterwards is `sessionExpiryInterval`.
   */
  cleanSession?: boolean;
  /** Default `"5"`. */
  protocolVersion?: "5" | "3.1.1";
  /**
   * Whether a server that refuses `"5"` (MQTT 5 reason code 0x84, 3.1.1 return code 1) is spoken to in 3.1.1: the next attempt follows at once, whatever
   * `reconnect` says, and so do those of the same `connect()`. `ConnectResult.protocolVersion` says what came of it; `protocolVersion` stays as it was set. Default `false`:
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
   */
  protocolFallback?: boolean;
  /** User name. */
  username?: string;
  /** Password. In 3.1.1 only beside a user name. */
  password?: Bytes;
  /**
   * Seconds; default 60; 0 turns it off. In MQTT 5 the server may impose its own. Whether it was missed is measured by the clock (§3.1.2.10). In a hidden
   * page, whose timers go off once a minute, a small worker made from a `blob:` address keeps the time; where a Content Security Policy
   * forbids that (`worker-src`, or `child-src`, `script-src` and `default-src` in its place), the page's own timers have to do, and a
   * keepAlive below 120 may be missed while the page is hidden: the server then ends the connection, and it is made again.
   */
  keepAlive?: number;
  /** Will Message; default none. */
  will?: Will;
  /**
   * Names this session in storage: `saveSession()` also writes there, `restoreSession()` reads from there; with `durable`
   * all records lie there, and a session that `saveSession()` left there is taken up. All keys begin with `mooring/<sessionKey>/`, `%` and `/` in it as `%25` and `%2F`. Sessions of
   * different names never touch each other's. Default: none.
   */
  sessionKey?: string;
  /**
   * Every change of the session is stored as it happens, and before the server can learn of it; a page that was
   * reloaded, killed or crashed goes on by itself where its predecessor was. Default `false`.
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
   */
  durable?: boolean;
  /**
   * What a durable client does while another one holds its session: `"fail"` (the default) rejects with `SESSION_IN_USE`; `"wait"`
   * waits, without limit and not counted against `timeout`, until the other one is freed, closed or dead, and then takes the
   * session over as it is. `disconnect()` and `free()` end the wait. `state` is `"disconnected"` meanwhile. A freed client lets
   * go when its WebSocket is closed, at the latest after 2 seconds: there are never two connections with one client identifier.
   */
  sessionInUse?: "fail" | "wait";
  /**
   * Where `sessionKey` lives: `"local"` (localStorage, the default), `"session"` (sessionStorage: as long as the tab; the lock of
   * a durable session counts for all tabs all the same, so each needs its own `sessionKey`), `"memory"` (as long as the page,
   * shared by its clients), or a store of your own. Where storage is denied, and in workers, which have none, memory takes its
   * place, and an `error` event with `STORAGE_DENIED` says so. A browser's stores take 5,242,880 UTF-16 units an origin.
   */
  storage?: "local" | "session" | "memory" | SessionStorage;
  /**
   * Seals every record of a durable session, and the string of `saveSession()`. Default: none, all lies in the clear. Records that
   * were stored in the clear are taken over and sealed. Sealed ones that do not open are refused with `SESSION_SEALED`, and stay
   * as they are. Keys of storage are not sealed: they tell how many messages there are, and the sizes tell how long.
   */
  sealing?: Sealing;
  /**
   * When a QoS 1 or 2 message counts as received, and is acknowledged with PUBACK or PUBCOMP.
   *
   * - `false`, the default: QoS 1 when the `messageIn` handlers have returned, QoS 2 at once; but see `messages()`.
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
   */
  manualAck?: boolean | "promise";
  /** How much may wait to be sent; see there. What is read is a copy: set the whole option to change it. */
  outbox?: OutboxOptions;
  /**
   * How much the event `log` tells; it can be set at any time. 0, the default: nothing. 1: the connection: attempts, ends, errors. 2: and the session:
   * what is restored, lost, replayed, stored and acknowledged. 3: and every packet, in both directions, in words. Without a handler for `log`
   * nothing is put into words; the console is never written to.
   */
  logLevel?: 0 | 1 | 2 | 3;
  /**
   * MQTT 5, seconds: how long the server keeps the session after a disconnection. Default: 0 with
   * `cleanSession`, else 7 days (604800). 0xFFFFFFFF: for ever. The server may override it. With `durable` it cannot be 0.
   */
  sessionExpiryInterval?: number;
  /**
   * How many unacknowledged QoS 1 and 2 messages the server may send on one connection; 1 to 65535, default 65535. MQTT 5 tells the server
   * (Receive Maximum, §3.1.2.11.3). A 3.1.1 server cannot be told, and decides for itself.
   *
   * In MQTT 5 it also bounds what the session holds of QoS 2, whatever the server does: twice as many, for on a new connection the server may begin
   * to count anew while the application has not acknowledged what came on the last one (`manualAck`, §4.9). Where there is no room left, a
   * message that the server has not released, and not come back to on this connection, gives way (`messageLost`, indeterminate). A server that sends
   * more has its connection ended with `PROTOCOL_ERROR` (DISCONNECT with 0x93 Receive Maximum exceeded); the session stays, and goes on with the next one.
   */
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
  /** MQTT 5: how many topic aliases the server may use; 0 to 65535, default 16. */
  topicAliasMaximum?: number;
  /**
   * MQTT 5: the client gives topic aliases to what it publishes by itself (§3.3.2.3.4), so that a topic goes over the wire once a connection and as
   * a number of three bytes from then on. It gives as many as the server takes (`serverLimits.topicAliasMaximum`), 1024 at most; when all are given, the one
   * that was used least recently stands for the next topic. Topics of up to three bytes, which gain nothing, and what is sent again after
   * a reconnection keep their names. A number that `topicAlias` of `publish()` has used is left alone for the rest of the connection. Default `false`.
   */
  automaticTopicAliases?: boolean;
  /**
   * MQTT 5: payloads are held against what is said of their format (Payload Format Indicator, §3.3.2.3.2). `publish()`, and `connect()` with a `will`, reject with
   * `USAGE` what has `payloadFormat: "utf-8"` and is not. A received message that is said to be UTF-8 and is not is not handed over: at QoS 1 and 2 the server is told
   * 0x99 Payload format invalid (PUBACK, PUBREC) and nothing of it is kept, at QoS 0 it is dropped; each is told by `error`
   * (`PAYLOAD_FORMAT_INVALID`, with `topic` and `packetId`). Default `false`: nobody looks, and `message.text()` replaces what is not UTF-8.
   */
  checkPayloadFormat?: boolean;
  /** MQTT 5: User Properties of CONNECT. */
  userProperties?: Array<[string, string]>;
  /**
   * MQTT 5: asks the server for Response Information (§3.1.2.11.6), the part of the topic tree where answers to this client may go: see
   * `ConnectResult.responseInformation`. The server need not give any. `request()` has its answers sent there, if it is called with a connection, or
   * while one is made again. Default `false`.
   */
  requestResponseInformation?: boolean;
  /**
   * MQTT 5: the server may send Reason Strings and User Properties in every packet that can have them (§3.1.2.11.7). `false`: in CONNACK, PUBLISH
   * and DISCONNECT only `[MQTT-3.1.2-29]`; a server that sends them in another packet loses the connection (`PROTOCOL_ERROR`). Default `true`.
   */
  requestProblemInformation?: boolean;
  /**
   * For each attempt, from its beginning (`prepareConnect`) to the end of the `connected` handlers, in seconds, fractions allowed; default 60.
   * With `durable` as long again for `storage` to be read. Also how long `subscribe()`, `unsubscribe()` and `request()` wait for the
   * answer, unless they are told otherwise.
   */
  timeout?: number;
  /** 3.1.1 only: send unacknowledged messages again on a live connection after so many seconds; default 0, never. In MQTT 5 `connect()` refuses it. */
  republishInterval?: number;
  /**
   * Default `"default"`. A function is asked about each message that `"default"` and the others decide about, in order, with
   * nothing else going on meanwhile; it must answer at once. What it throws is told by `error`; then, and at any other
   * answer, `"default"` holds.
   */
  whenSessionLost?: WhenSessionLost | ((message: LostCandidate) => "republish" | "discard");
  /**
   * This client means to go on with whatever session the server holds, and to restore none. Default `false`:
   * when the server has a session and this client none, MQTT 5 closes with `SESSION_UNKNOWN`
   * `[MQTT-3.2.2-4]`; 3.1.1 goes on, but waits for all promises of `connected` handlers first.
   */
  resumeWithoutState?: boolean;
  /** WebSocket sub-protocol; default `"mqtt"` `[MQTT-6.0.0-3]`. */
  websocketProtocol?: string;
}

/** What the server's CONNACK allows (MQTT 5 §3.2.2.3); in 3.1.1, whose CONNACK says nothing of it, the specification's defaults: what only MQTT 5 has is refused there all the same. */
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
export interface ConnectResult extends Said {
  /** The version that is spoken: as the option of this name, but for `protocolFallback`. */
  protocolVersion: "5" | "3.1.1";
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
  /**
   * MQTT 5: the server's Response Information, if it gave any (§3.2.2.3.15): commonly a part of the topic tree that is this client's alone for as long as its
   * session lives. `request()` has answers sent there, unless it is no topic name.
   */
  responseInformation?: string;
}

/** What `publish` takes beside topic and payload. */
export interface PublishOptions extends Omit<MessageProperties, "subscriptionIdentifiers">, WaitOptions {
  /** Default 0. */
  qos?: QoS;
  /** Default false. */
  retain?: boolean;
  /**
   * Your own name for the message. It is kept with it in the session, never sent, need not be unique, and is told by `pending()`,
   * `outgoingMessages`, `messageOut` and `messageLost`.
   */
  key?: string;
  /**
   * MQTT 5 (in 3.1.1 `USAGE`): a number that stands for the topic on this connection (§3.3.2.3.4), 1 to `serverLimits.topicAliasMaximum`. The first message with
   * it, and one to another topic than it stands for, carries both; the following ones the number in place of the topic. It says how a message
   * is sent and is no part of it: it is not stored, and what is sent again after a reconnection carries its topic. With a connection whose
   * server does not take the number `publish()` rejects with `NOT_AVAILABLE`; what waited for a connection goes without. The message has to fit
   * into the server's Maximum Packet Size with its topic, `PACKET_TOO_LARGE` otherwise; where only the number is too much, it goes without.
   * See also `automaticTopicAliases`. Default: none.
   */
  topicAlias?: number;
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

/** A message that an earlier page left unfinished. */
export interface PendingMessage {
  /** As it was given to `publish()`. */
  key?: string;
  topic: string;
  /** Empty once the server owns the message (QoS 2). */
  payload: Uint8Array;
  qos: QoS;
  retain: boolean;
  state: OutgoingState;
  /** Absent while queued. */
  packetId?: number;
  /** As the promise of `publish()`; nobody has to handle a rejection. */
  outcome: Promise<PublishResult>;
}

/** A delivered message. QoS 0: handed to the socket. QoS 1 and 2: acknowledged. */
export interface PublishResult extends Said {
  topic: string;
  qos: QoS;
  /** QoS 1 and 2. */
  packetId?: number;
  /** 0, or 0x10 where the server has no subscriber for it (MQTT 5). */
  reasonCode: number;
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
export interface SubscribeOptions extends FilterOptions, WaitOptions {
  /** MQTT 5: comes back with every message it matches; 1 to 268435455. */
  subscriptionIdentifier?: number;
  /** MQTT 5: User Properties of SUBSCRIBE. */
  userProperties?: Array<[string, string]>;
}

/** What `unsubscribe` takes beside filters. */
export interface UnsubscribeOptions extends WaitOptions {
  /** MQTT 5: User Properties of UNSUBSCRIBE. */
  userProperties?: Array<[string, string]>;
}

/** What `request` takes beside topic and payload. */
export interface RequestOptions extends Omit<PublishOptions, "correlationData"> {
  /** Of the request; default 1, so that it gets there although a connection breaks. */
  qos?: QoS;
  /** Where the answer is to go: a topic without wildcards that this client may subscribe to. Default `"response/"` and the client identifier in use, below the server's `responseInformation` if it gave any. */
  responseTopic?: string;
  /** Seconds until the answer has to be there, subscribing included; `Infinity`: however long it takes. Default: the client's `timeout`. */
  timeout?: number;
}

/** What `messages` takes beside a filter. */
export interface MessagesOptions {
  /** Aborted: what has not been read is let go of, and the iterator throws `ABORTED`, with the signal's `reason` as `cause`. */
  signal?: AbortSignal;
  /** How many messages may wait to be read before the server is held back, 1 or more; default 1000. */
  highWaterMark?: number;
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
  next(): Promise<IteratorResult<Message>>;
  return(value?: unknown): Promise<IteratorResult<Message>>;
  throw(error?: unknown): Promise<IteratorResult<Message>>;
  [Symbol.asyncIterator](): Messages;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The server's word on one filter. What it says beside the codes is the same for all filters of one call: SUBACK has one Reason String. */
export interface SubscribeResult extends Said {
  filter: string;
  /** The QoS granted; absent when refused. */
  qos?: QoS;
  /** 0 to 2: granted; 0x80 and above: refused. */
  reasonCode: number;
}

/** The server's word on one filter; see `SubscribeResult`. */
export interface UnsubscribeResult extends Said {
  filter: string;
  /** 0: done; 0x11: there was none (MQTT 5); 0x80 and above: refused. */
  reasonCode: number;
}

/** A received message. */
export interface Message {
  readonly topic: string;
  /** The bytes; for handlers a view into the received frame: copy it if you keep it and change it. From `messages()` they are a copy. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /**
   * The server sent it before, perhaps (QoS 1, the DUP flag); or an earlier page may have been handed it and died before that was
   * stored (QoS 2, `durable`).
   */
  readonly duplicate: boolean;
  /** QoS 1 and 2. */
  readonly packetId?: number;
  /** MQTT 5; empty in 3.1.1. */
  readonly properties: MessageProperties;
  /** The payload as UTF-8 text; bytes that are not become U+FFFD. */
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
  /** As it was given to `publish()`. */
  key?: string;
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
  /**
   * UTF-16 units. Durable: all of this session's keys and values in storage, 0 until it is opened. Else the length of what
   * `saveSession()` last wrote under `sessionKey`, or `restoreSession()` read there; 0 without.
   */
  stored: number;
  /** UTF-16 units that the whole origin may store: 5,242,880 in a browser's store, which is what Chromium gives; absent elsewhere. */
  limit?: number;
}

/** What `disconnect` takes (MQTT 5; in 3.1.1 any of it is `USAGE`). What the server has no room for is left out of `reason` and `userProperties`. */
export interface DisconnectOptions extends Saying {
  /**
   * Why: one that a client may give (table 3-10): 0x00, 0x04, 0x80 to 0x83, 0x90, 0x93 to 0x99. Default 0, Normal disconnection. With every other one
   * the server publishes the will (§3.1.2.5).
   */
  reasonCode?: number;
  /**
   * A new Session Expiry Interval in seconds, 0 to 4294967295, in place of the one the session had (§3.14.2.2.2): 0 ends the session at the server,
   * and what is unfinished here counts as of a lost session when the client connects again; until then it waits, promises included. Saved with the session. It cannot be above 0 where the connection was made with 0 (`USAGE`).
   */
  sessionExpiryInterval?: number;
  /** Let the server publish the will although this is no accident: reason code 0x04, and no other beside it. Default false. */
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
  /**
   * The connection, or the attempt, is over. With `willReconnect` another one is made by itself; without, the client has stopped, and
   * `code` and `reason` say why.
   */
  disconnected: {
    /** The stable code of `error`, or `"REQUESTED"`. */
    code: string;
    /** The MQTT reason code, where there is one: the server's, or what the server was told of what it did wrong. */
    reasonCode?: number;
    /** As in `Said`, where the server said why (CONNACK, DISCONNECT); where this client found the fault, or there is no code, the message of `error`. */
    reason: string;
    /** MQTT 5: the User Properties of the server's CONNACK or DISCONNECT. */
    userProperties?: Array<[string, string]>;
    /** MQTT 5: the server's Server Reference, a list separated by spaces (§4.11); see `followServerReference`. */
    serverReference?: string;
    /** WebSocket close code, where there is one. */
    closeCode?: number;
    /** Absent after `disconnect()`. */
    error?: MqttError;
    /** Another attempt follows by itself. */
    willReconnect: boolean;
    /** How many attempts in a row have failed, this one included; a lost connection is the first. Absent after `disconnect()`. */
    attempt?: number;
    /** In how many milliseconds the next attempt is made. Absent where none is, or where it waits for the network to come back. */
    inMs?: number;
  };
  /** The state of the connection changed; or, while an attempt is waited for, what it waits for. */
  connectionStatus: {
    state: ConnectionState;
    /** `"connecting"`: which attempt it is, from 1. `"waiting"`: how many in a row have failed. */
    attempt?: number;
    /** `"waiting"`: as in `disconnected`. */
    inMs?: number;
    /** The address, with a connection or an attempt. At `"connecting"` the one that `prepareConnect` is told. */
    url?: string;
  };
  /** A message came. At QoS 1 it is acknowledged when all handlers have returned; what they promise is waited for with `manualAck: "promise"` only. */
  messageIn: Message;
  /** A QoS 1 or 2 message of ours has left the session: the server has it or, with a `reasonCode` of 0x80 and above (MQTT 5), has refused it. */
  messageOut: { topic: string; packetId: number; qos: QoS; reasonCode: number; key?: string } & Said;
  /** A QoS 1 or 2 handshake ended with an acknowledgement: the server's (`"out"`), or this client's. */
  messageAck: { packetId: number; direction: "in" | "out"; reasonCode: number } & Said;
  /**
   * A message will not be seen to the end. The promise of its `publish()`, if this page made it, is rejected.
   * `payload` is empty where it is no longer held: once the server had the message, and at QoS 0.
   */
  messageLost: {
    message: { topic: string; payload: Uint8Array; qos: QoS; retain: boolean; packetId?: number; key?: string };
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
  /** `saveSession()` made a string; `stored` tells whether the string is in the storage asked for, too. */
  sessionSaved: { length: number; stored: boolean };
  /** A saved or stored session is in place. */
  sessionRestored: { outgoing: number; incoming: number };
  /** The server no longer has the session, and with it these subscriptions; `resubscribing`: the client makes them again. */
  sessionLost: { filters: string[]; resubscribing: boolean };
  /** Something failed that no promise reports: a handler threw; or `STORAGE_DENIED`, `STORAGE_CLEARED`, `STORAGE_FAILED`, `QUOTA_EXCEEDED` (a received message waits for room), `RECORD_CORRUPT`, `LOCKS_UNAVAILABLE`, `SUBSCRIPTION_REFUSED`, `MESSAGES_DROPPED`. Without a handler the platform is told, as of an exception nobody catches (`reportError`). */
  error: MqttError | unknown;
  /**
   * What goes on inside, for people: see `logLevel`. One line, whose wording may change. Payloads, user names, passwords and authentication data are never in it, and
   * of an address nothing but scheme, host and path.
   */
  log: { level: 1 | 2 | 3; message: string };
}

/** `waiting`: between two attempts to connect. */
export type ConnectionState = "disconnected" | "waiting" | "connecting" | "connected" | "disconnecting";

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

export type ErrorCode =
  /** The call makes no sense now or has a bad argument. */
  | "USAGE"
  /** `new MqttClient()` before the package's WebAssembly was loaded: await `init()` of `mqtt-mooring/init` first. */
  | "NOT_READY"
  /** The package's WebAssembly could not be loaded, or is not allowed to run; the import, or `init()`, is rejected. `cause` is what went wrong. */
  | "LOAD_FAILED"
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
  /** It took longer than `timeout`. What became of a message is said at `publish()`. */
  | "TIMEOUT"
  /** The operation's `signal` was aborted; `cause` is its reason. What became of a message is said at `publish()`. */
  | "ABORTED"
  /** An iterator of `messages()` was not read fast enough; the message says how many messages are gone (event `error`). */
  | "MESSAGES_DROPPED"
  /** A received message was refused: its payload is said to be UTF-8 and is not (`checkPayloadFormat`). */
  | "PAYLOAD_FORMAT_INVALID"
  /** `disconnect()` or `free()` was called meanwhile. */
  | "DISCONNECTED"
  /** The server holds a session of which this client holds none (MQTT 5). */
  | "SESSION_UNKNOWN"
  /** The string is no saved session, is truncated or was changed; or its fields make no sense. */
  | "SESSION_CORRUPT"
  /** The string, or a stored record, was written by a newer version of this package; what is stored stays untouched. */
  | "SESSION_NEWER_FORMAT"
  /**
   * The string, or what is stored, belongs to another client identifier or protocol version. Stored by `durable`: only while it holds
   * unfinished messages; else a new session takes its place, and `sessionLost` names the filters that went with the old one (of the same client
   * identifier they are made again, see `resubscribe`).
   */
  | "SESSION_FOREIGN"
  /** Its Session Expiry Interval has passed (MQTT 5). */
  | "SESSION_EXPIRED"
  /** `sessionKey` names no saved session. */
  | "SESSION_NOT_FOUND"
  /** The server lost the session, or goes on without this message; whether it arrived is unknown. */
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
  /** Too many messages are waiting to be sent; or, with `whenFull: "dropOldest"`, this one made room for a later one. */
  | "OUTBOX_FULL"
  /** Storage is full; the message says how many bytes were needed. This publish was not accepted, or the connection was closed. */
  | "QUOTA_EXCEEDED"
  /** Storage is denied here; memory takes its place (event `error`). */
  | "STORAGE_DENIED"
  /** Somebody removed or changed the records of a durable session; they are written again (event `error`). */
  | "STORAGE_CLEARED"
  /**
   * The store, or what was given as `sealing`, failed; nothing was sent that depends on it. A new message is rejected with it, a
   * received one waits and is tried again; for anything else the connection is closed.
   */
  | "STORAGE_FAILED"
  /** Another client of this origin holds the durable session; or writes it, where there are no Web Locks (event `error`). */
  | "SESSION_IN_USE"
  /** What is stored, or the string, is sealed, and there is no `sealing` or not the right one; it stays untouched. */
  | "SESSION_SEALED"
  /** A stored record cannot be read; the message names the key it was moved to, or still lies at. All others were restored (event `error`). */
  | "RECORD_CORRUPT"
  /** There are no Web Locks here: nothing keeps a second tab from using the same durable session (event `error`, once). */
  | "LOCKS_UNAVAILABLE"
  /** `prepareConnect` threw, its promise was rejected (`cause` says with what), or its answer makes no sense. */
  | "PREPARE_FAILED"
  /** A step of `authenticate` threw, its promise was rejected (`cause` says with what), or its answer makes no sense. */
  | "AUTHENTICATION_FAILED"
  /** The server lost the session, and refused to make a subscription again; the message names the filter, `reasonCode` says why (event `error`). */
  | "SUBSCRIPTION_REFUSED";

/**
 * An MQTT client whose session survives.
 *
 * While it has a connection, or wants one, it lives, even if nothing refers to it but its own handlers.
 */
export class MqttClient {
  /** Makes a client; nothing happens until `connect()`. Throws `USAGE` on an unknown or ill-typed option. */
  constructor(options?: ClientOptions);

  url: string | string[];
  clientId: string;
  cleanSession: boolean;
  protocolVersion: "5" | "3.1.1";
  protocolFallback: boolean;
  username: string | undefined;
  /** Can be set, not read. */
  set password(value: Bytes | undefined);
  keepAlive: number;
  will: Will | undefined;
  sessionKey: string | undefined;
  durable: boolean;
  sessionInUse: "fail" | "wait";
  storage: "local" | "session" | "memory" | SessionStorage;
  sealing: Sealing | undefined;
  manualAck: boolean | "promise";
  outbox: OutboxOptions;
  logLevel: 0 | 1 | 2 | 3;
  sessionExpiryInterval: number | undefined;
  receiveMaximum: number | undefined;
  inflightWindow: number | undefined;
  maximumPacketSize: number | undefined;
  topicAliasMaximum: number;
  automaticTopicAliases: boolean;
  checkPayloadFormat: boolean;
  userProperties: Array<[string, string]>;
  requestResponseInformation: boolean;
  requestProblemInformation: boolean;
  timeout: number;
  republishInterval: number;
  whenSessionLost: WhenSessionLost | ((message: LostCandidate) => "republish" | "discard");
  resumeWithoutState: boolean;
  websocketProtocol: string;
  reconnect: ReconnectOptions | boolean;
  resubscribe: boolean;
  followServerReference: boolean | ((reference: string, url: string) => string | undefined);
  prepareConnect: ClientOptions["prepareConnect"];
  authenticate: Authentication | undefined;
  sendHighWaterMark: number;

  /** Whether the server has accepted the connection. */
  readonly connected: boolean;
  readonly state: ConnectionState;
  /** The Session Present flag of the last CONNACK. */
  readonly sessionPresent: boolean;
  /** The client identifier the server made, if it made one (MQTT 5). */
  readonly assignedClientId: string | undefined;
  readonly serverLimits: ServerLimits;
  /** Whether a publish would be sent at once: connected, fewer unacknowledged than allowed, nothing in the outbox, and the WebSocket below `sendHighWaterMark`. */
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
   * Connects, and stays connected (see `reconnect`). Resolves when the `connected` handlers are done and the session is in force; over
   * attempts that fail it stays pending, and `disconnected` tells of each. Called again meanwhile, it returns the same promise (with another
   * `signal`: one of its own), and joins the attempt under way, or the one
   * that is waited for, which is then made sooner: at once, if half of the wait is over, else then. With a connection, and while one is being closed, it rejects with `USAGE`.
   *
   * Rejects when the client has stopped, with the last reason: `PREPARE_FAILED`, `AUTHENTICATION_FAILED`, `USAGE`, `NOT_AUTHORIZED`, `CONNECTION_REFUSED`, `CONNECTION_LOST`, `SERVER_DISCONNECT`, `PROTOCOL_ERROR`,
   * `KEEP_ALIVE_TIMEOUT`, `TIMEOUT`, `SESSION_UNKNOWN` or `DISCONNECTED`; with `durable` also with `SESSION_IN_USE`,
   * `SESSION_NEWER_FORMAT`, `SESSION_CORRUPT`, `SESSION_FOREIGN`, `SESSION_SEALED`, `STORAGE_FAILED` or `QUOTA_EXCEEDED`.
   *
   * Add handlers before: a message that comes while `messageIn` has none is acknowledged all the same, and gone;
   * a server that holds the session may send some right behind its acceptance.
   */
  connect(options?: ConnectOptions): Promise<ConnectResult>;

  /**
   * MQTT 5: authenticates anew on the connection there is, with the steps of `authenticate`, for instance before a token expires (§4.12.1).
   * Resolves when the last step is done. Rejects with `USAGE` without `authenticate` or while one is under way, with `NOT_CONNECTED`; and, since
   * its failure is the end of the connection, with the reason of that.
   */
  reauthenticate(): Promise<void>;

  /** Disconnects in order, and stops; resolves when the socket is closed, or after 2 seconds without that. Without a connection, a wish for one, or an attempt it does nothing. Unfinished QoS 1 and 2 messages stay in the session. Rejects with `USAGE` for options that make no sense, with `PACKET_TOO_LARGE` where the server takes no packet that large: then nothing has changed. */
  disconnect(options?: DisconnectOptions): Promise<void>;

  /**
   * Publishes. QoS 0 resolves when handed to the socket; QoS 1 and 2 when the server has acknowledged, over
   * as many connections as it takes. Rejects with what went wrong; nothing is half-accepted. All that one turn of
   * the event loop publishes leaves in one WebSocket message at its end. Needs `connect()` to have been called;
   * QoS 0 needs the server to have accepted.
   *
   * With `durable` QoS 1 and 2 need no connection: the message is stored, and sent when there is one. Then it also rejects with
   * `QUOTA_EXCEEDED` (the message says how many bytes were needed; nothing else of the session suffers) and as `connect()` does
   * where the session cannot be opened.
   *
   * With `timeout` (default: none) or `signal`: a message that was not handed to the socket is withdrawn. It is never sent, leaves storage,
   * and is told by `messageLost` (`not-delivered`), too. One that was may be on its way; it cannot be called back, and at QoS 1 and 2 stays in the
   * session, which is seen to its end all the same: `messageOut` or `messageLost` tell of that, nobody else. The error's message says which
   * of the two it is.
   */
  publish(topic: string, payload: Bytes, options?: PublishOptions): Publication;

  /**
   * What an earlier page left unfinished in this durable session, in the order it was accepted, each with a promise for its outcome.
   * Opens the session if that has not happened; what is finished by now is no longer listed, so ask before `connect()` to miss
   * none. Rejects with `USAGE` without `durable`, else as `connect()` does where the session cannot be opened.
   */
  pending(): Promise<PendingMessage[]>;

  /**
   * Subscribes; resolves with one result a filter, refused ones included. Without a connection, or with one that ends before the answer, it
   * is sent on the next one, in its order, for as long as the client goes on trying to have one. Rejects if it cannot be sent, with
   * `TIMEOUT` or `ABORTED` (one that was sent may be granted all the same), or with the reason why the client has stopped.
   */
  subscribe(filters: Filters, options?: SubscribeOptions): Promise<SubscribeResult[]>;

  /** Unsubscribes; resolves with one result a filter. All else is as with `subscribe()`. */
  unsubscribe(filters: string | string[], options?: UnsubscribeOptions): Promise<UnsubscribeResult[]>;

  /**
   * An async iterator over the messages that match `filter`: a topic filter with its wildcards (§4.7), where a shared subscription's
   * (`$share/group/…`) stands for what is behind the group; all messages without one. It subscribes to nothing: call `subscribe()`. Throws `INVALID_TOPIC` or `USAGE`.
   */
  messages(filter?: string, options?: MessagesOptions): Messages;

  /**
   * MQTT 5: asks, and resolves with the answer (request and response, §4.10). Publishes with a Response Topic and 16 random bytes of
   * Correlation Data; the first message to that topic with the same Correlation Data is the answer. The client subscribes to the response topic when it is needed
   * first, at QoS 1, and keeps the subscription. A broken connection in between does no harm; nor does a lost session, with `resubscribe`.
   *
   * Everything that comes to the response topic is acknowledged by this, whatever `manualAck` says, also answers that come too late or
   * twice: use the topic for nothing else. `messageIn` handlers and iterators get it all, too. An answer to what an earlier page has asked is a
   * message as any other, until `request()` is called for the same topic.
   *
   * An answer at QoS 1 or 2 stands in line with everything else that the server sends. A loop over `messages()` that awaits one for each message it
   * reads waits for itself once so much is unread that the server holds back (see `Messages`): have answers sent at QoS 0, or do not await them there. Rejects with `TIMEOUT` or
   * `ABORTED`, when the request may be answered all the same; with `SUBSCRIPTION_REFUSED`, as `publish()` and
   * `subscribe()` do, and with `DISCONNECTED` at `free()`. In 3.1.1: `USAGE`.
   */
  request(topic: string, payload: Bytes, options?: RequestOptions): Promise<Message>;

  /**
   * The session as it is now, as one versioned, checksummed string. Allowed at any time. Holds client id,
   * version, time and messages in the clear; never credentials. With `sessionKey` it is also written to
   * storage; throws `QUOTA_EXCEEDED` if there is no room: what was saved before is then still there. A client
   * that has neither connected nor restored never replaces a saved session (`sessionSaved` says `stored: false`):
   * a page left before it got that far must not take the only copy along.
   *
   * With `sealing` the string is sealed. With `durable` it is only returned, for the records are stored anyway; `USAGE` before the
   * session is opened. `USAGE`, too, where `storage` or `sealing` answers with promises: see `exportSession()`.
   */
  saveSession(): string;

  /** As `saveSession()`, also where `storage` or `sealing` answers with promises; opens a durable session if that has not happened. */
  exportSession(): Promise<string>;

  /**
   * Puts a saved session in place and sets `cleanSession` to `false`. Works before `connect()` and inside a
   * `connected` handler. On a connection that was made again it changes nothing once the session has been in force: that one goes on (`sessionRestored` tells what it holds). `""` declares an empty session. With `sessionKey` set the argument is ignored and
   * storage is read. On any error nothing has changed: `SESSION_CORRUPT`, `SESSION_NEWER_FORMAT`,
   * `SESSION_FOREIGN`, `SESSION_EXPIRED`, `SESSION_NOT_FOUND`, `SESSION_SEALED`, or `USAGE` at any other time; also with `durable`,
   * whose session is restored by itself, and where `storage` or `sealing` answers with promises: see `importSession()`.
   */
  restoreSession(state?: string): void;

  /** As `restoreSession()`, also where `storage` or `sealing` answers with promises. `USAGE`, too, with `durable`: see there. */
  importSession(state?: string): Promise<void>;

  /**
   * Removes everything stored under `sessionKey`, readable or not, and lets go of the session in memory: its messages are reported lost
   * with `SESSION_REPLACED`. What can be done at once is done when it returns. Rejects with `USAGE` while there is a connection,
   * with `SESSION_IN_USE` while another client holds the session, with `STORAGE_FAILED` where the store failed: what is left then is
   * read again by the next call. The client may be used again, with a new session; what is called meanwhile waits for that.
   */
  discardSession(): Promise<void>;

  /** Adds a handler; returns a function that removes it. */
  on<E extends keyof ClientEvents>(event: E, handler: (detail: ClientEvents[E]) => unknown): () => void;
  /** Adds a handler for one time; returns a function that removes it. */
  once<E extends keyof ClientEvents>(event: E, handler: (detail: ClientEvents[E]) => unknown): () => void;
  /** Removes a handler. */
  off<E extends keyof ClientEvents>(event: E, handler: (detail: ClientEvents[E]) => unknown): void;

  /** Closes without a word, releases everything, what is stored excepted; pending promises are rejected with `DISCONNECTED`. Whatever is called afterwards fails with `USAGE`; another `free()` does nothing. */
  free(): void;
  /** `using`: as `free()`. */
  [Symbol.dispose](): void;
  /** `await using`: `disconnect()`, then `free()`. */
  [Symbol.asyncDispose](): Promise<void>;
}
