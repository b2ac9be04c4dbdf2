/**
 * Connecting, staying connected, and disconnecting.
 *
 * @module connecting
 */
import type { Bytes, QoS, Said, Saying } from "./common.js";

/**
 * Where a client stands.
 *
 * - `"disconnected"`: it has no connection, and wants none.
 * - `"waiting"`: between two attempts to connect.
 * - `"connecting"`: an attempt is under way, up to the server's acceptance.
 * - `"connected"`: the server has accepted the connection.
 * - `"disconnecting"`: the connection is being closed.
 */
export type ConnectionState = "disconnected" | "waiting" | "connecting" | "connected" | "disconnecting";

/** What `connect()` takes. */
export interface ConnectOptions {
  /**
   * Aborted while `connect()` is pending: everything stops as with `disconnect()`, and `connect()` rejects with `ABORTED`, with the signal's
   * `reason` as `cause`. Later it has no effect.
   */
  signal?: AbortSignal | undefined;
}

/** The server's acceptance: result of `connect()`, and the event `connected`. */
export interface ConnectResult extends Said {
  /** The version that is spoken: as the option of this name, but for `protocolFallback`. */
  protocolVersion: "5" | "3.1.1";
  /** The server holds state of this session. */
  sessionPresent: boolean;
  /** Always 0, Success: what the server refuses rejects `connect()`. */
  reasonCode: number;
  /** The client identifier in use. */
  clientId: string;
  /** MQTT 5: the client identifier the server made, if it made one. */
  assignedClientId?: string;
  /** The Keep Alive in force, in seconds. */
  keepAlive: number;
  /** What the server takes on this connection. */
  serverLimits: ServerLimits;
  /**
   * MQTT 5: the server's Response Information, if it gave any (§3.2.2.3.15): commonly a part of the topic tree that is this client's alone for as long as its
   * session lives. `request()` has answers sent there, unless it is no topic name.
   */
  responseInformation?: string;
}

/** What the server's CONNACK allows (MQTT 5 §3.2.2.3); in 3.1.1, whose CONNACK says nothing of it, the specification's defaults: what only MQTT 5 has is refused there all the same. */
export interface ServerLimits {
  /** How many QoS 1 and 2 messages it takes unacknowledged, 1 to 65535 (§3.2.2.3.3); in 3.1.1 65535, but see `inflightWindow`. */
  receiveMaximum: number;
  /** The highest QoS it takes (§3.2.2.3.4); without its word 2. A `publish()` above it rejects with `NOT_AVAILABLE`. */
  maximumQos: QoS;
  /** Whether it takes retained messages (§3.2.2.3.5); without its word `true`. Where not, `publish()` with `retain` rejects with `NOT_AVAILABLE`. */
  retainAvailable: boolean;
  /** The largest packet it takes, in bytes (§3.2.2.3.6); absent: no limit. What is larger rejects with `PACKET_TOO_LARGE`. */
  maximumPacketSize?: number;
  /** How many topic aliases it takes (§3.2.2.3.8); without its word 0. */
  topicAliasMaximum: number;
  /** Whether filters may have `+` and `#` (§3.2.2.3.11); without its word `true`. Where not, `subscribe()` with one rejects with `NOT_AVAILABLE`. */
  wildcardSubscriptionAvailable: boolean;
  /** Whether subscriptions may have an identifier (§3.2.2.3.12); without its word `true`. Where not, `subscribe()` with one rejects with `NOT_AVAILABLE`. */
  subscriptionIdentifierAvailable: boolean;
  /** Whether there are shared subscriptions (§3.2.2.3.13); without its word `true`. Where not, `subscribe()` to one rejects with `NOT_AVAILABLE`. */
  sharedSubscriptionAvailable: boolean;
  /** The Keep Alive it imposes, in seconds (§3.2.2.3.14); absent: the client's holds. */
  serverKeepAlive?: number;
  /** The Session Expiry Interval it imposes, in seconds (§3.2.2.3.2); absent: the client's holds. */
  sessionExpiryInterval?: number;
}

/** What `disconnect()` takes (MQTT 5; in 3.1.1 any of it is `USAGE`). What the server has no room for is left out of `reason` and `userProperties`. */
export interface DisconnectOptions extends Saying {
  /**
   * Why: one that a client may give (table 3-10): 0x00, 0x04, 0x80 to 0x83, 0x90, 0x93 to 0x99; any other is `USAGE`. With every one but 0, Normal disconnection,
   * the server publishes the will (§3.1.2.5).
   *
   * @defaultValue 0
   */
  reasonCode?: number | undefined;
  /**
   * A new Session Expiry Interval in seconds, 0 to 4294967295, in place of the one the session had (§3.14.2.2.2): 0 ends the session at the server,
   * and what is unfinished here counts as of a lost session when the client connects again; until then it waits, promises included. Saved with the session. It cannot be above 0 where the connection was made with 0 (`USAGE`).
   *
   * @defaultValue none: it stays as it is
   */
  sessionExpiryInterval?: number | undefined;
  /**
   * Let the server publish the will although this is no accident: reason code 0x04; another one beside it is `USAGE`.
   *
   * @defaultValue false
   */
  publishWill?: boolean | undefined;
}

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
  /**
   * Seconds, 0.001 or more. What brings an attempt about before its time (the network comes back, the page becomes visible) does so no sooner than
   * this after the last one began. A drawn delay may be shorter, and there is none before the next `url` and a server that was referred to first.
   *
   * @defaultValue `1`
   */
  minDelay?: number | undefined;
  /**
   * Seconds, `minDelay` or more.
   *
   * @defaultValue `60`
   */
  maxDelay?: number | undefined;
  /**
   * Draw the delay. `false`: it is the `ceiling`.
   *
   * @defaultValue `true`
   */
  jitter?: boolean | undefined;
  /**
   * How often in a row it is tried again before the client stops, 0 to 4294967295 or `Infinity`: 1 means two attempts.
   *
   * @defaultValue `Infinity`
   */
  attempts?: number | undefined;
  /**
   * Seconds, 0 or more: a connection that lived so long ends the count of failed attempts.
   *
   * @defaultValue `10`
   */
  stableAfter?: number | undefined;
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
  url?: string | undefined;
  /** User name. */
  username?: string | undefined;
  /** Password; text is sent as UTF-8. */
  password?: Bytes | undefined;
}
