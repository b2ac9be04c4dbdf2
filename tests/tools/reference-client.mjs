// A small, plain MQTT client that keeps its session across connections by the book: the reference by which the proxy
// and the brokers are judged before anyone judges the real client by them. QoS 2 both ways, MQTT 3.1.1 and 5.
import { EventEmitter, once } from "node:events";
import mqttPacket from "mqtt-packet";
import { WebSocket } from "ws";

const WINDOW = 20;
const RETRY_MS = 5;

export class ReferenceClient extends EventEmitter {
  /** @param {{ url: string, clientId: string, protocolVersion: 4 | 5, keepalive?: number }} options */
  constructor({ url, clientId, protocolVersion, keepalive = 0 }) {
    super();
    this.setMaxListeners(0);
    this.url = url;
    this.clientId = clientId;
    this.protocolVersion = protocolVersion;
    this.keepalive = keepalive;
    /** @type {Map<number, { topic: string, payload: string, received: boolean }>} unfinished, in order */
    this.outgoing = new Map();
    /** @type {{ topic: string, payload: string }[]} */
    this.waiting = [];
    /** @type {Set<number>} packet ids received and not yet released */
    this.incoming = new Set();
    /** @type {string[]} payloads, each as the protocol counts it */
    this.delivered = [];
    this.nextId = 1;
    this.connects = 0;
    this.stopped = false;
    /** @type {WebSocket | undefined} */
    this.socket = undefined;
    this.online = false;
  }

  /** Connects, and again whenever the link breaks, until stop(). */
  async start() {
    const connected = once(this, "connack");
    this.open();
    await connected;
    return this;
  }

  open() {
    const socket = new WebSocket(this.url, ["mqtt"], { perMessageDeflate: false });
    this.socket = socket;
    const parser = mqttPacket.parser({ protocolVersion: this.protocolVersion });
    parser.on("packet", (packet) => this.handle(packet));
    parser.on("error", (error) => this.emit("malformed", error));
    socket.on("open", () =>
      this.send({
        cmd: "connect", protocolId: "MQTT", protocolVersion: this.protocolVersion, clean: false,
        clientId: this.clientId, keepalive: this.keepalive,
        ...(this.protocolVersion === 5 ? { properties: { sessionExpiryInterval: 3600 } } : {}),
      }),
    );
    socket.on("message", (/** @type {Buffer} */ data) => parser.parse(data));
    socket.on("error", () => socket.terminate());
    socket.on("close", (code) => {
      this.online = false;
      this.emit("offline", code);
      if (!this.stopped) setTimeout(() => this.stopped || this.open(), RETRY_MS);
    });
  }

  /** @param {import("mqtt-packet").Packet} packet */
  send(packet) {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(mqttPacket.generate(packet, { protocolVersion: this.protocolVersion }));
  }

  /** @param {import("mqtt-packet").Packet} packet */
  handle(packet) {
    this.emit(packet.cmd, packet);
    const messageId = packet.messageId ?? 0;
    switch (packet.cmd) {
      case "connack":
        this.online = true;
        this.connects += 1;
        if (this.connects > 1 && !packet.sessionPresent) this.emit("sessionLost");
        this.resend();
        return this.fill();
      case "pubrec": {
        const message = this.outgoing.get(messageId);
        if (message) message.received = true;
        return this.send({ cmd: "pubrel", messageId });
      }
      case "pubcomp":
        this.outgoing.delete(messageId);
        this.fill();
        if (this.outgoing.size === 0 && this.waiting.length === 0) this.emit("idle");
        return;
      case "publish":
        if (packet.qos === 2 && !this.incoming.has(messageId)) {
          this.incoming.add(messageId);
          this.deliver(packet);
        }
        if (packet.qos === 0) this.deliver(packet);
        if (packet.qos > 0) this.send({ cmd: packet.qos === 2 ? "pubrec" : "puback", messageId });
        return;
      case "pubrel":
        this.incoming.delete(messageId);
        this.send({ cmd: "pubcomp", messageId });
    }
  }

  /** @param {import("mqtt-packet").IPublishPacket} packet */
  deliver(packet) {
    this.delivered.push(packet.payload.toString());
    this.emit("delivered", packet);
  }

  /**
   * @param {string} topic
   * @param {string} payload
   */
  publish(topic, payload) {
    this.waiting.push({ topic, payload });
    this.fill();
  }

  fill() {
    while (this.online && this.outgoing.size < WINDOW && this.waiting.length > 0) {
      const { topic, payload } = /** @type {{ topic: string, payload: string }} */ (this.waiting.shift());
      while (this.outgoing.has(this.nextId)) this.nextId = (this.nextId % 65535) + 1;
      const messageId = this.nextId;
      this.nextId = (this.nextId % 65535) + 1;
      this.outgoing.set(messageId, { topic, payload, received: false });
      this.send({ cmd: "publish", topic, payload, qos: 2, dup: false, retain: false, messageId });
    }
  }

  resend() {
    for (const [messageId, { topic, payload, received }] of this.outgoing) {
      if (received) this.send({ cmd: "pubrel", messageId });
      else this.send({ cmd: "publish", topic, payload, qos: 2, dup: true, retain: false, messageId });
    }
  }

  /** @param {string} filter */
  async subscribe(filter) {
    const granted = once(this, "suback");
    this.send({ cmd: "subscribe", messageId: 65535, subscriptions: [{ topic: filter, qos: 2 }] });
    await granted;
  }

  /** Resolves when every publish has been completed. */
  async idle() {
    if (this.outgoing.size > 0 || this.waiting.length > 0) await once(this, "idle");
  }

  stop() {
    this.stopped = true;
    this.socket?.terminate();
  }
}
