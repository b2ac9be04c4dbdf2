// <mqtt-log>: a list of the messages to a topic, those included that came while the element was not there.
//
//   <mqtt-log url="wss://broker.example/mqtt" session-key="news" topic="news/#"></mqtt-log>
//
// The element's life is its client's: it connects when it comes into a page and lets go when it leaves. A move from one place to another
// is a removal and an insertion within one turn; the client does not notice. Each element needs a `session-key` of its own: a second
// one with the same waits until the first has gone. To change `topic` while the element is in no page leaves the old subscription with the session.
import { MqttClient } from "mqtt-mooring";

/** How many messages are shown; older ones give way. */
const MOST = 100;

const SHADOW = `
  <style>
    :host { display: block }
    [part="state"] { margin: 0 0 0.5em; font-size: 0.875em; opacity: 0.8 }
    [part="list"] { margin: 0; padding-inline-start: 2.5em; overflow-wrap: anywhere }
  </style>
  <p part="state" role="status">not connected</p>
  <div role="log"><ol part="list"></ol></div>
`;

export class MqttLog extends HTMLElement {
  static observedAttributes = ["url", "session-key", "topic"];

  /** @type {MqttClient | undefined} */
  #client;
  /** The `url` and `session-key` that the client was made with. */
  #origin = "";
  /** The topic filter it has subscribed to. */
  #topic = "";
  #state;
  #list;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.innerHTML = SHADOW;
    this.#state = /** @type {HTMLElement} */ (shadow.querySelector("[part=state]"));
    this.#list = /** @type {HTMLElement} */ (shadow.querySelector("[part=list]"));
  }

  connectedCallback() {
    this.#look();
  }

  disconnectedCallback() {
    this.#look();
  }

  /** moveBefore(): nothing has left the page. */
  connectedMoveCallback() {}

  attributeChangedCallback() {
    this.#look();
  }

  /** Whatever happened in this turn: at its end the client is made what the element asks for. */
  #look() {
    queueMicrotask(() => this.#settle());
  }

  #settle() {
    const [url, sessionKey, topic] = MqttLog.observedAttributes.map((name) => this.getAttribute(name) ?? "");
    const origin = this.isConnected && url && sessionKey ? JSON.stringify([url, sessionKey]) : "";
    if (origin !== this.#origin) {
      this.#close();
      this.#origin = origin;
      if (origin) this.#open(url, sessionKey);
    }
    const client = this.#client;
    if (!client || topic === this.#topic) return;
    if (this.#topic) this.#see(client, client.unsubscribe(this.#topic));
    this.#topic = topic;
    if (topic) this.#see(client, client.subscribe(topic, { qos: 2 }));
  }

  /**
   * @param {string} url
   * @param {string} sessionKey
   */
  #open(url, sessionKey) {
    const client = new MqttClient({ url, sessionKey, durable: true, sessionInUse: "wait", protocolFallback: true });
    this.#client = client;
    this.#say(client, "waiting for the session");
    client.on("connected", () => this.#say(client, "connected"));
    client.on("disconnected", ({ reason }) => this.#say(client, `not connected: ${reason}`));
    client.on("messageIn", (message) => this.#add(message.topic, message.text()));
    this.#see(client, client.connect());
  }

  /** In order, so that the server knows; subscriptions stay with the session, and what comes to them waits at the server. */
  #close() {
    const client = this.#client;
    if (!client) return;
    this.#say(client, "not connected");
    this.#client = undefined;
    this.#topic = "";
    void client[Symbol.asyncDispose]();
  }

  /**
   * Shows how a request fails.
   * @param {MqttClient} client
   * @param {Promise<unknown>} request
   */
  #see(client, request) {
    request.catch((error) => this.#say(client, error.message));
  }

  /**
   * Only of the client there is now: the last word of one that was closed is nobody's concern.
   * @param {MqttClient} client
   * @param {string} text
   */
  #say(client, text) {
    if (client === this.#client) this.#state.textContent = text;
  }

  /**
   * @param {string} topic
   * @param {string} text
   */
  #add(topic, text) {
    const item = document.createElement("li");
    item.title = topic;
    item.textContent = text;
    this.#list.append(item);
    while (this.#list.childElementCount > MOST) this.#list.firstElementChild?.remove();
  }
}

customElements.define("mqtt-log", MqttLog);
