// One client's connection to the bench's server. The sink: takes everything, and answers all packets of a frame in one frame.
import { connack, publish, suback, TYPE } from "./packets.mjs";
import { Source } from "./source.mjs";
import { createSplitter } from "./splitter.mjs";

/** @typedef {import("./packets.mjs").Version} Version */

/**
 * @typedef {object} Manners how a client is treated, by its client identifier; they outlast its connections
 * @property {boolean} holdAcknowledgements no PUBACK or PUBREC is sent
 * @property {number} delayMs of everything that is sent: the round trip
 */

/** The topic of what the sink says when all the QoS 0 messages that it was told to expect have come, for nothing acknowledges them. */
const DONE = "bench/done";

let last = 0;

export class Connection {
  /**
   * @param {import("ws").WebSocket} webSocket
   * @param {import("node:net").Socket} socket under it
   * @param {(clientId: string, connection: Connection) => { manners: Manners, sessionPresent: boolean }} onConnect
   */
  constructor(webSocket, socket, onConnect) {
    /** Counts the connections of all clients. */
    this.number = ++last;
    this.webSocket = webSocket;
    this.socket = socket;
    this.onConnect = onConnect;
    /** @type {Version} */
    this.version = "5";
    /** @type {Manners} */
    this.manners = { holdAcknowledgements: false, delayMs: 0 };
    /** Messages that came, new or again. */
    this.published = 0;
    /** Messages whose last acknowledgement was sent. */
    this.completed = 0;
    this.expected = Infinity;
    /** When CONNACK was sent, and the last answer after it: performance.now() of this process. */
    this.acceptedAt = 0;
    this.answeredAt = 0;
    /** @type {Source | null} */
    this.source = null;
    /** @type {number[]} bytes of the answers to the frame that is being read */
    this.answers = [];
    const split = createSplitter((bytes, start, body, end) => this.look(bytes, start, body, end));
    webSocket.on("message", (/** @type {Buffer} */ data) => {
      split(data);
      this.flush();
    });
    webSocket.on("error", () => webSocket.terminate());
  }

  flush() {
    if (this.answers.length === 0) return;
    const bytes = Buffer.from(this.answers);
    this.answers = [];
    this.say(bytes);
  }

  /** @param {Buffer} bytes */
  say(bytes) {
    if (this.manners.delayMs === 0) return this.sayNow(bytes);
    setTimeout(() => this.sayNow(bytes), this.manners.delayMs);
  }

  /** @param {Buffer} bytes */
  sayNow(bytes) {
    if (this.webSocket.readyState !== this.webSocket.OPEN) return;
    this.webSocket.send(bytes);
    this.answeredAt = performance.now();
    if (this.acceptedAt === 0) this.acceptedAt = this.answeredAt;
  }

  /** @type {import("./splitter.mjs").OnPacket} */
  look(bytes, start, body, end) {
    switch (bytes[start] >> 4) {
      case TYPE.publish:
        return this.take(bytes, start, body);
      case TYPE.puback:
      case TYPE.pubcomp:
        return this.source?.acknowledge();
      case TYPE.pubrec:
        return this.answer(TYPE.pubrel, 2, bytes, body);
      case TYPE.pubrel:
        this.completed += 1;
        return this.answer(TYPE.pubcomp, 0, bytes, body);
      case TYPE.connect:
        return this.accept(bytes, body);
      case TYPE.subscribe:
        return this.say(suback(this.version, bytes.readUInt16BE(body), bytes[end - 1] & 3));
      case TYPE.pingreq:
        return this.say(Buffer.from([TYPE.pingresp << 4, 0]));
    }
  }

  /** @param {Buffer} bytes @param {number} start @param {number} body */
  take(bytes, start, body) {
    const qos = (bytes[start] >> 1) & 3;
    this.published += 1;
    if (qos === 0) return this.published === this.expected ? this.done() : undefined;
    if (this.manners.holdAcknowledgements) return;
    if (qos === 1) this.completed += 1;
    this.answer(qos === 1 ? TYPE.puback : TYPE.pubrec, 0, bytes, body + 2 + bytes.readUInt16BE(body));
  }

  done() {
    this.say(publish({ topic: DONE, payload: Buffer.from("x"), qos: 0, id: 0, version: this.version }));
  }

  /** @param {number} type @param {number} flags @param {Buffer} bytes @param {number} at where the packet identifier is */
  answer(type, flags, bytes, at) {
    this.answers.push((type << 4) | flags, 2, bytes[at], bytes[at + 1]);
  }

  /** @param {Buffer} bytes @param {number} body */
  accept(bytes, body) {
    // "MQTT" and its length, then the level, the flags and the Keep Alive.
    this.version = bytes[body + 6] === 5 ? "5" : "3.1.1";
    const clean = (bytes[body + 7] & 2) !== 0;
    let at = body + 10;
    if (this.version === "5") {
      if (bytes[at] > 127) throw new Error("the bench's server reads no CONNECT with more than 127 bytes of properties");
      at += 1 + bytes[at];
    }
    const clientId = bytes.toString("utf8", at + 2, at + 2 + bytes.readUInt16BE(at));
    const { manners, sessionPresent } = this.onConnect(clientId, this);
    this.manners = manners;
    this.say(connack(this.version, sessionPresent && !clean));
  }

  /** @param {import("./source.mjs").Given} given @returns {Promise<number>} how many were acknowledged */
  async give(given) {
    this.source = new Source(this.socket, this.version, given);
    return this.source.send();
  }
}
