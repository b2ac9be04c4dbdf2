// Which packets a rule or a wait means, and what is to be done with them.

/**
 * @typedef {object} Selector every field given must fit; what is left out fits everything
 * @property {import("./frames.mjs").Direction} [direction]
 * @property {string | string[]} [type] "publish", "pubrec" …; "raw" and "text" for what is not MQTT
 * @property {number} [packetId]
 * @property {string} [topic]
 * @property {string} [clientId]
 * @property {(entry: import("./log.mjs").Entry) => boolean} [match] anything else
 * @property {number} [nth] only the nth packet that fits, counted from 1 over all connections
 * @property {number} [from] the nth that fits and all later ones
 * @property {number} [every] each so-manieth that fits
 * @property {number} [probability] each that fits, with this chance (seeded)
 * @property {number} [byte] the packet in which this byte lies, counted from 1 over all packets that fit
 */

/** How a connection ends; Connection.cut says what each of them is. @typedef {"reset" | "close" | "half-close" | "silence"} CutKind */

/**
 * @typedef {object} Action
 * @property {"pass" | "drop" | "hold" | "duplicate" | "delay" | "cut-before" | "cut-after" | "half-then-cut" | "cut-at-byte"} action
 *   "cut-at-byte" goes with a selector's `byte`: that byte is the last one that goes on
 * @property {number} [ms] of a delay
 * @property {boolean} [overtake] of a hold or delay: later packets of the same direction go on ahead; without it they
 *   queue behind, as they would in a real stream
 * @property {CutKind} [kind] of a cut; "reset" by default
 */

/** Counts what fits, and says which of those are meant. */
export class Selection {
  /**
   * @param {Selector} selector
   * @param {import("./random.mjs").Random} random
   */
  constructor(selector, random) {
    this.selector = selector;
    this.random = random;
    this.count = 0;
    /** Bytes of all packets that fitted so far. */
    this.bytes = 0;
    /** How many bytes of the packet taken last reach up to the selector's `byte`. */
    this.inside = 0;
  }

  /** @param {import("./log.mjs").Entry} entry */
  takes(entry) {
    if (!fits(this.selector, entry)) return false;
    this.count += 1;
    const { nth, from, every, probability, byte } = this.selector;
    if (byte !== undefined) {
      this.inside = byte - this.bytes;
      this.bytes += entry.size;
      if (this.inside < 1 || this.inside > entry.size) return false;
    }
    if (nth !== undefined && this.count !== nth) return false;
    if (from !== undefined && this.count < from) return false;
    if (every !== undefined && this.count % every !== 0) return false;
    return probability === undefined || this.random.fraction() < probability;
  }
}

/**
 * @param {Selector} selector
 * @param {import("./log.mjs").Entry} entry
 */
const fits = ({ direction, type, packetId, topic, clientId, match }, entry) =>
  (direction === undefined || direction === entry.direction) &&
  (type === undefined || [type].flat().includes(entry.type)) &&
  (packetId === undefined || packetId === entry.packetId) &&
  (topic === undefined || topic === entry.topic) &&
  (clientId === undefined || clientId === entry.clientId) &&
  (match === undefined || match(entry));

/** A standing order to the proxy. Of several that take a packet, the oldest decides. */
export class Rule {
  /**
   * @param {Selector & Action} order
   * @param {import("./random.mjs").Random} random
   * @param {(rule: Rule) => void} remove
   */
  constructor(order, random, remove) {
    this.action = order;
    this.selection = new Selection(order, random);
    /** How often it was applied. */
    this.hits = 0;
    /** @type {Set<() => boolean>} what it holds, in order; each says whether its connection still lived */
    this.held = new Set();
    this.removeFromProxy = remove;
  }

  /** Lets go what it holds, in order; the rule stays. Gives the number let go. */
  release() {
    const held = [...this.held];
    this.held.clear();
    return held.filter((letGo) => letGo()).length;
  }

  /** Ends the rule and lets go what it holds. Gives the number let go. */
  remove() {
    this.removeFromProxy(this);
    return this.release();
  }
}
