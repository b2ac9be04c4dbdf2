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
 * What handlers receive, by event name: `ClientEvents["messageLost"]` is what one of `messageLost` is given.
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
    /** Where the client stands now. */
    state: ConnectionState;
    /** `"connecting"`: which attempt it is, from 1. `"waiting"`: how many in a row have failed. */
    attempt?: number;
    /** `"waiting"`: in how many milliseconds the next attempt is made, as in `disconnected`. */
    inMs?: number;
    /** The address, with a connection or an attempt. At `"connecting"` the one that `prepareConnect` is told. */
    url?: string;
  };
  /** A message came. At QoS 1 it is acknowledged when all handlers have returned; what they promise is waited for with `manualAck: "promise"` only. */
  messageIn: Message;
  /** A QoS 1 or 2 message of ours has left the session: the server has it or, with a `reasonCode` of 0x80 and above (MQTT 5), has refused it. */
  messageOut: {
    /** As it was given to `publish()`. */
    topic: string;
    /** The packet identifier it had. */
    packetId: number;
    /** As it was given to `publish()`. */
    qos: 1 | 2;
    /** 0; in MQTT 5 also 0x10 where the server has no subscriber for it, or 0x80 and above: refused. */
    reasonCode: number;
    /** As it was given to `publish()`. */
    key?: string;
  } & Said;
  /** A QoS 1 or 2 handshake ended with an acknowledgement: the server's (`"out"`), or this client's. */
  messageAck: {
    /** Of the message that was acknowledged; others may have the number from now on. */
    packetId: number;
    /** `"out"`: a message of ours, acknowledged by the server. `"in"`: one of the server's, acknowledged by this client. */
    direction: "in" | "out";
    /** 0; in MQTT 5 what PUBACK, PUBREC or PUBCOMP said. */
    reasonCode: number;
  } & Said;
  /** A message will not be seen to the end. The promise of its `publish()`, if this page made it, is rejected with `code`. */
  messageLost: {
    /** What is known of it. */
    message: {
      /** Topic name. */
      topic: string;
      /** Empty where it is no longer held: once the server had the message, and at QoS 0 once it was given to the socket. */
      payload: Uint8Array<ArrayBuffer>;
      /** As it was given to `publish()`, or as it came. */
      qos: QoS;
      /** Whether it was to be retained; `false` at QoS 0 once it was given to the socket. */
      retain: boolean;
      /** Its packet identifier; absent if it never had one. */
      packetId?: number;
      /** As it was given to `publish()`. */
      key?: string;
    };
    /** `"out"`: a message of ours. `"in"`: one of the server's, at QoS 2. */
    direction: "in" | "out";
    /** `"not-delivered"`: it has not arrived, at the server or, with `"in"`, at the application. `"indeterminate"`: it may have. */
    certainty: "not-delivered" | "indeterminate";
    /**
     * Why: `SESSION_LOST`, `SESSION_REPLACED`, `MESSAGE_EXPIRED`, `OUTBOX_FULL`, `CONNECTION_LOST` (QoS 0), `TIMEOUT` and `ABORTED` (withdrawn);
     * `QUOTA_EXCEEDED` and `STORAGE_FAILED` (not stored); `PACKET_TOO_LARGE`, `NOT_AVAILABLE` and `USAGE` (what this server does not take).
     */
    code: ErrorCode;
    /** The same in words. */
    reason: string;
  };
  /** One for each filter the server granted. */
  subscribed: SubscribeResult;
  /** One for each filter the server dropped. */
  unsubscribed: UnsubscribeResult;
  /** The outbox has drained: a publish would be sent at once. Its detail is an empty object. */
  readyToSend: Record<string, never>;
  /** `saveSession()` or `exportSession()` made a string. */
  sessionSaved: {
    /** Of the string, in UTF-16 units. */
    length: number;
    /** Whether the string is in the storage asked for, too. */
    stored: boolean;
  };
  /** A saved or stored session is in place. */
  sessionRestored: {
    /** How many messages to the server it holds. */
    outgoing: number;
    /** How many QoS 2 messages from the server it holds. */
    incoming: number;
  };
  /** The server no longer has the session. */
  sessionLost: {
    /** The subscriptions that went with it. */
    filters: string[];
    /** The client makes them again; see `resubscribe`. */
    resubscribing: boolean;
  };
  /**
   * Something failed that no promise reports: what a handler threw, or its promise was rejected with, which may be anything; or an `MqttError` with
   * `STORAGE_DENIED`, `STORAGE_CLEARED`, `STORAGE_FAILED`, `QUOTA_EXCEEDED` (a received message waits for room), `RECORD_CORRUPT`, `LOCKS_UNAVAILABLE`,
   * `SESSION_IN_USE` (a second client was noticed), `SUBSCRIPTION_REFUSED`, `MESSAGES_DROPPED`, `PAYLOAD_FORMAT_INVALID` or `USAGE` (`whenSessionLost`
   * answered something else). Without a handler the platform is told, as of an exception nobody catches (`reportError`); where there is no such
   * function (Node), `console.error` prints it.
   */
  error: unknown;
  /**
   * What goes on inside, for people: see `logLevel`. One line, whose wording may change. Payloads, user names, passwords and authentication data are never in it, and
   * of an address nothing but scheme, host and path.
   */
  log: {
    /** From which `logLevel` on it is told. */
    level: 1 | 2 | 3;
    /** The line. */
    message: string;
  };
}
