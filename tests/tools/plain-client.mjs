// A plain MQTT 3.1.1 client for looking at a stream: one WebSocket, every frame it receives kept.
import { once } from "node:events";
import mqttPacket from "mqtt-packet";
import { WebSocket } from "ws";

/**
 * A connected client that shows every frame it receives.
 * @param {string} url
 */
export const plainClient = async (url) => {
  const id = `plain-${Math.floor(performance.now() * 1000)}`;
  const socket = new WebSocket(url, ["mqtt"], { perMessageDeflate: false });
  /** @type {number[]} */
  const frameSizes = [];
  /** @type {{ fin: boolean, size: number }[]} */
  const fragments = [];
  /** @type {import("mqtt-packet").Packet[]} */
  const packets = [];
  let bytes = Buffer.alloc(0);
  let parsed = 0;
  const parser = mqttPacket.parser({ protocolVersion: 4 });
  parser.on("packet", (packet) => {
    packets.push(packet);
    parsed += mqttPacket.generate(packet).length;
    socket.emit("packet");
  });
  socket.on("message", (/** @type {Buffer} */ data, isBinary) => {
    if (!isBinary) return;
    frameSizes.push(data.length);
    bytes = Buffer.concat([bytes, data]);
    parser.parse(data);
  });
  socket.on("upgrade", (response) =>
    response.socket.on("data", (/** @type {Buffer} */ data) => fragments.push(...framesIn(data))),
  );
  socket.on("error", () => socket.terminate());
  /** @param {import("mqtt-packet").Packet} packet */
  const send = (packet) => socket.send(mqttPacket.generate(packet));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  /**
   * @param {string} type
   * @param {number} [count]
   */
  const see = async (type, count = 1) => {
    while (packets.filter(({ cmd }) => cmd === type).length < count) await once(socket, "packet");
    return packets.filter(({ cmd }) => cmd === type)[count - 1];
  };
  const opened = new Promise((resolve, reject) => socket.once("open", resolve).once("close", () => reject(new Error("refused"))));
  await opened;
  send({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId: id, keepalive: 0 });
  await see("connack");
  return {
    id, socket, frameSizes, fragments, closed, see,
    /**
     * @param {number} messageId
     * @param {string} payload
     */
    publish: (messageId, payload) =>
      send({ cmd: "publish", topic: `t/${payload}`, payload, qos: 1, dup: false, retain: false, messageId }),
    subscribe: async () => {
      send({ cmd: "subscribe", messageId: 9, subscriptions: [{ topic: "t/#", qos: 0 }] });
      await see("suback");
    },
    /** A PUBLISH and its PUBACK, of which only the frames are of interest. @param {import("../../tools/broker.mjs").Broker} broker */
    exchange: async (broker) => {
      frameSizes.length = 0;
      fragments.length = 0;
      send({ cmd: "publish", topic: `t/${broker.kind}`, payload: "x", qos: 1, dup: false, retain: false, messageId: 5 });
      await see("puback");
    },
    /** Until everything the proxy sent so far is here. */
    roundTrip: async () => {
      socket.ping();
      await once(socket, "pong");
    },
    /** @param {string} type */
    ids: (type) => packets.filter(({ cmd }) => cmd === type).map(({ messageId }) => messageId),
    unparsed: () => bytes.subarray(parsed),
  };
};

/**
 * The WebSocket frames in bytes from a server (unmasked, short).
 * @param {Buffer} bytes
 */
const framesIn = (bytes) => {
  const frames = [];
  for (let start = 0; start < bytes.length; start += 2 + bytes[start + 1]) {
    frames.push({ fin: bytes[start] >= 0x80, size: bytes[start + 1] });
  }
  return frames;
};
