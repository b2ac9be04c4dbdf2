// A received message. A plain class of JavaScript, so that a message costs no memory that someone would
// have to free, and what nobody asks for is not decoded.

const decoder = new TextDecoder();

/** @typedef {(connection: number, packetId: number, number: number, isUntaken: boolean, verdict?: unknown) => void} Acknowledge */

/** @type {(encoded: Uint8Array) => object} */
let decode;

/**
 * Properties are decoded by the module.
 * @param {(encoded: Uint8Array) => object} decoding
 */
export const decodeBy = (decoding) => void (decode = decoding);

export class Message {
  /** @type {Uint8Array | undefined} encoded */
  #encoded;
  /** @type {object | undefined} */
  #properties;
  /** @type {((verdict: unknown) => void) | undefined} */
  #acknowledge;

  /**
   * @param {string} topic
   * @param {Uint8Array} payload
   * @param {number} flags QoS, and RETAIN (4) and DUP (8)
   * @param {number} packetId 0: none
   * @param {Uint8Array | undefined} encoded MQTT 5 properties; undefined: none
   * @param {Acknowledge | undefined} acknowledge undefined: there is nothing to acknowledge
   * @param {number} connection with `number`, what it is acknowledged by
   * @param {number} number
   */
  constructor(topic, payload, flags, packetId, encoded, acknowledge, connection, number) {
    this.topic = topic;
    this.payload = payload;
    this.qos = /** @type {import("./types.d.ts").QoS} */ (flags & 3);
    this.retain = (flags & 4) !== 0;
    this.duplicate = (flags & 8) !== 0;
    this.packetId = packetId || undefined;
    this.#encoded = encoded;
    if (acknowledge) this.#acknowledge = (verdict) => acknowledge(connection, packetId, number, false, verdict);
  }

  get properties() {
    if (!this.#properties) {
      this.#properties = this.#encoded ? decode(this.#encoded) : {};
      this.#encoded = undefined;
    }
    return this.#properties;
  }

  text() {
    return decoder.decode(this.payload);
  }

  json() {
    return JSON.parse(this.text());
  }

  /** @param {unknown} [verdict] what cannot be said throws, and leaves the message unacknowledged */
  ack(verdict) {
    this.#acknowledge?.(verdict);
    this.#acknowledge = undefined;
  }
}
