// Writes packets to a WebSocket in the frames the chunking asks for. The bytes and their order never change.

/**
 * How a stream is cut into WebSocket frames:
 * - "as-is": what one received frame completed leaves in one frame;
 * - "packet a frame", "1 byte a frame", "random 1-7 bytes": those sizes, the last two across packet borders;
 * - "two fragments": each frame as two WebSocket fragments, cut at a random place;
 * - "many packets a frame": what came within a few milliseconds, in one frame.
 * @typedef {"as-is" | "packet a frame" | "1 byte a frame" | "random 1-7 bytes" | "two fragments" | "many packets a frame"} Chunking
 */

/** @type {Chunking[]} */
export const CHUNKINGS = [
  "as-is", "packet a frame", "1 byte a frame", "random 1-7 bytes", "two fragments", "many packets a frame",
];

const GATHER_MS = 25;

export class Writer {
  /**
   * @param {import("ws").WebSocket} socket
   * @param {() => Chunking} chunking asked at every flush, so that it can change in mid-stream
   * @param {import("./random.mjs").Random} random
   */
  constructor(socket, chunking, random) {
    this.socket = socket;
    this.chunking = chunking;
    this.random = random;
    /** @type {Buffer[]} */
    this.pending = [];
    /** @type {NodeJS.Timeout | undefined} */
    this.gathering = undefined;
  }

  /** @param {Buffer} raw leaves with the next flush */
  write(raw) {
    this.pending.push(raw);
  }

  /** The end of what one event brought; "many packets a frame" goes on gathering. */
  flush() {
    if (this.pending.length === 0) return;
    if (this.chunking() !== "many packets a frame") this.flushNow();
    else this.gathering ??= setTimeout(() => this.flushNow(), GATHER_MS);
  }

  flushNow() {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    const packets = this.pending;
    this.pending = [];
    if (packets.length === 0) return;
    const bytes = Buffer.concat(packets);
    switch (this.chunking()) {
      case "packet a frame":
        return packets.forEach((packet) => this.send(packet));
      case "1 byte a frame":
        return this.sendPieces(bytes, () => 1);
      case "random 1-7 bytes":
        return this.sendPieces(bytes, () => this.random.between(1, 7));
      case "two fragments": {
        if (bytes.length < 2) return this.send(bytes);
        const middle = this.random.between(1, bytes.length - 1);
        this.send(bytes.subarray(0, middle), { fin: false });
        return this.send(bytes.subarray(middle));
      }
      default:
        return this.send(bytes);
    }
  }

  /** @param {string} text as a text frame, after everything written before */
  sendText(text) {
    this.flushNow();
    this.send(text, { binary: false });
  }

  /**
   * @param {Buffer} bytes
   * @param {() => number} size
   */
  sendPieces(bytes, size) {
    for (let start = 0; start < bytes.length; ) {
      const end = Math.min(start + size(), bytes.length);
      this.send(bytes.subarray(start, end));
      start = end;
    }
  }

  /**
   * @param {Buffer | string} data
   * @param {{ fin?: boolean, binary?: boolean }} [how]
   */
  send(data, { fin = true, binary = true } = {}) {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(data, { binary, fin, compress: false });
  }
}
