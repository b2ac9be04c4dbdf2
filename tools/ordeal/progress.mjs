// How many messages are through, in both directions, as an onlooker sees it: what the far subscriber has, and what the client
// has finally acknowledged.
import { numberIn } from "./check/message.mjs";

/** @typedef {import("../proxy/log.mjs").Entry} Entry */

/** Nothing moved for so long: something hangs, and the run ends with what is known. */
const STALLED_MS = 60_000;

export class Progress {
  /**
   * @param {import("node:events").EventEmitter} proxy
   * @param {{ different: Set<number> } & import("node:events").EventEmitter} subscriber
   * @param {number} [stalledMs]
   */
  constructor(proxy, subscriber, stalledMs = STALLED_MS) {
    this.stalledMs = stalledMs;
    this.subscriber = subscriber;
    /** @type {Map<number, number>} by packet id: the number of the server's message with it */
    this.numbers = new Map();
    /** @type {Set<number>} */
    this.taken = new Set();
    /** @type {() => void} */
    this.look = () => {};
    proxy.on("packet", (entry) => this.see(entry));
    subscriber.on("message", () => this.look());
  }

  /** @param {Entry} entry */
  see(entry) {
    const id = entry.packetId ?? 0;
    if (entry.direction === "toClient" && entry.type === "publish") this.numbers.set(id, numberIn(entry));
    if (entry.direction !== "toServer" || (entry.type !== "pubcomp" && entry.type !== "puback")) return;
    const number = this.numbers.get(id);
    if (number === undefined) return;
    this.taken.add(number);
    this.look();
  }

  /** How many are through in the direction that is behind. */
  get least() {
    return Math.min(this.subscriber.different.size, this.taken.size);
  }

  /**
   * Resolves when so many are through in both directions.
   * @param {number} count
   * @returns {Promise<void>}
   */
  until(count) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.look = () => {};
        const both = `${this.subscriber.different.size} from the browser, ${this.taken.size} to it`;
        reject(new Stalled(`for ${this.stalledMs} ms no message came through: ${both}, waiting for ${count}`));
      }, this.stalledMs);
      this.look = () => {
        timer.refresh();
        if (this.least < count) return;
        clearTimeout(timer);
        this.look = () => {};
        resolve();
      };
      this.look();
    });
  }
}

/** The messages stopped moving, which is a finding about the client, not a defect of the tool. */
export class Stalled extends Error {}
