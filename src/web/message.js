// A received message. A plain class of JavaScript, so that a message costs no memory that someone would
// have to free, and what nobody asks for is not decoded.

const decoder = new TextDecoder();

class Message {
  /** @type {Uint8Array | undefined} encoded */
  #encoded;
  /** @type {((encoded: Uint8Array) => object) | undefined} */
  #decode;
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
   * @param {((encoded: Uint8Array) => object) | undefined} decode
   * @param {((connection: number, packetId: number, number: number, untaken: boolean, verdict: unknown) => void) | undefined} acknowledge
   *   undefined: there is nothing to acknowledge
   * @param {number} connection with `number`, what it is acknowledged by
   * @param {number} number
   */
  constructor(topic, payload, flags, packetId, encoded, decode, acknowledge, connection, number) {
    this.topic = topic;
    this.payload = payload;
    this.qos = flags & 3;
    this.retain = (flags & 4) !== 0;
    this.duplicate = (flags & 8) !== 0;
    this.packetId = packetId || undefined;
    this.#encoded = encoded;
    this.#decode = decode;
    if (acknowledge) this.#acknowledge = (verdict) => acknowledge(connection, packetId, number, false, verdict);
  }

  get properties() {
    if (!this.#properties) {
      this.#properties = this.#encoded && this.#decode ? this.#decode(this.#encoded) : {};
      this.#encoded = this.#decode = undefined;
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

/**
 * @param {ConstructorParameters<typeof Message>} parts
 */
export const message = (...parts) => new Message(...parts);
