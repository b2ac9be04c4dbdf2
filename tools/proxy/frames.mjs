// Finds the MQTT packets in a byte stream, in whatever pieces it comes, without changing a byte of it. What a packet
// says is read by mqtt-packet; where it begins and ends is read here, because only exact bytes are passed on.
import mqttPacket from "mqtt-packet";

/** @typedef {"toServer" | "toClient"} Direction */

/** The control packet types by their number in the fixed header. */
const TYPES = [
  "reserved", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp",
  "subscribe", "suback", "unsubscribe", "unsuback", "pingreq", "pingresp", "disconnect", "auth",
];

/** What each side may say first; a stream that begins otherwise is not MQTT and passes through unread. */
const OPENINGS = { toServer: ["connect"], toClient: ["connack", "auth"] };

/**
 * @typedef {object} Piece
 * @property {Buffer} raw the exact bytes
 * @property {string} type a control packet's name, or "raw" for bytes that are not MQTT
 */

export class Splitter {
  /** @param {Direction} direction */
  constructor(direction) {
    this.openings = OPENINGS[direction];
    this.started = false;
    this.opaque = false;
    this.rest = /** @type {Buffer} */ (Buffer.alloc(0));
  }

  /**
   * @param {Buffer} bytes
   * @returns {Piece[]} the pieces these bytes complete
   */
  push(bytes) {
    let rest = this.rest.length > 0 ? Buffer.concat([this.rest, bytes]) : bytes;
    /** @type {Piece[]} */
    const pieces = [];
    while (rest.length > 0 && !this.opaque) {
      const type = TYPES[rest[0] >> 4];
      const length = packetLength(rest);
      if (length === "malformed" || (!this.started && !this.openings.includes(type))) {
        this.opaque = true;
      } else if (length === "incomplete" || length > rest.length) {
        break;
      } else {
        this.started = true;
        pieces.push({ type, raw: rest.subarray(0, length) });
        rest = rest.subarray(length);
      }
    }
    if (this.opaque && rest.length > 0) {
      pieces.push({ type: "raw", raw: rest });
      rest = Buffer.alloc(0);
    }
    this.rest = rest;
    return pieces;
  }
}

/**
 * The whole length of the packet at the start of these bytes.
 * @param {Buffer} bytes
 * @returns {number | "incomplete" | "malformed"}
 */
const packetLength = (bytes) => {
  let remaining = 0;
  for (let index = 1; index <= 4; index += 1) {
    if (index >= bytes.length) return "incomplete";
    remaining += (bytes[index] & 0x7f) * 128 ** (index - 1);
    if (bytes[index] < 0x80) return index + 1 + remaining;
  }
  return "malformed";
};

/**
 * What one whole packet says, or null when mqtt-packet cannot read it.
 * @param {Buffer} raw
 * @param {number} protocolVersion 4 or 5
 * @returns {import("mqtt-packet").Packet | null}
 */
export const decode = (raw, protocolVersion) => {
  /** @type {import("mqtt-packet").Packet | null} */
  let decoded = null;
  const parser = mqttPacket.parser({ protocolVersion });
  parser.on("packet", (packet) => (decoded = packet));
  parser.on("error", () => (decoded = null));
  parser.parse(raw);
  return decoded;
};
