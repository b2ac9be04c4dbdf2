// As much of the wire format as the stand-in client needs.

/** @typedef {{ type: number, flags: number, body: Uint8Array }} Packet */

export const TYPE = { connect: 1, connack: 2, publish: 3, puback: 4, pubrec: 5, pubrel: 6, pubcomp: 7, subscribe: 8, suback: 9 };

const text = new TextEncoder();

/** @param {number} value */
const uint16 = (value) => [value >> 8, value & 0xff];

/** @param {string} value */
const string = (value) => {
  const bytes = [...text.encode(value)];
  return [...uint16(bytes.length), ...bytes];
};

/**
 * @param {number} type
 * @param {number} flags
 * @param {number[]} body
 */
const packet = (type, flags, body) => {
  const length = body.length < 128 ? [body.length] : [(body.length % 128) | 0x80, body.length >> 7];
  return Uint8Array.from([(type << 4) | flags, ...length, ...body]);
};

/**
 * @param {boolean} five MQTT 5
 * @param {string} clientId
 * @param {boolean} clean
 */
export const connect = (five, clientId, clean) =>
  packet(TYPE.connect, 0, [
    ...string("MQTT"), five ? 5 : 4, clean ? 2 : 0, 0, 0,
    ...(five ? [5, 0x11, 0, 0, 0x0e, 0x10] : []), ...string(clientId),
  ]);

/**
 * @param {boolean} five
 * @param {{ topic: string, payload: string, qos: number, id: number, dup: boolean }} message
 */
export const publish = (five, { topic, payload, qos, id, dup }) =>
  packet(TYPE.publish, (dup ? 8 : 0) | (qos << 1), [...string(topic), ...uint16(id), ...(five ? [0] : []), ...text.encode(payload)]);

/**
 * @param {number} type
 * @param {number} id
 */
export const acknowledge = (type, id) => packet(type, type === TYPE.pubrel ? 2 : 0, uint16(id));

/**
 * @param {boolean} five
 * @param {number} id
 * @param {string} filter
 * @param {number} qos
 */
export const subscribe = (five, id, filter, qos) => packet(TYPE.subscribe, 2, [...uint16(id), ...(five ? [0] : []), ...string(filter), qos]);

/** @param {Uint8Array} body of a PUBLISH @param {number} flags @param {boolean} five */
export const readPublish = (body, flags, five) => {
  const topicEnd = 2 + body[0] * 256 + body[1];
  const topic = new TextDecoder().decode(body.subarray(2, topicEnd));
  const id = body[topicEnd] * 256 + body[topicEnd + 1];
  // No property block here is longer than 127 bytes.
  const start = topicEnd + 2 + (five ? 1 + body[topicEnd + 2] : 0);
  return { topic, id, qos: (flags >> 1) & 3, dup: (flags & 8) !== 0, payload: new TextDecoder().decode(body.subarray(start)) };
};

/** Cuts a byte stream into packets. */
export class Stream {
  constructor() {
    /** @type {number[]} */
    this.bytes = [];
  }

  /**
   * @param {Uint8Array} more
   * @returns {Packet[]}
   */
  push(more) {
    this.bytes.push(...more);
    /** @type {Packet[]} */
    const packets = [];
    for (;;) {
      const [first, low, high] = this.bytes;
      if (low === undefined || (low >= 128 && high === undefined)) return packets;
      const start = low < 128 ? 2 : 3;
      const end = start + (low & 0x7f) + (low < 128 ? 0 : high * 128);
      if (this.bytes.length < end) return packets;
      packets.push({ type: first >> 4, flags: first & 15, body: Uint8Array.from(this.bytes.slice(start, end)) });
      this.bytes.splice(0, end);
    }
  }
}
