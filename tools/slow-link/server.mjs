// An MQTT 5 server at the end of a slow link, for one client at a time: it takes numbered messages as slowly as it is told to and
// acknowledges them in bulk, or gives as many as the client takes. It reads no more of MQTT than that takes, so that what is slow is
// the link and not the server.
import { once } from "node:events";
import { WebSocketServer } from "ws";

const TYPE = { connect: 1, connack: 2, publish: 3, puback: 4, subscribe: 8, suback: 9, pingreq: 12, pingresp: 13 };
/** How often a share of the bytes is let through. */
const SLICE_MS = 10;
/** So much is written at once, and then waited for until it is sent. */
const BATCH = 200;

/**
 * @typedef {object} Took
 * @property {number} count messages
 * @property {number} bytes
 * @property {boolean} inOrder each number one more than the one before
 */

/** @param {{ bytesPerSecond: number }} link towards this server */
export const startSlowServer = async ({ bytesPerSecond }) => {
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "mqtt", perMessageDeflate: false });
  await once(wss, "listening");
  /** @type {Took} */
  let took = { count: 0, bytes: 0, inOrder: true };
  /** @type {Client | undefined} */
  let client;
  wss.on("connection", (socket) => {
    client = new Client(socket, bytesPerSecond, took);
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (wss.address());
  return {
    url: `ws://127.0.0.1:${port}/`,
    get took() {
      return took;
    },
    /** Counts anew, for the next client. */
    begin: () => void (took = { count: 0, bytes: 0, inOrder: true }),
    /**
     * Sends the client messages 1 to `count`, as fast as it takes them.
     * @param {{ count: number, qos: 0 | 1, pad: number, receiveMaximum: number }} what
     */
    give: (what) => client?.give(what),
    stop: async () => {
      for (const socket of wss.clients) socket.terminate();
      await new Promise((resolve) => wss.close(resolve));
    },
  };
};

class Client {
  /**
   * @param {import("ws").WebSocket} socket
   * @param {number} bytesPerSecond
   * @param {Took} took
   */
  constructor(socket, bytesPerSecond, took) {
    this.socket = socket;
    this.bytesPerSecond = bytesPerSecond;
    this.took = took;
    this.rest = /** @type {Buffer} */ (Buffer.alloc(0));
    this.unacknowledged = 0;
    /** Resolves a wait for PUBACKs. */
    this.acknowledged = () => {};
    this.since = performance.now();
    this.read = 0;
    socket.on("message", (/** @type {Buffer} */ data) => this.take(data));
    socket.on("error", () => socket.terminate());
  }

  /** @param {Buffer} data */
  take(data) {
    this.took.bytes += data.length;
    this.read += data.length;
    this.slowDown();
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, data]) : data;
    /** @type {number[]} packet ids */
    const acknowledge = [];
    let start = 0;
    for (;;) {
      const end = endOfPacket(bytes, start);
      if (end === null) break;
      this.look(bytes, start, end, acknowledge);
      start = end.at;
    }
    this.rest = bytes.subarray(start);
    if (acknowledge.length > 0) this.socket.send(Buffer.concat(acknowledge.map((id) => Buffer.from([TYPE.puback << 4, 2, id >> 8, id & 255]))));
  }

  /** Where more has been read than the link carries, reading stops until it would have been carried. */
  slowDown() {
    const due = this.since + (this.read / this.bytesPerSecond) * 1000;
    const early = due - performance.now();
    if (early < -1000) {
      // It was idle: that is no credit.
      this.since = performance.now();
      this.read = 0;
    }
    if (early < SLICE_MS || this.socket.isPaused) return;
    this.socket.pause();
    setTimeout(() => this.socket.resume(), early);
  }

  /**
   * @param {Buffer} bytes
   * @param {number} start
   * @param {{ body: number, at: number }} end
   * @param {number[]} acknowledge
   */
  look(bytes, start, { body, at }, acknowledge) {
    const type = bytes[start] >> 4;
    if (type === TYPE.publish) {
      const qos = (bytes[start] >> 1) & 3;
      let place = body + 2 + bytes.readUInt16BE(body);
      if (qos > 0) {
        acknowledge.push(bytes.readUInt16BE(place));
        place += 2;
      }
      // The properties, which these messages have none of or less than 128 bytes.
      place += 1 + bytes[place];
      this.took.count += 1;
      if (Number.parseInt(bytes.toString("latin1", place, Math.min(place + 10, at)), 10) !== this.took.count) this.took.inOrder = false;
    }
    if (type === TYPE.puback) {
      this.unacknowledged -= 1;
      this.acknowledged();
    }
    if (type === TYPE.connect) this.socket.send(Buffer.from([TYPE.connack << 4, 3, 0, 0, 0]));
    if (type === TYPE.subscribe) this.socket.send(Buffer.from([TYPE.suback << 4, 4, bytes[body], bytes[body + 1], 0, 1]));
    if (type === TYPE.pingreq) this.socket.send(Buffer.from([TYPE.pingresp << 4, 0]));
  }

  /** @param {{ count: number, qos: 0 | 1, pad: number, receiveMaximum: number }} what */
  async give({ count, qos, pad, receiveMaximum }) {
    for (let number = 1; number <= count; ) {
      const room = qos === 0 ? BATCH : Math.min(BATCH, receiveMaximum - this.unacknowledged);
      if (room === 0) {
        await new Promise((resolve) => (this.acknowledged = () => resolve(undefined)));
        continue;
      }
      /** @type {Buffer[]} */
      const packets = [];
      for (let left = room; left > 0 && number <= count; left -= 1, number += 1) packets.push(publish(number, qos, pad));
      if (qos === 1) this.unacknowledged += packets.length;
      await new Promise((resolve) => this.socket.send(Buffer.concat(packets), resolve));
    }
  }
}

/**
 * @param {Buffer} bytes
 * @param {number} start
 * @returns {{ body: number, at: number } | null} where its body begins and where it ends; null while it is not all there
 */
const endOfPacket = (bytes, start) => {
  let length = 0;
  for (let place = start + 1, factor = 1; place < bytes.length; place += 1, factor *= 128) {
    length += (bytes[place] & 127) * factor;
    if (bytes[place] >= 128) continue;
    const at = place + 1 + length;
    return at <= bytes.length ? { body: place + 1, at } : null;
  }
  return null;
};

const TOPIC = Buffer.from("slow/in");

/**
 * @param {number} number
 * @param {0 | 1} qos
 * @param {number} pad
 */
const publish = (number, qos, pad) => {
  const payload = `${number} ${"y".repeat(pad)}`;
  const id = (number % 60_000) + 1;
  const variable = [0, TOPIC.length, ...TOPIC, ...(qos === 0 ? [] : [id >> 8, id & 255]), 0];
  const length = variable.length + payload.length;
  const lengthBytes = length < 128 ? [length] : [(length & 127) | 128, length >> 7];
  return Buffer.concat([Buffer.from([(TYPE.publish << 4) | (qos << 1), ...lengthBytes, ...variable]), Buffer.from(payload, "latin1")]);
};
