// The source: sends a client prepared frames of PUBLISH packets, as fast as the socket takes them and the client acknowledges them.
import { once } from "node:events";
import { frame, publish, TOPICS } from "./packets.mjs";

/** @typedef {import("./packets.mjs").QoS} QoS */

/**
 * @typedef {object} Given
 * @property {number} count messages in all; a multiple of `perFrame`
 * @property {number} size of a payload, in bytes
 * @property {QoS} qos
 * @property {number} perFrame packets in a WebSocket frame
 */

/** Frames of QoS 0 are written to the socket in pieces of about so many bytes. */
const PIECE = 262_144;
/** A client that acknowledges nothing for so long will not. */
const STALLED_MS = 5_000;
/** So many bytes of packets are unacknowledged at most, and so many packets. */
const MOST_UNACKNOWLEDGED = { bytes: 2 ** 24, packets: 1_000 };

export class Source {
  /**
   * @param {import("node:net").Socket} socket
   * @param {import("./packets.mjs").Version} version
   * @param {Given} given
   */
  constructor(socket, version, given) {
    this.socket = socket;
    this.given = given;
    const { size, qos, perFrame } = given;
    const payload = Buffer.alloc(size, "x");
    const inFlight = Math.max(perFrame, Math.min(MOST_UNACKNOWLEDGED.packets, Math.floor(MOST_UNACKNOWLEDGED.bytes / (size + 32))));
    /** How many frames may be unacknowledged; each has packet identifiers of its own. */
    this.frames = qos === 0 ? 1 : Math.max(1, Math.floor(inFlight / perFrame));
    const count = Math.min(this.frames, given.count / perFrame);
    let id = 0;
    /** As they go over the wire. */
    this.prepared = Array.from({ length: Math.max(1, count) }, () =>
      frame(
        Array.from({ length: perFrame }, (_, index) => {
          id += 1;
          return publish({ topic: TOPICS[(perFrame === 1 ? id : index) % TOPICS.length], payload, qos, id, version });
        }),
      ),
    );
    this.acknowledged = 0;
    this.wake = () => {};
  }

  /** A PUBACK or PUBCOMP has come. */
  acknowledge() {
    this.acknowledged += 1;
    this.wake();
  }

  /**
   * Resolves when all is written, and acknowledged: what comes next uses the same packet identifiers.
   * @returns {Promise<number>} how many were acknowledged, when no more are
   */
  async send() {
    if (this.given.qos === 0) await this.sendFreely();
    else await Promise.race([this.sendWithinWindow(), this.untilStalled()]);
    return this.acknowledged;
  }

  async untilStalled() {
    for (let before = -1; before < this.acknowledged; ) {
      before = this.acknowledged;
      await new Promise((resolve) => setTimeout(resolve, STALLED_MS));
    }
  }

  async sendFreely() {
    const one = this.prepared[0];
    const frames = this.given.count / this.given.perFrame;
    const inPiece = Math.max(1, Math.min(frames, Math.floor(PIECE / one.length)));
    const piece = Buffer.concat(Array.from({ length: inPiece }, () => one));
    for (let left = frames; left > 0; left -= inPiece) {
      const bytes = left < inPiece ? piece.subarray(0, left * one.length) : piece;
      if (!this.socket.write(bytes)) await once(this.socket, "drain");
    }
  }

  async sendWithinWindow() {
    const { count, perFrame } = this.given;
    const frames = count / perFrame;
    for (let next = 0; next < frames; ) {
      const room = this.frames - (next - Math.floor(this.acknowledged / perFrame));
      if (room <= 0) {
        await new Promise((resolve) => (this.wake = () => resolve(undefined)));
        continue;
      }
      const until = Math.min(frames, next + room);
      this.socket.cork();
      let free = true;
      for (; next < until; next += 1) free = this.socket.write(this.prepared[next % this.prepared.length]);
      this.socket.uncork();
      if (!free) await once(this.socket, "drain");
    }
    while (this.acknowledged < count) await new Promise((resolve) => (this.wake = () => resolve(undefined)));
  }
}
