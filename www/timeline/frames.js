// @ts-check
// Cuts a stream of bytes into control packets: a WebSocket message may hold several, or a part of one [MQTT-6.0.0-2].
// Of a packet that is long only the beginning is kept.

/** How many bytes of one packet are kept. */
export const KEPT = 64 * 1024;
/** A Remaining Length takes four bytes at most (2.1.4). */
const HEADER_MAX = 5;

/**
 * @typedef {object} Frame
 * @property {Uint8Array} bytes the packet, or the first of it
 * @property {number} total how long it was
 * @property {string} [fault] it is none, and nothing behind it can be read
 */

/**
 * @param {(frame: Frame) => void} found
 * @returns {(bytes: Uint8Array) => void} takes the stream as it comes
 */
export const splitter = (found) => {
  /** @type {number[]} */
  let header = [];
  /** @type {Uint8Array | null} */
  let kept = null;
  let [total, seen] = [0, 0];
  let broken = false;

  /** @param {number} byte @returns {boolean} whether the fixed header is complete */
  const endsHeader = (byte) => {
    header.push(byte);
    return header.length > 1 && byte < 0x80;
  };

  const begin = () => {
    const length = header.slice(1).reduceRight((sum, byte) => sum * 128 + (byte & 0x7f), 0);
    total = header.length + length;
    seen = header.length;
    kept = new Uint8Array(Math.min(total, KEPT));
    kept.set(header);
    header = [];
  };

  return (bytes) => {
    for (let at = 0; at < bytes.length && !broken; ) {
      if (kept === null) {
        if (endsHeader(bytes[at++])) begin();
        else if (header.length === HEADER_MAX) {
          broken = true;
          found({ bytes: Uint8Array.from(header), total: header.length, fault: "The Remaining Length has more than four bytes: nothing behind it can be read." });
        }
      }
      if (kept === null) continue;
      const part = bytes.subarray(at, at + total - seen);
      if (seen < kept.length) kept.set(part.subarray(0, kept.length - seen), seen);
      seen += part.length;
      at += part.length;
      if (seen < total) continue;
      found({ bytes: kept, total });
      kept = null;
    }
  };
};
