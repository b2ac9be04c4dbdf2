// What a client may send of its own messages, checked packet by packet: identifiers, resends, order, the window.
//
// The proxy sees a packet of the client's only if it got that far: what was in the sockets when they broke is not in its log,
// so a resend may be the first that is seen. And an acknowledgement that was passed on may not have been read. Whatever is called a
// violation here is one for certain all the same.
import { fingerprint, numberIn, Topics } from "./message.mjs";

/** @typedef {import("../../proxy/log.mjs").Entry} Entry */

/**
 * @typedef {object} Sent a message whose PUBLISH was seen
 * @property {Entry} entry the PUBLISH seen last
 * @property {string} fingerprint
 * @property {number} number
 * @property {"published" | "received" | "releasing" | "complete"} stage received: a PUBREC was passed on; releasing: a PUBREL
 *   was seen; complete: the last acknowledgement was passed on
 * @property {number} completedOn the connection of the last acknowledgement
 */

/** What dies with the connection. */
class Here {
  /** @param {number} ordinal of the session's connections, from 1 */
  constructor(ordinal) {
    this.ordinal = ordinal;
    this.accepted = false;
    this.topics = new Topics();
    /** @type {Set<number>} ids of what was sent on this connection and is not completely acknowledged */
    this.unacknowledged = new Set();
    /** @type {Map<number, Entry>} SUBSCRIBE and UNSUBSCRIBE without an answer */
    this.requests = new Map();
    /** @type {Entry | null} the PUBLISH before */
    this.previous = null;
    /** @type {Entry | null} the first PUBLISH that was no resend */
    this.firstNew = null;
  }
}

export class Outgoing {
  /**
   * @param {import("./violations.mjs").Violations} violations
   * @param {{ version: "3.1.1" | "5", window: number }} settings `window`: of 3.1.1; in 5 the server says its Receive Maximum
   */
  constructor(violations, { version, window }) {
    this.violations = violations;
    this.version = version;
    this.window = window;
    /** @type {Map<number, Sent>} by packet id: the latest message with it */
    this.sent = new Map();
    /** @type {Map<number, Sent>} by packet id: those not complete */
    this.inFlight = new Map();
    /** @type {Map<number, Entry>} by number: its first PUBLISH */
    this.numbers = new Map();
    this.figures = { publishes: 0, resends: 0, resendsSeenFirst: 0, pubrels: 0, mostUnacknowledged: 0 };
    this.here = new Here(0);
  }

  /** A new connection begins. */
  connect() {
    this.here = new Here(this.here.ordinal + 1);
  }

  /** @param {Entry} connack that was passed on */
  accept(connack) {
    this.here.accepted = true;
    const { packet } = connack;
    if (this.version === "5" && packet?.cmd === "connack") this.window = packet.properties?.receiveMaximum ?? 65_535;
    if (!connack.sessionPresent && this.sent.size > 0) {
      this.violations.add("session lost", `the server had no session although ${this.sent.size} packet ids had been used`, [connack]);
      this.sent.clear();
      this.inFlight.clear();
    }
  }

  /** @param {Entry} entry a PUBLISH of QoS 1 or 2 from the client, whatever became of it */
  publish(entry) {
    const { violations } = this;
    const id = entry.packetId ?? 0;
    const message = { entry, fingerprint: fingerprint(entry, this.here.topics.of(entry)), number: numberIn(entry) };
    this.figures.publishes += 1;
    if (!this.here.accepted) violations.add("before CONNACK", "a PUBLISH was sent before the server had accepted the connection", [entry]);
    if (id === 0) violations.add("no packet id", "a PUBLISH of QoS 1 or 2 has packet id 0", [entry]);
    const request = this.here.requests.get(id);
    if (request) violations.add("id reused in flight", `packet id ${id} belongs to an unanswered ${request.type.toUpperCase()}`, [request, entry]);
    this.checkOrder(message);
    const earlier = this.sent.get(id);
    if (earlier && earlier.stage !== "complete") this.again(earlier, message);
    else if (entry.dup) this.resendOfUnseen(earlier, message);
    else this.firstTime(message);
    this.track(id, message, earlier);
  }

  /**
   * On each connection: resends first, all in the order the messages were submitted in, which is that of their numbers.
   * @param {{ entry: Entry, number: number }} message
   */
  checkOrder({ entry, number }) {
    const { previous } = this.here;
    if (previous && numberIn(previous) >= number) {
      const text = `message ${number} was sent after message ${numberIn(previous)} on one connection`;
      this.violations.add("order", text, [previous, entry]);
    }
    this.here.previous = entry;
    if (!entry.dup) this.here.firstNew ??= entry;
    else if (this.here.firstNew) this.violations.add("late resend", `message ${number} was sent again after a new message`, [this.here.firstNew, entry]);
  }

  /**
   * The packet id is in flight for certain: only the same message may have it, on a later connection, with DUP.
   * @param {Sent} earlier
   * @param {{ entry: Entry, fingerprint: string, number: number }} message
   */
  again(earlier, { entry, fingerprint, number }) {
    const { violations } = this;
    const both = [earlier.entry, entry];
    this.figures.resends += 1;
    if (earlier.fingerprint !== fingerprint) {
      const text = entry.dup
        ? `message ${number} has DUP and packet id ${entry.packetId}, but other bytes than message ${earlier.number}, which is in flight with it`
        : `message ${number} has packet id ${entry.packetId} while message ${earlier.number} is in flight with it`;
      return violations.add(entry.dup ? "false DUP" : "id reused in flight", text, both);
    }
    if (!entry.dup) violations.add("resent without DUP", `message ${number} was sent again without DUP`, both);
    if (earlier.entry.connection === entry.connection) {
      violations.add("sent twice on a connection", `message ${number} was sent twice on one connection`, both);
    }
    if (earlier.stage === "releasing") {
      violations.add("PUBLISH after PUBREL", `message ${number} was sent again after its PUBREL [MQTT-4.3.3-6]`, both);
    }
  }

  /**
   * A resend whose packet id is free as far as the log tells: the last acknowledgement was passed on and never read, or
   * the first PUBLISH never reached the proxy. Either takes a broken connection.
   * @param {Sent | undefined} earlier
   * @param {{ entry: Entry, fingerprint: string, number: number }} message
   */
  resendOfUnseen(earlier, { entry, fingerprint, number }) {
    const known = this.numbers.get(number);
    if (earlier?.fingerprint === fingerprint) {
      this.figures.resends += 1;
      if (earlier.completedOn === entry.connection) {
        this.violations.add("resent after the end", `message ${number} was sent again although its handshake ended on this connection`, [earlier.entry, entry]);
      }
      return;
    }
    this.figures.resendsSeenFirst += 1;
    if (known) {
      this.violations.add("second packet id", `message ${number} was sent with packet id ${known.packetId} and then, as a resend, with ${entry.packetId}`, [known, entry]);
    } else if (this.here.ordinal <= 1) {
      this.violations.add("false DUP", `message ${number} has DUP on the first connection of all`, [entry]);
    } else if (earlier?.completedOn === entry.connection) {
      this.violations.add("false DUP", `message ${number} has DUP, but its packet id was another message's earlier on this connection`, [earlier.entry, entry]);
    }
  }

  /** @param {{ entry: Entry, number: number }} message */
  firstTime({ entry, number }) {
    const known = this.numbers.get(number);
    if (known) this.violations.add("published anew", `message ${number} was sent as a new message a second time`, [known, entry]);
  }

  /**
   * @param {number} id
   * @param {{ entry: Entry, fingerprint: string, number: number }} message
   * @param {Sent | undefined} earlier
   */
  track(id, message, earlier) {
    const isResend = earlier?.fingerprint === message.fingerprint;
    /** @type {Sent} */
    const sent = isResend ? earlier : { ...message, stage: "published", completedOn: 0 };
    sent.entry = message.entry;
    // Sent again after its end was passed on: the client has not read that, and expects the handshake once more.
    if (sent.stage === "complete") sent.stage = "published";
    this.sent.set(id, sent);
    this.inFlight.set(id, sent);
    if (!this.numbers.has(message.number)) this.numbers.set(message.number, message.entry);
    this.occupy(id, message.entry);
  }

  /**
   * A message that is not completely acknowledged takes one of the places, whichever of its packets was sent on this
   * connection: brokers hold one for it from PUBLISH to PUBCOMP, and 3.1.1 ones drop what finds none.
   * @param {number} id
   * @param {Entry} entry
   */
  occupy(id, entry) {
    const { unacknowledged } = this.here;
    unacknowledged.add(id);
    this.figures.mostUnacknowledged = Math.max(this.figures.mostUnacknowledged, unacknowledged.size);
    if (unacknowledged.size <= this.window) return;
    this.violations.add("above Receive Maximum", `${unacknowledged.size} messages are unacknowledged, ${this.window} are allowed`, [entry]);
  }

  /** @param {Entry} entry a PUBACK, PUBREC or PUBCOMP that was passed on to the client */
  acknowledged(entry) {
    const id = entry.packetId ?? 0;
    const sent = this.inFlight.get(id);
    if (!sent) return;
    const final = entry.type !== "pubrec" || (entry.reasonCode ?? 0) >= 0x80;
    if (!final) {
      if (sent.stage === "published") sent.stage = "received";
      return;
    }
    sent.stage = "complete";
    sent.completedOn = entry.connection;
    this.inFlight.delete(id);
    this.here.unacknowledged.delete(id);
  }

  /** @param {Entry} entry a PUBREL from the client */
  release(entry) {
    const id = entry.packetId ?? 0;
    const sent = this.sent.get(id);
    this.figures.pubrels += 1;
    if (!sent || sent.stage === "published") {
      return this.violations.add("PUBREL without PUBREC", `PUBREL #${id} answers no PUBREC that was passed on`, [sent?.entry, entry]);
    }
    if (sent.stage !== "complete") {
      sent.stage = "releasing";
      this.occupy(id, entry);
    } else if (sent.completedOn === entry.connection) {
      this.violations.add("PUBREL after PUBCOMP", `PUBREL #${id} was sent although PUBCOMP had come on this connection`, [sent.entry, entry]);
    }
  }

  /** @param {Entry} entry a SUBSCRIBE or UNSUBSCRIBE */
  request(entry) {
    const id = entry.packetId ?? 0;
    const sent = this.inFlight.get(id);
    if (sent) this.violations.add("id reused in flight", `${entry.type.toUpperCase()} has packet id ${id}, message ${sent.number} is in flight with it`, [sent.entry, entry]);
    this.here.requests.set(id, entry);
  }

  /** @param {Entry} entry a SUBACK or UNSUBACK that was passed on */
  answered({ packetId = 0 }) {
    this.here.requests.delete(packetId);
  }

  /**
   * Write before send: what is in flight for certain when a page begins must be among what it found in storage.
   * @param {{ what: string, pending?: number[] }} life
   */
  compareWith({ what, pending }) {
    if (!pending) return;
    const kept = new Set(pending);
    for (const { number, entry } of this.inFlight.values()) {
      if (!kept.has(number)) this.violations.add("sent but not stored", `message ${number} is in flight and not in storage after a ${what}`, [entry]);
    }
  }
}
