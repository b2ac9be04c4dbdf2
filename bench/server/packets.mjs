// The packets and WebSocket frames that the bench's server sends, made before anything is measured.

/** @typedef {"3.1.1" | "5"} Version */
/** @typedef {0 | 1 | 2} QoS */

export const TYPE = {
  connect: 1, connack: 2, publish: 3, puback: 4, pubrec: 5, pubrel: 6, pubcomp: 7, subscribe: 8, suback: 9, pingreq: 12, pingresp: 13, disconnect: 14,
};

/** The topics of what is received: several, as in life, so that a cache of one topic gains nothing that it would not gain there. */
export const TOPICS = Array.from({ length: 10 }, (_, index) => `building/${index}/temperature`);

/** @param {number} value @returns {number[]} as a variable byte integer */
export const variableInteger = (value) => {
  const bytes = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value > 0);
  return bytes;
};

/**
 * @param {{ topic: string, payload: Buffer, qos: QoS, id: number, version: Version }} message
 * @returns {Buffer} a PUBLISH packet
 */
export const publish = ({ topic, payload, qos, id, version }) => {
  const name = Buffer.from(topic);
  const variable = Buffer.from([
    name.length >> 8, name.length & 255, ...name, ...(qos > 0 ? [id >> 8, id & 255] : []), ...(version === "5" ? [0] : []),
  ]);
  const head = Buffer.from([(TYPE.publish << 4) | (qos << 1), ...variableInteger(variable.length + payload.length)]);
  return Buffer.concat([head, variable, payload]);
};

/** @param {Version} version @param {boolean} sessionPresent */
export const connack = (version, sessionPresent) =>
  Buffer.from([TYPE.connack << 4, version === "5" ? 3 : 2, sessionPresent ? 1 : 0, 0, ...(version === "5" ? [0] : [])]);

/** @param {Version} version @param {number} id @param {number} qos granted */
export const suback = (version, id, qos) =>
  Buffer.from([TYPE.suback << 4, version === "5" ? 4 : 3, id >> 8, id & 255, ...(version === "5" ? [0] : []), qos]);

/**
 * The head of an unmasked binary WebSocket frame (RFC 6455 §5.2).
 * @param {number} length of what is in it
 */
export const frameHead = (length) => {
  if (length < 126) return Buffer.from([0x82, length]);
  if (length < 65_536) return Buffer.from([0x82, 126, length >> 8, length & 255]);
  const head = Buffer.alloc(10);
  head[0] = 0x82;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
};

/** @param {Buffer[]} packets @returns {Buffer} all of them in one WebSocket frame, as it goes over the wire */
export const frame = (packets) => {
  const length = packets.reduce((sum, packet) => sum + packet.length, 0);
  return Buffer.concat([frameHead(length), ...packets]);
};
