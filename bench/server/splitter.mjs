// Splits the bytes of a connection into MQTT packets, whatever frames they came in.

/**
 * @callback OnPacket
 * @param {Buffer} bytes that the packet lies in
 * @param {number} start of the packet
 * @param {number} body where what follows its length begins
 * @param {number} end
 * @returns {void}
 */

/**
 * @param {OnPacket} onPacket called for every packet that is all there
 * @returns {(frame: Buffer) => void} takes the next bytes
 */
export const createSplitter = (onPacket) => {
  /** @type {Buffer | null} */
  let rest = null;
  return (frame) => {
    const bytes = rest ? Buffer.concat([rest, frame]) : frame;
    let start = 0;
    for (;;) {
      let body = start + 1;
      let length = 0;
      let shift = 0;
      let byte = 128;
      while (byte & 128 && body < bytes.length) {
        byte = bytes[body++];
        length |= (byte & 127) << shift;
        shift += 7;
      }
      const end = body + length;
      if (byte & 128 || end > bytes.length) break;
      onPacket(bytes, start, body, end);
      start = end;
    }
    rest = start < bytes.length ? bytes.subarray(start) : null;
  };
};
