/// <reference lib="esnext.disposable" />
/**
 * The client itself: its methods, and what can be looked at.
 *
 * @module client
 */
import type { Authentication } from "./authentication.js";
import type { Bytes, Stats } from "./common.js";
import type { ConnectOptions, ConnectResult, ConnectionState, DisconnectOptions, ReconnectOptions, ServerLimits } from "./connecting.js";
import type { ClientEvents } from "./events.js";
import type { ClientOptions } from "./options.js";
import type { OutboxOptions, OutgoingMessage, Publication, PublishOptions, RequestOptions, Will } from "./publishing.js";
import type { IncomingMessage, Message, Messages, MessagesOptions } from "./receiving.js";
import type { LostCandidate, PendingMessage, Sealing, SessionStorage, StorageUsage, WhenSessionLost } from "./session.js";
import type { Filters, SubscribeOptions, SubscribeResult, UnsubscribeOptions, UnsubscribeResult } from "./subscribing.js";

/**
 * An MQTT client whose session survives.
 *
 * Each option is a property of the client, too, under the same name: see `ClientOptions`. While it has a connection, or wants one, it lives,
 * even if nothing refers to it but its own handlers.
 *
 * @example
 * ```ts
 * const client = new MqttClient({ url: "wss://broker.example/mqtt", clientId: "tablet-17", sessionKey: "orders", durable: true });
 * client.on("messageIn", (message) => console.log(message.topic, message.text()));
 * await client.connect();
 * await client.subscribe("orders/+", { qos: 2 });
 * const { reasonCode } = await client.publish("orders/new", JSON.stringify({ id: 17 }), { qos: 2, key: "17" });
 * await client.disconnect();
 * ```
 */
export class MqttClient implements ClientOptions {
  /** Makes a client; nothing happens until a method is called. Throws `USAGE` on an unknown or ill-typed option, `INVALID_TOPIC` on a bad topic of the `will`, and `NOT_READY` before the package is loaded (`mqtt-mooring/init`). */
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
  topicDelimiter: string;
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
  /** Where the client stands; `connectionStatus` tells of each change. */
  readonly state: ConnectionState;
  /** The Session Present flag of the last CONNACK; before the first one `false`. */
  readonly sessionPresent: boolean;
  /** The client identifier that the server made at the last connection, if it made one (MQTT 5 §3.2.2.3.7). */
  readonly assignedClientId: string | undefined;
  /** What the server said it takes, at the last connection; before the first one the specification's defaults. What is read is a copy. */
  readonly serverLimits: ServerLimits;
  /** Whether a publish would be sent at once: connected, fewer unacknowledged than allowed, nothing in the outbox, and the WebSocket below `sendHighWaterMark`. */
  readonly readyToSend: boolean;
  /** Bytes accepted and not yet sent: in the outbox and in the socket. */
  readonly bufferedAmount: number;
  /** Unfinished messages from the server: those of QoS 2 in the order they came, then those of QoS 1. */
  readonly incomingMessages: IncomingMessage[];
  /** Unfinished messages to the server, in the order they were accepted. */
  readonly outgoingMessages: OutgoingMessage[];
  /** What the session takes up, in memory and in storage. */
  readonly storageUsage: StorageUsage;
  /** Counts since the client was made. */
  readonly stats: Stats;

  /**
   * Connects, and stays connected (see `reconnect`). Resolves when the `connected` handlers are done and the session is in force; over
   * attempts that fail it stays pending, and `disconnected` tells of each. Called again meanwhile, it returns the same promise (with another
   * `signal`: one of its own), and joins the attempt under way, or the one
   * that is waited for, which is then made sooner: at once, if half of the wait is over, else then. With a connection, and while one is being closed, it rejects with `USAGE`.
   *
   * Rejects when the client has stopped, with the last reason: `PREPARE_FAILED`, `AUTHENTICATION_FAILED`, `USAGE`, `NOT_AUTHORIZED`, `CONNECTION_REFUSED`, `CONNECTION_LOST`, `SERVER_DISCONNECT`, `PROTOCOL_ERROR`,
   * `KEEP_ALIVE_TIMEOUT`, `TIMEOUT`, `SESSION_UNKNOWN`, `DISCONNECTED`, or `ABORTED` by the `signal`; with `durable` also with `SESSION_IN_USE`,
   * `SESSION_NEWER_FORMAT`, `SESSION_CORRUPT`, `SESSION_FOREIGN`, `SESSION_SEALED`, `STORAGE_FAILED` or `QUOTA_EXCEEDED`.
   *
   * It needs `globalThis.WebSocket`. Node before 22 has none, and `connect()` rejects with `USAGE`: `globalThis.WebSocket = WebSocket` of the npm
   * package ws mends that.
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

  /**
   * Disconnects in order, and stops; resolves when the socket is closed, or after 2 seconds without that. Without a connection, a wish for one,
   * or an attempt it does nothing. Unfinished QoS 1 and 2 messages stay in the session, and so do their promises. Rejects with `USAGE` for options
   * that make no sense, with `PACKET_TOO_LARGE` where the server takes no packet that large: then nothing has changed.
   */
  disconnect(options?: DisconnectOptions): Promise<void>;

  /**
   * Publishes. QoS 0 resolves when handed to the socket; QoS 1 and 2 when the server has acknowledged, over
   * as many connections as it takes. All that one turn of the event loop publishes leaves in one WebSocket message at its end. Needs
   * `connect()` to have been called; QoS 0 needs the server to have accepted, or `outbox.queueQos0`.
   *
   * Rejects with what went wrong, and nothing is half-accepted: with `USAGE`, `INVALID_TOPIC`, `NOT_CONNECTED`, `OUTBOX_FULL`, `PACKET_TOO_LARGE` and
   * `NOT_AVAILABLE` before it is accepted; with `PUBLISH_REFUSED` (MQTT 5) by the server; with `MESSAGE_EXPIRED`, `SESSION_LOST`, `SESSION_REPLACED` or
   * `OUTBOX_FULL` where it is given up (see `messageLost`); at QoS 0 with the reason why the connection ended; with `DISCONNECTED` at `free()`.
   *
   * With `durable` QoS 1 and 2 need no connection: the message is stored, and sent when there is one. Then it also rejects with
   * `QUOTA_EXCEEDED` (the message says how many bytes were needed; nothing else of the session suffers), with `STORAGE_FAILED`, and as
   * `connect()` does where the session cannot be opened.
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
   * is sent on the next one, in its order, for as long as the client goes on trying to have one. Rejects with `USAGE`, `INVALID_TOPIC`, `PACKET_TOO_LARGE`
   * or `NOT_AVAILABLE` if it cannot be sent, with `NOT_CONNECTED` where no connection is wanted, with `TIMEOUT` or `ABORTED` (one that was sent may be
   * granted all the same), or with the reason why the client has stopped.
   */
  subscribe(filters: Filters, options?: SubscribeOptions): Promise<SubscribeResult[]>;

  /** Unsubscribes; resolves with one result a filter. All else is as with `subscribe()`. */
  unsubscribe(filters: string | string[], options?: UnsubscribeOptions): Promise<UnsubscribeResult[]>;

  /**
   * An async iterator over the messages that match `filter`: a topic filter with its wildcards (§4.7), where a shared subscription's
   * (`$share/group/…`) stands for what is behind the group; all messages without one. It subscribes to nothing: call `subscribe()`. Throws `INVALID_TOPIC` or `USAGE`.
   *
   * @example
   * ```ts
   * await client.subscribe("orders/+", { qos: 1 });
   * const orders = client.messages("orders/+");
   * await client.publish("orders/new", JSON.stringify({ id: 17 }), { qos: 1 });
   * for await (const message of orders) {
   *   console.log(message.topic, message.json());
   *   break;
   * }
   * ```
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
   * `subscribe()` do, and with `DISCONNECTED` at `free()`. In 3.1.1: `USAGE`; so it is
   * without `responseTopic` as long as no client identifier is in use to name one by.
   *
   * @example
   * ```ts
   * // Whoever answers: to the topic that the question names, with the data that tells answers apart.
   * client.on("messageIn", ({ topic, properties: { responseTopic, correlationData } }) => {
   *   if (topic === "time" && responseTopic && correlationData) client.publish(responseTopic, new Date().toISOString(), { correlationData });
   * });
   * await client.subscribe("time");
   * const answer = await client.request("time", "", { timeout: 5 });
   * console.log(answer.text());
   * ```
   */
  request(topic: string, payload: Bytes, options?: RequestOptions): Promise<Message>;

  /**
   * The session as it is now, as one versioned, checksummed string. Allowed at any time. Holds client id,
   * version, time and messages in the clear; never credentials. With `sessionKey` it is also written to
   * storage; throws `QUOTA_EXCEEDED` if there is no room, `STORAGE_FAILED` if the store, or `seal()`, failed: what was saved before is then still there. A client
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
   * `SESSION_FOREIGN`, `SESSION_EXPIRED`, `SESSION_NOT_FOUND`, `SESSION_SEALED`, `STORAGE_FAILED`, or `USAGE` at any other time; also with `durable`,
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

  /**
   * For those who come from the classic session API: `"NAME"` reads a property, `"NAME=VALUE"` sets it and returns what is set now, `"NAME="` takes its
   * default back. Names may be written in any case:
   *
   * - `SessionPresent` (`sessionPresent`, can only be read), `SessionStateFile` (`sessionKey`), `SessionExpInterval` (`sessionExpiryInterval`, seconds),
   *   `CleanSession` (`cleanSession`), `RepublishInterval` (`republishInterval`, seconds);
   * - `ClientId` (`clientId`), `User` (`username`), `KeepAliveInterval` (`keepAlive`, seconds), `Timeout` (`timeout`, seconds);
   * - `TopicDelimiter` (`topicDelimiter`), `LogLevel` (`logLevel`).
   *
   * When one may be set is as for its property. What is not set reads `""`; true and false read `"true"` and `"false"`, and may be given as `1` and
   * `0`. Throws `USAGE` where there is no such setting (the message lists all), where it can only be read, and where the value is none for it.
   *
   * @example
   * ```ts
   * const classic = new MqttClient();
   * classic.config("SessionStateFile=orders");
   * console.log(classic.config("SessionStateFile"), classic.sessionKey);
   * ```
   */
  config(setting: string): string;

  /**
   * As a new client: disconnects, takes all options back to their defaults, and lets go of the session in memory; what was unfinished in it is told
   * by `messageLost` and rejects with `SESSION_REPLACED`. Handlers stay, and so does what lies in storage. Rejects with `USAGE` where a durable session
   * is opened, which is not let go of (`free()` this client, and make another one), and if `connect()` is called meanwhile.
   */
  reset(): Promise<void>;

  /**
   * Adds a handler; returns a function that removes it. A function that is added twice is called twice. Throws `USAGE` where there is no such event.
   *
   * @example
   * ```ts
   * const stop = client.on("messageLost", ({ message, certainty }) => console.warn(message.topic, certainty));
   * stop();
   * ```
   */
  on<E extends keyof ClientEvents>(event: E, handler: (detail: ClientEvents[E]) => unknown): () => void;
  /** As `on()`, for one time. */
  once<E extends keyof ClientEvents>(event: E, handler: (detail: ClientEvents[E]) => unknown): () => void;
  /** Removes a handler, however often it was added; does nothing where it was not. */
  off<E extends keyof ClientEvents>(event: E, handler: (detail: ClientEvents[E]) => unknown): void;

  /** Closes without a word, releases everything, what is stored excepted; pending promises are rejected with `DISCONNECTED`. Whatever is called afterwards fails with `USAGE`; another `free()` does nothing. */
  free(): void;
  /** `using`: as `free()`. */
  [Symbol.dispose](): void;
  /** `await using`: `disconnect()`, then `free()`. */
  [Symbol.asyncDispose](): Promise<void>;
}
