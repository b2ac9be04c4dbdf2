// @ts-check
// Drives a client by one-line commands, and tells what happens, a line each: the same as examples/peer does on the command
// line, with the same grammar (docs/peer.md). Must never live here: the page.
import { parse, withOptions } from "./command.js";
import { bytesWord, hexByte, line, word } from "./words.js";

/** @typedef {import("../../src/web/types.d.ts").MqttClient} MqttClient */
/** @typedef {import("../../src/web/types.d.ts").ClientOptions} ClientOptions */
/** @typedef {import("../../src/web/types.d.ts").ClientEvents} ClientEvents */
/** @typedef {import("../../src/web/types.d.ts").Message} Message */
/** @typedef {typeof import("../../src/web/types.d.ts").MqttClient} MqttClientClass */
/** @typedef {import("./command.js").Command} Command */

/** @type {ClientOptions} */
const DEFAULTS = { clientId: "peer", reconnect: false, outbox: { queueQos0: true } };

/** Why a publish was never accepted; any other reason is the end of one that was. */
const REFUSALS = ["USAGE", "INVALID_TOPIC", "NOT_CONNECTED", "PACKET_TOO_LARGE", "NOT_AVAILABLE", "OUTBOX_FULL"];

/** Commands that need the server, and wait until it has answered the CONNECT. */
const FOR_THE_SERVER = ["publish", "subscribe", "unsubscribe"];

export class Driver {
  /** @type {MqttClientClass} */
  #Client;
  /** @type {(line: string, kind: string) => void} */
  #show;
  /** @type {MqttClient | null} */
  #client = null;
  #options = DEFAULTS;
  #commands = 0;
  #quit = false;
  /** The attempt that `connect()` waits for has told its end. */
  #ended = false;
  #saved = "";
  /** Commands not carried out yet. @type {{ number: number, command: Command, answer: (line: string) => void }[]} */
  #queue = [];
  /** How many lines of each kind were told that no `wait` was satisfied with. @type {Map<string, number>} */
  #told = new Map();
  /** Publishes whose end was told. @type {Set<string>} */
  #concluded = new Set();

  /**
   * @param {MqttClientClass} Client
   * @param {(line: string, kind: string) => void} show is told every line as it comes, and what kind it is of
   */
  constructor(Client, show) {
    this.#Client = Client;
    this.#show = show;
  }

  /**
   * Obeys a command, after those before it.
   * @param {string} text
   * @returns {Promise<string>} the answer: a line `ok …` or `error …`; "" to a line with nothing on it
   */
  ask(text) {
    try {
      const command = parse(text);
      if (command === null) return Promise.resolve("");
      this.#commands += 1;
      const number = this.#commands;
      return new Promise((answer) => {
        this.#queue.push({ number, command, answer });
        this.#carryOut();
      });
    } catch (error) {
      this.#commands += 1;
      return Promise.resolve(this.#tell("error", [["n", this.#commands], ["reason", word(saying(error))]]));
    }
  }

  /** Carries out what can be. */
  #carryOut() {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const { number, command, answer } = next;
      if (command.kind === "wait") {
        const told = this.#told.get(command.event) ?? 0;
        if (told === 0) return;
        this.#told.set(command.event, told - 1);
      } else if (FOR_THE_SERVER.includes(command.kind) && this.#client?.state === "connecting") {
        return;
      }
      this.#queue.shift();
      if (this.#quit && command.kind !== "open") {
        answer(this.#tell("error", [["n", number], ["reason", word("it has quit: open begins anew")]]));
        continue;
      }
      answer(this.#tell("ok", [["n", number]]));
      const client = this.#client;
      this.#obey(number, command).catch((error) => {
        if (command.kind === "open" || client === this.#client) this.#fail(number, command, error);
      });
    }
  }

  /**
   * @param {number} number
   * @param {Command} command
   */
  async #obey(number, command) {
    if (command.kind === "wait") return;
    if (command.kind === "open") {
      this.#letGo();
      this.#quit = false;
      this.#options = DEFAULTS;
      this.#set(command.address, command.options);
      return this.#connect();
    }
    if (command.kind === "quit") {
      this.#quit = true;
      return this.#letGo();
    }
    if (this.#options.url === undefined && FOR_THE_SERVER.includes(command.kind)) {
      throw Object.assign(new Error("there is no connection: open ADDRESS makes one"), { code: "NOT_CONNECTED" });
    }
    const client = this.#required();
    switch (command.kind) {
      case "connect":
        if (client.state !== "disconnected") throw new Error("a connection exists or is being made");
        this.#set(command.address, command.options);
        return this.#connect();
      case "publish": {
        const { topic, payload, qos, retain, properties } = command;
        await client.publish(topic, payload, { ...properties, qos, retain, key: String(number) });
        if (qos === 0 && client === this.#client) this.#tell("published", [["n", number], ["topic", word(topic)], ["qos", 0]]);
        return;
      }
      case "subscribe":
        for (const { filter, qos, reasonCode, ...said } of await client.subscribe(/** @type {any} */ (command.filters), command.options)) {
          this.#tell("subscribed", [["n", number], ["filter", word(filter)], ["qos", qos], ["code", hexByte(reasonCode)], ...saidFields(said)]);
        }
        return;
      case "unsubscribe":
        for (const { filter, reasonCode, ...said } of await client.unsubscribe(command.filters, command.options)) {
          this.#tell("unsubscribed", [["n", number], ["filter", word(filter)], ["code", hexByte(reasonCode)], ...saidFields(said)]);
        }
        return;
      case "disconnect":
        return client.disconnect(command.options);
      case "save":
        this.#saved = client.saveSession();
        this.#tell("saved", [["n", number], ["state", word(this.#saved)]]);
        return;
      case "restore":
        client.restoreSession(command.state ?? this.#saved);
        this.#options = { ...this.#options, cleanSession: false };
    }
  }

  /**
   * What came of a command that did not lead where it should, unless an event has told it.
   * @param {number} number
   * @param {Command} command
   * @param {any} error
   */
  #fail(number, command, error) {
    const code = error?.code ?? "USAGE";
    if ((command.kind === "open" || command.kind === "connect") && this.#ended) return;
    if (command.kind === "publish" && (this.#concluded.has(String(number)) || code === "PUBLISH_REFUSED")) return;
    if (command.kind === "publish" && !REFUSALS.includes(code)) {
      const { topic, qos } = command;
      this.#tell("lost", [
        ["n", number], ["direction", "out"], ["topic", word(topic)], ["qos", qos], ["code", code], ["certainty", "not-delivered"],
      ]);
      return;
    }
    this.#tell("failed", [["n", number], ["code", code], ["reason", word(saying(error))]]);
  }

  #required() {
    this.#client ??= this.#made();
    return this.#client;
  }

  /**
   * The options of the next connection.
   * @param {string | undefined} address
   * @param {[string, string][]} options
   */
  #set(address, options) {
    this.#options = withOptions(address === undefined ? this.#options : { ...this.#options, url: address }, options);
  }

  async #connect() {
    const { will, ...options } = this.#options;
    const client = this.#required();
    Object.assign(client, options, { will: will?.topic === undefined ? undefined : will });
    this.#ended = false;
    await client.connect();
  }

  #letGo() {
    this.#client?.free();
    this.#client = null;
    this.#concluded.clear();
  }

  #made() {
    const client = new this.#Client({ outbox: DEFAULTS.outbox });
    /**
     * @template {keyof ClientEvents} E
     * @param {E} event
     * @param {(detail: ClientEvents[E]) => void} handler
     */
    const on = (event, handler) => client.on(event, (detail) => handler(detail));
    on("connectionStatus", ({ state, attempt, url = "" }) => {
      if (state === "connecting") this.#tell("opening", [["attempt", attempt], ["address", word(url)]]);
      else this.#goOn();
    });
    on("connected", ({ protocolVersion, sessionPresent, clientId, keepAlive, serverLimits: limits, responseInformation, ...said }) => {
      this.#tell("connected", [
        ["version", protocolVersion],
        ["session-present", sessionPresent],
        ["client-id", word(clientId)],
        ["keep-alive", keepAlive],
        ["receive-maximum", limits.receiveMaximum],
        ["maximum-qos", limits.maximumQos],
        ["retain-available", limits.retainAvailable],
        ["maximum-packet-size", limits.maximumPacketSize],
        ["topic-alias-maximum", limits.topicAliasMaximum],
        ["response-information", responseInformation === undefined ? undefined : word(responseInformation)],
        ...saidFields(said),
      ]);
    });
    on("disconnected", ({ code, reasonCode, willReconnect, inMs, serverReference, ...said }) => {
      this.#ended = !willReconnect;
      this.#tell("disconnected", [
        ["code", code],
        ["reason-code", reasonCode === undefined ? undefined : hexByte(reasonCode)],
        ...saidFields(said),
        ["server-reference", serverReference === undefined ? undefined : word(serverReference)],
        ["again-in", inMs],
      ]);
    });
    on("messageIn", (message) => this.#tell("message", messageFields(message)));
    on("messageOut", ({ topic, packetId, qos, reasonCode, key, ...said }) => {
      this.#concluded.add(key ?? "");
      this.#tell("published", [
        ["n", key], ["topic", word(topic)], ["qos", qos], ["id", packetId], ["code", hexByte(reasonCode)], ...saidFields(said),
      ]);
    });
    on("messageLost", ({ message: { topic, qos, packetId, key }, direction, certainty, code }) => {
      // Of QoS 0 the promise tells.
      if (direction === "out" && qos === 0) return;
      this.#concluded.add(key ?? "");
      this.#tell("lost", [
        ["n", key], ["direction", direction], ["topic", word(topic)], ["qos", qos], ["id", packetId], ["code", code], ["certainty", certainty],
      ]);
    });
    on("sessionLost", ({ filters, resubscribing }) => {
      this.#tell("session-lost", [["resubscribing", resubscribing], ["filters", filters.length]]);
    });
    on("sessionRestored", ({ outgoing, incoming }) => {
      this.#tell("session-restored", [["outgoing", outgoing], ["incoming", incoming]]);
    });
    on("error", (error) => {
      const { code = "USAGE" } = /** @type {{ code?: string }} */ (error);
      this.#tell("trouble", [["code", code], ["reason", word(saying(error))]]);
    });
    return client;
  }

  /**
   * @param {string} kind
   * @param {Parameters<typeof line>[1]} fields
   */
  #tell(kind, fields) {
    const text = line(kind, fields);
    this.#told.set(kind, (this.#told.get(kind) ?? 0) + 1);
    this.#show(text, kind);
    this.#goOn();
    return text;
  }

  /** There may be something that can be carried out now: not in the middle of what is going on. */
  #goOn() {
    if (this.#queue.length > 0) queueMicrotask(() => this.#carryOut());
  }
}

/**
 * @param {Message} message
 * @returns {Parameters<typeof line>[1]}
 */
const messageFields = ({ topic, qos, retain, duplicate, packetId, payload, properties }) => {
  const { payloadFormat, responseTopic, contentType, correlationData } = properties;
  return [
    ["topic", word(topic)],
    ["qos", qos],
    ["retain", retain],
    ["duplicate", duplicate],
    ["id", packetId],
    ["payload", bytesWord(payload)],
    ["payload-format-indicator", payloadFormat === undefined ? undefined : Number(payloadFormat === "utf-8")],
    ["message-expiry-interval", properties.messageExpiryInterval],
    ["content-type", contentType === undefined ? undefined : word(contentType)],
    ["response-topic", responseTopic === undefined ? undefined : word(responseTopic)],
    ["correlation-data", correlationData && bytesWord(correlationData)],
    ...(properties.subscriptionIdentifiers ?? []).map((id) => /** @type {[string, number]} */ (["subscription-identifier", id])),
    ...userFields(properties.userProperties),
  ];
};

/**
 * What is said beside a reason code.
 * @param {{ reason: string, userProperties?: [string, string][] }} said
 * @returns {[string, string][]}
 */
const saidFields = ({ reason, userProperties }) => [["reason", word(reason)], ...userFields(userProperties)];

/**
 * @param {[string, string][]} [pairs]
 * @returns {[string, string][]}
 */
const userFields = (pairs = []) =>
  pairs.flatMap(([name, value]) => /** @type {[string, string][]} */ ([["user-name", word(name)], ["user-value", word(value)]]));

/** @param {unknown} error */
const saying = (error) => (error instanceof Error ? error.message : String(error));
