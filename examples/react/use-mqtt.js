// React hooks for an MQTT session.
//
//   const home = new MqttSession({ url, sessionKey: "home" });        // once, outside of all components: nothing happens yet
//   const { state, reason, unfinished } = useMqttConnection(home);    // in a component: connected while one is mounted
//   const light = useMqttTopic(home, "lamps/kitchen");                // the text of the topic's last message
//   await home.publish("lamps/kitchen", "on", { qos: 1 });            // in an event handler
//
// The session is a store outside of React. The first component that comes opens its client; it is closed when, at the end of a turn,
// none is left. StrictMode, which mounts, unmounts and mounts again within one turn, therefore gets one client and not two.
import { useCallback, useSyncExternalStore } from "react";
import { MqttClient } from "mqtt-mooring";

/** @typedef {import("mqtt-mooring").ConnectionState} ConnectionState */
/** @typedef {{ notify: () => void, topic?: string }} Watcher */

/**
 * What a page shows of a connection. `reason`: why there is none; `unfinished`: how many messages are on their way out.
 * @typedef {{ state: ConnectionState, reason: string, unfinished: number }} Connection
 */

/** @type {Connection} */
const NOT_YET = { state: "disconnected", reason: "", unfinished: 0 };

export class MqttSession {
  #options;
  /** @type {MqttClient | undefined} */
  #client;
  /** @type {Set<Watcher>} */
  #watchers = new Set();
  /** Each topic that is subscribed to, and the text of its last message. @type {Map<string, string | undefined>} */
  #texts = new Map();
  #connection = NOT_YET;

  /** @param {import("mqtt-mooring").ClientOptions & { sessionKey: string }} options */
  constructor(options) {
    // A second tab waits until the first has let go; and so does this page's next client until its last one has.
    this.#options = { durable: true, sessionInUse: /** @type {const} */ ("wait"), ...options };
  }

  /** The same object until something has changed, as React wants it. */
  get connection() {
    return this.#connection;
  }

  /** @param {string} topic */
  text(topic) {
    return this.#texts.get(topic);
  }

  /**
   * Calls `notify` whenever something may have changed, until the function it returns is called. Subscribes to `topic`, if one is
   * given: a topic name, without wildcards.
   * @param {() => void} notify
   * @param {string} [topic]
   */
  watch(notify, topic) {
    const watcher = { notify, topic };
    this.#watchers.add(watcher);
    const client = this.#opened();
    if (topic !== undefined && !this.#texts.has(topic)) {
      this.#texts.set(topic, undefined);
      this.#see(client, client.subscribe(topic, { qos: 1 }));
    }
    return () => {
      this.#watchers.delete(watcher);
      queueMicrotask(() => this.#tidy());
    };
  }

  /**
   * Publishes; settles as `client.publish()` does. A component has to be mounted.
   * @param {string} topic
   * @param {string} payload
   * @param {import("mqtt-mooring").PublishOptions} [options]
   */
  publish(topic, payload, options) {
    if (!this.#client) throw new Error("Nothing that uses this session is mounted: mount a component that does, then publish.");
    const publication = this.#client.publish(topic, payload, options);
    publication.stored.then(this.#changed, () => {});
    return publication;
  }

  #opened() {
    if (this.#client) return this.#client;
    const client = new MqttClient(this.#options);
    this.#client = client;
    client.on("connectionStatus", this.#changed);
    client.on("connected", () => this.#because(client, ""));
    client.on("disconnected", ({ reason }) => this.#because(client, reason));
    for (const event of /** @type {const} */ (["sessionRestored", "messageOut", "messageLost"])) client.on(event, this.#changed);
    client.on("messageIn", (message) => {
      if (this.#texts.has(message.topic)) this.#texts.set(message.topic, message.text());
      this.#changed();
    });
    this.#see(client, client.connect());
    return client;
  }

  /** Brings what is held in line with what is mounted now. */
  #tidy() {
    const client = this.#client;
    if (!client) return;
    if (this.#watchers.size === 0) {
      // Subscriptions stay with the session: what comes to them waits at the server.
      this.#client = undefined;
      this.#texts.clear();
      this.#connection = NOT_YET;
      void client[Symbol.asyncDispose]();
      return;
    }
    const wanted = new Set(Array.from(this.#watchers, ({ topic }) => topic));
    for (const topic of this.#texts.keys()) {
      if (wanted.has(topic)) continue;
      this.#texts.delete(topic);
      this.#see(client, client.unsubscribe(topic));
    }
  }

  /**
   * A failure is shown, unless it is that of a client that was closed meanwhile.
   * @param {MqttClient} client
   * @param {Promise<unknown>} request
   */
  #see(client, request) {
    request.catch((error) => this.#because(client, error.message));
  }

  /**
   * @param {MqttClient} client
   * @param {string} reason
   */
  #because(client, reason) {
    if (client !== this.#client) return;
    this.#connection = { ...this.#connection, reason };
    this.#changed();
  }

  #changed = () => {
    if (!this.#client) return;
    const { state, outgoingMessages } = this.#client;
    const unfinished = outgoingMessages.length;
    this.#connection = { ...this.#connection, state, unfinished };
    for (const { notify } of this.#watchers) notify();
  };
}

/** The connection's state. @param {MqttSession} session */
export const useMqttConnection = (session) => {
  const watch = useCallback((/** @type {() => void} */ notify) => session.watch(notify), [session]);
  return useSyncExternalStore(watch, () => session.connection, () => NOT_YET);
};

/**
 * The text of the last message to this topic; undefined: none has come.
 * @param {MqttSession} session
 * @param {string} topic
 */
export const useMqttTopic = (session, topic) => {
  const watch = useCallback((/** @type {() => void} */ notify) => session.watch(notify, topic), [session, topic]);
  return useSyncExternalStore(watch, () => session.text(topic), () => undefined);
};
