// A stand-in for the package, for judging the ordeal before the ordeal judges anything: a small durable MQTT client that keeps
// its promises, unless it is loaded as "index.mjs?sabotage=<name>", when it breaks one. Only what the ordeal's page uses.
import { acknowledge, connect, publish, readPublish, Stream, subscribe, TYPE } from "./packets.mjs";

const sabotage = new URL(import.meta.url).searchParams.get("sabotage");
const WINDOW = 20;
const RECONNECT_MS = 10;
/** How many packet ids it uses: too few for its window, where it reuses those in flight. */
const IDS = sabotage === "reused ids" ? 8 : 60_000;
/** How long it leaves a message that is removed before it is handled: a kill has to fall into that time. */
const LATE_MS = 50;

/**
 * @typedef {object} Outgoing
 * @property {number} seq
 * @property {number} id 0 while queued
 * @property {string} key
 * @property {string} topic
 * @property {string} payload
 * @property {number} qos
 * @property {boolean} received PUBREC has come
 */

export class MqttClient {
  /** @param {any} options */
  constructor(options) {
    this.options = options;
    this.five = options.protocolVersion === "5";
    this.prefix = `mooring/${options.sessionKey}/`;
    /** @type {Map<string, Set<(detail: any) => void>>} */
    this.handlers = new Map();
    /** @type {Map<number, Outgoing>} by seq */
    this.out = new Map();
    /** @type {Map<number, { topic: string, payload: string, restored: boolean }>} by packet id */
    this.incoming = new Map();
    /** @type {Map<number, { resolve: (result: unknown) => void, promise: Promise<unknown> }>} by seq */
    this.outcomes = new Map();
    /** @type {{ filter: string, qos: number, granted: () => void } | null} until it is answered */
    this.subscribing = null;
    /** @type {Promise<unknown> | undefined} */
    this.opened = undefined;
    this.nextSeq = 1;
    this.nextId = 1;
    this.online = false;
    /** @type {WebSocket | undefined} */
    this.socket = undefined;
  }

  /** @param {string} event @param {(detail: any) => void} handler */
  on(event, handler) {
    this.handlers.set(event, (this.handlers.get(event) ?? new Set()).add(handler));
    return () => void this.handlers.get(event)?.delete(handler);
  }

  /** @param {string} event @param {(detail: any) => void} handler */
  once(event, handler) {
    const remove = this.on(event, (detail) => {
      remove();
      handler(detail);
    });
    return remove;
  }

  /** @param {string} event @param {unknown} detail */
  tell(event, detail) {
    for (const handler of [...(this.handlers.get(event) ?? [])]) handler(detail);
  }

  /** @param {string} name @param {unknown} value */
  store(name, value) {
    localStorage.setItem(this.prefix + name, JSON.stringify(value));
  }

  /** @param {string} name */
  remove(name) {
    localStorage.removeItem(this.prefix + name);
  }

  /** Takes the session's lock and reads its records, once. */
  open() {
    this.opened ??= new Promise((resolve) =>
      navigator.locks.request(this.prefix, () => {
        this.restore();
        resolve(undefined);
        return new Promise(() => {});
      }),
    );
    return this.opened;
  }

  restore() {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(this.prefix)) continue;
      const [kind, number] = key.slice(this.prefix.length).split("/");
      const value = JSON.parse(localStorage.getItem(key) ?? "null");
      if (kind === "o") this.out.set(Number(number), value);
      if (kind === "i") this.incoming.set(Number(number), { ...value, restored: sabotage !== "unmarked" });
      if (kind === "meta") this.nextId = value.nextId;
    }
    this.out = new Map([...this.out].sort(([a], [b]) => a - b));
    this.nextSeq = Math.max(0, ...this.out.keys()) + 1;
    for (const seq of this.out.keys()) this.expect(seq);
  }

  /** @param {number} seq */
  expect(seq) {
    /** @type {(result: unknown) => void} */
    let resolve = () => {};
    const promise = new Promise((settle) => (resolve = settle));
    this.outcomes.set(seq, { resolve, promise });
    return promise;
  }

  async pending() {
    await this.open();
    return [...this.out].map(([seq, { key }]) => ({ key, outcome: this.outcomes.get(seq)?.promise }));
  }

  get outgoingMessages() {
    return [...this.out.values()];
  }

  get incomingMessages() {
    return [...this.incoming.values()];
  }

  /** Connects, and again whenever the link breaks. */
  async connect() {
    await this.open();
    return new Promise((resolve) => this.attempt(() => resolve({})));
  }

  /** @param {() => void} connected */
  attempt(connected) {
    const socket = new WebSocket(this.options.url, ["mqtt"]);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    const stream = new Stream();
    socket.onopen = () => socket.send(connect(this.five, this.options.clientId, localStorage.getItem(`${this.prefix}meta`) === null));
    socket.onmessage = ({ data }) => {
      for (const packet of stream.push(new Uint8Array(data))) this.handle(packet, connected);
    };
    socket.onclose = () => {
      this.online = false;
      this.tell("disconnected", {});
      setTimeout(() => this.attempt(connected), RECONNECT_MS);
    };
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  send(bytes) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(bytes);
  }

  /** @param {import("./packets.mjs").Packet} packet @param {() => void} connected */
  handle({ type, flags, body }, connected) {
    const id = body[0] * 256 + body[1];
    switch (type) {
      case TYPE.connack:
        this.online = true;
        this.store("meta", { nextId: this.nextId });
        this.resend();
        this.fill();
        this.askForSubscription();
        return connected();
      case TYPE.suback:
        this.subscribing?.granted();
        this.subscribing = null;
        return;
      case TYPE.puback:
      case TYPE.pubcomp:
        return this.finish(id);
      case TYPE.pubrec: {
        const message = [...this.out.values()].find((candidate) => candidate.id === id);
        if (message && sabotage !== "forgets PUBREC") {
          message.received = true;
          this.store(`o/${message.seq}`, message);
        }
        return this.send(acknowledge(TYPE.pubrel, id));
      }
      case TYPE.publish:
        return this.take(readPublish(body, flags, this.five));
      case TYPE.pubrel:
        this.deliver(id);
        return this.send(acknowledge(TYPE.pubcomp, id));
    }
  }

  /** @param {ReturnType<typeof readPublish>} message */
  take({ id, topic, payload, qos, dup }) {
    if (qos === 1) {
      this.tell("messageIn", { topic, text: () => payload, duplicate: dup });
      return this.send(acknowledge(TYPE.puback, id));
    }
    if (!this.incoming.has(id)) {
      this.incoming.set(id, { topic, payload, restored: false });
      const write = () => this.incoming.has(id) && this.store(`i/${id}`, { topic, payload });
      if (sabotage === "PUBREC before stored") setTimeout(write, 20);
      else write();
    }
    this.send(acknowledge(TYPE.pubrec, id));
  }

  /** @param {number} id */
  deliver(id) {
    const message = this.incoming.get(id);
    if (!message) return;
    if (sabotage === "removed before handled") this.remove(`i/${id}`);
    const hand = () => {
      this.tell("messageIn", { topic: message.topic, text: () => message.payload, duplicate: message.restored });
      this.incoming.delete(id);
      this.remove(`i/${id}`);
    };
    if (sabotage === "removed before handled") setTimeout(hand, LATE_MS);
    else hand();
  }

  /** @param {number} id */
  finish(id) {
    const message = [...this.out.values()].find((candidate) => candidate.id === id);
    if (!message) return;
    this.out.delete(message.seq);
    this.remove(`o/${message.seq}`);
    this.outcomes.get(message.seq)?.resolve({});
    this.outcomes.delete(message.seq);
    this.tell("messageOut", {});
    this.fill();
  }

  /** @param {string} topic @param {string} payload @param {{ qos: number, key: string }} options */
  publish(topic, payload, { qos, key }) {
    const seq = this.nextSeq;
    this.nextSeq += 1;
    const message = { seq, id: 0, key, topic, payload, qos, received: false };
    this.out.set(seq, message);
    if (sabotage !== "sent before stored") this.store(`o/${seq}`, message);
    const publication = this.expect(seq);
    queueMicrotask(() => this.fill());
    return Object.assign(publication, { stored: Promise.resolve() });
  }

  /** @param {Record<string, number>} filters */
  async subscribe(filters) {
    const [[filter, qos]] = Object.entries(filters);
    const answered = new Promise((resolve) => (this.subscribing = { filter, qos, granted: () => resolve(undefined) }));
    this.askForSubscription();
    await answered;
  }

  askForSubscription() {
    if (this.subscribing) this.send(subscribe(this.five, 65_535, this.subscribing.filter, this.subscribing.qos));
  }

  fill() {
    if (!this.online) return;
    let inFlight = [...this.out.values()].filter(({ id }) => id > 0).length;
    for (const message of this.out.values()) {
      if (inFlight >= (sabotage === "no window" ? Infinity : WINDOW)) return;
      if (message.id > 0) continue;
      const used = new Set([...this.out.values()].map(({ id }) => id));
      if (sabotage !== "reused ids") while (used.has(this.nextId)) this.nextId = (this.nextId % IDS) + 1;
      message.id = this.nextId;
      this.nextId = (this.nextId % IDS) + 1;
      this.store("meta", { nextId: this.nextId });
      if (sabotage !== "sent before stored") this.store(`o/${message.seq}`, message);
      inFlight += 1;
      this.send(publish(this.five, { ...message, dup: false }));
    }
  }

  resend() {
    for (const message of this.out.values()) {
      if (message.id === 0) continue;
      if (message.received) this.send(acknowledge(TYPE.pubrel, message.id));
      else this.send(publish(this.five, { ...message, dup: sabotage !== "no DUP" }));
    }
  }
}
