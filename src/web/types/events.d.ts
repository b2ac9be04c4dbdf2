/**
 * Events: what the handlers of `on()` receive.
 *
 * @module events
 */
import type { QoS, Said } from "./common.js";
import type { ConnectResult, ConnectionState } from "./connecting.js";
import type { ErrorCode, MqttError } from "./errors.js";
import type { Message } from "./receiving.js";
import type { SubscribeResult, UnsubscribeResult } from "./subscribing.js";

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
    code: ErrorCode | "REQUESTED";
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
  messageOut: { topic: string; packetId: number; qos: 1 | 2; reasonCode: number; key?: string } & Said;
  /** A QoS 1 or 2 handshake ended with an acknowledgement: the server's (`"out"`), or this client's. */
  messageAck: { packetId: number; direction: "in" | "out"; reasonCode: number } & Said;
  /**
   * A message will not be seen to the end. The promise of its `publish()`, if this page made it, is rejected.
   * `payload` is empty where it is no longer held: once the server had the message, and at QoS 0.
   */
  messageLost: {
    message: { topic: string; payload: Uint8Array<ArrayBuffer>; qos: QoS; retain: boolean; packetId?: number; key?: string };
    direction: "in" | "out";
    certainty: "not-delivered" | "indeterminate";
    code: ErrorCode;
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
  error: unknown;
  /**
   * What goes on inside, for people: see `logLevel`. One line, whose wording may change. Payloads, user names, passwords and authentication data are never in it, and
   * of an address nothing but scheme, host and path.
   */
  log: { level: 1 | 2 | 3; message: string };
}
