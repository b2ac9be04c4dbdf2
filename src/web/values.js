// The values that are made often enough, or are special enough, to be made in JavaScript.

class MqttError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {number | undefined} reasonCode
   */
  constructor(code, message, reasonCode) {
    super(message);
    this.name = "MqttError";
    this.code = code;
    if (reasonCode !== undefined) this.reasonCode = reasonCode;
  }
}

/** @param {ConstructorParameters<typeof MqttError>} parts */
export const mqttError = (...parts) => new MqttError(...parts);

/** A promise together with the means to settle it. */
export class Deferred {
  constructor() {
    /** @type {Promise<unknown>} */
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/**
 * @param {string} topic
 * @param {number} qos
 * @param {number | undefined} packetId
 * @param {number} reasonCode
 * @param {string | undefined} reason
 */
export const publishResult = (topic, qos, packetId, reasonCode, reason) => ({
  topic,
  qos,
  ...(packetId !== undefined && { packetId }),
  reasonCode,
  ...(reason !== undefined && { reason }),
});

/**
 * @param {number} packetId
 * @param {"in" | "out"} direction
 * @param {number} reasonCode
 */
export const messageAck = (packetId, direction, reasonCode) => ({ packetId, direction, reasonCode });

/**
 * @param {string} topic
 * @param {number} packetId
 * @param {number} qos
 * @param {number} reasonCode
 */
export const messageOut = (topic, packetId, qos, reasonCode) => ({ topic, packetId, qos, reasonCode });
