// @ts-check
// What passed on the page's connections, packet by packet, of which the last are kept. Knows nothing of the page.
import { decode } from "./decode.js";
import { splitter } from "./frames.js";

/** @typedef {import("./tap.js").Direction} Direction */
/** @typedef {import("./tap.js").Listener} Listener */
/** @typedef {import("./decode.js").Level} Level */

/** The connection itself, as a type beside those of packets. */
export const LINK = "link";

/** So many entries are kept, and so many bytes of them. */
export const LIMITS = { entries: 500, bytes: 4 * 1024 * 1024 };
/** Of this many aliases the topic is known. */
const ALIASES = 1000;

/**
 * @typedef {object} Entry
 * @property {number} serial
 * @property {number} at milliseconds since 1970
 * @property {number} link the number of the connection
 * @property {Direction | null} direction none: of the connection itself
 * @property {string} type
 * @property {number} [id] Packet Identifier
 * @property {string} topic as it is, or as its alias stands for
 * @property {string} summary
 * @property {Level} level
 * @property {Uint8Array} bytes the packet, or the first of it
 * @property {number} total how long it was
 * @property {string} [fault] why it cannot be read
 */

/** A connection while it is there. */
class Link {
  /** @type {Level} until its CONNECT says so */
  level = 4;
  /** @type {Record<Direction, Map<number, string>>} */
  aliases = { out: new Map(), in: new Map() };

  /** @param {(direction: Direction, frame: import("./frames.js").Frame) => void} found */
  constructor(found) {
    this.take = { out: splitter((frame) => found("out", frame)), in: splitter((frame) => found("in", frame)) };
  }

  /** @param {Direction} direction @param {import("./decode.js").Packet} packet */
  topicOf(direction, { topic = "", alias }) {
    if (alias === undefined) return topic;
    const known = this.aliases[direction];
    if (topic && (known.has(alias) || known.size < ALIASES)) known.set(alias, topic);
    return topic || (known.get(alias) ?? `alias ${alias}`);
  }
}

export class Timeline {
  /** @type {Entry[]} the newest last */
  entries = [];
  /** How many there were before those. */
  dropped = 0;
  #bytes = 0;
  #serial = 0;
  /** @type {Map<number, Link>} */
  #links = new Map();
  #changed;
  #now;

  /** @param {() => void} changed @param {() => number} [now] */
  constructor(changed, now = () => performance.timeOrigin + performance.now()) {
    this.#changed = changed;
    this.#now = now;
  }

  clear() {
    this.entries = [];
    this.dropped = this.#bytes = 0;
    this.#changed();
  }

  /** What the tap tells. @type {Listener} */
  listener = {
    opening: (link, url) => {
      this.#links.set(link, new Link((direction, frame) => this.#packet(link, direction, frame)));
      this.#ofLink(link, `opens ${url}`);
    },
    opened: (link, protocol) => this.#ofLink(link, `is open${protocol ? `, subprotocol ${protocol}` : ""}`),
    bytes: (link, direction, bytes) => this.#links.get(link)?.take[direction](bytes),
    text: (link, length) => this.#ofLink(link, `a message of text came, of ${length}: not MQTT`, "A WebSocket message must be binary [MQTT-6.0.0-1]."),
    closed: (link, code, reason) => {
      this.#links.delete(link);
      this.#ofLink(link, `is closed: ${code}${code === 1006 ? " (it broke)" : ""}${reason ? `, ${reason}` : ""}`);
    },
  };

  /** @param {number} link @param {string} summary @param {string} [fault] */
  #ofLink(link, summary, fault) {
    const level = this.#links.get(link)?.level ?? 4;
    this.#add({ link, direction: null, type: LINK, topic: "", summary, level, bytes: new Uint8Array(), total: 0, fault });
  }

  /** @param {number} number @param {Direction} direction @param {import("./frames.js").Frame} frame */
  #packet(number, direction, { bytes, total, fault }) {
    const link = /** @type {Link} */ (this.#links.get(number));
    const packet = decode(bytes, total, link.level);
    if (packet.level) link.level = packet.level;
    const { type, id, summary } = packet;
    const topic = link.topicOf(direction, packet);
    this.#add({ link: number, direction, type, id, topic, summary, level: link.level, bytes, total, fault: fault ?? packet.fault });
  }

  /** @param {Omit<Entry, "serial" | "at">} entry */
  #add(entry) {
    this.entries.push({ ...entry, serial: ++this.#serial, at: this.#now() });
    this.#bytes += entry.bytes.length;
    let over = 0;
    while (this.entries.length - over > LIMITS.entries || this.#bytes > LIMITS.bytes) this.#bytes -= this.entries[over++].bytes.length;
    if (over > 0) this.entries.splice(0, over);
    this.dropped += over;
    this.#changed();
  }
}

/**
 * @typedef {object} Filter
 * @property {Direction | ""} direction "": both
 * @property {string} type a packet type, LINK, "messages", "quiet" (all but pings) or "" for all
 * @property {string} text in small letters
 */

const OF_MESSAGES = new Set(["PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP"]);
const OF_PINGS = new Set(["PINGREQ", "PINGRESP"]);

/** @param {string} wanted @param {string} type */
const isOfType = (wanted, type) => {
  if (wanted === "messages") return OF_MESSAGES.has(type);
  return wanted === "quiet" ? !OF_PINGS.has(type) : wanted === "" || wanted === type;
};

/** @param {Filter} filter @returns {(entry: Entry) => boolean} */
export const passes = ({ direction, type, text }) => (entry) => {
  if (direction !== "" && entry.direction !== direction) return false;
  if (!isOfType(type, entry.type)) return false;
  const { type: name, id, topic, summary, fault = "" } = entry;
  return text === "" || `${name} ${id === undefined ? "" : `id ${id}`} ${topic} ${summary} ${fault}`.toLowerCase().includes(text);
};

const OF_SUBSCRIBING = new Set(["SUBSCRIBE", "SUBACK"]);
const OF_UNSUBSCRIBING = new Set(["UNSUBSCRIBE", "UNSUBACK"]);

/** Who began the exchange that this packet is of: both sides number theirs. @param {Entry} entry */
const begunBy = ({ type, direction }) => {
  const begins = ["PUBLISH", "PUBREL", "SUBSCRIBE", "UNSUBSCRIBE"].includes(type);
  return begins === (direction === "out") ? "out" : "in";
};

/**
 * The packets of the same exchange, over all connections, in the order in which they passed.
 * @param {Entry[]} entries
 * @param {Entry} one
 */
export const exchangeOf = (entries, one) => {
  if (one.id === undefined) return [one];
  const kind = [OF_MESSAGES, OF_SUBSCRIBING, OF_UNSUBSCRIBING].find((set) => set.has(one.type));
  const same = entries.filter((entry) => entry.id === one.id && kind?.has(entry.type) && begunBy(entry) === begunBy(one));
  // An identifier is used again: an exchange ends with its last answer, and begins behind the end of the one before.
  const ends = (/** @type {Entry} */ { type }) => ["PUBACK", "PUBCOMP", "SUBACK", "UNSUBACK"].includes(type);
  const at = same.indexOf(one);
  const first = same.findLastIndex((entry, index) => index < at && ends(entry)) + 1;
  const last = same.findIndex((entry, index) => index >= at && ends(entry));
  return same.slice(first, last < 0 ? undefined : last + 1);
};
